//! What stands: IKE SAs, and Child SAs with their SPIs (`jam_child_sa_details()`).

use super::negotiation::{is_state_name, rekeyed};
use super::scan::{after, serial, serial_behind};
use crate::model::{Protocol, Serial, Speaker, SpiPair, Statement};
use crate::text::presentable;

pub fn read(message: &str) -> Option<Statement> {
    let message = without_state(message);
    // From 4.5 on; 4.5 and 4.6 do not say who began.
    let rest = after(message, &["initiator ", "responder "]).unwrap_or(message);
    if let Some(says) = ikev2(rest, message) {
        return Some(says);
    }
    if let Some(rest) = message.strip_prefix("IPsec SA established ") {
        after(rest, &["tunnel mode", "transport mode"])?;
        return Some(child(message, None));
    }
    let ike = after(message, &["ISAKMP SA established", "IKE SA established {", "PARENT SA established"])?;
    (ike.is_empty() || ike.starts_with([' ', '{', ';', ',']) || message.ends_with(ike))
        .then_some(Statement::IkeEstablished)
}

/// 3.x: `STATE_V2_IPSEC_I: IPsec SA established tunnel mode {…}`, `STATE_QUICK_I2: sent QI2, IPsec SA established tunnel mode {…}`.
fn without_state(message: &str) -> &str {
    match message.split_once(": ") {
        Some((state, rest)) if is_state_name(state) => after(rest, &SENT).unwrap_or(rest),
        _ => message,
    }
}

/// What 3.x says of the last message before it says that the SA stands.
const SENT: [&str; 5] = ["sent QI2, ", "sent MR3, ", "sent AI2, ", "received v2I2, ", "received v2I1, sent v2R1, "];

fn ikev2(rest: &str, message: &str) -> Option<Statement> {
    // 4.1 to 4.4 describe it: `established IKE SA {auth=IKEv2 …}`.
    if after(rest, &["established IKE SA; ", "established IKE SA (", "established IKE SA {"]).is_some() {
        return Some(Statement::IkeEstablished);
    }
    if let Some(old) = rest.strip_prefix("rekeyed IKE SA ") {
        return Some(Statement::IkeRekeyed { replaces: serial(old).map(|(serial, _)| serial) });
    }
    if let Some(replaces) = rest.strip_prefix("rekeyed ").and_then(ike_replaced) {
        return Some(Statement::IkeRekeyed { replaces: Some(replaces) });
    }
    after(rest, &["established Child SA using ", "rekeyed Child SA #", "established Child SA;"])?;
    Some(child(message, rekeyed(message)))
}

/// Up to 4.6: `#1 STATE_V2_REKEY_IKE_I1 and expire it remaining life 28795s`, of the state that replaces it. Of a Child SA the line
/// of its establishment says enough.
fn ike_replaced(rest: &str) -> Option<Serial> {
    let (replaced, rest) = serial(rest)?;
    let (state, _) = rest.strip_prefix(' ')?.split_once(" and ")?;
    (is_state_name(state) && state.contains("REKEY_IKE")).then_some(replaced)
}

/// The line of a Child SA. Cut off before its SPIs (pluto cuts lines at 1,024 bytes, and a pair of many selectors is longer), it says
/// no more than that something is missing.
fn child(message: &str, rekeys: Option<Serial>) -> Statement {
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
    let other = match says {
        Statement::Deleting { .. } => serial_behind(message, "deleting other state "),
        // IKEv1 of 4.x says in the name of the ISAKMP SA whose end it is.
        Statement::PeerDeletes => {
            ["IPsec State ", "CHILD SA ", "ISAKMP State "].iter().find_map(|word| serial_behind(message, word))
        }
        _ => None,
    };
    match (about, other) {
        (Some(speaker), Some(serial)) => Some(Speaker { serial: Some(serial), ..speaker }),
        (about, _) => about,
    }
}
