//! What was before the ring's oldest observation, as far as the ring cannot be understood without it.

use crate::model::{Observation, Question, Table, What};
use crate::recording::beginning::Beginning;

use super::kind::Kind;

/// Bytes for each table. Where events since a table's last dump are more, the next dump has to be waited for.
const ROOM: usize = 2 << 20;

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Before {
    /// None while the ring still holds the start.
    beginning: Option<Beginning>,
    sad: Known,
    spd: Known,
    brief: Vec<u8>,
    connections: Vec<u8>,
    /// The daemon's last table of its states, and what its log said since.
    states: Vec<u8>,
    line: Vec<u8>,
}

/// What is known of one table.
#[derive(Debug, Default)]
struct Known {
    /// The last complete dump and the events since; empty where there is none.
    whole: Vec<u8>,
    /// A dump that has begun, and the events since.
    begun: Option<Vec<u8>>,
}

// === impl Before ===

impl Before {
    /// Takes a line that leaves the ring.
    pub(super) fn take(&mut self, kind: Kind, line: impl Iterator<Item = u8>) {
        // Nothing was before the first.
        let beginning = self.beginning.get_or_insert_default();
        self.line.clear();
        self.line.extend(line);
        let line = &self.line;
        match kind {
            Kind::Plain => {}
            Kind::Beginning => {
                if let Ok(seen) = serde_json::from_slice::<Observation>(line) {
                    beginning.take(seen.what);
                }
            }
            Kind::DumpBegin(Table::Sad) => self.sad.begin(line),
            Kind::DumpBegin(Table::Spd) => self.spd.begin(line),
            Kind::Rows(Table::Sad) => self.sad.row(line),
            Kind::Rows(Table::Spd) => self.spd.row(line),
            Kind::DumpEnd(Table::Sad, complete) => self.sad.end(line, complete),
            Kind::DumpEnd(Table::Spd, complete) => self.spd.end(line, complete),
            Kind::Changed(Table::Sad) => self.sad.changed(line),
            Kind::Changed(Table::Spd) => self.spd.changed(line),
            Kind::Answer(question) => {
                let place = match question {
                    Question::Brief => &mut self.brief,
                    Question::Connections => &mut self.connections,
                    Question::Table => &mut self.states,
                };
                place.clone_from(line);
            }
            Kind::Said if self.states.len() + line.len() <= ROOM => self.states.extend_from_slice(line),
            // More lines than that between two looks at its table: the next look tells.
            Kind::Said => self.states = Vec::new(),
        }
    }

    /// What a start would tell.
    pub(super) fn told(&self) -> Vec<What> {
        self.beginning.as_ref().map_or_else(Vec::new, Beginning::tell)
    }

    /// The lines that have to stand before the ring's.
    pub(super) fn lines(&self) -> Vec<u8> {
        let begun = [&self.spd.begun, &self.sad.begun].into_iter().flatten();
        let whole = [&self.spd.whole, &self.sad.whole, &self.brief, &self.connections, &self.states];
        whole.into_iter().chain(begun).flatten().copied().collect()
    }
}

// === impl Known ===

impl Known {
    fn begin(&mut self, line: &[u8]) {
        self.begun = Some(line.to_vec());
    }

    fn row(&mut self, line: &[u8]) {
        if let Some(begun) = &mut self.begun {
            begun.extend_from_slice(line);
        }
    }

    fn end(&mut self, line: &[u8], complete: bool) {
        self.row(line);
        match self.begun.take() {
            Some(begun) if complete => self.whole = begun,
            _ => {}
        }
    }

    fn changed(&mut self, line: &[u8]) {
        self.row(line);
        if !self.whole.is_empty() {
            self.whole.extend_from_slice(line);
        }
        if self.whole.len() > ROOM {
            self.whole = Vec::new();
        }
        if self.begun.as_ref().is_some_and(|begun| begun.len() > ROOM) {
            self.begun = None;
        }
    }
}
