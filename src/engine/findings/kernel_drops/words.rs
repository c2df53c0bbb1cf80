//! What is said of what the kernel drops.

use super::counters::{Counter, OF};
use crate::engine::facts::traffic::TrafficWindow;
use crate::engine::findings::{Sentences, quoted};
use crate::model::Direction;

pub(super) const OVER: &str = "the counter has not grown for a minute, or nothing is left to measure";
pub(super) const TOLD: &str = "another finding says why";
pub(super) const MEANT: &str = "only policies that are there to block do so, and no tunnel is concerned";

/// Connections named in a sentence.
const NAMED: usize = 3;

/// `rekey`: what makes a new pair for the first of them.
pub(super) fn known(counter: &Counter, connections: &[String], rekey: Option<String>) -> Sentences {
    let whose = whose(connections);
    let of = match counter.way {
        _ if whose.is_empty() => String::new(),
        Some(Direction::In) => format!(" for {whose}"),
        _ => format!(" through {whose}"),
    };
    let cure = match rekey.filter(|_| counter.cure.contains("rekey")) {
        Some(rekey) => format!("{}; {} makes a new pair", counter.cure, quoted(&rekey)),
        None => counter.cure.to_owned(),
    };
    Sentences::of(format!("{}, because {}", counter.lost.replace(OF, &of), counter.because), cure)
}

fn whose(connections: &[String]) -> String {
    let more = connections.len().saturating_sub(NAMED);
    let named = connections.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{named} and {more} more") } else { named }
}

/// A counter of a newer kernel.
pub(super) fn unknown(name: &str) -> Sentences {
    Sentences::of(
        format!("the kernel drops packets and counts them as {name}, which this version of swanwatch does not know"),
        "the running kernel's Documentation/networking/xfrm_proc.rst says what it counts; 'cat /proc/net/xfrm_stat' shows all counters",
    )
}

pub(super) fn seen(name: &str, grown: u64, window: &TrafficWindow) -> String {
    let seconds = window.length.as_secs();
    let (received, sent) = (window.received, window.sent);
    format!("{name} grew by {grown} in {seconds} s, while all known SAs received {received} packets and sent {sent}")
}
