//! IKE daemons that are not supported: where none that is runs, one of them may be what this gateway lives by; beside one that is, they
//! may own what it does not know. Looked for by name once a minute; believed where it is root's.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::procfs::{self, Namespace};
use crate::model::{Netns, OtherDaemon, What};
use crate::sources::{Closed, Queue};

/// Names in `/proc/PID/comm`: strongSwan, OpenIKED, ipsec-tools, racoon2. strongSwan's starter alone brings charon up again and again.
const NAMES: [&str; 6] = ["charon", "charon-systemd", "charon-nm", "starter", "iked", "racoon"];

/// Between two looks through all processes.
const PERIOD: Duration = Duration::from_secs(60);

/// More than these are not named: a host that is full of containers.
const MOST: usize = 8;

/// Looks at once, and from then on again and again.
///
/// # Errors
/// The engine has ended.
pub async fn spawn(queue: Queue, own: Netns) -> Result<(), Closed> {
    let mut told = Vec::new();
    tell(&queue, own, &mut told).await?;
    tokio::spawn(async move {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            if tell(&queue, own, &mut told).await.is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Tells what is there, where it is something else than was told.
async fn tell(queue: &Queue, own: Netns, told: &mut Vec<OtherDaemon>) -> Result<(), Closed> {
    // /proc may hold many processes; nobody waits for them.
    let found = tokio::task::spawn_blocking(move || look(own)).await.unwrap_or_default();
    if *told != found {
        told.clone_from(&found);
        queue.send(What::OtherDaemons(found)).await?;
    }
    Ok(())
}

/// Every process that is such a daemon, by its number.
fn look(own: Netns) -> Vec<OtherDaemon> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten();
    let mut pids: Vec<u32> = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    let named = |pid: u32| NAMES.into_iter().find(|name| procfs::has_name(pid, name)).map(|name| (pid, name));
    let found = pids.into_iter().filter_map(named);
    let found = found.filter(|(pid, _)| is_roots(*pid) && procfs::namespace(*pid, own) != Namespace::Other);
    found.take(MOST).map(|(pid, name)| OtherDaemon { name: name.to_owned(), pid }).collect()
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
