//! Why a negotiation came to nothing on this end, and what the daemon does about it.

use super::negotiation::is_state_name;
use super::refused::meaning_of_child;
use super::scan::{after, notify};
use super::{refused, silence};
use crate::model::Statement;

pub fn read(message: &str) -> Option<Statement> {
    here(message)
        .or_else(|| unproved(message))
        .or_else(|| refused::read(message))
        .or_else(|| answered(message))
        .or_else(|| silence::read(message))
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
    // `response for Child SA #2 was rejected with NO_PROPOSAL_CHOSEN; initiating delete of Child SA`, and from 5.4 on, where nobody wants
    // the IKE SA, `response for Child SA #2 was rejected (NO_PROPOSAL_CHOSEN) and IKE SA does not have policy UP`.
    if let Some(rest) = message.strip_prefix("response for Child SA #") {
        let (_, reason) = rest.split_once(" was rejected with ").or_else(|| rest.split_once(" was rejected ("))?;
        return Some(Statement::ChildFailed { notify: notify(reason) });
    }
    // `peer rejected Child SA  (TS_UNACCEPTABLE) and IKE SA does not have policy UP`
    if let Some(rest) = message.strip_prefix("peer rejected Child SA ") {
        return notify(rest.trim_start_matches([' ', '('])).map(meaning_of_child);
    }
    let no_child = [
        "IKE_AUTH response missing v2SA, v2TSi or v2TSr",
        "IKE_AUTH response missing at least one of the Child SA payloads",
        "missing v2SA, v2TSi or v2TSr",
        "IKE SA established but initiator rejected Child SA response",
    ];
    if after(message, &no_child).is_some() {
        return Some(Statement::NoChildSa);
    }
    if message.starts_with("encountered fatal error in state ") {
        return Some(Statement::IkeFailed { notify: None });
    }
    if message.starts_with("no local proposal matches remote proposals ") {
        return Some(Statement::NoProposal);
    }
    // Up to 4.6: `state transition 'Respond to CREATE_CHILD_SA IPsec SA Request' failed with v2N_NO_PROPOSAL_CHOSEN`.
    if let Some(rest) = message.strip_prefix("state transition '") {
        let (_, reason) = rest.split_once("' failed with ")?;
        return own_answer(reason);
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

/// Identities and secrets that do not fit: IKEv1, and IKEv2 up to 4.4.
fn unproved(message: &str) -> Option<Statement> {
    let begins = [
        "we require IKEv1 peer to have ID '",
        "we require IKEv2 peer to have ID '",
        "Peer ID '",
        "X509: connection failed due to unmatched IKE ID in certificate SAN",
        "PSK Authentication failed: ",
        "Digital Signature authentication using ",
        "received Hash Payload does not match computed value",
        "probable authentication failure (mismatch of preshared secrets?): ",
        "Can't authenticate: no preshared key found for ",
        "unable to locate my private key for ",
        "peer attempted NULL authentication but we want ",
        "Peer attempted NULL authentication but we want ",
        "XAUTH: aborting entire IKE Exchange",
        "XAUTH username requested, but ",
        "XAUTH password requested, but ",
    ];
    // `RSA Signature check (on @b) failed (wrong key?); tried …`
    let signature = || message.split_once(' ').is_some_and(|(_, rest)| rest.starts_with("Signature check (on "));
    (after(message, &begins).is_some() || signature()).then_some(Statement::AuthenticationFailed)
}

/// `IKE SA authentication failed, incomplete IKE_AUTH response contains the Child SA error notification TS_UNACCEPTABLE for #2` names
/// the peer's reason; everything else is a matter of identities and secrets.
fn authentication(rest: &str) -> Statement {
    let named = rest.strip_prefix(", incomplete IKE_AUTH response contains the Child SA error notification ");
    named.and_then(notify).map_or(Statement::AuthenticationFailed, meaning_of_child)
}

/// What this end told the peer: `responding to CREATE_CHILD_SA message (ID 2) from 192.1.2.23:500 with encrypted notification …`.
/// An unencrypted one answers anybody and says nothing about a tunnel.
fn answered(message: &str) -> Option<Statement> {
    let rest = message.strip_prefix("responding to ")?;
    let (exchange, rest) = rest.split_once(' ')?;
    let (_, reason) = rest.rsplit_once(" with encrypted notification ")?;
    own_answer(reason).filter(|_| is_state_name(exchange))
}

fn own_answer(reason: &str) -> Option<Statement> {
    let reason = notify(reason)?;
    match reason.0.as_str() {
        "AUTHENTICATION_FAILED" => Some(Statement::AuthenticationFailed),
        // The peer tries again with another group.
        "INVALID_KE_PAYLOAD" => None,
        _ => Some(Statement::ChildFailed { notify: Some(reason) }),
    }
}

fn again(message: &str) -> Option<Statement> {
    let revives = message.starts_with("connection is supposed to remain up; revival attempt ")
        || message.starts_with("starting keying attempt ")
        || message.starts_with("scheduling retry attempt ")
        || (message.starts_with("reviving connection which ")
            && message.contains(" but must remain up per local policy"))
        || (message.starts_with("deleting ") && message.contains(" but connection is supposed to remain up; "));
    revives.then_some(Statement::Retrying)
}
