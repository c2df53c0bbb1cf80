//! Connections with several pairs of subnets of which none is up: what they may have in common with other connections.

use super::TunnelDown;
use super::groups::{self, SharedCause};
use super::shown::each_once;
use super::standing::{has_subnets, is_explained, should_be_up};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::down::{Down, PATIENCE, WANTED_AFTER};
use crate::engine::facts::slab::Slot;
use crate::engine::facts::want::Want;
use crate::engine::findings::Say;
use crate::model::{Boottime, Evidence};

/// How one stands that is told with others.
enum Still {
    /// As the others.
    Down,
    /// Some of its pairs are up; the rest may follow until then.
    ComesBack(Boottime),
    /// Up, wanted no more, or what is down is so for another cause.
    Over,
}

impl TunnelDown {
    /// Of one with several pairs of subnets: each cause by itself, but with others where it has none up for a cause that they have, too.
    pub(super) fn look_at_pairs(&mut self, facts: &Facts, connection: Slot<Connection>, say: &mut Say<'_>) {
        let untold = facts.takedowns.is_undecided(connection) || is_explained(facts, connection, say);
        self.whole.retain(|_, one| *one != connection);
        if let Some(cause) = self.groups.cause_of(connection) {
            if self.stays_with_others(facts, connection, cause, say) {
                return;
            }
            self.leaves(connection, facts, say);
        }
        let cause = cause(facts, connection, |cause| self.is_known(cause)).filter(|_| !untold);
        if let Some(cause) = cause.filter(|cause| self.is_known(*cause)) {
            self.subnets.told_with_others(connection, say);
            self.joins(connection, cause);
            say.want(Want::DownTold(connection));
            return;
        }
        self.subnets.look(facts, connection, untold, say);
        let is_one = |_: &SharedCause| self.subnets.is_told_as_one(connection, &facts.connection_text(connection));
        if let Some(cause) = cause.filter(is_one) {
            self.whole.insert(cause, connection);
        }
    }

    fn stays_with_others(
        &mut self,
        facts: &Facts,
        connection: Slot<Connection>,
        cause: SharedCause,
        say: &mut Say<'_>,
    ) -> bool {
        let leads = self.groups.lead(cause) == Some(connection);
        let waits = leads && self.groups.members(cause).any(|one| one != connection && should_be_up(facts, one));
        match still(facts, connection, cause, waits) {
            Still::Down => {
                let lines = lines(facts, connection);
                if leads && !lines.is_empty() {
                    let again = is_tried_again(facts, connection);
                    let draft = self.draft(facts, connection, cause.why()).shown_by(lines);
                    say.open(if again { draft.again() } else { draft });
                }
                say.want(Want::DownTold(connection));
                true
            }
            Still::ComesBack(until) => {
                say.look_again(until);
                self.returning.insert(connection);
                self.changed.insert(cause);
                true
            }
            Still::Over => {
                if leads {
                    self.subnets.take_over(facts, connection, cause.why());
                }
                false
            }
        }
    }

    /// One with several pairs of subnets, that is told with nobody any more.
    pub(super) fn is_alone(&self, lead: Slot<Connection>, facts: &Facts) -> bool {
        let cause = self.groups.cause_of(lead);
        has_subnets(facts, lead) && cause.is_some_and(|cause| self.groups.members(cause).count() == 1)
    }
}

/// What all of its pairs are down for, where others may be down for that as well.
fn cause(facts: &Facts, connection: Slot<Connection>, is_known: impl Fn(SharedCause) -> bool) -> Option<SharedCause> {
    let row = facts.claims.connection_at(connection).filter(|row| !row.subnets.is_empty())?;
    let (words, wanted) = (all(facts, connection), facts.wanted_places(connection));
    if wanted.into_iter().any(|place| facts.has_child(place)) {
        return None;
    }
    let silent = if words.iter().any(Option::is_none) {
        let since = facts.life.found.max(row.lacks_since);
        if row.negotiating.is_some() || facts.now.since(since) < WANTED_AFTER {
            return None;
        }
        groups::silent_peer(facts, connection, is_known)
    } else {
        None
    };
    let of_pair = |down: &Option<&Down>| down.map_or(silent, |down| groups::cause(facts, connection, down));
    let first = words.first().and_then(of_pair)?;
    words.iter().all(|down| of_pair(down) == Some(first)).then_some(first)
}

/// Of one that was told with others for this cause; under its name, if it `waits` for them to be back with it.
fn still(facts: &Facts, connection: Slot<Connection>, cause: SharedCause, waits: bool) -> Still {
    let wanted = facts.wanted_places(connection);
    let (up, down): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|place| facts.has_child(*place));
    let is_of = |down: &Down| groups::cause(facts, connection, down) == Some(cause);
    if (down.is_empty() && !waits) || !down.iter().all(|place| facts.down_of(*place).is_none_or(is_of)) {
        return Still::Over;
    }
    let Some(first) = up.iter().filter_map(|place| facts.place_stands_since(*place)).min() else {
        return if up.is_empty() { Still::Down } else { Still::Over };
    };
    let until = first + PATIENCE;
    if facts.now < until { Still::ComesBack(until) } else { Still::Over }
}

/// What was said of its pairs that no finding has quoted.
fn lines(facts: &Facts, connection: Slot<Connection>) -> Vec<Evidence> {
    each_once(all(facts, connection).into_iter().flatten().flat_map(Down::lines).cloned())
}

fn is_tried_again(facts: &Facts, connection: Slot<Connection>) -> bool {
    all(facts, connection).into_iter().flatten().next().is_some_and(|down| down.newest_attempt().is_some())
}

/// The daemon's word about each pair that should be up.
fn all(facts: &Facts, connection: Slot<Connection>) -> Vec<Option<&Down>> {
    facts.wanted_places(connection).into_iter().map(|place| facts.down_of(place)).collect()
}
