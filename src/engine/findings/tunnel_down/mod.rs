//! `tunnel-down`: a connection that should be up has no pair. Whatever explains it is told instead.

mod groups;
mod ikev1;
mod notify;
mod page;
#[cfg(test)]
mod proposal_tests;
mod shown;
mod standing;
mod subnets;
#[cfg(test)]
mod subnets_tests;
#[cfg(test)]
mod tests;
mod whole;
#[cfg(test)]
mod whole_tests;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use self::groups::{AfterLeaving, CauseGroups, SharedCause};
use self::shown::or_this;
use self::standing::{has_subnets, is_explained, is_patient, is_silent, should_be_up};
use self::subnets::SubnetsDown;
use super::book::listing;
use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::addresses::AddressGone;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::down::{PATIENCE, WhyDown};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::want::Want;
use crate::model::{Affected, Boottime, Code, Reason, Source, Subject};

/// What the daemon said, and whether that was told, are facts. Its memory is what is told together.
#[derive(Debug, Default)]
pub(super) struct TunnelDown {
    groups: CauseGroups,
    /// Groups that have others in them than was told.
    changed: BTreeSet<SharedCause>,
    /// Of connections with several pairs of subnets.
    subnets: SubnetsDown,
    /// Those of them that have no pair for a cause that others may have, and are told by themselves so far.
    whole: BTreeMap<SharedCause, Slot<Connection>>,
    /// Those of them that are told with others, of which some pairs are back.
    returning: BTreeSet<Slot<Connection>>,
    /// Those whose names a finding has, which are up, and until when others that come back with them are waited for.
    back: BTreeMap<Slot<Connection>, Boottime>,
}

impl FindingRule for TunnelDown {
    fn codes(&self) -> &'static [Code] {
        &[Code::TunnelDown]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        match happened {
            // Of several pairs of subnets each stands by itself.
            Happened::Stood(connection) if !has_subnets(facts, *connection) => {
                self.back.insert(*connection, facts.now + PATIENCE);
                self.close_what_is_back(facts, say);
                if self.back.contains_key(connection) {
                    say.look_again(facts.now + PATIENCE);
                }
                self.tell_changed(facts, say);
            }
            Happened::TakenDown(connection, seen) => {
                say.close(Code::TunnelDown, &facts.connection_text(*connection), seen.clone());
                self.back.remove(connection);
                self.leaves(*connection, facts, say);
                self.tell_changed(facts, say);
            }
            _ => {}
        }
    }

    fn wake(&mut self, facts: &Facts, say: &mut Say<'_>) {
        let patient = facts.down.iter().filter(|(_, down)| down.patient_until().is_some()).map(|(slot, _)| *slot);
        patient.for_each(|connection| say.want(Want::Connection(connection)));
        self.close_what_is_back(facts, say);
        self.tell_changed(facts, say);
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        let mut with_subnets = self.subnets.settling();
        with_subnets.append(&mut self.returning);
        let is_one =
            |connection: &Slot<Connection>| has_subnets(facts, *connection) || self.subnets.is_told(*connection);
        with_subnets.extend(touched.connections.keys().copied().filter(is_one));
        with_subnets.into_iter().for_each(|connection| self.look_at_pairs(facts, connection, say));
        for connection in touched.connections.keys().filter(|connection| should_be_up(facts, **connection)) {
            if !has_subnets(facts, *connection) && !is_explained(facts, *connection, say) {
                self.judge(facts, *connection, say);
            }
        }
        self.close_what_is_back(facts, say);
        self.tell_changed(facts, say);
    }

    fn undecided(&self) -> Vec<Slot<Connection>> {
        self.groups.all().collect()
    }
}

impl TunnelDown {
    fn judge(&mut self, facts: &Facts, connection: Slot<Connection>, say: &mut Say<'_>) {
        let name = facts.connection_text(connection);
        let is_open = say.is_open(Code::TunnelDown, &name);
        let Some(down) = facts.down.get(&connection) else {
            if !is_open && !self.groups.is_told_by_another(connection) && is_silent(facts, connection) {
                match groups::silent_peer(facts, connection, |cause| self.is_known(cause)) {
                    Some(cause) => self.joins(connection, cause),
                    None => tell_silent(facts, connection, name, say),
                }
            }
            return;
        };
        if is_patient(facts, connection, down, say) {
            return;
        }
        say.want(Want::DownTold(connection));
        let cause = groups::cause(facts, connection, down);
        if self.groups.cause_of(connection) != cause {
            self.leaves(connection, facts, say);
            // What has a finding of its own keeps it.
            match cause {
                Some(cause) if !is_open || !self.is_known(cause) => self.joins(connection, cause),
                _ => {}
            }
        }
        if self.groups.is_told_by_another(connection) {
            return;
        }
        let again = down.newest_attempt().is_some();
        let more = !down.lines().is_empty() || (down.why == WhyDown::AddressGone && is_open);
        if again || more || !is_open {
            let lines = or_this(down.lines().iter().cloned().chain(facts.blocked(connection)).collect(), say);
            let draft = self.draft(facts, connection, down.why).shown_by(lines);
            say.open(if again { draft.again() } else { draft });
        }
    }

