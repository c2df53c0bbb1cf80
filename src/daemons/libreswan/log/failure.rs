//! Why a negotiation came to nothing, and what the daemon does about it.

use super::negotiation::is_state_name;
use super::scan::{after, notify};
use crate::model::{Notify, Statement};

pub fn read(message: &str) -> Option<Statement> {
    here(message)
        .or_else(|| from_peer(message))
        .or_else(|| answered(message))
        .or_else(|| silence(message))
        .or_else(|| again(message))
}

/// This end gives up.
fn here(message: &str) -> Option<Statement> {
    if let Some(rest) = after(message, &["CHILD SA encountered fatal error: ", "CHILD SA failed: "]) {
        return Some(Statement::ChildFailed { notify: notify(rest) });
    }
    // 4.x: the kernel refused half of a pair. On the responder nothing else follows.
    if message.starts_with("setup_half_ipsec_sa() hit fail") {
        return Some(Statement::ChildFailed { notify: None });
    }
    // `response for Child SA #2 was rejected with NO_PROPOSAL_CHOSEN; initiating delete of Child SA`
    if let Some(rest) = message.strip_prefix("response for Child SA #") {
        let (_, reason) = rest.split_once(" was rejected with ")?;
        return Some(Statement::ChildFailed { notify: notify(reason) });
    }
    if message.starts_with("encountered fatal error in state ") {
        return Some(Statement::IkeFailed { notify: None });
    }
    if message.starts_with("no local proposal matches remote proposals ") {
        return Some(Statement::NoProposal);
    }
    let refused = [
        "authentication failed: ",
        "X509: authentication failed; ",
        "IKE SA authentication failed",
        "IKE SA authentication request rejected by peer",
        "Failed to find our PreShared Key",
    ];
    if let Some(rest) = after(message, &refused) {
        return Some(authentication(rest));
    }
    let proposals = [
        "no acceptable Oakley Transform",
        "no acceptable Proposal in IPsec SA",
        "IKE_AUTH responder matching remote ESP/AH proposals failed",
        "CREATE_CHILD_SA responder matching remote ESP/AH proposals failed",
    ];
    after(message, &proposals).map(|_| Statement::NoProposal)
}

/// `IKE SA authentication failed, incomplete IKE_AUTH response contains the Child SA error notification TS_UNACCEPTABLE for #2` names
/// the peer's reason; everything else is a matter of identities and secrets.
fn authentication(rest: &str) -> Statement {
    let named = rest.strip_prefix(", incomplete IKE_AUTH response contains the Child SA error notification ");
    named.and_then(notify).map_or(Statement::AuthenticationFailed, refusal)
}

/// The peer refused.
fn from_peer(message: &str) -> Option<Statement> {
    if let Some(reason) = message.strip_prefix("IKE_AUTH response rejected Child SA with ") {
        return notify(reason).map(refusal);
    }
    // The peer's answer to the first packet, which nothing authenticates; and IKEv1, which has no answers but these.
    let unsecured = [
        "dropping unexpected IKE_SA_INIT message containing ",
        "ignoring IKE_SA_INIT response containing ",
        "ignoring informational payload ",
        "ignoring secured informational payload ",
    ];
    if let Some(reason) = after(message, &unsecured) {
        let ends = ["NO_PROPOSAL_CHOSEN", "AUTHENTICATION_FAILED", "INVALID_ID_INFORMATION"];
        return notify(reason).filter(|n| ends.contains(&n.0.as_str())).map(refusal);
    }
    // `CREATE_CHILD_SA failed with error notification TS_UNACCEPTABLE`, `IKE_AUTH response contained the error notification …`
    let (exchange, rest) = message.split_once(' ')?;
    if !is_state_name(exchange) {
        return None;
    }
    let ways = [
        "failed with error notification ",
        "response contained the error notification ",
        "response contained the CHILD SA error notification '",
    ];
    if let Some(reason) = after(rest, &ways) {
        // A new key exchange is tried with the group that the peer suggests.
        let tries_again = reason.contains(" response suggesting ");
        return notify(reason).filter(|_| !tries_again).map(refusal);
    }
    None
}

/// What this end told the peer: `responding to CREATE_CHILD_SA message (ID 2) from 192.1.2.23:500 with encrypted notification …`.
/// An unencrypted one answers anybody and says nothing about a tunnel.
fn answered(message: &str) -> Option<Statement> {
    let rest = message.strip_prefix("responding to ")?;
    let (exchange, rest) = rest.split_once(' ')?;
    let (_, reason) = rest.rsplit_once(" with encrypted notification ")?;
    let reason = notify(reason).filter(|_| is_state_name(exchange))?;
    Some(match reason.0.as_str() {
        "AUTHENTICATION_FAILED" => Statement::AuthenticationFailed,
        "INVALID_KE_PAYLOAD" => return None,
        _ => Statement::ChildFailed { notify: Some(reason) },
    })
}

/// `STATE_V2_PARENT_I1: 60 second timeout exceeded after 7 retransmits.  No response …`
fn silence(message: &str) -> Option<Statement> {
    if after(message, &["liveness action - ", "DPD action - "]).is_some() {
        return Some(Statement::PeerDead);
    }
    let (state, rest) = message.split_once(": ")?;
    let behind_number = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let gave_up = rest.starts_with("max number of retransmissions (")
        || behind_number.starts_with(" second timeout exceeded after ");
    (is_state_name(state) && gave_up).then_some(Statement::NoAnswer)
}

fn again(message: &str) -> Option<Statement> {
    let revives = message.starts_with("connection is supposed to remain up; revival attempt ")
        || message.starts_with("starting keying attempt ")
        || (message.starts_with("deleting ") && message.contains(" but connection is supposed to remain up; "));
    revives.then_some(Statement::Retrying)
}

fn refusal(notify: Notify) -> Statement {
    match notify.0.as_str() {
        "AUTHENTICATION_FAILED" => Statement::AuthenticationFailed,
        "NO_PROPOSAL_CHOSEN" => Statement::NoProposal,
        _ => Statement::PeerRefused { notify },
    }
}
