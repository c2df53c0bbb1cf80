//! Reading one process in procfs: proc(5).

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::clock;
use crate::model::{Netns, RealTime, RunState};

/// Bytes of a command line that are read; they may be megabytes (execve(2)).
const MOST_ARGUMENTS: u64 = 64 << 10;

/// The fields of `/proc/PID/stat` that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Third field.
    pub state: RunState,
    /// Fourth field: the parent.
    pub parent: u32,
    /// Twenty-second field: start in clock ticks after boot.
    pub start_ticks: u64,
}

/// Who a process is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessIdentity {
    /// `Uid:`: real, effective, saved and file system user id.
    pub uids: [u32; 4],
    /// `Gid:`: the same of its group.
    pub gids: [u32; 4],
    /// `NSpid:`: its number here, and in each PID namespace below.
    pub numbers: Vec<u32>,
}

/// Whether a process is in our network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    Ours,
    /// It is in another one.
    Other,
    /// The kernel does not say: reading `/proc/PID/ns/net` needs all of the process's capabilities, or `CAP_SYS_PTRACE` (ptrace(2)).
    Hidden,
}

/// `/proc/PID/stat`, held open: once the process is gone, its number may belong to another, but this file does not.
#[derive(Debug)]
pub struct StatFile {
    file: File,
}

/// Path of a file of a process.
pub fn path(pid: u32, file: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/{file}"))
}

/// Name of the program, as `/proc/PID/comm` has it (at most 15 bytes); none where the process is gone, or the name is no text.
pub fn name(pid: u32) -> Option<String> {
    let mut bytes = [0; 32];
    let length = File::open(path(pid, "comm")).and_then(|file| file.read_at(&mut bytes, 0)).unwrap_or(0);
    let name = bytes.get(..length)?.strip_suffix(b"\n")?;
    std::str::from_utf8(name).ok().map(str::to_owned)
}

/// Whether that is its name.
pub fn has_name(pid: u32, is: &str) -> bool {
    name(pid).is_some_and(|name| name == is)
}

/// The arguments of a process, its program's name first; of a long list the beginning.
pub fn arguments(pid: u32) -> Vec<String> {
    let mut bytes = Vec::new();
    // What cannot be read, as of a process that is gone, is empty.
    let _ = File::open(path(pid, "cmdline")).and_then(|file| file.take(MOST_ARGUMENTS).read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes);
    text.strip_suffix('\0').unwrap_or(&text).split('\0').map(str::to_owned).collect()
}

/// It is in the control group of this unit of the system's: no other user can begin or move a process there (cgroups(7)).
pub fn is_in_unit(pid: u32, unit: &str) -> bool {
    let mut bytes = [0; 4 << 10];
    let length = File::open(path(pid, "cgroup")).and_then(|file| file.read_at(&mut bytes, 0)).unwrap_or(0);
    let text = String::from_utf8_lossy(bytes.get(..length).unwrap_or_default());
    names_unit(&text, unit)
}

/// The program that it was started from, where its command line has the path.
pub fn program(pid: u32) -> Option<String> {
    arguments(pid).into_iter().next().filter(|program| program.starts_with('/'))
}

/// The regular file behind its standard error, where it is one and may be seen.
pub fn standard_error(pid: u32) -> Option<PathBuf> {
    let target = std::fs::read_link(path(pid, "fd/2")).ok()?;
    target.is_file().then_some(target)
}

/// Whose a process is, and by which numbers it is known: `/proc/PID/status`. The owner of `/proc/PID` would not do: it is root wherever the
/// process may not be dumped, as after the start of a set-user-ID program (proc(5)).
///
/// # Errors
/// There is no such process (ENOENT, ESRCH).
pub fn identity(pid: u32) -> io::Result<ProcessIdentity> {
    let mut bytes = [0; 8 << 10];
    let length = File::open(path(pid, "status"))?.read_at(&mut bytes, 0)?;
    let text = String::from_utf8_lossy(bytes.get(..length).unwrap_or_default());
    parse_identity(&text).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not in the form of proc(5)"))
}

/// Whether a process is in this network namespace.
pub fn namespace(pid: u32, own: Netns) -> Namespace {
    match std::fs::metadata(path(pid, "ns/net")) {
        Ok(found) if found.ino() == u64::from(own.0) => Namespace::Ours,
        Ok(_) => Namespace::Other,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Namespace::Hidden,
        Err(_) => Namespace::Other,
    }
}

/// Whether a path means the same file to a process as to us. Where that cannot be looked at, a process of another PID namespace is taken
/// for one that sees other files.
pub fn is_seen_alike(pid: u32, file: &Path) -> bool {
    let number = |path: &Path| std::fs::metadata(path).map(|found| (found.dev(), found.ino()));
    let theirs = path(pid, "root").join(file.strip_prefix("/").unwrap_or(file));
    match number(&theirs) {
        Ok(theirs) => number(file).is_ok_and(|ours| ours == theirs),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            identity(pid).is_ok_and(|identity| identity.numbers.len() <= 1)
        }
        Err(_) => false,
    }
}

/// When a process started, by its start in clock ticks after boot.
pub fn started(start_ticks: u64) -> RealTime {
    let age = clock::boottime().micros().saturating_sub(started_after_boot(start_ticks));
    clock::real_time().before(std::time::Duration::from_micros(age))
}

/// The same in microseconds after boot.
pub fn started_after_boot(start_ticks: u64) -> u64 {
    start_ticks.saturating_mul(1_000_000) / rustix::param::clock_ticks_per_second().max(1)
}

impl ProcessIdentity {
    /// The user that is not one of `owners`, where there is one: whoever started a set-user-ID program steers it.
    pub fn stranger(&self, owners: &[u32]) -> Option<u32> {
        self.uids.into_iter().find(|uid| !owners.contains(uid))
    }