    /// Whoever gave the finding its name is up: it is over when the others are, too, or have had their time for it.
    fn close_what_is_back(&mut self, facts: &Facts, say: &mut Say<'_>) {
        for (connection, until) in std::mem::take(&mut self.back) {
            let cause = self.groups.cause_of(connection).filter(|_| !self.groups.is_told_by_another(connection));
            let waits = facts.now < until && {
                let mut others = cause.into_iter().flat_map(|cause| self.groups.members(cause));
                others.any(|one| one != connection && should_be_up(facts, one))
            };
            if waits && facts.has_pair(connection) {
                self.back.insert(connection, until);
                self.changed.extend(cause);
            } else if facts.has_pair(connection) {
                say.over(Code::TunnelDown, &facts.connection_text(connection), (Source::Engine, words::OVER));
                self.leaves(connection, facts, say);
            }
        }
    }

    /// Whether anybody is told to be down for it.
    fn is_known(&self, cause: SharedCause) -> bool {
        self.groups.lead(cause).is_some() || self.whole.contains_key(&cause)
    }

    fn joins(&mut self, connection: Slot<Connection>, cause: SharedCause) {
        if let Some(first) = self.whole.remove(&cause) {
            self.subnets.forget(first);
            self.groups.join(first, cause);
        }
        if self.groups.join(connection, cause) {
            self.changed.insert(cause);
        }
    }

    /// Those that it leaves are told without it, under another name where it gave them its own.
    fn leaves(&mut self, connection: Slot<Connection>, facts: &Facts, say: &mut Say<'_>) {
        match self.groups.leave(connection, |other| !facts.has_pair(other)) {
            AfterLeaving::Nobody => {}
            AfterLeaving::Member(cause) => drop(self.changed.insert(cause)),
            AfterLeaving::Lead(cause) => {
                self.changed.remove(&cause);
                let Some(lead) = self.groups.lead(cause) else { return };
                let why = cause.why();
                let line = say.line(Source::Engine, words::still_down(&facts.connection_text(connection)));
                say.open(self.draft(facts, lead, why).shown_by([line]));
                self.changed.extend(self.is_alone(lead, facts).then_some(cause));
            }
        }
    }

    /// Groups that others came to, or left.
    fn tell_changed(&mut self, facts: &Facts, say: &mut Say<'_>) {
        for cause in std::mem::take(&mut self.changed) {
            let Some(lead) = self.groups.lead(cause) else { continue };
            if self.is_alone(lead, facts) {
                self.groups.leave(lead, |_| true);
                self.subnets.take_over(facts, lead, cause.why());
                self.look_at_pairs(facts, lead, say);
            } else if say.is_open(Code::TunnelDown, &facts.connection_text(lead)) {
                say.open(self.draft(facts, lead, cause.why()));
            }
        }
    }

    /// What is told under the name of a connection.
    fn draft(&self, facts: &Facts, connection: Slot<Connection>, why: WhyDown) -> Draft {
        let (daemon, name) = (&facts.life.behaviour, facts.connection_text(connection));
        let notify = facts.down.get(&connection).and_then(|down| down.notify.as_deref());
        let cause = self.groups.cause_of(connection);
        let all = cause.into_iter().flat_map(|cause| self.groups.members(cause));
        let all: Vec<_> = all.filter(|one| should_be_up(facts, *one)).collect();
        // While others are waited for, it may be up itself.
        let first = all.iter().find(|one| **one == connection).or(all.first()).map(|one| facts.connection_text(*one));
        let all_are = words::all_are(first.as_deref().unwrap_or(&name), all.len());
        let sentences = match why {
            WhyDown::AddressGone => {
                let back = || facts.loaded_at(connection)?.local.map(AddressGone::Back);
                words::address_gone(daemon, (&name, &all_are), facts.address_gone(connection).or_else(back))
            }
            why => words::tunnel_down(daemon, (&name, &all_are), why, notify),
        };
        let affected = match all.len() {
            0 => Affected::default(),
            1 if all.first() == Some(&connection) => Affected::default(),
            count => listing(0, count as u64, count, all.iter().map(|one| facts.connection_text(*one))),
        };
        draft(name, why.into(), sentences).affecting(affected)
    }
}

/// The daemon did not say why.
fn tell_silent(facts: &Facts, connection: Slot<Connection>, name: String, say: &mut Say<'_>) {
    let daemon = &facts.life.behaviour;
    let said = facts.said.last(connection);
    let (reason, sentences) = match (facts.address_gone(connection), said) {
        (Some(gone), _) => {
            let all_are = words::all_are(&name, 1);
            (Reason::AddressGone, words::address_gone(daemon, (&name, &all_are), Some(gone)))
        }
        (None, Some(said)) => (Reason::Unknown, words::quoted(daemon, &name, &said.text)),
        (None, None) => (Reason::Unknown, words::silent(daemon, &name, facts.log_tells())),
    };
    let lines = said.cloned().into_iter().chain(facts.blocked(connection)).collect();
    say.open(draft(name, reason, sentences).shown_by(or_this(lines, say)));
}

fn draft(name: String, reason: Reason, sentences: super::Sentences) -> Draft {
    let subject = Subject { connection: Some(name.clone()), ..Subject::default() };
    Draft::of(Code::TunnelDown, name, sentences).because(reason).critical().about(subject)
}
