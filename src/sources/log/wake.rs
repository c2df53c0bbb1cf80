//! From where on a log is followed, and what wakes whoever follows it.

use crate::model::{AskId, RealTime};

/// From where on a log is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Since {
    /// From its present end: nobody runs whose past could matter.
    Now,
    /// From the start of the daemon that runs.
    Daemon {
        /// Its process; none where its control socket alone is known.
        pid: Option<u32>,
        /// When it was started.
        started: RealTime,
    },
}

/// The daemon that writes into a log.
#[derive(Clone, Debug)]
pub struct Runner {
    /// Its process; none where its control socket alone is known.
    pub pid: Option<u32>,
    /// When it was started.
    pub started: RealTime,
    /// The unit that runs it.
    pub unit: Option<String>,
}

impl Since {
    /// From the start of this daemon, or from now on where none runs.
    pub const fn of(runner: Option<&Runner>) -> Self {
        match runner {
            Some(Runner { pid, started, .. }) => Self::Daemon { pid: *pid, started: *started },
            None => Self::Now,
        }
    }
}

/// What wakes a follower.
#[derive(Debug)]
pub(super) enum FollowerWake {
    /// Something may have been written, renamed, created or removed.
    Changed,
    /// Read to the present end, and say so.
    CatchUp(AskId),
    /// A daemon runs, and writes here.
    Runs(Runner),
}
