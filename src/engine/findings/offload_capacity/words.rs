//! What is said of a device that is full.

use crate::daemons::Behaviour;
use crate::engine::findings::Sentences;

pub(super) const OVER: &str = "the device has taken an SA, and has kept it for 5 s";

/// A device refuses what it took before.
pub(super) fn full(daemon: &Behaviour, device: &str, held: u32, connections: usize) -> Sentences {
    let whose = match connections {
        0 => "an SA".to_owned(),
        1 => "an SA of one connection".to_owned(),
        more => format!("SAs of {more} connections"),
    };
    Sentences::of(
        format!(
            "{device} holds {held} SAs and refused {whose}, though it took the like before: its table is full, or its hash table has no place for this one"
        ),
        format!(
            "write {} for the connections that need the NIC least, so that the others keep their place{}",
            daemon.no_offload(),
            daemon.refusal_costs.map(|costs| format!("; {costs}")).unwrap_or_default()
        ),
    )
}

pub(super) fn holds(device: &str, held: u32) -> String {
    format!("{device} holds {held} SAs")
}
