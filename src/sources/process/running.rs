//! A daemon that runs, where it keeps things, and why it cannot be watched.

use std::path::PathBuf;

use crate::config::{self, DaemonPlace};
use crate::daemons::{DaemonPaths, LogPlace, dialect};
use crate::model::{Daemon, DaemonKind};
use crate::sources::Closed;

/// A daemon and where it keeps things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningDaemon {
    pub daemon: Daemon,
    /// Its control socket.
    pub socket: PathBuf,
    /// Its log: where the configuration has it, if it says.
    pub log: LogPlace,
    /// Its pid file; none where its control socket alone is known.
    pub pid_file: Option<PathBuf>,
    /// Whoever runs it has it load its connections: a unit, or what starts it. Taken to be so where that is not known.
    pub is_loaded: bool,
    /// Its configuration; none where its control socket alone is known.
    pub configuration: Option<PathBuf>,
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

/// Where the log of a daemon with these places is: where the configuration has it, or where the daemon puts it.
pub fn log_place(wanted: &DaemonPlace, kind: DaemonKind, places: &DaemonPaths, unit: Option<&str>) -> LogPlace {
    match &wanted.log {
        None => places.log.clone(),
        Some(config::LogChoice::File(path)) => LogPlace::File(path.clone()),
        Some(config::LogChoice::Journal) => {
            let usual = || dialect(kind).process_names().first().copied().unwrap_or_default().to_owned();
            let identifier = match &places.log {
                LogPlace::Journal { identifier, .. } => identifier.clone(),
                _ => usual(),
            };
            LogPlace::Journal { unit: unit.map(str::to_owned), identifier }
        }
    }
}
