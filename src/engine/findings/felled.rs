//! A refusal for which the daemon killed an IKE SA: what stood on that went down for one cause, and is told with the refusal.

use std::collections::BTreeSet;

use super::book::listing;
use super::{Say, Sentences};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::model::{Affected, Evidence};
use crate::plural::counted;

const ENDED: &str = "; the daemon ended its IKE SA for that, and with it ";

/// The connections that were refused, and those that went down with their IKE SAs.
#[derive(Debug, Default)]
pub(super) struct Felled {
    refused: BTreeSet<Slot<Connection>>,
    others: BTreeSet<Slot<Connection>>,
}

impl Felled {
    pub(super) fn of(facts: &Facts, refused: impl IntoIterator<Item = Slot<Connection>>) -> Self {
        let refused: BTreeSet<_> = refused.into_iter().collect();
        let others: BTreeSet<_> = refused.iter().flat_map(|one| facts.felled_with(*one)).collect();
        Self { others: others.difference(&refused).copied().collect(), refused }
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = Slot<Connection>> {
        self.refused.iter().chain(&self.others).copied()
    }

    pub(super) fn affected(&self, facts: &Facts, sas: u64) -> Affected {
        let all = self.refused.len() + self.others.len();
        listing(sas, all as u64, all, self.all().map(|connection| facts.connection_text(connection)))
    }

    pub(super) fn is_none(&self) -> bool {
        self.others.is_empty()
    }

    /// The daemon's lines about the IKE SAs.
    pub(super) fn lines(&self, facts: &Facts) -> Vec<Evidence> {
        let mut lines: Vec<_> = self.others.iter().filter_map(|one| facts.killer_line(*one)).cloned().collect();
        lines.dedup();
        lines
    }

    /// What was said of the refusal, and what it took with it.
    pub(super) fn said(&self, Sentences { summary, advice }: Sentences) -> Sentences {
        if self.is_none() {
            return Sentences::of(summary, advice);
        }
        let refusal = summary.split(ENDED).next().unwrap_or_default();
        let others = counted(self.others.len() as u64, "other connection");
        Sentences::of(format!("{refusal}{ENDED}{others}"), advice)
    }
}

/// Those with whom others went down of whom no finding of this voice speaks yet.
pub(super) fn news(facts: &Facts, touched: &Touched, say: &Say<'_>) -> BTreeSet<Slot<Connection>> {
    let told = |one| say.codes().iter().any(|code| say.book().speaks_of(*code, one));
    let felled = touched.connections.keys().filter_map(|one| Some((*one, facts.felled_by(*one)?)));
    felled.filter(|(one, refused)| one != refused && !told(*one)).map(|(_, refused)| refused).collect()
}
