//! Whose packets a counter counts, as far as policies and SAs tell: which of them do not fit together.

mod blocked;
mod fits;
mod policies;
mod states;
mod suspect;

pub(super) use self::suspect::{FoundSuspect, Suspect};

use self::suspect::ENOUGH;
use super::counters::{Counter, Suspects};
use crate::engine::facts::Facts;
use crate::model::Direction;

/// Looks for what a counter may count.
pub(super) fn find(counter: &Counter, facts: &Facts) -> FoundSuspect {
    let way = counter.way.unwrap_or(Direction::Out);
    let mut found = match counter.suspects {
        Suspects::Nobody => FoundSuspect::default(),
        // What is not known whole cannot be missing.
        Suspects::Unfitting { .. } | Suspects::Unserved | Suspects::Blocked if !facts.resync.policies_known() => {
            FoundSuspect::default()
        }
        Suspects::Unfitting { in_transport_mode } => policies::unfitting(in_transport_mode, facts),
        Suspects::Unserved => policies::unserved(facts),
        Suspects::Blocked => blocked::blocked(way, facts),
        Suspects::UsedUp => states::used_up(facts),
        Suspects::Turned => states::turned(way, facts),
        Suspects::Larval => states::larval(facts),
    };
    found.suspects.truncate(ENOUGH);
    found
}
