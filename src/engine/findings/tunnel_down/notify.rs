//! What is said where an IKEv2 peer refuses with a notify that says why (RFC 7296 §3.10.1).

use crate::daemons::{Advice, Behaviour};
use crate::engine::findings::Sentences;

/// None where the notify may mean many things.
pub(super) fn words(daemon: &Behaviour, name: &str, notify: &str) -> Option<Sentences> {
    if notify == "NO_PROPOSAL_CHOSEN" {
        return Some(no_more_proposed(daemon, name));
    }
    let (what, advice) = match notify {
        "NO_ADDITIONAL_SAS" => (
            "the peer takes no further Child SA on this IKE SA",
            "raise the peer's limit of Child SAs, or have fewer connections share this IKE SA; the peer's log tells",
        ),
        "TEMPORARY_FAILURE" => (
            "the peer could not set up the Child SA at that time",
            "look at the peer's log: its kernel or NIC may have refused the SA (a full table, ESN), or it was about to rekey the IKE SA",
        ),
        "INTERNAL_ADDRESS_FAILURE" => (
            "the peer has no address to give to this end",
            "see whether the peer's pool of addresses is used up, and what its log says",
        ),
        "FAILED_CP_REQUIRED" => (
            "the peer wants this end to ask for an address",
            "add leftmodecfgclient=yes at this end, or take the pool of addresses away at the peer",
        ),
        "SINGLE_PAIR_REQUIRED" => (
            "the peer takes one pair of addresses for a Child SA",
            "compare leftsubnet= and rightsubnet= of both ends: the peer's are narrower; its log tells",
        ),
        "INVALID_KE_PAYLOAD" => (
            "the peer wants another group for the key exchange",
            "compare the groups in ike= and esp=, and pfs=, of both ends",
        ),
        _ => return None,
    };
    Some(Sentences::of(format!("{name} is down: {what} ({notify})"), advice))
}

/// Of a Child SA that was there.
fn no_more_proposed(daemon: &Behaviour, name: &str) -> Sentences {
    Sentences::of(
        format!(
            "{name} is down: the peer refused the Child SA, whose proposal it took before: its kernel may have refused the SA \
             (NO_PROPOSAL_CHOSEN)"
        ),
        format!(
            "look at the peer's log: its kernel may have refused the SA (its NIC, ESN), or its configuration is another one since, where \
             {} of both ends are to be compared",
            daemon.advice(Advice::Proposed)
        ),
    )
}
