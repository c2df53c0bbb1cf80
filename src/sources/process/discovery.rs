//! Finding the daemon's process: one of root's with its name in our own network namespace.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use super::candidate::{Candidate, CandidateDoubt, Namesake, Stranger, kind_of, look_at};
use super::named::NamedProcess;
use super::sockets::{IkePort, Tables};
use super::{listener, pid_file, procfs, reading};
use crate::config::DaemonPlace;
use crate::daemons::{DaemonPaths, Proof, dialect};
use crate::model::{DaemonKind, Netns};
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

/// Places of pid files that are remembered.
const MOST_PID_FILES: usize = 4;

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
    Unsettled(NamedProcess, CandidateDoubt),
    /// This process of root's has the daemon's name and is not taken for it.
    Doubtful(NamedProcess, CandidateDoubt),
    /// Two daemons of one kind, and nothing says which is meant.
    Two(NamedProcess, NamedProcess, DaemonKind),
    /// The daemon.
    One(Candidate),
}

/// Who else has a daemon's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OtherDaemons {
    /// Root's, of the kind that is watched.
    pub second: Option<NamedProcess>,
    /// Root's, of another kind.
    pub of_other_kind: Option<(NamedProcess, DaemonKind)>,
    /// Somebody else's.
    pub stranger: Option<Stranger>,
}

