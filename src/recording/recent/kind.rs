//! What an observation is good for when it is old.

use crate::model::{Answer, AskId, Dumped, Event, Question, Table, What};
use crate::recording::beginning::Beginning;

/// Rows of a dump; one with more is not in the ring, which would hold little else.
pub(super) const ROWS: usize = 2_000;

/// What an observation is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// For nothing, once it is forgotten.
    Plain,
    /// Something that a start tells.
    Beginning,
    DumpBegin(Table),
    Rows(Table),
    /// It has ended, completely or not.
    DumpEnd(Table, bool),
    /// A table has changed.
    Changed(Table),
    /// The daemon's answer.
    Answer(Question),
    /// A line of its log.
    Said,
}

/// Follows dumps, to know what belongs to which.
#[derive(Debug, Default)]
pub(super) struct Sorter {
    sad: Dump,
    spd: Dump,
}

#[derive(Debug, Default)]
struct Dump {
    running: Option<AskId>,
    /// So far, or of the last one.
    rows: usize,
    /// It is left out: the one before had too many rows.
    left_out: bool,
}

impl Sorter {
    /// What it is good for; nothing where it does not belong into the ring.
    pub(super) fn sort(&mut self, what: &What) -> Option<Kind> {
        match what {
            What::DumpBegin { ask, table } => self.dump(*table).begin(*ask).then_some(Kind::DumpBegin(*table)),
            What::Sas { ask, rows } => self.sad.rows(*ask, rows.len()).then_some(Kind::Rows(Table::Sad)),
            What::Policies { ask, rows } => self.spd.rows(*ask, rows.len()).then_some(Kind::Rows(Table::Spd)),
            What::DumpEnd { ask, how, .. } => self.end(*ask, *how == Dumped::Complete),
            What::Kernel(event) => Some(Kind::Changed(table_of(event))),
            What::Read { .. } => Some(Kind::Changed(Table::Sad)),
            What::DaemonAnswered { answer, .. } => Some(match **answer {
                Answer::Brief(_) => Kind::Answer(Question::Brief),
                Answer::Connections(_) => Kind::Answer(Question::Connections),
                Answer::Table(_) => Kind::Answer(Question::Table),
                Answer::None(_) => Kind::Plain,
            }),
            What::Log(_) => Some(Kind::Said),
            what if Beginning::wants(what) => Some(Kind::Beginning),
            _ => Some(Kind::Plain),
        }
    }

    fn dump(&mut self, table: Table) -> &mut Dump {
        match table {
            Table::Sad => &mut self.sad,
            Table::Spd => &mut self.spd,
        }
    }

    fn end(&mut self, ask: AskId, complete: bool) -> Option<Kind> {
        let table = [Table::Sad, Table::Spd].into_iter().find(|table| self.dump(*table).running == Some(ask))?;
        let dump = self.dump(table);
        dump.running = None;
        // Half of a table would be taken for all of it: no end is better than that.
        (!dump.left_out && dump.rows <= ROWS).then_some(Kind::DumpEnd(table, complete))
    }
}

impl Dump {
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

const fn table_of(event: &Event) -> Table {
    match event {
        Event::PolicySet(_) | Event::PolicyDeleted(_) | Event::PoliciesFlushed => Table::Spd,
        _ => Table::Sad,
    }
}
