//! SAs that a recording has shown before: a dump of 100,000 of them every ten seconds is mostly what the last one was.
//!
//! ```text
//! {"seq":…,"at":…,"wall":"…","what":{"sas-again":{"ask":7,"rows":[40,[3,252],{"gone":2},{"id":…},…]}}}
//! ```
//!
//! Rows are told by what became of those of the last dump, in their order: so many are the same; one has other counters, by how much;
//! so many are gone; one is new, in full. Writer and reader keep the same rows, and what comes out is what went in.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::model::{AskId, Boottime, DumpTable, Dumped, KernelSa, RealTime, What};

/// How far ahead a row is looked for among the last dump's.
const AHEAD: usize = 1024;

/// What stands for an observation with SAs that were shown before.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AgainLine {
    pub(super) seq: u64,
    pub(super) at: Boottime,
    pub(super) wall: RealTime,
    pub(super) what: Again,
}

/// Its contents.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Again {
    /// Instead of `What::Sas`.
    #[serde(rename = "sas-again")]
    Sas {
        ask: AskId,
        /// What became of the rows of the dump before.
        rows: Vec<RowRun>,
    },
}

/// What became of the next rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum RowRun {
    /// So many are the same.
    Same(usize),
    /// One carried something; zeros at the end are left out.
    Moved(Vec<i64>),
    /// So many are not shown any more.
    Gone { gone: usize },
    /// One that was not there.
    Row(Box<KernelSa>),
}

/// The rows of the last dump of the SAD.
#[derive(Debug, Default)]
pub(super) struct LastDump {
    /// Those that the running dump has not come to, in the order of the last one; then those that it has shown.
    rows: VecDeque<KernelSa>,
    ahead: usize,
    running: Option<AskId>,
}

/// How a line begins that holds them.
pub(super) fn is_again(line: &[u8]) -> bool {
    const HEAD: usize = 200;
    let head = line.get(..HEAD).unwrap_or(line);
    memchr::memmem::find(head, b"\"what\":{\"sas-again\":").is_some()
}

impl LastDump {
    /// Takes an observation as it is written; where it can be written shorter, how.
    pub(super) fn pack(&mut self, what: &What) -> Option<Again> {
        if let What::Sas { ask, rows } = what
            && self.running == Some(*ask)
            && self.ahead > 0
        {
            let mut pieces = Vec::new();
            rows.iter().for_each(|row| self.pack_row(row, &mut pieces));
            return Some(Again::Sas { ask: *ask, rows: pieces });
        }
        self.take(what);
        None
    }

    /// Takes an observation as it is.
    pub(super) fn take(&mut self, what: &What) {
        match what {
            What::DumpBegin { ask, table: DumpTable::Sad } => {
                // Of a dump that was cut short, what it did not come to stays where it stood: behind what it showed.
                self.rows.rotate_left(self.ahead);
                self.ahead = self.rows.len();
                self.running = Some(*ask);
            }
            What::Sas { ask, rows } if self.running == Some(*ask) => self.rows.extend(rows.iter().copied()),
            What::DumpEnd { ask, how, .. } if self.running == Some(*ask) => {
                self.running = None;
                if *how == Dumped::Complete {
                    drop(self.rows.drain(..self.ahead));
                    self.ahead = 0;
                }
            }
            _ => {}
        }
    }

    fn pack_row(&mut self, row: &KernelSa, pieces: &mut Vec<RowRun>) {
        let found = self.rows.iter().take(self.ahead.min(AHEAD)).position(|old| old.id == row.id);
        let known = found.and_then(|gone| Some((gone, moved(self.rows.get(gone)?, row)?)));
        let Some((gone, moved)) = known else {
            // What it was before, if anything, is passed over by the next row that is known.
            self.rows.push_back(*row);
            return pieces.push(RowRun::Row(Box::new(*row)));
        };
        if gone > 0 {
            pieces.push(RowRun::Gone { gone });
        }
        self.leave(gone);
        self.leave(1);
        self.rows.push_back(*row);
        match pieces.last_mut() {
            Some(RowRun::Same(count)) if moved.is_empty() => *count += 1,
            _ if moved.is_empty() => pieces.push(RowRun::Same(1)),
            _ => pieces.push(RowRun::Moved(moved)),
        }
    }

    /// The observation that was written so; none where it cannot be.
    pub(super) fn unpack(&mut self, again: Again) -> Option<What> {
        let Again::Sas { ask, rows: pieces } = again;
        let mut rows = Vec::new();
        for piece in pieces {
            match piece {
                RowRun::Same(count) => {
                    for _ in 0..count {
                        rows.push(self.next()?);
                    }
                }
                RowRun::Moved(by) => rows.push(move_by(self.next()?, &by)?),
                RowRun::Gone { gone } if gone <= self.ahead => {
                    self.leave(gone);
                    continue;
                }
                RowRun::Gone { .. } => return None,
                RowRun::Row(row) => rows.push(*row),
            }
        }
        self.rows.extend(rows.iter().copied());
        (self.running == Some(ask)).then_some(What::Sas { ask, rows })
    }

    fn next(&mut self) -> Option<KernelSa> {
        self.ahead = self.ahead.checked_sub(1)?;
        self.rows.pop_front()
    }

    fn leave(&mut self, count: usize) {
        drop(self.rows.drain(..count));
        self.ahead -= count;
    }
}

/// By how much the counters differ; none where anything else does.
fn moved(old: &KernelSa, new: &KernelSa) -> Option<Vec<i64>> {
    let (counters, replay) = (old.counters, old.replay);
    if (KernelSa { counters: new.counters, replay: new.replay, ..*old }) != *new
        || (replay.window, replay.esn) != (new.replay.window, new.replay.esn)
    {
        return None;
    }
    let wide = |old: u64, new: u64| new.wrapping_sub(old).cast_signed();
    let narrow = |old: u32, new: u32| i64::from(new) - i64::from(old);
    let mut by = vec![
        wide(counters.packets, new.counters.packets),
        wide(counters.bytes, new.counters.bytes),
        wide(replay.sent, new.replay.sent),
        wide(replay.received, new.replay.received),
        wide(counters.use_time, new.counters.use_time),
        narrow(counters.integrity_failures, new.counters.integrity_failures),
        narrow(counters.replay_drops, new.counters.replay_drops),
        narrow(counters.replay_window_drops, new.counters.replay_window_drops),
        wide(counters.add_time, new.counters.add_time),
    ];
    let used = by.iter().rposition(|by| *by != 0).map_or(0, |last| last + 1);
    by.truncate(used);
    Some(by)
}

fn move_by(mut row: KernelSa, by: &[i64]) -> Option<KernelSa> {
    let by = |place: usize| by.get(place).copied().unwrap_or(0);
    let narrow = |old: u32, by: i64| u32::try_from(i64::from(old).checked_add(by)?).ok();
    let (counters, replay) = (&mut row.counters, &mut row.replay);
    counters.packets = counters.packets.wrapping_add_signed(by(0));
    counters.bytes = counters.bytes.wrapping_add_signed(by(1));
    replay.sent = replay.sent.wrapping_add_signed(by(2));
    replay.received = replay.received.wrapping_add_signed(by(3));
    counters.use_time = counters.use_time.wrapping_add_signed(by(4));
    counters.integrity_failures = narrow(counters.integrity_failures, by(5))?;
    counters.replay_drops = narrow(counters.replay_drops, by(6))?;
    counters.replay_window_drops = narrow(counters.replay_window_drops, by(7))?;
    counters.add_time = counters.add_time.wrapping_add_signed(by(8));
    Some(row)
}
