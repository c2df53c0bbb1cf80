//! `offload-rejected` and `sa-add-failed`: the kernel refused an SA, and nothing came of it.

#[cfg(test)]
mod cause_tests;
mod foreign;
#[cfg(test)]
mod foreign_tests;
mod pages;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use self::foreign::Foreign;
use super::felled::{self, Felled};
use super::refused::{self, About, ToldRefusal};
use super::{Draft, FindingRule, Page, Say, Sentences};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::names::Name;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::standing::STANDS_AFTER;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::want::Want;
use crate::engine::findings::book::id;
use crate::model::{Affected, Code, Question, Reason, Source, Span, Subject};

const CODES: &[Code] = &[Code::OffloadRejected, Code::SaAddFailed];

/// The refusals themselves are facts. Its memory is what is told of pairs of subnets.
#[derive(Debug, Default)]
pub(super) struct OffloadRejected {
    foreign: Foreign,
    /// Which pairs of subnets were refused, of connections that have several.
    pairs: BTreeMap<Slot<Connection>, BTreeSet<Name>>,
}

impl FindingRule for OffloadRejected {
    fn codes(&self) -> &'static [Code] {
        CODES
    }

    fn pages(&self) -> &'static [Page] {
        pages::PAGES
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        match happened {
            Happened::RefusalUnclaimed(id) => self.foreign.refused(facts, *id, say),
            Happened::RefusalClaimed(id) => self.foreign.claimed(*id, say),
            Happened::Stood(connection) if self.pairs.contains_key(connection) => self.settle(facts, *connection, say),
            Happened::Stood(connection) => over(facts, *connection, say),
            Happened::TakenDown(connection, seen) => {
                let name = facts.connection_text(*connection);
                self.pairs.remove(connection);
                CODES.iter().for_each(|code| say.close(*code, &name, seen.clone()));
                look_at_felled(facts, *connection, say);
            }
            _ => {}
        }
    }

    fn wake(&mut self, facts: &Facts, say: &mut Say<'_>) {
        self.foreign.wake(facts, say);
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        self.foreign.look(facts, touched, say);
        felled::news(facts, touched, say).into_iter().for_each(|refused| tell_felled(facts, refused, say));
        let with_pairs: Vec<_> =
            touched.connections.keys().filter(|one| self.pairs.contains_key(one)).copied().collect();
        with_pairs.into_iter().for_each(|connection| self.settle(facts, connection, say));
        if facts.refusals.connections().next().is_none() {
            return;
        }
        for connection in touched.connections.keys() {
            if refused::lacks_connection(facts, *connection) {
                say.want(Want::Ask(Question::Connections));
            } else if let Some(refused) = refused::refused(facts, *connection) {
                self.tell(facts, *connection, refused, say);
            }
        }
    }

    fn undecided(&self) -> Vec<Slot<Connection>> {
        self.pairs.keys().copied().collect()
    }
}

