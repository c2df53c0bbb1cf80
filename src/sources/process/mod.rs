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
mod seeker;
mod sockets;
mod strangers;
mod systemd;
mod unit;
mod unsupported;
mod vitals;
mod watch;

use std::path::PathBuf;

use tokio::sync::watch as channel;

use self::watch::Watch;
use super::{Closed, Queue};
use crate::config::{self, DaemonPlace};
use crate::daemons::{DaemonPaths, LogPlace, dialect};
use crate::model::{Daemon, Netns};

/// A daemon and where it keeps things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    pub daemon: Daemon,
    /// Its control socket.
    pub socket: PathBuf,
    /// Its log: where the configuration has it, if it says.
    pub log: LogPlace,
    /// Its pid file; none where its control socket alone is known.
    pub pid_file: Option<PathBuf>,
}

/// Why its life cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// No file descriptor is left.
    #[error("cannot make a timer: {0}")]
    Timer(#[from] std::io::Error),
    /// The engine has ended.
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// The source. It ends with the queue.
#[derive(Clone, Debug)]
pub struct ProcessHandle {
    /// The daemon that runs now.
    pub running: channel::Receiver<Option<Running>>,
}

/// Where the log of a daemon with these places is: where the configuration has it, or where the daemon puts it.
pub fn log_place(wanted: &DaemonPlace, places: &DaemonPaths, unit: Option<&str>) -> LogPlace {
    match &wanted.log {
        None => places.log.clone(),
        Some(config::LogPlace::File(path)) => LogPlace::File(path.clone()),
        Some(config::LogPlace::Journal) => {
            let identifier = dialect(wanted.kind).process_name().to_owned();
            LogPlace::Journal { unit: unit.map(str::to_owned), identifier }
        }
    }
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
    let mut watch = Watch::new(queue, own, wanted, sender)?;
    let found = watch.first().await?;
    tokio::spawn(watch.run(found));
    unsupported::spawn(others, own, running.clone()).await?;
    Ok(ProcessHandle { running })
}

#[cfg(test)]
mod tests;
