//! Beginning and carrying on a negotiation.

use super::context::{Reading, Told};
use super::prefix::number;
use super::scan::{after, child_sa, ike_sa};
use crate::model::{Serial, Statement};

pub fn read(reading: &mut Reading<'_>) -> Option<Told> {
    let message = reading.line.message.as_ref();
    establishing(reading, message)
        .or_else(|| initiating(reading, message))
        .or_else(|| answering(reading, message))
        .or_else(|| anew(reading, message))
        .or_else(|| retrying(reading, message))
        .or_else(|| duplicate(reading, message))
}

/// `not establishing CHILD_SA t1{5} due to existing duplicate {3} with SPIs …`
fn duplicate(reading: &mut Reading<'_>, message: &str) -> Option<Told> {
    let sa = child_sa(message.strip_prefix("not establishing CHILD_SA ")?, &[" due to existing duplicate {"])?;
    let standing = number(sa.rest.split('}').next()?)?;
    let ike = reading.sas.known_child(standing)?.ike.clone();
    reading.sas.child(sa.name, sa.serial).ike = ike;
    let about = reading.sas.child_speaker(sa.serial);
    reading.sas.child_gone(sa.serial);
    Some(Told::new(Some(about?), Statement::Said).behind(message, sa.rest))
}

/// `establishing CHILD_SA t1{2}`; ` reqid 1` behind it where a reqid is given: by a rekey, by a trap, and where one is made anew.
fn establishing(reading: &mut Reading<'_>, message: &str) -> Option<Told> {
    let sa = child_sa(message.strip_prefix("establishing CHILD_SA ")?, &[" reqid ", ""])?;
    if reading.context.paused && !reading.traits.tells_ike {
        reading.context.clear();
    }
    let has_reqid = message.len() > sa.rest.len() && !sa.rest.is_empty();
    if has_reqid {
        // It may begin what the thread does: its IKE SA is that of the one that stands.
        let known = reading.context.ike.as_ref().and_then(|ike| ike.name.clone());
        let has_one = known.is_some_and(|name| reading.sas.standing(&name, sa.name, sa.serial).is_some());
        if !has_one
            && !reading.traits.tells_ike
            && let Some((name, Some(serial))) = reading.sas.only_ike_with(sa.name)
        {
            reading.context.is_about(&name, serial);
        }
    }
    reading.context.child_is_done();
    reading.context.child = Some(sa.serial);
    let about = reading.knows_child(sa);
    reading.sas.child(sa.name, sa.serial).asked = true;
    let ike = reading.sas.known_child(sa.serial).and_then(|child| Some(child.ike.as_ref()?.0.clone()));
    let standing = ike.and_then(|ike| reading.sas.standing(&ike, sa.name, sa.serial));
    if has_reqid {
        reading.sas.child(sa.name, sa.serial).rekeys = standing;
    }
    let says = if reading.context.restarts && standing.is_none() {
        Statement::Negotiating { inbound: None }
    } else {
        Statement::Initiating { rekeys: standing.map(Serial) }
    };
    Some(Told::new(Some(about?), says).behind(message, sa.rest))
}

/// `initiating IKE_SA gw[1] to 10.9.0.2`: to begin with, or in place of one that stands.
fn initiating(reading: &mut Reading<'_>, message: &str) -> Option<Told> {
    let begins = ["initiating IKE_SA ", "initiating Main Mode IKE_SA ", "initiating Aggressive Mode IKE_SA "];
    let sa = ike_sa(after(message, &begins)?, &[" to "])?;
    let stands = reading.sas.stands(sa.name);
    let restarts = reading.context.restarts;
    let about = reading.knows_ike(sa)?;
    reading.context.restarts = restarts;
    let says = match (stands, restarts) {
        // Another one takes its place: nothing is down.
        (true, _) => Statement::Said,
        (false, true) => Statement::Negotiating { inbound: None },
        (false, false) => Statement::Initiating { rekeys: None },
    };
    Some(Told::new(Some(about), says).behind(message, sa.rest))
}

/// `10.9.0.2 is initiating IKE_SA (unnamed)[1]`: anybody may; it tells which IKE SA the thread is about.
fn answering(reading: &mut Reading<'_>, message: &str) -> Option<Told> {
    let (peer, rest) = message.split_once(" is initiating ")?;
    peer.parse::<std::net::IpAddr>().ok()?;
    if !reading.traits.tells_ike {
        reading.context.ike = None;
    }
    rest.contains("IKE_SA").then_some(())?;
    None
}

/// What stood is made anew by charon itself.
fn anew(reading: &mut Reading<'_>, message: &str) -> Option<Told> {
    let begins = ["reauthenticating IKE_SA ", "reinitiating IKE_SA ", "reauthenticating actively IKE_SA "];
    if let Some(sa) = after(message, &begins).and_then(|rest| ike_sa(rest, &["", " actively"])) {
        let about = reading.knows_ike(sa);
        reading.context.restarts = true;
        return Some(Told::new(Some(about?), Statement::Said).behind(message, sa.rest));
    }
    let child = message.strip_prefix("restarting CHILD_SA ")?;
    reading.context.restarts = true;
    let ike = reading.context.ike.as_ref()?;
    let name = ike.name.as_deref()?;
    let about = super::context::ike_speaker(&format!("{name}/{child}"), None)?;
    Some(Told::new(Some(about), Statement::Retrying).behind(message, ""))
}

fn retrying(reading: &Reading<'_>, message: &str) -> Option<Told> {
    let begins = [
        "peer not responding, trying again (",
        "CHILD_SA rekeying failed, trying again in ",
        "creating CHILD_SA failed, trying again in ",
        "IKE_SA rekeying failed, trying again in ",
        "reauthentication failed, trying to reestablish IKE_SA",
    ];
    let says = if after(message, &begins).is_some() {
        Statement::Retrying
    } else {
        after(message, &["retransmit ", "sending retransmit "])?;
        // Of an IKE SA that stands the peer is only probed.
        let serial = reading.context.ike.as_ref()?.serial?;
        let stands = reading.sas.known_ike(serial).is_none_or(|ike| ike.stands);
        (!stands).then_some(Statement::Negotiating { inbound: None })?
    };
    Some(Told::new(Some(reading.child_speaker()?), says))
}
