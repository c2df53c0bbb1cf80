//! Finding the daemon's process: one of root's with its name in our own network namespace.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use super::candidate::{Candidate, CandidateDoubt, Namesake, Stranger, look_at};
use super::sockets::Tables;
use super::{pid_file, procfs};
use crate::config::DaemonPlace;
use crate::daemons::{DaemonPaths, Dialect, dialect};
use crate::model::Netns;
use crate::root_path::{RootPath, believed};

/// A look through all processes that took t is followed by none for this many t: 0.1 % of a core.
const SCAN_PAUSE: u32 = 1_000;

/// The same while a daemon is watched: another one is no haste.
const IDLE_PAUSE: u32 = 10_000;

/// However many processes there are.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A daemon has its pid file and its control socket so long after its start; before, nothing is to be said of it.
const SETTLES: Duration = Duration::from_secs(10);

/// Sockets have the numbers of no more processes than these looked at in one look: anybody may open as many as he likes.
const MOST_SPEAKERS: usize = 64;

/// Processes of root's that are not settled and are remembered.
const MOST_UNSETTLED: usize = 64;

/// `PID_MAX_LIMIT` (include/linux/threads.h): a larger address is no process's number.
const MOST_PIDS: u32 = 1 << 22;

/// What one look found.
#[derive(Debug)]
pub enum Discovered {
    /// No daemon.
    Nothing,
    /// A process that may still be on its way to become the daemon (it forks, or has no pid file yet): look again.
    Unsettled(u32, CandidateDoubt),
    /// This process of root's has the daemon's name and is not taken for it.
    Doubtful(u32, CandidateDoubt),
    /// Two daemons, and nothing says which is meant.
    Two(u32, u32),
    /// The daemon.
    One(Candidate),
}

/// Who else has the daemon's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OtherDaemons {
    /// Root's.
    pub second: Option<u32>,
    /// Somebody else's.
    pub stranger: Option<Stranger>,
}

/// Looks for the daemon again and again, at a bounded price.
#[derive(Debug)]
pub struct Discovery {
    wanted: DaemonPlace,
    dialect: &'static dyn Dialect,
    own: Netns,
    /// Its pid file, where the last daemon had it or the next is likely to have it.
    pid_file: PathBuf,
    /// When all processes were last looked through, and how long that took.
    scanned: Option<(Instant, Duration)>,
    /// Root's processes that are not proven, and since when they are looked at.
    unsettled: Vec<((u32, u64), Instant)>,
    /// Those with its name that were seen beside the daemon in the last look through all processes.
    beside: Vec<u32>,
    stranger: Option<Stranger>,
    starts: bool,
}

impl Discovery {
    /// Looks for what is wanted, in the namespace `own`.
    pub fn new(wanted: DaemonPlace, own: Netns) -> Self {
        let dialect = dialect(wanted.kind);
        let beside = |socket: &PathBuf| dialect.pid_file_beside(socket);
        let pid_file = wanted.socket.as_ref().map_or_else(|| usual_pid_file(dialect), beside);
        let (unsettled, beside) = (Vec::new(), Vec::new());
        Self { wanted, dialect, own, pid_file, scanned: None, unsettled, beside, stranger: None, starts: false }
    }

    /// One look. `hint` is a process that the service manager has named.
    pub fn look(&mut self, tables: &mut Tables, hint: Option<u32>) -> Discovered {
        let speakers = speakers(tables);
        let mut pids = speakers.clone();
        pids.extend(pid_file::read(&self.pid_file));
        pids.extend(hint);
        pids.extend(self.unsettled.iter().map(|((pid, _), _)| *pid));
        pids.extend(self.scan(SCAN_PAUSE).into_iter().flatten());
        pids.sort_unstable();
        pids.dedup();
        (self.stranger, self.starts) = (None, false);
        let mut candidates = Vec::new();
        for pid in pids {
            match look_at(self.dialect, pid, self.own, speakers.contains(&pid)) {
                Some(Namesake::Candidate(candidate)) if self.is_wanted(&candidate.places) => {
                    candidates.push(*candidate)
                }
                Some(Namesake::Stranger(stranger)) => self.stranger = self.stranger.or(Some(stranger)),
                _ => {}
            }
        }
        self.choose(candidates)
    }

    /// Others with the daemon's name in our namespace than the one that is watched.
    pub fn beside(&mut self, tables: &mut Tables, watched: u32) -> OtherDaemons {
        if let Some(pids) = self.scan(IDLE_PAUSE) {
            self.beside = pids;
            self.beside.truncate(MOST_SPEAKERS);
        }
        let mut others = OtherDaemons::default();
        let speakers = speakers(tables);
        for pid in speakers.iter().chain(&self.beside).copied().filter(|pid| *pid != watched) {
            match look_at(self.dialect, pid, self.own, speakers.contains(&pid)) {
                Some(Namesake::Stranger(stranger)) => others.stranger = others.stranger.or(Some(stranger)),
                Some(Namesake::Candidate(other)) if self.is_second(&other, watched) => {
                    others.second = others.second.or(Some(pid));
                }
                _ => {}
            }
        }
        others
    }

