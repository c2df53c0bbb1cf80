//! Whether a connection should be up, and has nothing else that tells why it is not.

use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::down::{Down, WANTED_AFTER};
use crate::engine::facts::slab::Slot;
use crate::engine::findings::Say;
use crate::model::Code;

/// Where the daemon's log proves nothing, an answer that may tell of an order is waited for if it comes this soon.
const ORDERED_WITHIN: Duration = Duration::from_secs(30);

/// Whether it may still come up by itself after the peer has deleted it.
pub(super) fn is_patient(facts: &Facts, connection: Slot<Connection>, down: &Down, say: &mut Say<'_>) -> bool {
    let Some(until) = down.patient_until() else { return false };
    if say.is_open(Code::TunnelDown, &facts.connection_text(connection)) {
        return false;
    }
    if facts.now < until {
        say.look_again(until);
        return true;
    }
    facts.claims.connection_at(connection).is_some_and(|row| row.negotiating.is_some())
}

/// And has no pair, not even one that lacks something.
pub(super) fn should_be_up(facts: &Facts, connection: Slot<Connection>) -> bool {
    let is_wanted = |row: &Connection| row.wanted && !row.is_template();
    facts.claims.connection_at(connection).is_some_and(is_wanted)
        && !facts.takedowns.is_undecided(connection)
        && !facts.has_pair(connection)
}

pub(super) fn has_subnets(facts: &Facts, connection: Slot<Connection>) -> bool {
    facts.claims.connection_at(connection).is_some_and(|row| !row.subnets.is_empty())
}

/// Another finding tells why, or is about to.
pub(super) fn is_explained(facts: &Facts, connection: Slot<Connection>, say: &Say<'_>) -> bool {
    facts.daemon_is_in_trouble()
        || facts.life.dying.is_some()
        || facts.refusals.pending(connection).is_some()
        || facts.felled_by(connection).is_some_and(|refused| facts.refusals.pending(refused).is_some())
        || facts.was_on_lost_device(connection)
        || say.is_explained(Code::TunnelDown, connection)
}

/// Nobody said why: it has some time to come up by itself.
pub(super) fn is_silent(facts: &Facts, connection: Slot<Connection>) -> bool {
    let Some(row) = facts.claims.connection_at(connection) else { return false };
    // Whether it went by order its connections alone tell, where the log does not.
    let may_be_ordered = facts.awaits_connections(ORDERED_WITHIN);
    let since = facts.life.found.max(row.lacks_since);
    row.negotiating.is_none() && !may_be_ordered && facts.now.since(since) >= WANTED_AFTER
}
