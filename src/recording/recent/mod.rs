//! The last minutes, always at hand: a ring of observations in a bounded piece of memory, for whoever asks what came before.
//!
//! What falls out of the ring at its old end is forgotten, but for what the rest cannot be understood without (`before`): the last whole
//! dump of each table with the events since, the daemon's last answers with the log since, and what a start tells. So the ring replays from wherever it
//! begins. Where the SAD has more than `ROWS` SAs its dumps are not in it: the ring is then for reading, and replays to no findings.

mod before;
mod kind;
mod snapshot;

use std::collections::VecDeque;

use self::before::Before;
use self::kind::{Kind, Sorter};
pub use self::snapshot::{Snapshot, shows_all_sas};
use crate::model::Observation;

/// Bytes of observations. A few hundred SAs, sampled every ten seconds, fill it in some minutes; a hundred in a quarter of an hour.
const ROOM: usize = 4 << 20;

/// What is taken of memory at first; a quiet gateway never needs more than a few times this.
const FIRST: usize = 64 << 10;

/// The ring.
#[derive(Debug)]
pub struct Recent {
    room: usize,
    /// Lines of JSON, oldest first.
    text: VecDeque<u8>,
    /// Their kinds and lengths.
    lines: VecDeque<(Kind, usize)>,
    sorter: Sorter,
    before: Before,
    line: Vec<u8>,
}

// === impl Recent ===

impl Default for Recent {
    fn default() -> Self {
        Self::with_room(ROOM)
    }
}

impl Recent {
    fn with_room(room: usize) -> Self {
        let (text, lines, line) = (VecDeque::new(), VecDeque::new(), Vec::new());
        Self { room, text, lines, sorter: Sorter::default(), before: Before::default(), line }
    }

    /// Takes the next observation.
    pub fn take(&mut self, seen: &Observation) {
        let Some(kind) = self.sorter.sort(&seen.what) else { return };
        self.line.clear();
        // What cannot be written is not in it; a recording says so where it matters.
        if serde_json::to_writer(&mut self.line, seen).is_err() {
            return;
        }
        self.line.push(b'\n');
        self.make_room(self.line.len());
        if self.line.len() <= self.room {
            self.text.extend(&self.line);
            self.lines.push_back((kind, self.line.len()));
        } else {
            // Nothing is left in the ring that was before it: it is forgotten in its turn.
            self.before.take(kind, self.line.iter().copied());
        }
    }

    /// All of it, to be made a recording of elsewhere.
    pub fn snapshot(&self) -> Snapshot {
        let mut lines = self.before.lines();
        let (front, back) = self.text.as_slices();
        lines.extend_from_slice(front);
        lines.extend_from_slice(back);
        Snapshot::new(self.before.told(), lines)
    }

    /// Exactly as much memory as there is room, and no more than needed until then.
    fn make_room(&mut self, length: usize) {
        while self.text.len() + length > self.room && self.forget_oldest() {}
        let (needed, has) = (self.text.len() + length, self.text.capacity());
        if needed > has && needed <= self.room {
            let wanted = needed.max(has * 2).clamp(FIRST.min(self.room), self.room);
            self.text.reserve_exact(wanted - self.text.len());
        }
    }

    fn forget_oldest(&mut self) -> bool {
        let Some((kind, length)) = self.lines.pop_front() else { return false };
        self.before.take(kind, self.text.drain(..length));
        true
    }
}

#[cfg(test)]
mod tests;
