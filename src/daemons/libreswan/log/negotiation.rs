//! Beginning, answering and carrying on a negotiation.

use super::scan::{after, serial_behind};
use crate::model::{Spi, Statement};

pub fn read(message: &str) -> Option<Statement> {
    initiating(message).or_else(|| responding(message)).or_else(|| sent(message)).or_else(|| retransmission(message))
}

fn initiating(message: &str) -> Option<Statement> {
    let what = message.strip_prefix("initiating ")?;
    if let Some(old) = after(what, &["rekey to replace Child SA ", "rekey to replace IPsec SA "]) {
        return Some(Statement::Initiating { rekeys: super::scan::serial(old).map(|(serial, _)| serial) });
    }
    // `connection 'west' with serial $1 which received a Delete/Notify but must remain up per local policy`
    if what.starts_with("connection '") && what.ends_with("but must remain up per local policy") {
        return Some(Statement::Retrying);
    }
    // IKEv1 rekeys by a Quick Mode like the first: `Quick Mode IKEv1+PSK+… to replace #2 {using isakmp#1 …}`.
    if let Some(quick) = what.strip_prefix("Quick Mode ") {
        let head = quick.split('{').next().unwrap_or(quick);
        return Some(Statement::Initiating { rekeys: serial_behind(head, " to replace ") });
    }
    let begins = ["IKEv2 ", "IKEv1 ", "Main Mode", "Aggressive Mode", "v2 parent SA", "Child SA using IKE SA "];
    after(what, &begins).map(|_| Statement::Initiating { rekeys: None })
}

/// Only what an authenticated peer can cause: the first packets of an IKE SA are anybody's.
fn responding(message: &str) -> Option<Statement> {
    if message.starts_with("responding to Quick Mode proposal ") {
        return Some(Statement::Responding);
    }
    // `proposal 1:ESP=AES_GCM_C_128-DISABLED SPI=d5c7a620 chosen from remote proposals …`
    let (number, proposal) = message.strip_prefix("proposal ")?.split_once(':')?;
    let child = after(proposal, &["ESP=", "AH=", "ESP:", "AH:"])?;
    let chosen = number.bytes().all(|b| b.is_ascii_digit()) && child.contains(" chosen from remote proposals ");
    chosen.then_some(Statement::Responding)
}

/// Requests that make a Child SA, or the IKE SA for it. Rekeying an IKE SA, deleting and liveness make none.
fn sent(message: &str) -> Option<Statement> {
    if message.starts_with("processed IKE_SA_INIT response from ") {
        return Some(Statement::Negotiating { inbound: None });
    }
    // 3.x: `STATE_PARENT_I2: sent v2I2, expected v2R2 {…}`.
    if let Some((state, rest)) = message.split_once(": ")
        && is_state_name(state)
        && after(rest, &["sent v2I", "sent MI", "sent AI1, expecting ", "sent QI1, ", "sent QR1, "]).is_some()
    {
        return Some(Statement::Negotiating { inbound: None });
    }
    let request = message.strip_prefix("sent ")?;
    let makes = [
        "IKE_SA_INIT request",
        "IKE_INTERMEDIATE request",
        "IKE_AUTH request",
        "CREATE_CHILD_SA request for new IPsec SA",
        "CREATE_CHILD_SA request to create Child SA",
        "CREATE_CHILD_SA request to rekey IPsec SA",
        "CREATE_CHILD_SA request to rekey Child SA",
        "IKE_SESSION_RESUME request",
        "Main Mode ",
        "ModeCfg request",
        "Aggressive Mode request",
        "Quick Mode request",
        "Quick Mode reply",
    ];
    let rest = after(request, &makes)?;
    // 5.x: `… Child SA #2 {ESP <0x274e6bfa} [192.0.1.0/24===192.0.2.0/24]`
    let inbound = ["{ESP <", "{AH <", "{ESPinUDP <", "{ESPinTCP <"].iter().find_map(|mark| {
        let (_, spi) = rest.rsplit_once(mark)?;
        spi.split('}').next()?.parse::<Spi>().ok()
    });
    Some(Statement::Negotiating { inbound })
}

/// `STATE_V2_PARENT_I2: retransmission; will wait 0.5 seconds for response`; an established IKE SA only probes its peer. From 5.4 on
/// `retransmitting IKE_AUTH request; will wait 0.5 second for response`.
fn retransmission(message: &str) -> Option<Statement> {
    let requests = [
        "IKE_SA_INIT request",
        "IKE_SESSION_RESUME request",
        "intermediate exchange request",
        "IKE_AUTH request",
        "new Child SA request",
        "rekey Child SA request",
    ];
    if let Some(request) = message.strip_prefix("retransmitting ") {
        return after(request, &requests).map(|_| Statement::Negotiating { inbound: None });
    }
    let (state, rest) = message.split_once(": ")?;
    let goes_on = rest.starts_with("retransmission; will wait ") || rest.starts_with("retransmitting ");
    let negotiates = is_state_name(state) && !state.contains("ESTABLISHED");
    (goes_on && negotiates).then_some(Statement::Negotiating { inbound: None })
}

/// `STATE_V2_PARENT_I2`, `IKE_SA_INIT_I`.
pub fn is_state_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// The serial that a rekey replaces: `initiator rekeyed Child SA #2 using #1; …`.
pub fn rekeyed(message: &str) -> Option<crate::model::Serial> {
    serial_behind(message, " rekeyed Child SA ")
}
