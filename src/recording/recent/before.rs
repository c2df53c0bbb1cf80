//! What was before the ring's oldest observation, as far as the ring cannot be understood without it.

use crate::model::{DumpTable, Question, What};
use crate::recording::beginning::Beginning;

use super::BEFORE;
use super::kept::KeptObservation;
use super::kind::ObservationKind;

#[derive(Debug, Default)]
pub(super) struct BeforeRing {
    /// None while the ring still holds the start.
    beginning: Option<Beginning>,
    sad: TableTrail,
    spd: TableTrail,
    /// The daemon's answers: one of each that is no table of states.
    brief: Option<KeptObservation>,
    connections: Option<KeptObservation>,
    /// The daemon's last table of its states, and what its log said since.
    states: KeptObservations,
}

/// What is known of one table.
#[derive(Debug, Default)]
struct TableTrail {
    /// The last complete dump and the events since; empty where there is none.
    whole: KeptObservations,
    /// A dump that has begun, and the events since; empty where there is none.
    begun: KeptObservations,
}

/// Observations in their order, as long as there is room for them.
#[derive(Debug, Default)]
struct KeptObservations {
    kept: Vec<KeptObservation>,
    used: usize,
}

impl BeforeRing {
    /// Takes what leaves the ring.
    pub(super) fn take(&mut self, kind: ObservationKind, kept: KeptObservation) {
        // Nothing was before the first.
        let beginning = self.beginning.get_or_insert_default();
        match kind {
            ObservationKind::Plain => {}
            ObservationKind::Beginning => {
                if let Some(seen) = kept.into_observation() {
                    beginning.take(seen.what);
                }
            }
            ObservationKind::DumpBegin(table) => self.table(table).begin(kept),
            ObservationKind::Rows(table) => self.table(table).begun.more(kept),
            ObservationKind::DumpEnd(table, complete) => self.table(table).end(kept, complete),
            ObservationKind::Changed(table) => self.table(table).changed(kept),
            ObservationKind::Answer(Question::Brief) => self.brief = Some(kept),
            ObservationKind::Answer(Question::Connections) => self.connections = Some(kept),
            ObservationKind::Answer(Question::Table) => self.states = KeptObservations::of(kept),
            // More lines than there is room for between two looks at its table: the next look tells.
            ObservationKind::Said => self.states.more(kept),
        }
    }

    /// What a start would tell.
    pub(super) fn told(&self) -> Vec<What> {
        self.beginning.as_ref().map_or_else(Vec::new, Beginning::tell)
    }

    /// What has to stand before the ring.
    pub(super) fn kept(&self) -> impl Iterator<Item = &KeptObservation> {
        let piles = [&self.spd.whole, &self.sad.whole, &self.states, &self.spd.begun, &self.sad.begun];
        piles.into_iter().flat_map(|pile| &pile.kept).chain(&self.brief).chain(&self.connections)
    }

    fn table(&mut self, table: DumpTable) -> &mut TableTrail {
        match table {
            DumpTable::Sad => &mut self.sad,
            DumpTable::Spd => &mut self.spd,
        }
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.kept().map(KeptObservation::size).sum()
    }
}

impl TableTrail {
    fn begin(&mut self, kept: KeptObservation) {
        self.begun = KeptObservations::of(kept);
    }

    fn end(&mut self, kept: KeptObservation, complete: bool) {
        self.begun.more(kept);
        let begun = std::mem::take(&mut self.begun);
        if complete && !begun.kept.is_empty() {
            self.whole = begun;
        }
    }

    fn changed(&mut self, kept: KeptObservation) {
        if !self.begun.kept.is_empty() {
            self.begun.more(kept.clone());
        }
        self.whole.more(kept);
    }
}

impl KeptObservations {
    fn of(first: KeptObservation) -> Self {
        let used = first.size();
        Self { kept: vec![first], used }
    }

    /// One more on what is there; where there is no room for it all of it is of no use any more.
    fn more(&mut self, kept: KeptObservation) {
        if self.kept.is_empty() {
            return;
        }
        self.used += kept.size();
        if self.used > BEFORE {
            *self = Self::default();
        } else {
            self.kept.push(kept);
        }
    }
}
