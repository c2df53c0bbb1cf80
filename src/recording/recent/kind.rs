//! What an observation is good for when it is old.

use crate::model::{Answer, AskId, DumpTable, Dumped, Event, Question, What};
use crate::recording::beginning::Beginning;

/// Rows of a dump; one with more is not in the ring, which would hold little else.
pub(super) const ROWS: usize = 2_000;

/// What an observation is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ObservationKind {
    /// For nothing, once it is forgotten.
    Plain,
    /// Something that a start tells.
    Beginning,
    DumpBegin(DumpTable),
    Rows(DumpTable),
    /// It has ended, completely or not.
    DumpEnd(DumpTable, bool),
    /// A table has changed.
    Changed(DumpTable),
    /// The daemon's answer.
    Answer(Question),
    /// A line of its log.
    Said,
}

/// Follows dumps, to know what belongs to which.
#[derive(Debug, Default)]
pub(super) struct Sorter {
    sad: KeptDump,
    spd: KeptDump,
}

#[derive(Debug, Default)]
struct KeptDump {
    running: Option<AskId>,
    /// So far, or of the last one.
    rows: usize,
    /// It is left out: the one before had too many rows.
    left_out: bool,
}

impl Sorter {
    /// What it is good for; nothing where it does not belong into the ring.
    pub(super) fn sort(&mut self, what: &What) -> Option<ObservationKind> {
        match what {
            What::DumpBegin { ask, table } => {
                self.dump(*table).begin(*ask).then_some(ObservationKind::DumpBegin(*table))
            }
            What::Sas { ask, rows } => self.sad.rows(*ask, rows.len()).then_some(ObservationKind::Rows(DumpTable::Sad)),
            What::Policies { ask, rows } => {
                self.spd.rows(*ask, rows.len()).then_some(ObservationKind::Rows(DumpTable::Spd))
            }
            What::DumpEnd { ask, how, .. } => self.end(*ask, *how == Dumped::Complete),
            What::Kernel(event) => Some(ObservationKind::Changed(table_of(event))),
            What::Read { .. } => Some(ObservationKind::Changed(DumpTable::Sad)),
            What::DaemonAnswered { answer, .. } => Some(match **answer {
                Answer::Brief(_) => ObservationKind::Answer(Question::Brief),
                Answer::Connections(_) => ObservationKind::Answer(Question::Connections),
                Answer::Table(_) => ObservationKind::Answer(Question::Table),
                Answer::None(_) => ObservationKind::Plain,
            }),
            What::Log(_) | What::Told(_) => Some(ObservationKind::Said),
            what if Beginning::wants(what) => Some(ObservationKind::Beginning),
            _ => Some(ObservationKind::Plain),
        }
    }

    fn dump(&mut self, table: DumpTable) -> &mut KeptDump {
        match table {
            DumpTable::Sad => &mut self.sad,
            DumpTable::Spd => &mut self.spd,
        }
    }

    fn end(&mut self, ask: AskId, complete: bool) -> Option<ObservationKind> {
        let table =
            [DumpTable::Sad, DumpTable::Spd].into_iter().find(|table| self.dump(*table).running == Some(ask))?;
        let dump = self.dump(table);
        dump.running = None;
        // Half of a table would be taken for all of it: no end is better than that.
        (!dump.left_out && dump.rows <= ROWS).then_some(ObservationKind::DumpEnd(table, complete))
    }
}

impl KeptDump {
    /// A second one meanwhile is left out.
    fn begin(&mut self, ask: AskId) -> bool {
        if self.running.is_some() {
            return false;
        }
        self.left_out = self.rows > ROWS;
        (self.running, self.rows) = (Some(ask), 0);
        !self.left_out
    }

    fn rows(&mut self, ask: AskId, count: usize) -> bool {
        if self.running != Some(ask) {
            return false;
        }
        self.rows += count;
        !self.left_out && self.rows <= ROWS
    }
}

const fn table_of(event: &Event) -> DumpTable {
    match event {
        Event::PolicySet(_) | Event::PolicyDeleted(_) | Event::PoliciesFlushed => DumpTable::Spd,
        _ => DumpTable::Sad,
    }
}
