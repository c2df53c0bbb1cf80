//! Loading, taking down and unloading connections, and what is chosen for one (group CFG).

use super::context::{Reading, Told, ike_speaker};
use super::prefix::number;
use super::scan::after;
use crate::model::{Protocol, Speaker, Statement};

pub fn read(reading: &mut Reading<'_>) -> Option<Told> {
    let message = reading.line.message.as_ref();
    loaded(message)
        .or_else(|| terminated(reading, message))
        .or_else(|| chosen(reading, message))
        .or_else(|| unproved(reading, message))
}

fn loaded(message: &str) -> Option<Told> {
    let vici = ["added vici connection: ", "updated vici connection: ", "replaced vici connection: "];
    let quoted = |begin: &str| message.strip_prefix(begin)?.strip_suffix('\'');
    let (name, says) = after(message, &vici)
        .or_else(|| quoted("added configuration '"))
        .map(|name| (name, Statement::ConnectionAdded))
        .or_else(|| {
            let name = message.strip_prefix("removed vici connection: ").or_else(|| quoted("deleted connection '"))?;
            Some((name, Statement::ConnectionDeleted))
        })?;
    Some(Told::new(Some(ike_speaker(name, None)?), says).behind(message, ""))
}

/// `vici terminate IKE_SA 'gw'`, `vici terminate CHILD_SA #3`, from 6.0 on `vici terminate CHILD_SA 't1' of IKE_SA 'gw'`; and what a changed
/// configuration takes down.
fn terminated(reading: &Reading<'_>, message: &str) -> Option<Told> {
    if let Some(rest) = message.strip_prefix("vici terminate ") {
        let about = selected(reading, rest)?;
        return Some(Told::new(Some(about), Statement::ConnectionDown).behind(message, ""));
    }
    let rest = after(message, &["vici closing ", "closing "])?;
    if let Some(rest) = rest.strip_prefix("IKE_SA ") {
        let (_, serial) = rest.rsplit_once('#')?;
        let about = ike_with(reading, number(serial)?)?;
        return Some(Told::new(Some(about), Statement::ConnectionTerminated).behind(message, ""));
    }
    // 5.9: `closing 't1' #3`
    let (_, serial) = rest.strip_prefix("CHILD_SA ").unwrap_or(rest).rsplit_once("' #")?;
    let about = reading.sas.child_speaker(number(serial)?)?;
    Some(Told::new(Some(about), Statement::ConnectionTerminated).behind(message, ""))
}

/// Whom an order is about.
fn selected(reading: &Reading<'_>, rest: &str) -> Option<Speaker> {
    let quoted = |text: &str| text.strip_prefix('\'')?.strip_suffix('\'').map(str::to_owned);
    let Some(child) = rest.strip_prefix("CHILD_SA ") else {
        let ike = rest.strip_prefix("IKE_SA ")?;
        return match ike.strip_prefix('#') {
            Some(serial) => ike_with(reading, number(serial)?),
            None => ike_speaker(&quoted(ike)?, None),
        };
    };
    let (child, ike) = match child.split_once(" of IKE_SA ") {
        Some((child, ike)) => (child, Some(ike)),
        None => (child, None),
    };
    if let Some(serial) = child.strip_prefix('#') {
        return reading.sas.child_speaker(number(serial)?);
    }
    let name = quoted(child)?;
    let ike = match ike {
        Some(ike) => quoted(ike)?,
        None => reading.sas.only_ike_with(&name)?.0,
    };
    ike_speaker(&format!("{ike}/{name}"), None)
}

fn ike_with(reading: &Reading<'_>, serial: u32) -> Option<Speaker> {
    ike_speaker(&reading.sas.known_ike(serial)?.name, Some(serial))
}

/// What is chosen for the SA that comes next.
fn chosen(reading: &mut Reading<'_>, message: &str) -> Option<Told> {
    if let Some(proposal) = message.strip_prefix("selected proposal: ") {
        let protocol = match proposal.split(':').next()? {
            "ESP" => Protocol::Esp,
            "AH" => Protocol::Ah,
            _ => return None,
        };
        reading.context.protocol = Some(protocol);
        reading.context.esn = proposal.split('/').any(|word| word == "EXT_SEQ");
        return None;
    }
    // The peer is known by now; that it is the one that it says it is is not.
    let rest = after(message, &["selected peer config ", "switching to peer config "])?;
    let name = rest.trim_matches(['\'', '"']);
    if let Some(ike) = reading.context.ike.as_mut() {
        ike.name = Some(name.to_owned());
    } else {
        reading.context.ike = Some(super::threads::ContextIke { name: Some(name.to_owned()), serial: None });
    }
    None
}

fn unproved(reading: &Reading<'_>, message: &str) -> Option<Told> {
    if message.starts_with("received proposals: ") || message.starts_with("configured proposals: ") {
        return reading.may_be_quoted();
    }
    let begins = ["constraint check failed: ", "no alternative config found", "PPK required but ", "received IDr "];
    after(message, &begins)?;
    Some(Told::new(Some(reading.ike_speaker()?), Statement::AuthenticationFailed))
}
