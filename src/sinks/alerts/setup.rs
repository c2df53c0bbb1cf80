//! What the alerts need of this host.

use std::path::PathBuf;

use super::pace::Pace;
use crate::sinks::history::QueueKeeper;
use crate::state_directory::state_directory;

/// Where it keeps what waits, and how it goes about it.
#[derive(Debug)]
pub struct AlertsSetup {
    /// Name of this host.
    pub host: String,
    /// Who keeps what waits for the next start; none where nothing is kept.
    pub keeper: Option<QueueKeeper>,
    /// The folder in which 0.1.0 kept it: what it left there is told.
    pub left: PathBuf,
    pub pace: Pace,
}

impl AlertsSetup {
    pub fn of_this_host(keeper: Option<QueueKeeper>) -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self { host, keeper, left: state_directory().join("alerts"), pace: Pace::default() }
    }
}
