//! Why a negotiation came to nothing: the peer's answer, no answer, or this end.

use super::context::{Reading, Told};
use super::scan::{after, notify};
use crate::model::{Notify, Statement};

pub fn read(reading: &mut Reading<'_>) -> Option<Told> {
    let message = reading.line.message.as_ref();
    peer(reading, message)
        .or_else(|| silence(reading, message))
        .or_else(|| child(reading, message))
        .or_else(|| here(reading, message))
}

/// `received TS_UNACCEPTABLE notify, no CHILD_SA built`, `received AUTHENTICATION_FAILED notify error`, IKEv1's `received
/// NO_PROPOSAL_CHOSEN error notify`.
fn peer(reading: &mut Reading<'_>, message: &str) -> Option<Told> {
    let (notify, rest) = notify(message.strip_prefix("received ")?)?;
    match rest {
        // The same word for proposals that do not match and for a kernel that refuses: an IKE SA stands, so it is no matter of that one's.
        " notify, no CHILD_SA built" => {
            reading.takes_up_asked();
            Some(Told::new(Some(reading.child_speaker()?), Statement::PeerRefused { notify }))
        }
        " notify error" | " notify error, destroying IKE_SA" | " error notify" => {
            if stands(reading) {
                return Some(Told::new(Some(reading.child_speaker()?), Statement::PeerRefused { notify }));
            }
            Some(Told::new(Some(reading.ike_speaker()?), meaning(notify)))
        }
        ", EAP authentication failed" => Some(Told::new(Some(reading.ike_speaker()?), Statement::AuthenticationFailed)),
        _ => None,
    }
}

/// The IKE SA that the thread is about stands.
fn stands(reading: &Reading<'_>) -> bool {
    let serial = reading.context.ike.as_ref().and_then(|ike| ike.serial);
    serial.and_then(|serial| reading.sas.known_ike(serial)).is_some_and(|ike| ike.stands)
}

/// What a notify means before the IKE SA stands.
fn meaning(notify: Notify) -> Statement {
    match notify.0.as_str() {
        "AUTHENTICATION_FAILED"
        | "AUTH_FAILED"
        | "INVALID_HASH_INFORMATION"
        | "INVALID_SIGNATURE"
        | "INVALID_CERTIFICATE" => Statement::AuthenticationFailed,
        "NO_PROPOSAL_CHOSEN" | "NO_PROP" | "ATTRIBUTES_NOT_SUPPORTED" => Statement::NoProposal,
        _ => Statement::PeerRefused { notify },
    }
}

/// The peer does not answer any more.
fn silence(reading: &mut Reading<'_>, message: &str) -> Option<Told> {
    let gave_up = message.starts_with("giving up after ") && message.ends_with(" retransmits");
    if gave_up {
        if !reading.traits.tells_ike {
            // Nothing names it: it is the one that does not answer.
            let (name, serial) = reading.sas.only_silent()?;
            reading.context.is_about(&name, serial);
        }
        let is_dead = stands(reading);
        let says = if is_dead { Statement::PeerDead } else { Statement::NoAnswer };
        let told = Told::new(Some(reading.ike_speaker()?), says);
        let serial = reading.context.ike.as_ref().and_then(|ike| ike.serial);
        let Some(serial) = serial.filter(|_| is_dead) else { return Some(told) };
        // Nothing else is said of its end.
        reading.sas.ike_gone(serial);
        let gone = Statement::Deleting { is_ike: true, established: true };
        return Some(Told { besides: Some((gone, message.to_owned())), ..told });
    }
    let failed = ["establishing IKE_SA failed, peer not responding", "rekeying IKE_SA failed, peer not responding"];
    after(message, &failed)?;
    let about = reading.ike_speaker();
    if let Some(serial) = reading.context.ike.as_ref().and_then(|ike| ike.serial) {
        reading.sas.ike_gone(serial);
    }
    Some(Told::new(Some(about?), Statement::IkeFailed { notify: None }))
}

/// This end gives up a Child SA.
fn child(reading: &mut Reading<'_>, message: &str) -> Option<Told> {
    if message == "failed to establish CHILD_SA, keeping IKE_SA" {
        let about = reading.child_speaker();
        if let Some(child) = reading.context.child {
            reading.sas.child_gone(child);
        }
        reading.context.child_is_done();
        return Some(Told::new(Some(about?), Statement::ChildFailed { notify: None }));
    }
    if message.starts_with("closing IKE_SA due CHILD_SA setup failure") {
        return Some(Told::new(Some(reading.ike_speaker()?), Statement::IkeFailed { notify: None }));
    }
    let selectors = message == "no acceptable traffic selectors found"
        || (message.starts_with("traffic selectors ") && message.ends_with(" unacceptable"))
        || message.starts_with("no matching CHILD_SA config found for ");
    if selectors {
        let notify = Some(Notify("TS_UNACCEPTABLE".to_owned()));
        return Some(Told::new(Some(reading.child_speaker()?), Statement::ChildFailed { notify }));
    }
    let proposals = [
        "no acceptable proposal found",
        "received proposals unacceptable",
        "no matching proposal found",
        "no proposal found",
    ];
    after(message, &proposals)?;
    Some(Told::new(Some(reading.child_speaker()?), Statement::NoProposal))
}

/// Identities and secrets that do not fit.
fn here(reading: &Reading<'_>, message: &str) -> Option<Told> {
    let begins = [
        "no shared key found for ",
        "no private key found for '",
        "no trusted ",
        "peer certificate verification failed",
        "signature validation failed",
        "verification of AUTH payload with",
        "EAP method ",
        "EAP vendor specific method ",
        "peer requested EAP, config unacceptable",
        "configured EAP-only authentication, but peer does not support it",
        "calculated HASH does not match HASH payload",
        "IDir '",
        "authorization hook forbids IKE_SA",
        "final authorization hook forbids IKE_SA",
    ];
    // `tried 1 shared key for 'a' - 'b', but MAC mismatched`, `authentication of 'a' (myself) failed`
    let tried = message.starts_with("tried ") && message.ends_with(", but MAC mismatched");
    let own = message.starts_with("authentication of '") && message.ends_with("' (myself) failed");
    let method = !message.starts_with("EAP ") || message.contains(" failed for peer ");
    let failed = tried || own || (after(message, &begins).is_some() && method);
    failed.then_some(())?;
    Some(Told::new(Some(reading.ike_speaker()?), Statement::AuthenticationFailed))
}
