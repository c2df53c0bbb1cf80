//! A peer that does not answer any more (`retransmit()`, programs/pluto/retransmit.c, and the checks for a dead peer).

use super::negotiation::is_state_name;
use super::scan::after;
use crate::model::{SilentAt, Statement};

/// `STATE_V2_PARENT_I1: 60 second timeout exceeded after 7 retransmits.  No response …`, and what follows a dead peer.
pub fn read(message: &str) -> Option<Statement> {
    if is_dead(message) {
        return Some(Statement::PeerDead);
    }
    let (state, rest) = message.split_once(": ")?;
    let behind_number = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let gave_up = rest.starts_with("max number of retransmissions (")
        || behind_number.starts_with(" second timeout exceeded after ");
    if !is_state_name(state) || !gave_up {
        return None;
    }
    Some(silent_at(state.trim_start_matches("STATE_"), rest).map_or(Statement::NoAnswer, |at| Statement::Silent { at }))
}

/// IKEv1 peers refuse secrets, users and selectors by silence. Where the same Child SA stood before, it was not the selectors: then
/// pluto says nothing of Quick Mode either.
fn silent_at(state: &str, rest: &str) -> Option<SilentAt> {
    match state {
        "MAIN_I3" | "AGGR_I2" => Some(SilentAt::FirstEncrypted),
        "XAUTH_I0" | "XAUTH_I1" => Some(SilentAt::Xauth),
        "MODE_CFG_I1" => Some(SilentAt::ModeConfig),
        "QUICK_I1" if rest.contains("to our first Quick Mode message") => Some(SilentAt::QuickMode),
        _ => None,
    }
}

/// `liveness action - …`, `DPD action - …`; up to 4.3 `IKEv2 liveness: action - …` and `IKEv1 dpd action - …`.
fn is_dead(message: &str) -> bool {
    // 3.x: `liveness_check - peer 192.0.2.2 has not responded in 9 seconds, with a timeout of 8, taking action:clear`
    let checked = message.strip_prefix("liveness_check - peer ");
    if checked.is_some_and(|rest| rest.contains(" has not responded in ")) {
        return true;
    }
    let Some((who, action)) = message.split_once(" action - ") else { return false };
    let who = after(who, &["IKEv1 ", "IKEv2 "]).unwrap_or(who).trim_end_matches(':');
    let actions = [
        "clearing connection kind ",
        "restarting all connections that share this peer",
        "putting connection into hold",
    ];
    ["liveness", "DPD", "dpd"].contains(&who) && after(action, &actions).is_some()
}
