//! The room in which entries wait for the writer, and where it hears that a queue has changed. Whoever puts something in never waits.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::{HistoryEntry, Queued};
use crate::model::RealTime;

/// Bytes that may wait.
const ROOM: usize = 8 << 20;

/// How many are written at once.
const BATCH: usize = 500;

/// An entry as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HistoryRow {
    pub(super) time: RealTime,
    pub(super) json: String,
}

/// What waits, shared by those who put in and the one who writes.
#[derive(Debug, Default)]
pub(super) struct WaitingRows {
    state: Mutex<WaitingState>,
    changed: Condvar,
}

/// What was taken out to be written.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) rows: Vec<HistoryRow>,
    /// Entries before these for which there was no room.
    pub(super) lost: u64,
    /// Queues that are new.
    pub(super) attached: Vec<Weak<dyn Queued>>,
}

#[derive(Debug, Default)]
struct WaitingState {
    rows: VecDeque<HistoryRow>,
    bytes: usize,
    lost: u64,
    attached: Vec<Weak<dyn Queued>>,
    /// Some queue has changed.
    changed: bool,
    closing: bool,
    ended: bool,
}

impl WaitingRows {
    /// Puts one in, or counts it as lost.
    pub(super) fn push(&self, entry: &HistoryEntry) {
        let json = serde_json::to_string(entry);
        let mut state = self.state();
        match json {
            Ok(json) if state.bytes + json.len() <= ROOM && !state.ended => {
                state.bytes += json.len();
                state.rows.push_back(HistoryRow { time: entry.time, json });
            }
            _ => state.lost += 1,
        }
        drop(state);
        self.changed.notify_all();
    }

    /// There is one more queue.
    pub(super) fn attach(&self, queue: Weak<dyn Queued>) {
        self.state().attached.push(queue);
        self.changed.notify_all();
    }

    /// A queue has changed.
    pub(super) fn changed(&self) {
        self.state().changed = true;
        self.changed.notify_all();
    }

    /// Takes the next ones out; waits for them, or until a queue has changed. None once it is closing and empty.
    pub(super) fn take(&self) -> Option<Batch> {
        let mut state = self.state();
        while state.is_empty() && !state.closing {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_empty() {
            return None;
        }
        state.changed = false;
        let most = state.rows.len().min(BATCH);
        let rows: Vec<HistoryRow> = state.rows.drain(..most).collect();
        state.bytes -= rows.iter().map(|row| row.json.len()).sum::<usize>();
        // Those are lost that came when the room was full: behind all that wait now.
        let lost = if state.rows.is_empty() { std::mem::take(&mut state.lost) } else { 0 };
        Some(Batch { rows, lost, attached: std::mem::take(&mut state.attached) })
    }

    /// Puts back what could not be written, in its place; queues are to be asked again. Returns how many wait, and how many are lost.
    pub(super) fn give_back(&self, batch: Batch) -> (u64, u64) {
        let mut state = self.state();
        state.changed = true;
        state.bytes += batch.rows.iter().map(|row| row.json.len()).sum::<usize>();
        state.lost += batch.lost;
        for row in batch.rows.into_iter().rev() {
            state.rows.push_front(row);
        }
        (state.rows.len() as u64, state.lost)
    }

    /// Waits so long, or until it is closing. Returns whether it is.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let state = self.state();
        let waited = self.changed.wait_timeout_while(state, time, |state| !state.closing);
        waited.unwrap_or_else(PoisonError::into_inner).0.closing
    }

    /// The writer has ended.
    pub(super) fn end(&self) {
        self.state().ended = true;
        self.changed.notify_all();
    }

    /// Has the writer write the rest and end, and waits for that so long. Returns how many entries are not written.
    pub(super) fn close(&self, time: Duration) -> u64 {
        let mut state = self.state();
        state.closing = true;
        self.changed.notify_all();
        let until = Instant::now() + time;
        while !state.ended {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.rows.len() as u64 + state.lost
    }

    fn state(&self) -> MutexGuard<'_, WaitingState> {
        // Nothing in the lock can be left half done by a panic: take what is there.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WaitingState {
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.lost == 0 && self.attached.is_empty() && !self.changed
    }
}
