//! What stands: IKE SAs, and Child SAs with their SPIs (`jam_child_sa_details()`).

use super::negotiation::{is_state_name, rekeyed};
use super::scan::{after, serial, serial_behind};
use crate::model::{Protocol, Speaker, SpiPair, Statement};
use crate::text::presentable;

pub fn read(message: &str) -> Option<Statement> {
    // 3.x: `STATE_V2_IPSEC_I: IPsec SA established tunnel mode {…}`
    let message = match message.split_once(": ") {
        Some((state, rest)) if is_state_name(state) => rest,
        _ => message,
    };
    if let Some(rest) = after(message, &["initiator ", "responder "]) {
        return ikev2(rest, message);
    }
    if let Some(rest) = message.strip_prefix("IPsec SA established ") {
        after(rest, &["tunnel mode", "transport mode"])?;
        return Some(child(message, None));
    }
    let ike = after(message, &["ISAKMP SA established", "IKE SA established {", "PARENT SA established"])?;
    (ike.is_empty() || ike.starts_with([' ', '{', ';', ',']) || message.ends_with(ike))
        .then_some(Statement::IkeEstablished)
}

fn ikev2(rest: &str, message: &str) -> Option<Statement> {
    if rest.starts_with("established IKE SA; ") || rest.starts_with("established IKE SA (") {
        return Some(Statement::IkeEstablished);
    }
    if let Some(old) = rest.strip_prefix("rekeyed IKE SA ") {
        return Some(Statement::IkeRekeyed { replaces: serial(old).map(|(serial, _)| serial) });
    }
    after(rest, &["established Child SA using ", "rekeyed Child SA #", "established Child SA;"])?;
    Some(child(message, rekeyed(message)))
}

/// The line of a Child SA. Cut off before its SPIs (pluto cuts lines at 1,024 bytes, and a pair of many selectors is longer), it says
/// no more than that something is missing.
fn child(message: &str, rekeys: Option<crate::model::Serial>) -> Statement {
    let details = details(message);
    let Some((spis, flags, rest)) = details else { return Statement::Missing { lines: Some(1) } };
    Statement::ChildEstablished {
        ike: message.split(" {").next().and_then(|head| serial_behind(head, " using ")),
        rekeys,
        spis,
        selectors: selectors(message),
        esn: flags.split('/').any(|flag| flag == "ESN"),
        offload_claim: claim(rest),
    }
}

/// `{ESP/ESN=>0x75cd8d5e <0xbba19740 xfrm=… DPD=passive}`: SPIs, what stands before `=>`, and what stands behind the SPIs.
fn details(message: &str) -> Option<(SpiPair, &str, &str)> {
    let (_, inside) = message.split_once(" {")?;
    let (kind, rest) = inside.split_once("=>")?;
    let name = kind.split('/').next()?;
    let protocol = match name {
        "ESP" | "ESPinUDP" | "ESPinTCP" => Protocol::Esp,
        "AH" => Protocol::Ah,
        _ => return None,
    };
    let (outbound, rest) = rest.split_once(" <")?;
    let (inbound, rest) = rest.split_once([' ', '}'])?;
    let spis = SpiPair { protocol, outbound: outbound.parse().ok()?, inbound: inbound.parse().ok()? };
    Some((spis, kind, rest))
}

/// `xfrm=AES_GCM_16_256 nic-offload=packet DPD=passive}`: only there, names of users stand behind it.
fn claim(behind_spis: &str) -> Option<String> {
    let mut words = behind_spis.split([' ', '}']);
    words.next()?.strip_prefix("xfrm=")?;
    words.next()?.strip_prefix("nic-offload=").map(presentable)
}

/// `[192.0.1.0/24===192.0.2.0/24]` in 5.x, `[A-B:0-65535 0] -> [C-D:0-65535 0]` in 4.x.
fn selectors(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("; IPsec ")?;
    let rest = after(rest, &["tunnel ", "transport ", "beet "])?;
    Some(presentable(rest.split_once(" {")?.0))
}

/// Whom a line is about, where its prefix does not say: 4.x logs the end of a sibling in the name of its IKE SA.
pub fn speaker_of(says: &Statement, message: &str, about: Option<Speaker>) -> Option<Speaker> {
    let other =
        matches!(says, Statement::Deleting { .. }).then(|| serial_behind(message, "deleting other state ")).flatten();
    match (about, other) {
        (Some(speaker), Some(serial)) => Some(Speaker { serial: Some(serial), ..speaker }),
        (about, _) => about,
    }
}