    /// The group that is neither root's nor ours, where there is one: a set-user-ID program that makes all its user ids root's keeps the
    /// group of whoever started it.
    pub fn strange_group(&self) -> Option<u32> {
        let ours = rustix::process::getegid().as_raw();
        self.gids.into_iter().find(|gid| ![0, ours].contains(gid))
    }
}

impl StatFile {
    /// Opens it.
    ///
    /// # Errors
    /// There is no such process.
    pub fn open(pid: u32) -> io::Result<Self> {
        Ok(Self { file: File::open(path(pid, "stat"))? })
    }

    /// Reads it.
    ///
    /// # Errors
    /// The process is gone (ESRCH).
    pub fn read(&self) -> io::Result<Stat> {
        let mut bytes = [0; 1024];
        let length = self.file.read_at(&mut bytes, 0)?;
        let text = String::from_utf8_lossy(bytes.get(..length).unwrap_or_default());
        parse_stat(&text).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not in the form of proc(5)"))
    }
}

fn parse_identity(text: &str) -> Option<ProcessIdentity> {
    // The kernel escapes a line feed in the name, which comes first: no line begins within it.
    let numbers = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_ascii_whitespace().map(|word| word.parse::<u32>().ok()).collect::<Option<Vec<_>>>()
    };
    let (uids, gids) = (numbers("Uid:")?.try_into().ok()?, numbers("Gid:")?.try_into().ok()?);
    // Kernels without PID namespaces have no such line.
    Some(ProcessIdentity { uids, gids, numbers: numbers("NSpid:").unwrap_or_default() })
}

fn names_unit(text: &str, unit: &str) -> bool {
    let place = format!("/system.slice/{unit}");
    text.lines().any(|line| line.splitn(3, ':').nth(2) == Some(&place))
}

fn parse_stat(text: &str) -> Option<Stat> {
    // The second field is the program's name in parentheses, and may itself hold any of them.
    let mut fields = text.get(text.rfind(')')? + 1..)?.split_ascii_whitespace();
    let state = match fields.next()? {
        "T" => RunState::Stopped,
        "t" => RunState::Traced,
        "D" => RunState::Uninterruptible,
        "Z" | "X" | "x" => RunState::Dead,
        _ => RunState::Running,
    };
    let parent = fields.next()?.parse().ok()?;
    let start_ticks = fields.nth(17)?.parse().ok()?;
    Some(Stat { state, parent, start_ticks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::xfrm::current_netns;

    #[test]
    fn a_name_with_parentheses_hides_nothing() {
        let text = "77 (a) R (b) T 12 77 77 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 10 18446744073709551615";
        let expected = Stat { state: RunState::Stopped, parent: 12, start_ticks: 98_765 };
        assert_eq!(parse_stat(text), Some(expected));
    }

    #[test]
    fn a_unit_of_somebody_elses_with_the_same_name_is_another() {
        for (text, is) in [
            ("0::/system.slice/ipsec.service\n", true),
            ("2:cpu:/\n1:name=systemd:/system.slice/ipsec.service\n", true),
            ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/ipsec.service\n", false),
            ("0::/user.slice/:/system.slice/ipsec.service\n", false),
            ("0::/system.slice/ipsec.service/sub\n", false),
            ("", false),
        ] {
            assert_eq!(names_unit(text, "ipsec.service"), is, "{text}");
        }
    }

    #[test]
    fn what_is_no_stat_is_none() {
        for text in ["", "77 (a", "77 (a) ", "77 (a) S", "77 (a) S x", "77 (a) S 1 2 3"] {
            assert_eq!(parse_stat(text), None, "{text}");
        }
    }

    #[test]
    fn all_four_user_ids_count_and_a_name_is_no_line() {
        let text =
            "Name:\tUid:\\nUid:\nState:\tS (sleeping)\nUid:\t1000\t0\t0\t0\nGid:\t0\t0\t0\t0\nNSpid:\t4711\t12\n";
        let identity = parse_identity(text).unwrap();
        assert_eq!(identity, ProcessIdentity { uids: [1000, 0, 0, 0], gids: [0; 4], numbers: vec![4711, 12] });
        assert_eq!(identity.stranger(&[0]), Some(1000));
        assert_eq!(identity.stranger(&[0, 1000]), None);
        for text in ["", "Uid:\t0\t0\t0", "Uid:\t0\t0\t0\tx", "Uid:\t0\t0\t0\t0\t0", "Uid:\t0\t0\t0\t0"] {
            assert_eq!(parse_identity(text), None, "{text}");
            assert_eq!(parse_identity(&format!("{text}\nGid:\t0\t0\t0")), None, "{text}");
        }
        let started_by_somebody = ProcessIdentity { uids: [0; 4], gids: [65_534, 0, 0, 0], numbers: Vec::new() };
        assert_eq!((started_by_somebody.stranger(&[0]), started_by_somebody.strange_group()), (None, Some(65_534)));
        let own = identity_of_self();
        assert_eq!(own.strange_group(), None);
        assert_eq!(own.stranger(&crate::root_path::believed()), None);
        assert_eq!(own.numbers.first(), Some(&std::process::id()));
    }

    fn identity_of_self() -> ProcessIdentity {
        identity(std::process::id()).unwrap()
    }

    #[test]
    fn we_run_in_our_own_namespace_since_a_while() {
        let pid = std::process::id();
        let stat = StatFile::open(pid).unwrap().read().unwrap();
        assert_eq!(stat.state, RunState::Running);
        assert_eq!(namespace(pid, current_netns().unwrap()), Namespace::Ours);
        assert_eq!(namespace(pid, Netns(1)), Namespace::Other);
        assert!(started(stat.start_ticks) <= clock::real_time());
    }
}
