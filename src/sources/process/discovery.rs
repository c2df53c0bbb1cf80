//! Finding the daemon's process: a `pluto` in our own network namespace.

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use super::ProcessError;
use super::procfs::{self, Namespace, StatFile};
use super::sockets::Tables;
use crate::config::DaemonPlace;
use crate::model::{Netns, RunState};
use crate::sources::daemon::libreswan::places::{PROGRAM, Places};

/// A look through all processes that took t is followed by none for this many t: 0.1 % of a core.
const SCAN_PAUSE: u32 = 1_000;

/// However many processes there are.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A daemon has a socket to the kernel's XFRM, by which it is known, so long after its start; before, nothing is to be said of it.
const SETTLES: Duration = Duration::from_secs(10);

/// A process that may be the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its id.
    pub pid: u32,
    /// Its start in clock ticks after boot.
    pub start_ticks: u64,
    /// Where it keeps things, by its arguments.
    pub places: Places,
    parent: u32,
    namespace: Namespace,
}

/// What one look found.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// No daemon.
    Nothing,
    /// A process that may still be on its way to become the daemon (it forks, or has no pid file yet): look again.
    Unsettled,
    /// This process has the daemon's name, but whether it is in our namespace cannot be seen.
    Hidden(u32),
    /// The daemon.
    One(Candidate),
}

/// Looks for the daemon again and again, at a bounded price.
#[derive(Debug)]
pub struct Discovery {
    wanted: DaemonPlace,
    own: Netns,
    /// Its pid file, where the last daemon had it or the next is likely to have it.
    pid_file: PathBuf,
    next_scan: Option<Instant>,
    before: Vec<(u32, u64)>,
    /// The process whose namespace cannot be seen, and since when it is looked at.
    hidden: Option<(u32, Instant)>,
}

// === impl Discovery ===

impl Discovery {
    /// Looks for what is wanted, in the namespace `own`.
    pub fn new(wanted: DaemonPlace, own: Netns) -> Self {
        let usual = Places::usual(wanted.unit.as_deref()).pid_file;
        let pid_file = wanted.socket.as_ref().map_or(usual, |socket| socket.with_file_name("pluto.pid"));
        Self { wanted, own, pid_file, next_scan: None, before: Vec::new(), hidden: None }
    }

    /// One look. `hint` is a process that somebody else has named.
    ///
    /// # Errors
    /// Two daemons, and the configuration does not say which.
    pub fn look(&mut self, tables: &mut Tables, hint: Option<u32>) -> Result<Found, ProcessError> {
        let speakers = tables.xfrm_speakers();
        let mut pids = speakers.clone();
        pids.extend(procfs::pid_in(&self.pid_file));
        pids.extend(hint);
        pids.extend(self.before.iter().map(|(pid, _)| *pid));
        pids.extend(self.hidden.map(|(pid, _)| pid));
        if self.next_scan.is_none_or(|due| due <= Instant::now()) {
            let begun = Instant::now();
            pids.extend(all_processes().filter(|pid| procfs::has_name(*pid, PROGRAM)));
            // To look at every process is what takes long.
            self.next_scan = Some(Instant::now() + begun.elapsed().saturating_mul(SCAN_PAUSE).min(LONGEST_PAUSE));
        }
        pids.sort_unstable();
        pids.dedup();
        let candidates = pids.into_iter().filter(|pid| procfs::has_name(*pid, PROGRAM));
        let candidates = candidates.filter_map(|pid| self.candidate(pid, &speakers)).collect();
        self.choose(candidates)
    }

    /// Another daemon in our namespace than the one that is watched.
    pub fn second(&self, tables: &mut Tables, watched: u32) -> Option<u32> {
        let mut speakers = tables.xfrm_speakers();
        speakers.retain(|pid| *pid != watched && procfs::has_name(*pid, PROGRAM));
        let is_child = |pid: u32| stat(pid).is_some_and(|stat| stat.parent == watched);
        speakers.into_iter().find(|pid| !is_child(*pid) && self.is_wanted(&places(*pid, None)))
    }

    /// Where the daemon that was found keeps its pid file: the next one will keep it there too.
    pub fn remember(&mut self, found: &Candidate) {
        self.pid_file.clone_from(&found.places.pid_file);
        self.before.clear();
    }

