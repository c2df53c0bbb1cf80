//! The daemon's death: who died, when, what it left, and whether somebody wanted it.

use std::time::Duration;

use super::lines::LastLines;
use super::listener::LostListener;
use super::standing::Up;
use crate::model::{AskId, Boottime, KeptProcess, RealTime};

/// How long the log, where that is known, is waited for before a death is called by its name.
pub const LOG_PATIENCE: Duration = Duration::from_secs(1);

/// How long the successor of a process that never answered is waited for.
pub const FORK_PATIENCE: Duration = Duration::from_secs(3);

/// Who died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A process that was seen.
    Process {
        pid: u32,
        /// Its start in clock ticks after boot.
        start_ticks: u64,
    },
    /// Whoever listened at a control socket. Why it is gone nobody here can see, so it never counts as crashed.
    Listener(LostListener),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeathEnd {
    /// Somebody wanted it, or nobody here can tell.
    InOrder,
    /// Nobody wanted it.
    Crash,
}

/// A death of which not everything is over.
#[derive(Debug)]
pub struct OpenDeath {
    /// Which one since swanwatch began.
    pub number: u64,
    pub who: Who,
    /// The unit that ran it.
    pub unit: Option<String>,
    /// When it was seen.
    pub at: Boottime,
    /// The same.
    pub wall: RealTime,
    pub(super) after: AskId,
    /// How it ended, once that is known.
    pub end: Option<DeathEnd>,
    /// How many SAs it left.
    pub sas: u64,
    pub before: Up,
    /// What speaks for it.
    pub lines: LastLines,
    /// FLUSHPOLICY came after it.
    pub policies_flushed: Option<Boottime>,
    /// FLUSHSA came after it.
    pub sas_flushed: Option<Boottime>,
    /// Another process is there since.
    pub back: Option<Boottime>,
    // A process died before it had answered anything.
    pub(super) again: Option<u32>,
    /// It had not answered anything yet: a start by hand forks, and the first process ends as soon as the second is there.
    pub young: bool,
    /// Nobody watched when it died, and it is back by now.
    pub unseen: bool,
}

impl Who {
    /// The number of its process, where it was seen.
    pub const fn pid(&self) -> Option<u32> {
        match self {
            Self::Process { pid, .. } => Some(*pid),
            Self::Listener(_) => None,
        }
    }

    /// Its control socket alone was known.
    pub const fn is_listener(&self) -> bool {
        matches!(self, Self::Listener(_))
    }
}

impl OpenDeath {
    /// It is known whether somebody wanted it.
    pub const fn is_named(&self) -> bool {
        self.end.is_some()
    }

    /// It is the death of this process.
    pub fn is_of(&self, process: &KeptProcess) -> bool {
        self.who == Who::Process { pid: process.pid, start_ticks: process.start_ticks }
    }

    /// Nobody wanted it.
    pub fn is_crash(&self) -> bool {
        self.end == Some(DeathEnd::Crash)
    }

    /// Somebody wanted it, or nobody here can tell.
    pub fn is_in_order(&self) -> bool {
        self.end == Some(DeathEnd::InOrder)
    }

    /// When its SAs and policies were flushed.
    pub fn flushed(&self) -> Option<Boottime> {
        self.sas_flushed.or(self.policies_flushed)
    }
}
