//! The daemon's life, seen from outside: which process it is, how it is, when it ends, and what the service manager says.
//!
//! Nothing here speaks to the daemon. Its process is found by name in our own network namespace and believed where it is root's, its end is
//! told by a pidfd, and once a second one look is taken at its state and at what waits unread in its sockets: the one timer of this source.

pub mod bus;
mod candidate;
mod control;
mod discovery;
mod held;
mod listening;
pub mod pid_file;
pub mod procfs;
mod reading;
mod running;
mod seeker;
mod sockets;
mod strangers;
mod systemd;
mod unit;
mod unsupported;
mod vitals;
mod watch;

use tokio::sync::watch as channel;

pub use self::procfs::is_seen_alike;
pub use self::running::{ProcessError, RunningDaemon, log_place};
use self::watch::DaemonWatch;
use super::Queue;
use crate::config::DaemonPlace;
use crate::daemons::{LogPlace, dialect};
use crate::model::Netns;

/// The source. It ends with the queue.
#[derive(Clone, Debug)]
pub struct ProcessHandle {
    /// The daemon that runs now.
    pub running: channel::Receiver<Option<RunningDaemon>>,
}

/// Where a daemon that was started as its distribution starts it will log.
pub async fn usual_log(wanted: &DaemonPlace) -> LogPlace {
    let booted = sd_notify::booted().unwrap_or(false);
    let dialect = dialect(wanted.kind);
    let unit = wanted.unit.clone().or(booted.then(|| dialect.usual_unit().to_owned()));
    let read = reading::usual(dialect, unit.clone()).await;
    log_place(wanted, &read.places, unit.as_deref())
}

/// Begins to watch the life of the daemon in the namespace `own`, which must be this process's. When it returns, the daemon there is, or its absence, has been told.
///
/// # Errors
/// No timer; the engine has ended.
pub async fn spawn(queue: Queue, own: Netns, wanted: DaemonPlace) -> Result<ProcessHandle, ProcessError> {
    let (sender, running) = channel::channel(None);
    let others = queue.clone();
    let mut watch = DaemonWatch::new(queue, own, wanted, sender)?;
    let found = watch.first().await?;
    tokio::spawn(watch.run(found));
    unsupported::spawn(others, own).await?;
    Ok(ProcessHandle { running })
}

#[cfg(test)]
mod tests;
