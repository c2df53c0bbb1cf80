//! How the dumps of the two tables stand.

use std::collections::BTreeSet;
use std::time::Duration;

use super::sad::CounterHandling;
use crate::model::{AskId, Boottime, DumpTable, PolicyId, SaId};

/// Between two counts.
pub const COUNT_EVERY: Duration = Duration::from_secs(10);

/// Between two dumps that nothing else gave a reason for.
pub const DUMP_EVERY: Duration = Duration::from_secs(600);

/// How the two tables stand.
#[derive(Debug, Default)]
pub struct Resync {
    pub(super) sad: ResyncState,
    pub(super) spd: ResyncState,
    pub(super) number: u32,
    pub(super) too_few: bool,
    // SAs were migrated, and no dump has begun since.
    pub(super) migrated: bool,
}

#[derive(Debug, Default)]
pub(super) struct ResyncState {
    pub(super) wanted: bool,
    pub(super) floor: Boottime,
    pub(super) asked: Option<AskId>,
    pub(super) running: Option<RunningDump>,
    pub(super) done: bool,
    /// It was dumped whole at least once.
    pub(super) whole: bool,
}

#[derive(Debug)]
pub(super) struct RunningDump {
    pub(super) ask: AskId,
    pub(super) number: u32,
    pub(super) began: u64,
    // Deleted by an event since the dump began: a row of it is stale.
    pub(super) gone: BTreeSet<SaId>,
    pub(super) gone_policies: BTreeSet<PolicyId>,
    pub(super) reread: BTreeSet<SaId>,
    // A flush or a loss of events since it began: what it shows cannot be told from what was.
    pub(super) void: bool,
    // What it shows and no event told was migrated.
    pub(super) migrated: bool,
    pub(super) counting: CounterHandling,
}

impl Resync {
    /// Both tables have been dumped whole at least once, or cannot be.
    pub fn first_done(&self) -> bool {
        self.sad.done && self.spd.done
    }

    /// The policies were dumped whole at least once, and no event of them was lost since.
    pub fn policies_known(&self) -> bool {
        self.spd.whole && !self.spd.wanted && self.spd.asked.is_none() && self.spd.running.is_none()
    }

    /// No dump is wanted or under way.
    pub fn is_quiet(&self) -> bool {
        [&self.sad, &self.spd].iter().all(|state| !state.wanted && state.asked.is_none() && state.running.is_none())
    }

    pub(super) fn of(&mut self, table: DumpTable) -> &mut ResyncState {
        match table {
            DumpTable::Sad => &mut self.sad,
            DumpTable::Spd => &mut self.spd,
        }
    }

    /// An event deleted this SA.
    pub fn sa_gone(&mut self, id: &SaId) {
        if let Some(running) = &mut self.sad.running {
            running.gone.insert(*id);
        }
    }

    /// An event deleted this policy.
    pub fn policy_gone(&mut self, id: &PolicyId) {
        if let Some(running) = &mut self.spd.running {
            running.gone_policies.insert(*id);
        }
    }

    /// SAs changed their addresses without another event.
    pub fn migrated(&mut self) {
        self.migrated = true;
    }

    /// What a running dump of this table shows cannot be used.
    pub fn spoil(&mut self, table: DumpTable) {
        if let Some(running) = &mut self.of(table).running {
            running.void = true;
        }
    }
}