    /// The last look saw a process of root's that is wanted and so young that it may become anything.
    pub const fn someone_starts(&self) -> bool {
        self.starts
    }

    /// The next look goes through all processes.
    pub const fn look_through_all(&mut self) {
        self.scanned = None;
    }

    fn is_second(&self, other: &Candidate, watched: u32) -> bool {
        other.seems_here() && other.parent != watched && self.is_wanted(&other.places)
    }

    /// Who has the daemon's name and is not root's, as the last look saw it.
    pub const fn stranger(&self) -> Option<Stranger> {
        self.stranger
    }

    /// Where the daemon that was found keeps its pid file: the next one will keep it there too.
    pub fn remember(&mut self, found: &Candidate) {
        self.pid_file.clone_from(&found.places.pid_file);
        self.unsettled.clear();
    }

    /// Every process with the daemon's name, where it is time to look through all of them: that is what takes long.
    fn scan(&mut self, pause: u32) -> Option<Vec<u32>> {
        let begun = Instant::now();
        let rests = |(at, took): (Instant, Duration)| at + took.saturating_mul(pause).min(LONGEST_PAUSE) > begun;
        if self.scanned.is_some_and(rests) {
            return None;
        }
        let mut strangers = 0;
        let named = all_processes().filter(|pid| procfs::has_name(*pid, self.dialect.process_name()));
        // Of strangers one is enough: there may be thousands.
        let found = named.filter(|pid| {
            let stranger = procfs::identity(*pid).is_ok_and(|identity| identity.stranger(&believed()).is_some());
            strangers += usize::from(stranger);
            !stranger || strangers == 1
        });
        let found = found.collect();
        self.scanned = Some((Instant::now(), begun.elapsed()));
        Some(found)
    }

    fn is_wanted(&self, places: &DaemonPaths) -> bool {
        self.wanted.socket.as_ref().is_none_or(|socket| *socket == places.socket || is_same(socket, &places.socket))
    }

    fn choose(&mut self, candidates: Vec<Candidate>) -> Discovered {
        let (mut daemons, mut doubtful) = (Vec::new(), Vec::new());
        for candidate in candidates {
            match candidate.prove() {
                Ok(()) => daemons.push(candidate),
                Err(doubt) if candidate.is_worth(&doubt) => doubtful.push((candidate, doubt)),
                Err(_) => self.starts |= candidate.age() < SETTLES,
            }
        }
        if daemons.len() > 1 && daemons.iter().any(|daemon| !daemon.is_younger_than_its_pid_file()) {
            // One that has taken the number of another.
            daemons.retain(|daemon| !daemon.is_younger_than_its_pid_file());
        }
        if daemons.len() > 1 {
            // The one that its distribution starts.
            let usual = usual_pid_file(self.dialect);
            if let Some(place) = daemons.iter().position(|daemon| daemon.places.pid_file == usual) {
                return Discovered::One(daemons.swap_remove(place));
            }
        }
        match daemons.as_slice() {
            [first, second, ..] => return Discovered::Two(first.pid, second.pid),
            [one] => return Discovered::One(one.clone()),
            [] => {}
        }
        // A daemon that goes into the background leaves its parent behind for a moment; one that runs a script has a child with its own
        // name for a moment.
        let pids: Vec<u32> = doubtful.iter().map(|(candidate, _)| candidate.pid).collect();
        doubtful.retain(|(candidate, _)| !pids.contains(&candidate.parent));
        doubtful.truncate(MOST_UNSETTLED);
        let before = std::mem::take(&mut self.unsettled);
        let since = |key| before.iter().find(|(known, _)| *known == key).map_or_else(Instant::now, |(_, since)| *since);
        self.unsettled =
            doubtful.iter().map(|(c, _)| ((c.pid, c.start_ticks), since((c.pid, c.start_ticks)))).collect();
        let settles = self.unsettled.iter().any(|(_, since)| since.elapsed() < SETTLES);
        match doubtful.into_iter().next() {
            Some((candidate, doubt)) if settles => Discovered::Unsettled(candidate.pid, doubt),
            Some((candidate, doubt)) => Discovered::Doubtful(candidate.pid, doubt),
            None => Discovered::Nothing,
        }
    }
}

fn usual_pid_file(dialect: &dyn Dialect) -> PathBuf {
    dialect.paths_by_arguments(&[], None).pid_file
}

