//! The last minutes, always at hand: a ring of observations in a bounded piece of memory, for whoever asks what came before.
//!
//! What falls out of the ring at its old end is forgotten, but for what the rest cannot be understood without (`before`): the last whole
//! dump of each table with the events since, the daemon's last answers with the log since, and what a start tells. So the ring replays from wherever it
//! begins. Where the SAD has more than `ROWS` SAs its dumps are not in it, and no answer of the daemon beyond `BEFORE`: the ring is then for
//! reading, and replays to no findings.
//!
//! Nothing is written as text that comes in floods: the ring takes observations over, and makes a recording of them when somebody asks.

mod before;
mod kept;
mod kind;
mod snapshot;

use std::collections::VecDeque;

use self::before::BeforeRing;
use self::kept::KeptObservation;
use self::kind::{ObservationKind, Sorter};
pub use self::snapshot::{Snapshot, shows_all_sas};
use crate::model::Observation;

/// Bytes of observations: half an hour of 100 SAs that are sampled every ten seconds, three minutes of 1,000.
const ROOM: usize = 4 << 20;

/// Bytes of each thing that is kept for what came after it: a table's last dump and the one under way, of two tables; the daemon's
/// connections, and its states.
const BEFORE: usize = 1 << 20;

/// The ring. All of it takes at most `ROOM` and six times `BEFORE`, 10 MiB.
#[derive(Debug)]
pub struct Recent {
    room: usize,
    /// Oldest first.
    kept: VecDeque<(ObservationKind, KeptObservation)>,
    /// Bytes that they take.
    used: usize,
    sorter: Sorter,
    before: BeforeRing,
}

impl Default for Recent {
    fn default() -> Self {
        Self::with_room(ROOM)
    }
}

impl Recent {
    fn with_room(room: usize) -> Self {
        Self { room, kept: VecDeque::new(), used: 0, sorter: Sorter::default(), before: BeforeRing::default() }
    }

    /// Takes the next observation over.
    pub fn take(&mut self, seen: Observation) {
        let Some(kind) = self.sorter.sort(&seen.what) else { return };
        let Some(kept) = KeptObservation::new(seen) else { return };
        let size = kept.size();
        if size > BEFORE && matches!(kind, ObservationKind::Answer(_)) {
            return;
        }
        while self.used + size > self.room && self.forget_oldest() {}
        if size <= self.room {
            self.used += size;
            self.kept.push_back((kind, kept));
        } else {
            // Nothing is left in the ring that was before it: it is forgotten in its turn.
            self.before.take(kind, kept);
        }
    }

    /// All of it, to be made a recording of elsewhere.
    pub fn snapshot(&self) -> Snapshot {
        let ring = self.kept.iter().map(|(_, kept)| kept);
        Snapshot::new(self.before.told(), self.before.kept().chain(ring).cloned().collect())
    }

    fn forget_oldest(&mut self) -> bool {
        let Some((kind, kept)) = self.kept.pop_front() else { return false };
        self.used -= kept.size();
        self.before.take(kind, kept);
        true
    }
}

#[cfg(test)]
mod tests;
