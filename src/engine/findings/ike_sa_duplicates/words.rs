//! What is said of IKE SAs that serve nobody.

use super::pile::IkePile;
use crate::daemons::{Advice, Behaviour};
use crate::engine::findings::{Sentences, quoted};
use crate::model::Serial;

pub(super) const OVER: &str = "no more IKE SAs without a Child SA stand than a rekey explains";

/// So many are removed by the command in the advice.
const AT_ONCE: usize = 50;

/// So many are named in a line.
const NAMED: usize = 10;

/// `whom`: connection and instance; `since`: when the first of them was seen without a Child SA.
pub(super) fn duplicates(
    daemon: &Behaviour,
    (whom, peer): (&str, Option<&str>),
    pile: &IkePile,
    others: usize,
    since: &str,
) -> Sentences {
    let with = peer.map(|peer| format!(" with {peer}")).unwrap_or_default();
    let at_others = if others == 0 { String::new() } else { format!(" (and {others} more with others of its peers)") };
    let removed = pile.removable();
    let rest = removed.len().saturating_sub(AT_ONCE);
    let first = removed.get(..AT_ONCE).unwrap_or(&removed);
    let rest = if rest == 0 { String::new() } else { format!(" (the first {AT_ONCE}; the next ones are named then)") };
    Sentences::of(
        format!(
            "{} established IKE SAs of {whom}{with} serve no Child SA{at_others}, where a rekey leaves one or two: each costs both ends memory, rekeys and signs of life; they were first seen so at {since}",
            pile.bare.len()
        ),
        format!(
            "{} removes those that nobody needs{rest}, and leaves what serves a Child SA and the newest (#{}); the peer's log says why it comes again without a Child SA; {} with a peer that sends INITIAL_CONTACT keeps them from piling up",
            quoted(&daemon.advice(Advice::DeleteStates(first))),
            pile.newest.0,
            daemon.advice(Advice::UniqueIds)
        ),
    )
}

/// `asked`: when the table was asked for.
pub(super) fn stand(asked: &str, bare: &[Serial]) -> String {
    let named: Vec<_> = bare.iter().take(NAMED).map(|serial| format!("#{}", serial.0)).collect();
    let more = if bare.len() > NAMED { ", …" } else { "" };
    format!("the daemon's table of {asked} has no Child SA on {} IKE SAs: {}{more}", bare.len(), named.join(", "))
}
