//! Questions under way, and how long one may take and the next one waits.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::{AskId, Boottime, Question, SaId};

/// Between two signs of life that nothing else gave a reason for.
pub const HEARTBEAT: Duration = Duration::from_secs(60);

/// The same of a daemon that says how many of its worker threads are idle: they may be used up within seconds.
pub const WORKERS_EVERY: Duration = Duration::from_secs(5);

/// The same while few are.
pub const FEW_WORKERS_EVERY: Duration = Duration::from_secs(1);

/// Between two whole tables that nothing gave a reason for.
pub const TABLE_EVERY: Duration = Duration::from_secs(1800);

/// Above this many Child SAs the daemon's table is not asked for: it makes two system calls an SA and stands still meanwhile.
pub const TABLE_LIMIT: u32 = 20_000;

/// Reads that may wait; more than that is a dump's work.
pub const READS: usize = 64;

#[derive(Debug, Default)]
pub struct Asks {
    last: u64,
    /// SAs being read, with the number of the observation at which they were asked for.
    pub reads: BTreeMap<AskId, (SaId, u64)>,
    /// The log is being read to its end.
    pub catching_up: Option<(AskId, u64)>,
    /// A count is under way.
    pub count: Option<AskId>,
    /// What the daemon is being asked.
    pub daemon: Option<(AskId, Question)>,
    /// What it should be asked next.
    pub wanted: BTreeSet<Question>,
    /// Each table not before this.
    pub floors: BTreeMap<Question, Boottime>,
}

impl Asks {
    /// A new id.
    pub fn next(&mut self) -> AskId {
        self.last += 1;
        AskId(self.last)
    }
}
