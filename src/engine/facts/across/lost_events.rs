//! Events are lost, and whole dumps show what they would have told.

use crate::engine::facts::Facts;
use crate::model::DumpTable;

impl Facts {
    /// Events were lost: ENOBUFS, or `malformed` datagrams that were none.
    pub(in crate::engine) fn events_lost(&mut self, malformed: u64) {
        let lost = &mut self.lost_events;
        (lost.sad, lost.spd) = (Some(self.seq), Some(self.seq));
        lost.times += 1;
        lost.malformed = malformed;
        // What a running dump shows may be older than what was lost.
        self.resync.spoil(DumpTable::Sad);
        self.resync.spoil(DumpTable::Spd);
        self.want_dumps();
    }

    /// A table was dumped whole; the dump began at observation number `began`.
    pub(in crate::engine) fn events_may_be_whole(&mut self, table: DumpTable, began: u64) {
        let of_table = match table {
            DumpTable::Sad => &mut self.lost_events.sad,
            DumpTable::Spd => &mut self.lost_events.spd,
        };
        if of_table.is_some_and(|at| at < began) {
            *of_table = None;
        }
    }
}
