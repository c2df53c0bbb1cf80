//! Connections with several pairs of subnets of which none is up: what they may have in common with other connections.

use super::groups::{self, Cause};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::down::{Down, PATIENCE, WANTED_AFTER};
use crate::engine::facts::slab::Slot;
use crate::model::{Boottime, Evidence};

/// How one stands that is told with others.
pub(super) enum Still {
    /// As the others.
    Down,
    /// Some of its pairs are up; the rest may follow until then.
    ComesBack(Boottime),
    /// Up, wanted no more, or what is down is so for another cause.
    Over,
}

/// What all of its pairs are down for, where others may be down for that as well.
pub(super) fn cause(facts: &Facts, connection: Slot<Connection>, is_known: impl Fn(Cause) -> bool) -> Option<Cause> {
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
pub(super) fn still(facts: &Facts, connection: Slot<Connection>, cause: Cause, waits: bool) -> Still {
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
pub(super) fn lines(facts: &Facts, connection: Slot<Connection>) -> Vec<Evidence> {
    let mut lines: Vec<Evidence> = Vec::new();
    for line in all(facts, connection).into_iter().flatten().flat_map(Down::lines) {
        if !lines.contains(line) {
            lines.push(line.clone());
        }
    }
    lines.sort_by_key(|line| line.at);
    lines
}

pub(super) fn is_tried_again(facts: &Facts, connection: Slot<Connection>) -> bool {
    all(facts, connection).into_iter().flatten().next().is_some_and(|down| down.newest_attempt().is_some())
}

/// The daemon's word about each pair that should be up.
fn all(facts: &Facts, connection: Slot<Connection>) -> Vec<Option<&Down>> {
    facts.wanted_places(connection).into_iter().map(|place| facts.down_of(place)).collect()
}
