//! How a finding speaks: it opens, changes and closes what people read, asks for what it wants to know, and says when it looks again.

use super::Draft;
use super::explains;
use super::faults::{Fault, Faults};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Connection, Tunnel};
use crate::engine::facts::slab::Slot;
use crate::engine::facts::want::Want;
use crate::engine::findings::book::{Book, id};
use crate::engine::timers::Timers;
use crate::model::{Boottime, Code, Effect, Evidence, RealTime, Source};

/// The voice of one finding in one step.
#[derive(Debug)]
pub struct Say<'a> {
    now: Boottime,
    wall: RealTime,
    by: &'static [Code],
    book: &'a mut Book,
    wants: &'a mut Vec<Want>,
    timers: &'a mut Timers<Code>,
    faults: &'a mut Faults,
    out: &'a mut Vec<Effect>,
}

impl<'a> Say<'a> {
    pub(super) fn new(
        facts: &Facts,
        by: &'static [Code],
        (book, wants): (&'a mut Book, &'a mut Vec<Want>),
        (timers, faults): (&'a mut Timers<Code>, &'a mut Faults),
        out: &'a mut Vec<Effect>,
    ) -> Self {
        Self { now: facts.now, wall: facts.wall, by, book, wants, timers, faults, out }
    }

    // --- what people read

    /// Opens a finding, or brings the open one up to date.
    pub fn open(&mut self, draft: Draft) {
        self.book.open(draft, self.now, self.wall, self.out);
    }

    /// Closes a finding; `why` is its last line. Nothing happens where it is not open.
    pub fn close(&mut self, code: Code, scope: &str, why: Evidence) {
        self.book.close(&id(code, scope), why, self.now, self.out);
    }

    /// Closes a finding with the sentence that its code has for that.
    pub fn over(&mut self, code: Code, scope: &str, (source, why): (Source, &str)) {
        if self.is_open(code, scope) {
            let why = self.line(source, why);
            self.close(code, scope, why);
        }
    }

    /// A line of evidence of this moment.
    pub fn line(&self, source: Source, text: impl Into<String>) -> Evidence {
        Evidence { time: self.wall, at: self.now, source, text: text.into() }
    }

    /// The open findings.
    pub fn book(&self) -> &Book {
        self.book
    }

    /// Whether this finding is open.
    pub fn is_open(&self, code: Code, scope: &str) -> bool {
        self.book.is_open(code, scope)
    }

    /// The scopes of the open findings with this code.
    pub fn scopes(&self, code: Code) -> Vec<String> {
        let prefix = id(code, "").len();
        self.book.of_code(code).filter_map(|finding| finding.id.get(prefix..)).map(ToOwned::to_owned).collect()
    }

    /// Whether an open finding of this connection is the reason of what `code` would say.
    pub fn is_explained(&self, code: Code, connection: Slot<Connection>) -> bool {
        explains::causes_of(code).any(|cause| self.book.speaks_of(cause, connection))
    }

    /// Faults of a tunnel that are the reason of what `code` would say of it.
    pub fn tunnel_causes(&self, code: Code, tunnel: Slot<Tunnel>) -> impl Iterator<Item = &Fault> {
        explains::causes_of(code).filter_map(move |cause| self.faults.of_tunnel(cause, tunnel))
    }

    /// Faults of any tunnel that may be the reason of what `code` would say.
    pub fn causes(&self, code: Code) -> impl Iterator<Item = &Fault> {
        explains::causes_of(code).flat_map(|cause| self.faults.of_code(cause))
    }

    /// Such as may be faults after the next window.
    pub fn foreseen_causes(&self, code: Code) -> impl Iterator<Item = &Fault> {
        explains::causes_of(code).flat_map(|cause| self.faults.foreseen(cause))
    }

    pub(super) fn codes(&self) -> &'static [Code] {
        self.by
    }

    pub(super) fn faults(&self) -> &Faults {
        self.faults
    }

    pub(super) fn faults_mut(&mut self) -> &mut Faults {
        self.faults
    }

    // --- what is wanted

    /// Has something done or asked.
    pub fn want(&mut self, want: Want) {
        self.wants.push(want);
    }

    /// Looks again at that time, too.
    pub fn look_again(&mut self, at: Boottime) {
        if let Some(code) = self.by.first() {
            self.timers.set(at, *code);
        }
    }

    /// Whether it looks again by itself.
    pub fn will_look(&self) -> bool {
        self.by.first().is_some_and(|code| self.timers.has(*code))
    }
}