    fn candidate(&self, pid: u32, speakers: &[u32]) -> Option<Candidate> {
        let stat = stat(pid).filter(|stat| stat.state != RunState::Dead)?;
        let namespace = match procfs::namespace(pid, self.own) {
            // It has a socket to the kernel's XFRM here, and nobody else has this pid.
            Namespace::Hidden if speakers.contains(&pid) => Namespace::Ours,
            namespace => namespace,
        };
        let places = places(pid, self.wanted.unit.as_deref());
        let fits = namespace != Namespace::Other && self.is_wanted(&places);
        fits.then_some(Candidate { pid, start_ticks: stat.start_ticks, parent: stat.parent, places, namespace })
    }

    fn is_wanted(&self, places: &Places) -> bool {
        self.wanted.socket.as_ref().is_none_or(|socket| *socket == places.socket)
    }

    fn choose(&mut self, mut candidates: Vec<Candidate>) -> Result<Found, ProcessError> {
        let confirmed = |c: &Candidate| procfs::pid_in(&c.places.pid_file) == Some(c.pid);
        // A daemon that goes into the background leaves its parent behind for a moment; one that runs a script has a child with its
        // own name for a moment. The pid file tells which is the daemon; without it, the parent.
        if let Some(daemon) = candidates.iter().position(confirmed) {
            let daemon = candidates.swap_remove(daemon);
            candidates.retain(|c| c.parent != daemon.pid && c.pid != daemon.parent);
            candidates.insert(0, daemon);
        } else {
            let pids: Vec<u32> = candidates.iter().map(|c| c.pid).collect();
            candidates.retain(|c| !pids.contains(&c.parent));
        }
        let hidden = candidates.iter().find(|c| c.namespace == Namespace::Hidden).map(|c| c.pid);
        let hidden = self.look_at_hidden(hidden);
        candidates.retain(|c| c.namespace == Namespace::Ours);
        let before = std::mem::replace(&mut self.before, candidates.iter().map(|c| (c.pid, c.start_ticks)).collect());
        let settled = |c: &Candidate| confirmed(c) || before.contains(&(c.pid, c.start_ticks));
        match candidates.as_slice() {
            [] => Ok(hidden),
            [one] if settled(one) => Ok(Found::One(one.clone())),
            [first, second, ..] if settled(first) && settled(second) => {
                Err(ProcessError::TwoDaemons { first: first.pid, second: second.pid })
            }
            _ => Ok(Found::Unsettled),
        }
    }

    /// What is to be said of it where there is nothing else.
    fn look_at_hidden(&mut self, pid: Option<u32>) -> Found {
        let before = self.hidden.take();
        let Some(pid) = pid else { return Found::Nothing };
        let since = before.filter(|(before, _)| *before == pid).map_or_else(Instant::now, |(_, since)| since);
        self.hidden = Some((pid, since));
        if since.elapsed() < SETTLES { Found::Unsettled } else { Found::Hidden(pid) }
    }
}

fn stat(pid: u32) -> Option<procfs::Stat> {
    StatFile::open(pid).and_then(|file| file.read()).ok()
}

/// Where a process keeps things, by its arguments.
pub fn places(pid: u32, unit: Option<&str>) -> Places {
    Places::of_command_line(&procfs::arguments(pid), unit, procfs::standard_error(pid).as_deref())
}

/// Every process id in `/proc`.
fn all_processes() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(pid: u32) -> Candidate {
        let namespace = Namespace::Hidden;
        // No process has this number, and no file there names it.
        Candidate { pid, start_ticks: 1, places: Places::usual(Some("none")), parent: 1, namespace }
    }

    #[test]
    fn a_process_that_cannot_be_seen_is_said_once_it_stays_and_does_not_come_and_go() {
        let mut discovery = Discovery::new(DaemonPlace::default(), Netns(1));
        for pid in [1 << 30, (1 << 30) + 1] {
            assert_eq!(discovery.choose(vec![hidden(pid)]).unwrap(), Found::Unsettled);
            let long_ago = Instant::now().checked_sub(SETTLES).unwrap();
            discovery.hidden = Some((pid, long_ago));
            assert_eq!(discovery.choose(vec![hidden(pid)]).unwrap(), Found::Hidden(pid));
            // It is looked at again without a look through all processes.
            assert_eq!(discovery.hidden, Some((pid, long_ago)));
        }
        assert_eq!(discovery.choose(Vec::new()).unwrap(), Found::Nothing);
        assert_eq!(discovery.hidden, None);
    }
}
