//! What is said of a tunnel with too many pairs.

use crate::daemons::{Advice, Behaviour};
use crate::engine::findings::Sentences;

pub(super) const OVER: &str = "there are no more pairs than a rekey explains";

/// Too many pairs.
pub(super) fn duplicates(
    daemon: &Behaviour,
    name: &str,
    instance: Option<&str>,
    pairs: usize,
    per_hour: u64,
) -> Sentences {
    let growth =
        if per_hour == 0 { "and the number does not grow".to_owned() } else { format!("{per_hour} more an hour") };
    Sentences::of(
        format!("{name}{} has {pairs} pairs of SAs where a rekey explains two, {growth}", instance.unwrap_or_default()),
        format!(
            "the peer negotiates again and again: look at its log, its kernel may refuse the SA; {} with a peer that sends INITIAL_CONTACT, or '{}', removes the old ones",
            daemon.advice(Advice::UniqueIds),
            daemon.advice(Advice::DeleteState("NUMBER"))
        ),
    )
}

pub(super) fn stand(pairs: usize, first: usize) -> String {
    format!("{pairs} established pairs are in the kernel; there were {first} when the finding was first noticed")
}