impl OffloadRejected {
    fn tell(&mut self, facts: &Facts, connection: Slot<Connection>, refused: ToldRefusal<'_>, say: &mut Say<'_>) {
        let code = match refused.about {
            About::Offload => Code::OffloadRejected,
            About::Other => Code::SaAddFailed,
            About::Room(_) => return,
        };
        let (refusal, entry) = (refused.refusal, refused.entry);
        let name = facts.connection_text(connection);
        let tried = refused.attempt.map(|attempt| &attempt.tried);
        let direction = tried.map(|tried| tried.direction);
        let direction = direction.or_else(|| facts.direction_of(connection, refusal.sa?.dst?));
        let device = tried.map(|tried| facts.links.name(tried.ifindex)).or_else(|| facts.local_device(connection));
        let before = say.book().get(&id(code, &name)).map_or(0, |finding| finding.times);
        let on = device.as_deref().unwrap_or("the NIC");
        let why = entry
            .map(|entry| (entry.means_on(on), facts.life.behaviour.cure(entry, on)))
            .or_else(|| refused.cause.as_ref().map(|cause| (cause.means.clone(), cause.cure.clone())));
        let attempts = before + refusal.attempts;
        let pair = refusal.pair.map(|pair| facts.names.text(pair).to_owned());
        let loses = match refusal.pair {
            // Where it costs the IKE SA, what still stands goes in a moment.
            _ if facts.life.behaviour.refusal_ends_ike_sa != Some(false) => words::Loses::All,
            None if facts.was_to_move(connection, refusal) => words::Loses::Move,
            None if facts.connection_stands(connection) => words::Loses::Rekey,
            _ => words::Loses::All,
        };
        let who = match refusal.pair {
            Some(pair) => {
                let pairs = self.pairs.entry(connection).or_default();
                pairs.insert(pair);
                words::who(&name, facts.names.text(pair), pairs.len(), loses)
            }
            None => words::who(&name, "", 1, loses),
        };
        let sentences =
            words::refused(code, &who, refusal.errno, (device.as_deref(), why), (attempts, &facts.life.behaviour));
        let reason = entry.map(|entry| entry.reason).or_else(|| refused.cause.as_ref().map(|cause| cause.reason));
        let subject = Subject {
            connection: Some(name.clone()),
            instance: pair,
            spi: refusal.sa.map(|sa| sa.spi),
            dst: refusal.sa.and_then(|sa| sa.dst),
            direction: direction.map(Span::from),
            device,
        };
        let felled = Felled::of(facts, [connection]);
        let affected = if felled.is_none() { Affected::default() } else { felled.affected(facts, 0) };
        let draft = Draft::of(code, name, felled.said(sentences))
            .because(reason.unwrap_or(Reason::Unknown))
            .critical()
            .about(subject)
            .affecting(affected)
            .shown_by(refused.lines.into_iter().chain(felled.lines(facts)))
            .explaining(felled.all())
            .times(refusal.attempts);
        say.open(draft);
        say.want(Want::RefusalTold(connection, entry.map_or(Reason::Unknown, |entry| entry.reason)));
    }

    /// Without the pairs of subnets that are up, or are not wanted any more.
    fn settle(&mut self, facts: &Facts, connection: Slot<Connection>, say: &mut Say<'_>) {
        let Some(pairs) = self.pairs.get_mut(&connection) else { return };
        let wanted = facts.wanted_places(connection);
        pairs.retain(|pair| {
            let place = (connection, Some(*pair));
            let stood = facts.place_stands_since(place).map(|since| facts.now.since(since));
            wanted.contains(&place) && stood.is_none_or(|stood| stood < STANDS_AFTER)
        });
        if pairs.is_empty() {
            self.pairs.remove(&connection);
            over(facts, connection, say);
        }
    }
}

fn over(facts: &Facts, connection: Slot<Connection>, say: &mut Say<'_>) {
    let name = facts.connection_text(connection);
    CODES.iter().for_each(|code| say.over(*code, &name, (Source::Engine, words::OVER)));
    look_at_felled(facts, connection, say);
}

/// What this refusal took with it, where it is told here.
fn tell_felled(facts: &Facts, refused: Slot<Connection>, say: &mut Say<'_>) {
    let (name, felled) = (facts.connection_text(refused), Felled::of(facts, [refused]));
    for code in CODES {
        let Some(told) = say.book().get(&id(*code, &name)) else { continue };
        let sentences = felled.said(Sentences::of(told.summary.clone(), told.advice.clone()));
        let draft = Draft::of(*code, name.clone(), sentences)
            .because(told.reason)
            .critical()
            .about(told.subject.clone())
            .affecting(felled.affected(facts, 0))
            .shown_by(felled.lines(facts))
            .explaining(felled.all());
        say.open(draft);
    }
}

/// Nothing explains them any more.
fn look_at_felled(facts: &Facts, refused: Slot<Connection>, say: &mut Say<'_>) {
    facts.felled_with(refused).into_iter().for_each(|one| say.want(Want::Connection(one)));
}
