//! `acquire-unanswered`: traffic asked for an SA, and none came while the larval SA lived.

mod page;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use super::deadlines::Deadlines;
use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::model::{Boottime, Code, Selector, Source, Subject};

const CODE: Code = Code::AcquireUnanswered;

/// Without another unanswered wish it is over.
const QUIET: Duration = Duration::from_secs(600);

/// The kernel's timer runs out at its time or later.
const LATE: Duration = Duration::from_secs(1);

/// Connections that traffic asked for in vain, and when it did last.
#[derive(Debug, Default)]
pub(super) struct AcquireUnanswered {
    unanswered: BTreeMap<Slot<Connection>, Boottime>,
    /// When a pair came last, for as long as a larval SA that asked for it may live.
    answered: BTreeMap<Slot<Connection>, Boottime>,
    deadlines: Deadlines,
}

impl FindingRule for AcquireUnanswered {
    fn codes(&self) -> &'static [Code] {
        &[CODE]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        match happened {
            Happened::AcquireExpired(packet) => self.expired(packet, facts, say),
            Happened::Established(connection) => {
                self.unanswered.remove(connection);
                self.answered.retain(|_, at| facts.now.since(*at) < facts.larval_life() + LATE);
                self.answered.insert(*connection, facts.now);
            }
            Happened::Stood(connection) => {
                say.over(CODE, &facts.connection_text(*connection), (Source::Engine, words::OVER));
            }
            Happened::TakenDown(connection, seen) => {
                say.close(CODE, &facts.connection_text(*connection), seen.clone());
            }
            _ => {}
        }
    }

    fn wake(&mut self, facts: &Facts, say: &mut Say<'_>) {
        if self.deadlines.take_due(facts.now).is_empty() {
            return;
        }
        let is_quiet = |at: Boottime| facts.now.since(at) >= QUIET;
        let quiet: Vec<_> = self.unanswered.iter().filter(|(_, at)| is_quiet(**at)).map(|(slot, _)| *slot).collect();
        for connection in quiet {
            self.unanswered.remove(&connection);
            say.over(CODE, &facts.connection_text(connection), (Source::Engine, words::QUIET));
        }
    }

    fn look(&mut self, _facts: &Facts, _touched: &Touched, _say: &mut Say<'_>) {}

    fn undecided(&self) -> Vec<Slot<Connection>> {
        self.unanswered.keys().copied().collect()
    }
}

impl AcquireUnanswered {
    /// A pair came after the larval SA, which outlives it where it is taken down soon.
    fn was_answered(&self, connection: Slot<Connection>, facts: &Facts) -> bool {
        self.answered.get(&connection).is_some_and(|at| facts.now.since(*at) < facts.larval_life() + LATE)
    }

    /// The kernel gave up an SA that traffic had asked for.
    fn expired(&mut self, packet: &Selector, facts: &Facts, say: &mut Say<'_>) {
        let Some(connection) = facts.connection_of_packet(packet) else { return };
        if self.was_answered(connection, facts) || is_told_otherwise(connection, facts, say) {
            return;
        }
        let name = facts.connection_text(connection);
        let lines = facts.demands.line_on(packet).cloned().into_iter();
        let lines = lines.chain([say.line(Source::Xfrm, words::expired(packet))]);
        let draft = Draft::of(CODE, name.clone(), words::acquire_unanswered(&name, packet.dst)).shown_by(lines).again();
        say.open(draft.about(Subject { connection: Some(name), dst: Some(packet.dst), ..Subject::default() }));
        self.unanswered.insert(connection, facts.now);
        self.deadlines.set(facts.now + QUIET, (), say);
    }
}

/// Another finding says why nothing came, or will; or nothing had to.
fn is_told_otherwise(connection: Slot<Connection>, facts: &Facts, say: &Say<'_>) -> bool {
    let row = facts.claims.connection_at(connection);
    row.is_some_and(Connection::is_template)
        || facts.connection_stands(connection)
        || facts.refusals.pending(connection).is_some()
        || say.is_explained(CODE, connection)
        || facts.daemon_is_in_trouble()
}
