//! IKE daemons that are not watched: where none is that is supported, one of them may be what this gateway lives by; beside one that is, they
//! may own what it does not know. Looked for by name once a minute; believed where it is root's.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::candidate::kind_of;
use super::discovery::speakers;
use super::procfs::{self, Namespace, StatFile};
use super::running::RunningDaemon;
use super::sockets::Tables;
use crate::model::{DaemonKind, Netns, OtherDaemon, What};
use crate::sources::{Closed, Queue};

/// Names in `/proc/PID/comm` of what is not supported: strongSwan's for NetworkManager, OpenIKED, ipsec-tools, racoon2.
const NAMES: [&str; 3] = ["charon-nm", "iked", "racoon"];

/// Between two looks through all processes.
const PERIOD: Duration = Duration::from_secs(60);

/// More than these are not named: a host that is full of containers.
const MOST: usize = 8;

/// Which supported ones count.
#[derive(Debug, Clone)]
struct FollowedKinds {
    /// Those that are taken where they are found.
    kinds: Vec<DaemonKind>,
    /// One runs, with this number where that can be seen.
    running: Option<Option<u32>>,
}

/// Looks at once, whenever another daemon is watched, and from then on again and again. `kinds` are taken where they are found.
///
/// # Errors
/// The engine has ended.
pub async fn spawn(
    queue: Queue,
    own: Netns,
    kinds: Vec<DaemonKind>,
    mut running: watch::Receiver<Option<RunningDaemon>>,
) -> Result<(), Closed> {
    let mut told = Vec::new();
    let mut watched = FollowedKinds { kinds, running: None };
    watched.running = pid_of(&mut running);
    tell(&queue, own, &watched, &mut told).await?;
    tokio::spawn(async move {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                changed = running.changed() => if changed.is_err() {
                    return;
                },
            }
            watched.running = pid_of(&mut running);
            if tell(&queue, own, &watched, &mut told).await.is_err() {
                return;
            }
        }
    });
    Ok(())
}

fn pid_of(running: &mut watch::Receiver<Option<RunningDaemon>>) -> Option<Option<u32>> {
    running.borrow_and_update().as_ref().map(|running| running.daemon.pid())
}

/// Tells what is there, where it is something else than was told.
async fn tell(queue: &Queue, own: Netns, watched: &FollowedKinds, told: &mut Vec<OtherDaemon>) -> Result<(), Closed> {
    let watched = watched.clone();
    // /proc may hold many processes; nobody waits for them.
    let found = tokio::task::spawn_blocking(move || look(own, &watched)).await.unwrap_or_default();
    if *told != found {
        told.clone_from(&found);
        queue.send(What::OtherDaemons(found)).await?;
    }
    Ok(())
}

/// Every process that is such a daemon, by its number.
fn look(own: Netns, watched: &FollowedKinds) -> Vec<OtherDaemon> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten();
    let mut pids: Vec<u32> = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    let speakers = speakers(&mut Tables::open());
    let found = pids.into_iter().filter_map(|pid| {
        let name = procfs::name(pid)?;
        let supported = kind_of(&DaemonKind::ALL, pid).map(|(kind, _)| kind);
        let counts = match supported {
            Some(kind) => watched.is_other(pid, kind),
            None => NAMES.contains(&name.as_str()),
        };
        let here = || match procfs::namespace(pid, own) {
            Namespace::Ours => true,
            // Those that are supported speak to the kernel's XFRM under their own numbers.
            Namespace::Hidden => supported.is_none() || speakers.contains(&pid),
            Namespace::Other => false,
        };
        let counts = counts && is_roots(pid) && here();
        counts.then(|| OtherDaemon { name, pid, supported: supported.is_some() })
    });
    found.take(MOST).collect()
}

impl FollowedKinds {
    /// Whether a daemon that is supported is another than the one that is watched. One that is taken where it is found counts beside one that
    /// is watched alone: it may be on its way to be that.
    fn is_other(&self, pid: u32, kind: DaemonKind) -> bool {
        match self.running {
            Some(watched) => watched.is_none_or(|watched| watched != pid && parent(pid) != Some(watched)),
            None => !self.kinds.contains(&kind),
        }
    }
}

/// A daemon runs programs, and is for a moment their parent under its own name.
fn parent(pid: u32) -> Option<u32> {
    StatFile::open(pid).and_then(|file| file.read()).ok().map(|stat| stat.parent)
}

/// Its real and its effective user are root (proc(5), `Uid:` of `/proc/PID/status`).
fn is_roots(pid: u32) -> bool {
    let status = std::fs::read_to_string(procfs::path(pid, "status")).unwrap_or_default();
    root_alone(&status)
}

fn root_alone(status: &str) -> bool {
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    uids.is_some_and(|uids| {
        let mut uids = uids.split_ascii_whitespace().take(2);
        uids.next() == Some("0") && uids.next() == Some("0")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_taken_where_it_is_found_counts_beside_one_that_is_watched_alone() {
        let own = std::process::id();
        let watched = |kinds: &[DaemonKind], running| FollowedKinds { kinds: kinds.to_vec(), running };
        let counts = |watched: &FollowedKinds| watched.is_other(own, DaemonKind::Strongswan);
        assert!(!counts(&watched(&DaemonKind::ALL, None)));
        assert!(counts(&watched(&[DaemonKind::Libreswan], None)));
        assert!(counts(&watched(&DaemonKind::ALL, Some(Some(own + 1)))));
        assert!(!counts(&watched(&DaemonKind::ALL, Some(Some(own)))));
        assert!(!counts(&watched(&DaemonKind::ALL, Some(parent(own)))));
        assert!(counts(&watched(&DaemonKind::ALL, Some(None))));
    }

    #[test]
    fn a_process_is_roots_by_both_its_users() {
        let status = |uids: &str| format!("Name:\tcharon\nUmask:\t0022\nUid:\t{uids}\nGid:\t0\t0\t0\t0\n");
        assert!(root_alone(&status("0\t0\t0\t0")));
        for uids in ["65534\t65534\t65534\t65534", "1000\t0\t0\t0", "0\t1000\t0\t0", "0", ""] {
            assert!(!root_alone(&status(uids)), "{uids}");
        }
        // A name cannot hold a line of its own.
        assert!(!root_alone("Name:\tUid:\\n0 0\nUid:\t7\t7\t7\t7\n"));
        assert!(!root_alone(""));
    }
}
