//! What is said where an IKEv1 peer refuses: by silence, or with a notify that no NIC of it can have caused.

use crate::engine::facts::down::WhyDown;
use crate::engine::findings::Sentences;
use crate::model::SilentAt;

/// Whether the peer's word is one that IKEv1 alone has for a refusal (RFC 2408 §3.14.1).
pub(super) fn is_of_ikev1(notify: &str) -> bool {
    matches!(
        notify,
        "INVALID_ID_INFORMATION" | "INVALID_KEY_INFORMATION" | "INVALID_MAJOR_VERSION" | "PAYLOAD_MALFORMED"
    )
}

pub(super) fn words(name: &str, why: WhyDown, notify: Option<&str>) -> Sentences {
    let notify = notify.unwrap_or_default();
    let (what, advice) = match why {
        WhyDown::Silent(at) => silent(at),
        WhyDown::OwnIdRefused => (
            format!("the peer refused who this end says it is, with {notify}"),
            "compare leftid= and rightid= of both ends, and the secrets for them; the peer's log tells which it did not like",
        ),
        _ => refused(notify),
    };
    Sentences::of(format!("{name} is down: {what}"), advice)
}

fn silent(at: SilentAt) -> (String, &'static str) {
    let (what, advice) = match at {
        SilentAt::FirstEncrypted => (
            "the peer answered until the first encrypted message, and then no more; as a rule it has another secret or other IDs",
            "compare the secrets (or certificates), leftid= and rightid= of both ends; the peer's log tells which it did not like",
        ),
        SilentAt::Xauth => (
            "the peer ceased to answer when it got the user's name and password (XAUTH)",
            "see whether the peer knows this user, and what its log says; IDs and secrets are right",
        ),
        SilentAt::ModeConfig => (
            "the peer authenticated this end, and ceased to answer when it was asked for an address (mode config)",
            "see whether the peer's pool has an address left, whether it wants XAUTH first, and what its log says",
        ),
        SilentAt::QuickMode => (
            "the peer does not answer the request for the Child SA, though the IKE SA stands: it refuses by silence",
            "compare leftsubnet=, rightsubnet=, esp= and pfs= of both ends; the peer's log tells which it did not like",
        ),
    };
    (what.to_owned(), advice)
}

fn refused(notify: &str) -> (String, &'static str) {
    match notify {
        "INVALID_ID_INFORMATION" => (
            format!("the peer refused the selectors of the Child SA with {notify}"),
            "compare the subnets (leftsubnet=, rightsubnet=) of both ends: the peer has no connection with this pair; its log says so",
        ),
        "INVALID_KEY_INFORMATION" => (
            format!("the peer refused the key exchange with {notify}"),
            "compare the groups in ike= and esp=, and pfs=, of both ends",
        ),
        "INVALID_MAJOR_VERSION" => (
            format!("the peer does not take this version of IKE ({notify})"),
            "compare the IKE version of both ends: keyexchange=, in older releases ikev2=",
        ),
        _ => (
            format!("the peer could not read what this end sent ({notify})"),
            "compare secrets and proposals of both ends; the peer's log tells more",
        ),
    }
}

#[cfg(test)]
mod tests;
