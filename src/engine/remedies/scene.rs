//! What remedies look at, and what one step may change.

use super::Remedies;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::story::StoryLine;
use crate::engine::facts::want::Want;
use crate::engine::findings::book::Book;
use crate::engine::findings::{Findings, is_refused};
use crate::model::{Code, RemedyTarget, Source};

/// What remedies go by.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// What is known.
    pub facts: &'a Facts,
    /// The findings' rules.
    pub findings: &'a Findings,
    pub book: &'a Book,
    /// What is done about it.
    pub remedies: &'a Remedies,
}

/// The remedies in one step: they read what is known and found, and want what is to be done.
#[derive(Debug)]
pub struct Course<'a> {
    /// What is known.
    pub facts: &'a Facts,
    /// The findings' rules.
    pub findings: &'a Findings,
    pub book: &'a mut Book,
    /// What is done about it.
    pub remedies: &'a mut Remedies,
    /// What the facts are to do.
    pub wants: &'a mut Vec<Want>,
}

impl Course<'_> {
    /// As it is now.
    pub(super) fn scene(&self) -> Scene<'_> {
        let Self { facts, findings, book, remedies, .. } = self;
        Scene { facts, findings, book, remedies }
    }

    /// A line for `explain`.
    pub(super) fn tell_remedy_story(&mut self, target: &RemedyTarget, text: String) {
        let connection = target.connection().and_then(|connection| self.facts.names.find(connection));
        let line = self.facts.evidence(Source::Remedy, text);
        self.wants.push(Want::Story(StoryLine { line, connection, sa: None }));
    }
}

impl Scene<'_> {
    pub(super) fn is_full_device(&self, device: u32) -> bool {
        self.book.is_open(Code::OffloadCapacity, &self.facts.links.name(device))
    }

    /// Whether the last SA that was asked for was refused.
    pub(super) fn was_refused(&self, connection: Slot<Connection>) -> bool {
        is_refused(self.facts, self.book, connection)
            || self.facts.claims.connection_at(connection).is_some_and(|row| row.last_refused)
    }
}
