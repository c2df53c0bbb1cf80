//! Values as charon reads them (src/libcharon/plugins/vici/vici_config.c): words in any case.

use std::net::IpAddr;

use super::super::version::is_from;
use crate::model::{AtStart, ConfiguredConnection, OffloadSetting, Setting};

/// `hw_offload`; none where charon of this version refuses the word, and with it the whole connection.
pub fn offload(word: &str, version: Option<&str>) -> Option<OffloadSetting> {
    let knows_both = is_from(version, (5, 9, 10)) != Some(false);
    match word.to_ascii_lowercase().as_str() {
        "no" => Some(OffloadSetting::No),
        "auto" => Some(OffloadSetting::Auto),
        "yes" => Some(OffloadSetting::Crypto),
        "crypto" if knows_both => Some(OffloadSetting::Crypto),
        "packet" if knows_both => Some(OffloadSetting::Packet),
        _ => None,
    }
}

/// Tunnel mode, else transport mode; none where it is neither.
pub fn ipsec_mode(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "tunnel" => Some(true),
        "transport" => Some(false),
        _ => None,
    }
}

/// Policies alone.
pub fn is_no_tunnel(mode: Setting<'_>) -> bool {
    matches!(mode, Setting::Is(mode) if mode.eq_ignore_ascii_case("drop") || mode.eq_ignore_ascii_case("pass"))
}

pub fn yes_or_no(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "yes" | "true" | "enabled" | "1" => Some(true),
        "no" | "false" | "disabled" | "0" => Some(false),
        _ => None,
    }
}

/// In decimal digits alone; strtoul(3) knows more.
pub fn whole_number(word: &str) -> Option<u32> {
    let plain = word.bytes().all(|byte| byte.is_ascii_digit()) && (!word.starts_with('0') || word == "0");
    word.parse().ok().filter(|_| plain)
}

/// The only one of a list, written as an address.
pub fn one_address(list: &str) -> Option<IpAddr> {
    list.trim_matches(' ').parse().ok()
}

/// The only one of a list, as an address with the length of its prefix; none for protocols, ports and ranges.
pub fn network(list: &str) -> Option<(IpAddr, u8)> {
    let text = list.trim_matches(' ');
    let (address, length) = text.split_once('/').unwrap_or((text, ""));
    let address: IpAddr = address.parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let length = if length.is_empty() { whole } else { length.parse().ok().filter(|length| *length <= whole)? };
    Some((masked(address, length), length))
}

/// charon masks what is behind the prefix.
fn masked(address: IpAddr, length: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            IpAddr::V4((u32::from(v4) & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            IpAddr::V6((u128::from(v6) & mask).into())
        }
    }
}

/// What becomes of a child when it is loaded (`start_action`); a word that is not known makes it uncertain.
pub fn at_start(found: &mut ConfiguredConnection) -> AtStart {
    let Setting::Is(action) = found.value("start_action") else { return AtStart::Loads };
    let mut start = AtStart::Loads;
    for word in action.to_ascii_lowercase().split('|').map(str::trim) {
        match word {
            "none" | "clear" => {}
            "trap" | "route" if start != AtStart::BringsUp => start = AtStart::Routes,
            "trap" | "route" => {}
            "start" | "restart" => start = AtStart::BringsUp,
            _ => {
                found.certain = false;
                return AtStart::Nothing;
            }
        }
    }
    start
}