/// Looks for the daemon again and again, at a bounded price.
#[derive(Debug)]
pub struct Discovery {
    wanted: DaemonPlace,
    kinds: Vec<DaemonKind>,
    own: Netns,
    /// Where the last daemon had its pid file, and where the next is likely to have it.
    pid_files: Vec<PathBuf>,
    /// Where processes of root's are told to have their control sockets.
    told: Vec<((u32, u64), PathBuf)>,
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
        let kinds = wanted.kinds();
        let pid_file = |kind: &DaemonKind| {
            let dialect = dialect(*kind);
            let usual = dialect.usual_sockets().first().map(PathBuf::from);
            wanted.socket.clone().or(usual).map(|socket| dialect.pid_file_beside(&socket))
        };
        let pid_files = kinds.iter().filter_map(pid_file).collect();
        Self {
            wanted,
            kinds,
            own,
            pid_files,
            told: Vec::new(),
            scanned: None,
            unsettled: Vec::new(),
            beside: Vec::new(),
            stranger: None,
            starts: false,
        }
    }

    /// One look. `hint` is a process that the service manager has named.
    pub async fn look(&mut self, tables: &mut Tables, hint: Option<u32>) -> Discovered {
        let speakers = speakers(tables);
        let mut pids = speakers.clone();
        pids.extend(self.pid_files.iter().filter_map(|path| pid_file::read(path).ok()));
        pids.extend(hint);
        pids.extend(self.unsettled.iter().map(|((pid, _), _)| *pid));
        pids.extend(self.scan(SCAN_PAUSE).into_iter().flatten());
        pids.sort_unstable();
        pids.dedup();
        (self.stranger, self.starts) = (None, false);
        let mut candidates = Vec::new();
        for pid in pids {
            match look_at(&self.kinds, pid, self.own, speakers.contains(&pid)) {
                Some(Namesake::Candidate(mut candidate)) => {
                    self.find_socket(&mut candidate).await;
                    if self.is_wanted(&candidate.places) {
                        candidates.push(*candidate);
                    }
                }
                Some(Namesake::Stranger(stranger)) => self.stranger = self.stranger.or(Some(stranger)),
                None => {}
            }
        }
        self.choose(candidates, tables)
    }

    /// Where its arguments do not say it: by its configuration, which is read once, and by who listens where.
    async fn find_socket(&mut self, candidate: &mut Candidate) {
        if candidate.dialect().proof() != Proof::Listener {
            return;
        }
        let likely = match &self.wanted.socket {
            Some(socket) => socket.clone(),
            None => self.told_socket(candidate).await,
        };
        let more = if self.wanted.socket.is_some() { Vec::new() } else { listener::usual_places(candidate.dialect()) };
        let places = std::iter::once(likely).chain(more);
        if let Some((tie, socket)) = listener::tie(candidate.pid, places).await {
            (candidate.tie, candidate.places.socket) = (Some(tie), socket);
        }
    }

    async fn told_socket(&mut self, candidate: &Candidate) -> PathBuf {
        let key = (candidate.pid, candidate.start_ticks);
        if let Some((_, socket)) = self.told.iter().find(|(known, _)| *known == key) {
            return socket.clone();
        }
        let read = reading::of_process(candidate.dialect(), candidate.pid, candidate.arguments.clone(), None).await;
        if self.told.len() >= MOST_UNSETTLED {
            self.told.remove(0);
        }
        self.told.push((key, read.places.socket.clone()));
        read.places.socket
    }

    /// Others with a daemon's name in our namespace than the one that is watched.
    pub fn beside(&mut self, tables: &mut Tables, watched: &Candidate) -> OtherDaemons {
        if let Some(pids) = self.scan(IDLE_PAUSE) {
            self.beside = pids;
            self.beside.truncate(MOST_SPEAKERS);
        }
        let mut others = OtherDaemons::default();
        let speakers = speakers(tables);
        for pid in speakers.iter().chain(&self.beside).copied().filter(|pid| *pid != watched.pid) {
            match look_at(&DaemonKind::ALL, pid, self.own, speakers.contains(&pid)) {
                Some(Namesake::Stranger(stranger)) => others.stranger = others.stranger.or(Some(stranger)),
                Some(Namesake::Candidate(other)) if !other.seems_here() || other.parent == watched.pid => {}
                Some(Namesake::Candidate(other)) if other.kind != watched.kind => {
                    others.of_other_kind = others.of_other_kind.or(Some((other.named(), other.kind)));
                }
                Some(Namesake::Candidate(other)) if self.is_second(&other) => {
                    others.second = others.second.or(Some(other.named()));
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

    /// Where its socket is not known by its arguments, it may be anywhere.
    fn is_second(&self, other: &Candidate) -> bool {
        other.dialect().proof() == Proof::Listener || self.is_wanted(&other.places)
    }

    /// Who has the daemon's name and is not root's, as the last look saw it.
    pub const fn stranger(&self) -> Option<Stranger> {
        self.stranger
    }

    /// Where the daemon that was found keeps its pid file: the next one will keep it there too.
    pub fn remember(&mut self, found: &Candidate) {
        let socket = &found.places.socket;
        let pid_file = found.places.pid_file.clone().unwrap_or_else(|| found.dialect().pid_file_beside(socket));
        self.pid_files.retain(|known| *known != pid_file);
        self.pid_files.insert(0, pid_file);
        self.pid_files.truncate(MOST_PID_FILES);
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
        let named = all_processes().filter(|pid| kind_of(&DaemonKind::ALL, *pid).is_some());
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

    fn choose(&mut self, candidates: Vec<Candidate>, tables: &mut Tables) -> Discovered {
        let (mut daemons, mut doubtful) = (Vec::new(), Vec::new());
        for candidate in candidates {
            match candidate.prove() {
                Ok(()) => daemons.push(candidate),
                Err(doubt) if candidate.is_worth(&doubt) => doubtful.push((candidate, doubt)),
                Err(_) => self.starts |= candidate.age() < SETTLES,
            }
        }
        let mut of_kinds = Vec::new();
        for kind in &self.kinds {
            let of_kind: Vec<Candidate> = daemons.iter().filter(|daemon| daemon.kind == *kind).cloned().collect();
            match of_one_kind(of_kind) {
                OfKind::None => {}
                OfKind::One(daemon) => of_kinds.push(*daemon),
                OfKind::Two(first, second) => return Discovered::Two(first, second, *kind),
            }
        }
        if let Some(daemon) = of_two_kinds(of_kinds, tables.ike_port()) {
            return Discovered::One(daemon);
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
            Some((candidate, doubt)) if settles => Discovered::Unsettled(candidate.named(), doubt),
            Some((candidate, doubt)) => Discovered::Doubtful(candidate.named(), doubt),
            None => Discovered::Nothing,
        }
    }
}

/// What is left of the proven daemons of one kind.
enum OfKind {
    None,
    One(Box<Candidate>),
    Two(NamedProcess, NamedProcess),
}

fn of_one_kind(mut daemons: Vec<Candidate>) -> OfKind {
    if daemons.len() > 1 && daemons.iter().any(|daemon| !daemon.is_younger_than_its_pid_file()) {
        // One that has taken the number of another.
        daemons.retain(|daemon| !daemon.is_younger_than_its_pid_file());
    }
    // The one that its distribution starts.
    if daemons.len() > 1
        && let Some(place) = daemons.iter().position(Candidate::is_in_usual_place)
    {
        return OfKind::One(Box::new(daemons.swap_remove(place)));
    }
    match daemons.as_slice() {
        [first, second, ..] => OfKind::Two(first.named(), second.named()),
        [one] => OfKind::One(Box::new(one.clone())),
        [] => OfKind::None,
    }
}

/// Of daemons of different kinds the one that packets for IKE's port come to: a socket at an address goes before one at all of them
/// (udp(7)). Where that does not tell them apart, the older one, which had the port first.
fn of_two_kinds(mut daemons: Vec<Candidate>, port: IkePort) -> Option<Candidate> {
    daemons.sort_by_key(|daemon| (daemon.start_ticks, daemon.pid));
    let holds = |daemon: &Candidate| match port {
        IkePort::EachAddress => daemon.dialect().binds_each_address(),
        IkePort::Whole => !daemon.dialect().binds_each_address(),
        IkePort::Free => false,
    };
    let place = daemons.iter().position(holds).unwrap_or(0);
    (place < daemons.len()).then(|| daemons.swap_remove(place))
}

/// One file by two names, as of /var/run and /run.
fn is_same(one: &Path, other: &Path) -> bool {
    let number = |path| RootPath::open(path).map(|found| (found.stat.st_dev, found.stat.st_ino)).ok();
    number(one).is_some_and(|one| number(other) == Some(one))
}

/// Processes that speak to the kernel's XFRM, by the addresses of sockets.
pub fn speakers(tables: &mut Tables) -> Vec<u32> {
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
        let Some(Namesake::Candidate(candidate)) = look_at(&discovery.kinds, fake.pid(), discovery.own, false) else {
            panic!()
        };
        discovery.choose(vec![*candidate], &mut Tables::open())
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
                Discovered::Doubtful(found, doubt) if found.pid == fake.pid() => doubt.to_string(),
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
        let is_wanted = |fake: &Fake| match look_at(&discovery.kinds, fake.pid(), discovery.own, false) {
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
        let candidates = fakes.iter().map(|fake| match look_at(&discovery.kinds, fake.pid(), discovery.own, false) {
            Some(Namesake::Candidate(candidate)) => *candidate,
            other => panic!("{other:?}"),
        });
        let candidates: Vec<_> = candidates.collect();
        let found = discovery.choose(candidates.clone(), &mut Tables::open());
        assert!(
            matches!(found, Discovered::Two(one, two, _) if [one.pid, two.pid] == fakes.each_ref().map(Fake::pid)),
            "{found:?}"
        );
        // One of them has only taken the number that is in an old pid file.
        let pid_file =
            std::fs::File::options().write(true).open(candidates[0].places.pid_file.as_ref().unwrap()).unwrap();
        pid_file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        let found = discovery.choose(candidates, &mut Tables::open());
        assert!(matches!(&found, Discovered::One(one) if one.pid == fakes[1].pid()), "{found:?}");
    }
}
