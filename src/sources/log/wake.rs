//! From where on a log is followed, and what wakes whoever follows it.

use crate::model::{AskId, RealTime};

/// From where on a log is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
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

/// What wakes a follower.
#[derive(Debug)]
pub(super) enum Wake {
    /// Something may have been written, renamed, created or removed.
    Changed,
    /// Read to the present end, and say so.
    CatchUp(AskId),
    /// A daemon runs, and writes here.
    Runs,
}
