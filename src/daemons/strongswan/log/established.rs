//! What stands: IKE SAs, and Child SAs with their SPIs.

use super::context::{Reading, Told};
use super::scan::{NamedSa, after, child_sa, ike_sa, spi};
use crate::model::{Protocol, Serial, SpiPair, Statement};
use crate::text::presentable;

pub fn read(reading: &mut Reading<'_>) -> Option<Told> {
    let message = reading.line.message.as_ref();
    if let Some(rest) = message.strip_prefix("IKE_SA ") {
        return ike(reading, message, rest);
    }
    if let Some(sa) = message.strip_prefix("inbound CHILD_SA ").and_then(established) {
        return inbound(reading, sa);
    }
    if let Some(sa) = after(message, &["CHILD_SA ", "outbound CHILD_SA "]).and_then(established) {
        return stands(reading, message, sa);
    }
    rekeyed(reading, message)
}

/// Child SAs that get new keys keep what they had.
fn ike(reading: &mut Reading<'_>, message: &str, rest: &str) -> Option<Told> {
    let sa = ike_sa(rest, &[" established between ", " rekeyed between "])?;
    let is_rekey = rest.get(..rest.len().checked_sub(sa.rest.len())?)?.ends_with(" rekeyed between ");
    let old = if is_rekey { reading.sas.replaced_by(sa, sa.rest) } else { None };
    let about = reading.knows_ike(sa);
    let ike = reading.sas.ike(sa);
    ike.stands = true;
    ike.between = Some(sa.rest.to_owned());
    if let Some(old) = old {
        reading.sas.inherit(old, sa.serial);
    }
    let replaces = old.map(Serial);
    let says = if is_rekey { Statement::IkeRekeyed { replaces } } else { Statement::IkeEstablished };
    reading.context.restarts = false;
    Some(Told::new(about, says).behind(message, sa.rest))
}

/// `t1{1} established with SPIs c1a2b3c4_i 0badcafe_o and TS A === B`
fn established(rest: &str) -> Option<NamedSa<'_>> {
    child_sa(rest, &[" established with SPIs "])
}

/// `c1a2b3c4_i 0badcafe_o`, of which `_i` is inbound, and what is behind.
fn spis(text: &str, protocol: Protocol) -> Option<(SpiPair, &str)> {
    let (inbound, rest) = spi(text)?;
    let (outbound, rest) = spi(rest.strip_prefix("_i ")?)?;
    Some((SpiPair { protocol, outbound, inbound }, rest.strip_prefix("_o")?))
}

/// The first half of a rekey: nothing is sent with the new one yet.
fn inbound(reading: &mut Reading<'_>, sa: NamedSa<'_>) -> Option<Told> {
    let (pair, _) = spis(sa.rest, reading.context.protocol.unwrap_or(Protocol::Esp))?;
    let message = reading.line.message.as_ref();
    let about = reading.knows_child(sa);
    let ike = reading.sas.known_child(sa.serial).and_then(|child| Some(child.ike.as_ref()?.0.clone()));
    let replaced = ike.and_then(|ike| reading.sas.standing(&ike, sa.name, sa.serial));
    let esn = reading.context.esn;
    let child = reading.sas.child(sa.name, sa.serial);
    child.spis = Some(pair);
    child.esn = esn;
    child.rekeys = child.rekeys.or(replaced);
    reading.context.child = Some(sa.serial);
    Some(Told::new(Some(about?), Statement::Negotiating { inbound: Some(pair.inbound) }).behind(message, sa.rest))
}

fn stands(reading: &mut Reading<'_>, message: &str, sa: NamedSa<'_>) -> Option<Told> {
    let before = reading.sas.known_child(sa.serial);
    let known = before.and_then(|child| Some((child.spis?, child.esn)));
    let protocol = known.map(|(pair, _)| pair.protocol).or(reading.context.protocol).unwrap_or(Protocol::Esp);
    let (pair, rest) = spis(sa.rest, protocol)?;
    let esn = known.map_or(reading.context.esn, |(_, esn)| esn);
    let about = reading.knows_child(sa);
    let selectors = rest.strip_prefix(" and TS ").map(presentable);
    let says = child_stands(reading, sa, pair, (selectors, esn));
    // In one message several may be set up.
    reading.context.child_is_done();
    Some(Told::new(Some(about?), says).behind(message, sa.rest))
}

fn child_stands(
    reading: &mut Reading<'_>,
    sa: NamedSa<'_>,
    spis: SpiPair,
    (selectors, esn): (Option<String>, bool),
) -> Statement {
    let child = reading.sas.child(sa.name, sa.serial);
    child.spis = Some(spis);
    child.stands = true;
    let ike = child.ike.clone();
    let rekeys = child.rekeys.or_else(|| {
        let (name, _) = ike.as_ref()?;
        reading.context.restarts.then_some(())?;
        reading.sas.standing(name, sa.name, sa.serial)
    });
    let ike = ike.and_then(|(_, serial)| serial).map(Serial);
    Statement::ChildEstablished { ike, rekeys: rekeys.map(Serial), spis, selectors, esn, offload_claim: None }
}

/// 6.x: `rekeyed CHILD_SA t1{1} with SPIs c1a2b3c4_i 0badcafe_o with t1{2} with SPIs …`. What it says of the new one was said before, where
/// no line is missing.
fn rekeyed(reading: &mut Reading<'_>, message: &str) -> Option<Told> {
    let old = child_sa(message.strip_prefix("rekeyed CHILD_SA ")?, &[" with SPIs "])?;
    let (_, rest) = spis(old.rest, Protocol::Esp)?;
    let new = child_sa(rest.strip_prefix(" with ")?, &[" with SPIs "])?;
    if reading.sas.known_child(new.serial).is_some_and(|child| child.stands) {
        return None;
    }
    let protocol = reading.context.protocol.unwrap_or(Protocol::Esp);
    let (pair, _) = spis(new.rest, protocol)?;
    let about = reading.knows_child(new);
    reading.sas.child(new.name, new.serial).rekeys = Some(old.serial);
    let says = child_stands(reading, new, pair, (None, reading.context.esn));
    Some(Told::new(Some(about?), says).behind(message, new.rest))
}
