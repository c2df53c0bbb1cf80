//! The daemon's life, seen from outside: which process it is, how it is, when it ends, and what the service manager says.
//!
//! Nothing here speaks to the daemon. Its process is found by name in our own network namespace and believed where it is root's, its end is
//! told by a pidfd, and once a second one look is taken at its state and at what waits unread in its sockets: the one timer of this source.

pub mod bus;
mod candidate;
mod control;
mod discovery;
mod held;
mod listener;
mod listening;
mod named;
mod others;
pub mod pid_file;
pub mod procfs;
mod reading;
mod running;
mod seeker;
mod sockets;
mod strangers;
mod systemd;
mod unit;
mod unit_choice;
mod vitals;
mod watch;

use tokio::sync::watch as channel;

pub use self::procfs::is_seen_alike;
pub use self::running::{ProcessError, RunningDaemon, log_place};
use self::watch::DaemonWatch;
use super::Queue;
use crate::config::DaemonPlace;
use crate::daemons::{LogPlace, dialect};
use crate::model::{DaemonKind, Netns};
use crate::sources::daemon::installed;

/// The source. It ends with the queue.
#[derive(Clone, Debug)]
pub struct ProcessHandle {
    /// The daemon that runs now.
    pub running: channel::Receiver<Option<RunningDaemon>>,
}

/// The kind that is wanted, or that is likely to come: one that is installed.
pub fn likely_kind(wanted: &DaemonPlace) -> DaemonKind {
    let kinds = wanted.kinds();
    let is_there = |kind: &DaemonKind| installed(dialect(*kind), None).is_some();
    kinds.iter().copied().find(is_there).or(kinds.first().copied()).unwrap_or_default()
}

/// Where a daemon of this kind that was started as its distribution starts it will log.
pub async fn usual_log(wanted: &DaemonPlace, kind: DaemonKind) -> LogPlace {
    let booted = sd_notify::booted().unwrap_or(false);
    let dialect = dialect(kind);
    let usual = || dialect.usual_units().first().filter(|_| booted).map(|unit| (*unit).to_owned());
    let unit = wanted.unit.clone().or_else(usual);
    let read = reading::usual(dialect, unit.clone()).await;
    log_place(wanted, kind, &read.places, unit.as_deref())
}

/// Begins to watch the life of the daemon in the namespace `own`, which must be this process's. When it returns, the daemon there is, or its absence, has been told.
///
/// # Errors
/// No timer; the engine has ended.
pub async fn spawn(queue: Queue, own: Netns, wanted: DaemonPlace) -> Result<ProcessHandle, ProcessError> {
    let (sender, running) = channel::channel(None);
    let (others_queue, kinds, watched) = (queue.clone(), wanted.kinds(), running.clone());
    let mut watch = DaemonWatch::new(queue, own, wanted, sender)?;
    let found = watch.first().await?;
    tokio::spawn(watch.run(found));
    others::spawn(others_queue, own, kinds, watched).await?;
    Ok(ProcessHandle { running })
}

#[cfg(test)]
mod tests;
