//! How an SA ends: deleted by either side, expired, or lost with its IKE SA.

use super::scan::{after, serial};
use crate::model::{Direction, Spi, Statement};

pub fn read(message: &str) -> Option<Statement> {
    if let Some(rest) = message.strip_prefix("deleting ") {
        return deleting(rest);
    }
    // The last thing that is said of an established Child SA, and for the one that answers a rekey or a delete the only thing.
    if after(message, &["ESP traffic information:", "AH traffic information:", "IPCOMP traffic information:"]).is_some()
    {
        return Some(Statement::Deleting { is_ike: false, established: true });
    }
    if let Some(rest) = message.strip_prefix("sent INFORMATIONAL request to delete ") {
        return Some(Statement::Deleting { is_ike: !is_child(rest), established: !rest.starts_with("larval ") });
    }
    if let Some(rest) = message.strip_prefix("Child SA lost its IKE SA ") {
        return Some(Statement::LostWithIke { ike: serial(rest).map(|(serial, _)| serial) });
    }
    if after(message, &["received Delete SA payload", "received Delete SA("]).is_some() {
        return Some(Statement::PeerDeletes);
    }
    expired(message)
}

/// `state (STATE_V2_ESTABLISHED_IKE_SA) aged 9.0s and …` (4.x), `established Child SA using IKE SA #1` (4.x),
/// `Child SA (ESTABLISHED_CHILD_SA) aged 5.1s and …` (5.x), `IPsec SA (QUICK_I2) and …`.
fn deleting(rest: &str) -> Option<Statement> {
    let other = rest.strip_prefix("other state ").and_then(serial).map(|(_, rest)| rest.trim_start());
    let rest = other.map_or(rest, |rest| after(rest, &["connection "]).unwrap_or(rest));
    let rest = rest.strip_prefix("lingering ").unwrap_or(rest);
    for (word, established) in [("established ", true), ("larval ", false)] {
        if let Some(what) = rest.strip_prefix(word) {
            return is_sa(what).then(|| Statement::Deleting { is_ike: !is_child(what), established });
        }
    }
    let (what, state) = match rest.strip_prefix("state ") {
        Some(state) => ("", state),
        None if other.is_some() => ("", rest),
        None => rest.split_once(" (").filter(|(what, _)| is_sa(what) && what.ends_with(" SA"))?,
    };
    let state = state.trim_start_matches('(').split(')').next()?;
    let is_ike = if what.is_empty() { !is_child_state(state) } else { !is_child(what) };
    Some(Statement::Deleting { is_ike, established: is_established_state(state) })
}

fn is_sa(what: &str) -> bool {
    after(what, &["Child SA", "IPsec SA", "IKE SA", "ISAKMP SA"]).is_some()
}

fn is_child(what: &str) -> bool {
    let what = after(what, &["established ", "larval "]).unwrap_or(what);
    after(what, &["Child SA", "IPsec SA"]).is_some()
}

fn is_child_state(state: &str) -> bool {
    ["CHILD", "QUICK", "V2_IPSEC", "Child SA"].iter().any(|word| state.contains(word))
}

/// State names of 3.x to 5.3, and the stories (`established IKE SA`) that 5.4 shows in their place.
fn is_established_state(state: &str) -> bool {
    let last = state.trim_start_matches("STATE_");
    // What of IKEv1 follows when the IKE SA stands, and an IKE SA whose end is under way.
    let begins = ["XAUTH_", "MODE_CFG_", "IKESA_DEL", "V2_IKE_SA_DELETE", "ZOMBIE", "deleted state"];
    let finals = [
        "MAIN_I4",
        "MAIN_R3",
        "AGGR_I2",
        "AGGR_R2",
        "QUICK_I2",
        "QUICK_R2",
        "PARENT_I3",
        "PARENT_R2",
        "V2_IPSEC_I",
        "V2_IPSEC_R",
    ];
    state.contains("ESTABLISHED")
        || state.contains("established")
        || finals.contains(&last)
        || begins.iter().any(|begin| last.starts_with(begin))
}

/// `received soft EXPIRE for outbound SPI 75cd8d5e bytes 1512 packets 18 rekey=yes; replacing`.
fn expired(message: &str) -> Option<Statement> {
    let rest = message.strip_prefix("received ")?;
    let (hard, rest) = [("hard EXPIRE for ", true), ("soft EXPIRE for ", false)]
        .iter()
        .find_map(|(word, hard)| Some((*hard, rest.strip_prefix(word)?)))?;
    let (direction, rest) = [("inbound SPI ", Direction::In), ("outbound SPI ", Direction::Out)]
        .iter()
        .find_map(|(word, direction)| Some((*direction, rest.strip_prefix(word)?)))?;
    let spi: Spi = rest.split(' ').next()?.parse().ok()?;
    Some(Statement::Expired { hard, direction, spi })
}
