//! What a process's control groups do to it: cgroups(7), Documentation/admin-guide/cgroup-v2.rst.

use std::fs::File;
use std::path::{Component, Path, PathBuf};

use super::pressure::{PressureGrowth, PressureKind};
use super::thread::read;
use crate::sources::process::procfs;

/// Where they are mounted.
const MOUNT: &str = "/sys/fs/cgroup";

/// Where those of version 2 are beside those of version 1.
const BESIDE: &str = "unified";

/// Groups one in another that are looked at.
const DEEPEST: usize = 16;

/// Its own group and those above.
#[derive(Debug)]
pub(super) struct ControlGroups {
    /// `cpu.stat`, with what it said of throttling at first.
    quotas: Vec<(File, u64)>,
    memory: Option<PressureGrowth>,
    events: Option<File>,
}

impl ControlGroups {
    pub(super) fn of(pid: u32) -> Self {
        let text = File::open(procfs::path(pid, "cgroup")).ok().and_then(|file| read(&file)).unwrap_or_default();
        Self::at(&text, Path::new(MOUNT))
    }

    fn at(text: &str, mount: &Path) -> Self {
        let own = place(text, "").and_then(|place| {
            let folders = [mount.join(&place), mount.join(BESIDE).join(&place)];
            folders.into_iter().find(|folder| folder.join("cgroup.events").is_file())
        });
        let of_version_1 = ["cpu", "cpu,cpuacct", "cpuacct,cpu"].into_iter().find_map(|name| {
            let folder = mount.join(name).join(place(text, name)?);
            folder.join("cpu.stat").is_file().then_some(folder)
        });
        let all = own.iter().chain(&of_version_1);
        let all = all.flat_map(|folder| folder.ancestors().take_while(|above| *above != mount).take(DEEPEST));
        let quotas = all.filter_map(|folder| {
            let file = File::open(folder.join("cpu.stat")).ok()?;
            let then = throttled(&read(&file)?)?;
            Some((file, then))
        });
        Self {
            quotas: quotas.collect(),
            memory: own.as_ref().map(|folder| PressureGrowth::of_group(folder, PressureKind::Memory)),
            events: own.as_ref().and_then(|folder| File::open(folder.join("cgroup.events")).ok()),
        }
    }

    /// Microseconds that the worst of them was without a processor for its quota. Several processors may make it more than the time.
    pub(super) fn throttled(&self) -> Option<u64> {
        let grown = self.quotas.iter().filter_map(|(file, then)| Some(throttled(&read(file)?)?.saturating_sub(*then)));
        grown.max()
    }

    /// Microseconds in which nobody in its own group went on for want of memory.
    pub(super) fn memory(&self) -> Option<u64> {
        self.memory.as_ref()?.grown()
    }

    pub(super) fn is_frozen(&self) -> bool {
        let text = self.events.as_ref().and_then(read).unwrap_or_default();
        text.lines().any(|line| line == "frozen 1")
    }
}

/// The group in the hierarchy with these controllers; none where there is none, or it is not below our own root.
fn place(text: &str, controllers: &str) -> Option<PathBuf> {
    let line = |line: &str| {
        let mut fields = line.splitn(3, ':').skip(1);
        (fields.next() == Some(controllers)).then(|| fields.next().unwrap_or_default().to_owned())
    };
    let place = PathBuf::from(text.lines().find_map(line)?.trim_start_matches('/'));
    let below = place.components().all(|part| matches!(part, Component::Normal(_)));
    (below && !place.as_os_str().is_empty()).then_some(place)
}

/// `throttled_usec` of version 2, `throttled_time` (nanoseconds) of version 1.
fn throttled(text: &str) -> Option<u64> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().parse::<u64>().ok());
    field("throttled_usec").or_else(|| field("throttled_time").map(|nanos| nanos / 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_in_either_layout() {
        let text = "4:cpu,cpuacct:/system.slice/ipsec.service\n1:name=systemd:/x\n0::/system.slice/ipsec.service\n";
        assert_eq!(place(text, ""), Some("system.slice/ipsec.service".into()));
        assert_eq!(place(text, "cpu,cpuacct"), Some("system.slice/ipsec.service".into()));
        assert_eq!(place(text, "cpu"), None);
        // In our own root, or beside it.
        for text in ["0::/\n", "0::/../other\n", "0::/a/../../b\n", "", "0:"] {
            assert_eq!(place(text, ""), None, "{text}");
        }
    }

    #[test]
    fn throttling_of_the_group_and_of_those_above_counts() {
        let mount = tempfile::tempdir().unwrap();
        let group = mount.path().join("system.slice/ipsec.service");
        std::fs::create_dir_all(&group).unwrap();
        let write = |at: &Path, name: &str, text: &str| std::fs::write(at.join(name), text).unwrap();
        write(&group, "cgroup.events", "populated 1\nfrozen 0\n");
        write(&group, "cpu.stat", "usage_usec 5\nnr_throttled 1\nthrottled_usec 100\n");
        write(&group, "memory.pressure", "some avg10=0 total=9\nfull avg10=0 total=7\n");
        let slice = group.parent().unwrap();
        write(slice, "cpu.stat", "throttled_usec 1000\n");
        let groups = ControlGroups::at("0::/system.slice/ipsec.service\n", mount.path());
        assert_eq!((groups.throttled(), groups.memory(), groups.is_frozen()), (Some(0), Some(0), false));
        write(slice, "cpu.stat", "throttled_usec 8000\n");
        write(&group, "memory.pressure", "some avg10=0 total=90\nfull avg10=0 total=70\n");
        write(&group, "cgroup.events", "populated 1\nfrozen 1\n");
        assert_eq!((groups.throttled(), groups.memory(), groups.is_frozen()), (Some(7000), Some(63), true));
    }

    #[test]
    fn version_1_counts_in_nanoseconds() {
        assert_eq!(throttled("nr_periods 4\nnr_throttled 2\nthrottled_time 5000000\n"), Some(5_000));
        assert_eq!(throttled("usage_usec 1\n"), None);
        let none = ControlGroups::at("", Path::new("/nonexistent"));
        assert_eq!((none.throttled(), none.memory(), none.is_frozen()), (None, None, false));
    }
}
