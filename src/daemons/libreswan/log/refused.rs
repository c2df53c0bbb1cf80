//! What a peer refused, by the notify that it sent.

use super::negotiation::is_state_name;
use super::scan::{after, notify};
use crate::model::{Notify, Statement};

pub fn read(message: &str) -> Option<Statement> {
    if let Some(reason) = message.strip_prefix("IKE_AUTH response rejected Child SA with ") {
        return notify(reason).map(meaning_of_child);
    }
    ikev1(message).or_else(|| first_answer(message)).or_else(|| dropped(message)).or_else(|| contained(message))
}

/// IKEv1 has no answers but these: `ignoring informational payload INVALID_ID_INFORMATION, msgid=…`, from 5.2 on `secured` and
/// `unsecured`. What is said beside a negotiation (`IPSEC_INITIAL_CONTACT`, DPD) ends none.
fn ikev1(message: &str) -> Option<Statement> {
    let ways = [
        "ignoring informational payload ",
        "ignoring secured informational payload ",
        "ignoring unsecured informational payload ",
    ];
    let notify = notify(after(message, &ways)?)?;
    let ends = [
        "NO_PROPOSAL_CHOSEN",
        "BAD_PROPOSAL_SYNTAX",
        "ATTRIBUTES_NOT_SUPPORTED",
        "SITUATION_NOT_SUPPORTED",
        "AUTHENTICATION_FAILED",
        "INVALID_HASH_INFORMATION",
        "INVALID_SIGNATURE",
        "INVALID_CERTIFICATE",
        "INVALID_CERT_AUTHORITY",
        "INVALID_CERT_ENCODING",
        "CERTIFICATE_UNAVAILABLE",
        "INVALID_ID_INFORMATION",
        "INVALID_KEY_INFORMATION",
        "INVALID_MAJOR_VERSION",
        "PAYLOAD_MALFORMED",
    ];
    ends.contains(&notify.0.as_str()).then(|| meaning(notify))
}

/// The peer's answer to the first packet of IKEv2, which nothing authenticates.
fn first_answer(message: &str) -> Option<Statement> {
    let old = || {
        // 3.x: `STATE_PARENT_I1: received unauthenticated v2N_NO_PROPOSAL_CHOSEN - ignored`
        let (state, rest) = message.split_once(": ")?;
        is_state_name(state).then(|| rest.strip_prefix("received unauthenticated ")).flatten()
    };
    let ways = ["dropping unexpected IKE_SA_INIT message containing ", "ignoring IKE_SA_INIT response containing "];
    let reason = after(message, &ways).or_else(old)?;
    let ends = ["NO_PROPOSAL_CHOSEN", "AUTHENTICATION_FAILED", "INVALID_ID_INFORMATION"];
    notify(reason).filter(|notify| ends.contains(&notify.0.as_str())).map(meaning)
}

/// 3.x and 4.x before 4.5: `dropping unexpected CREATE_CHILD_SA message containing TS_UNACCEPTABLE notification; message payloads: SK; …`.
fn dropped(message: &str) -> Option<Statement> {
    let rest = message.strip_prefix("dropping unexpected ")?;
    let rest = rest.strip_prefix("ISAKMP_v2_").unwrap_or(rest);
    let rest = after(rest, &["CREATE_CHILD_SA message containing ", "IKE_AUTH message containing "])?;
    let secured = rest.contains("; message payloads: SK; ");
    notify(rest).filter(|notify| secured && notify.0 != "INVALID_KE_PAYLOAD").map(meaning_of_child)
}

/// `CREATE_CHILD_SA failed with error notification TS_UNACCEPTABLE`, `IKE_AUTH response contained the error notification …`.
fn contained(message: &str) -> Option<Statement> {
    let (exchange, rest) = message.split_once(' ')?;
    if !is_state_name(exchange) {
        return None;
    }
    let ways = [
        "failed with error notification ",
        "response contained the error notification ",
        "response contained the CHILD SA error notification '",
    ];
    let reason = after(rest, &ways)?;
    // A new key exchange is tried with the group that the peer suggests.
    let tries_again = reason.contains(" response suggesting ");
    let meaning = if exchange == "IKE_SA_INIT" { meaning } else { meaning_of_child };
    notify(reason).filter(|_| !tries_again).map(meaning)
}

/// What it means where it answers an exchange of IKEv2 that is encrypted. The IKE SA's own proposals were agreed before: this is about a Child
/// SA, of which some peers say `NO_PROPOSAL_CHOSEN` where their kernel refuses it.
pub fn meaning_of_child(notify: Notify) -> Statement {
    if notify.0 == "NO_PROPOSAL_CHOSEN" { Statement::PeerRefused { notify } } else { meaning(notify) }
}

/// What a notify of a peer means, of IKEv2 (RFC 7296 §3.10.1) or of IKEv1 (RFC 2408 §3.14.1).
pub fn meaning(notify: Notify) -> Statement {
    match notify.0.as_str() {
        "AUTHENTICATION_FAILED"
        | "INVALID_HASH_INFORMATION"
        | "INVALID_SIGNATURE"
        | "INVALID_CERTIFICATE"
        | "INVALID_CERT_AUTHORITY"
        | "INVALID_CERT_ENCODING"
        | "CERTIFICATE_UNAVAILABLE" => Statement::AuthenticationFailed,
        "NO_PROPOSAL_CHOSEN" | "BAD_PROPOSAL_SYNTAX" | "ATTRIBUTES_NOT_SUPPORTED" => Statement::NoProposal,
        _ => Statement::PeerRefused { notify },
    }
}
