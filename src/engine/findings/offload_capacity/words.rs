//! What is said of a device that is full.

use crate::daemons::Behaviour;
use crate::engine::findings::Sentences;
use crate::plural::counted;

pub(super) const OVER: &str = "the device took an SA and has kept it for 5 s";

/// A device refuses what it took before. `held`: so many SAs, and whether it still has them.
pub(super) fn full(daemon: &Behaviour, device: &str, (held, still): (u32, bool), connections: usize) -> Sentences {
    let whose = match connections {
        0 => "an SA".to_owned(),
        1 => "an SA of one connection".to_owned(),
        more => format!("SAs of {more} connections"),
    };
    Sentences::of(
        format!(
            "{device} refused {whose}, though it took such SAs before: its table is full, or has no place for this one{}",
            match (held, counted(held.into(), "SA")) {
                (0, _) => String::new(),
                (_, so_many) => format!("; it {} {so_many}", if still { "holds" } else { "held" }),
            }
        ),
        format!(
            "write {} for the connections that need the NIC least, so that the others fit{}",
            daemon.no_offload(),
            daemon.refusal_costs.map(|costs| format!("; {costs}")).unwrap_or_default()
        ),
    )
}

/// So many are named.
const NAMED: usize = 3;

/// What a new pair was refused to still has its old one, and loses it at its limit.
pub(super) fn with_rekeys(said: Sentences, tunnels: &[(String, Option<String>)]) -> Sentences {
    if tunnels.is_empty() {
        return said;
    }
    let named = tunnels.iter().take(NAMED).map(|(name, ends)| match ends {
        Some(ends) => format!("{name} ({ends})"),
        None => name.clone(),
    });
    let named = named.collect::<Vec<_>>().join(", ");
    let more = match tunnels.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (they, have) =
        if tunnels.len() == 1 { ("its pair reaches its", "goes") } else { ("their pairs reach their", "go") };
    Sentences::of(
        format!("{}; {named}{more} cannot be rekeyed, and {have} down when {they} life time", said.summary),
        format!("{}; a rekey needs room for one more pair beside the old one", said.advice),
    )
}

pub(super) fn holds(device: &str, held: u32) -> String {
    format!("{device} holds {}", counted(held.into(), "SA"))
}