/// One file by two names, as of /var/run and /run.
fn is_same(one: &Path, other: &Path) -> bool {
    let number = |path| RootPath::open(path).map(|found| (found.stat.st_dev, found.stat.st_ino)).ok();
    number(one).is_some_and(|one| number(other) == Some(one))
}

/// Processes that speak to the kernel's XFRM, by the addresses of sockets.
fn speakers(tables: &mut Tables) -> Vec<u32> {
    let mut speakers = tables.xfrm_speakers();
    speakers.retain(|address| *address <= MOST_PIDS);
    speakers.truncate(MOST_SPEAKERS);
    speakers
}

/// Every process id in `/proc`.
fn all_processes() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::super::tests::fake::Fake;
    use super::*;
    use crate::sources::xfrm::current_netns;

    /// A look at this process alone.
    fn look(discovery: &mut Discovery, fake: &Fake) -> Discovered {
        let Some(Namesake::Candidate(candidate)) = look_at(discovery.dialect, fake.pid(), discovery.own, false) else {
            panic!()
        };
        discovery.choose(vec![*candidate])
    }

    #[test]
    fn one_that_proves_nothing_is_waited_for_and_then_said() {
        let mut discovery = Discovery::new(DaemonPlace::default(), current_netns().unwrap());
        let mut fake = Fake::new();
        fake.start(None);
        let mut doubt_later = |fake: &Fake| {
            discovery.unsettled.clear();
            // What another test starts just now has all our sockets open, too, until it executes.
            while matches!(look(&mut discovery, fake), Discovered::One(_)) {
                std::thread::yield_now();
            }
            assert!(matches!(look(&mut discovery, fake), Discovered::Unsettled(..)));
            let long_ago = Instant::now().checked_sub(SETTLES).unwrap();
            discovery.unsettled.iter_mut().for_each(|(_, since)| *since = long_ago);
            match look(&mut discovery, fake) {
                Discovered::Doubtful(pid, doubt) if pid == fake.pid() => doubt.to_string(),
                found => panic!("{found:?}"),
            }
        };
        assert!(doubt_later(&fake).contains("pluto.pid"));
        let other = fake.pid() + 1;
        std::fs::write(fake.socket().with_file_name("pluto.pid"), format!("{other}\n")).unwrap();
        assert!(doubt_later(&fake).ends_with(&format!("names process {other}")));
        fake.write_pid_file();
        fake.close_socket();
        assert!(doubt_later(&fake).ends_with("nobody in this network namespace listens on it"));
        std::fs::set_permissions(fake.socket(), std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
        assert!(doubt_later(&fake).contains("writable by others"));
    }

    #[test]
    fn the_socket_that_is_wanted_may_have_two_names() {
        let mut fakes = [Fake::new(), Fake::new()];
        fakes.iter_mut().for_each(|fake| fake.start(None));
        let link = fakes[0].socket().with_file_name("link");
        std::os::unix::fs::symlink(fakes[0].socket().parent().unwrap(), &link).unwrap();
        let wanted = DaemonPlace { socket: Some(link.join("pluto.ctl")), ..DaemonPlace::default() };
        let discovery = Discovery::new(wanted, current_netns().unwrap());
        let is_wanted = |fake: &Fake| match look_at(discovery.dialect, fake.pid(), discovery.own, false) {
            Some(Namesake::Candidate(candidate)) => discovery.is_wanted(&candidate.places),
            other => panic!("{other:?}"),
        };
        assert_eq!(fakes.each_ref().map(is_wanted), [true, false]);
    }

    #[test]
    fn of_two_none_is_guessed() {
        let mut discovery = Discovery::new(DaemonPlace::default(), current_netns().unwrap());
        let mut fakes = [Fake::new(), Fake::new()];
        for fake in &mut fakes {
            fake.start(None);
            fake.write_pid_file();
        }
        let candidates = fakes.iter().map(|fake| match look_at(discovery.dialect, fake.pid(), discovery.own, false) {
            Some(Namesake::Candidate(candidate)) => *candidate,
            other => panic!("{other:?}"),
        });
        let candidates: Vec<_> = candidates.collect();
        let found = discovery.choose(candidates.clone());
        assert!(
            matches!(found, Discovered::Two(one, two) if [one, two] == fakes.each_ref().map(Fake::pid)),
            "{found:?}"
        );
        // One of them has only taken the number that is in an old pid file.
        let pid_file = std::fs::File::options().write(true).open(&candidates[0].places.pid_file).unwrap();
        pid_file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        let found = discovery.choose(candidates);
        assert!(matches!(&found, Discovered::One(one) if one.pid == fakes[1].pid()), "{found:?}");
    }
}
