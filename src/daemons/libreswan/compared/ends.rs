//! Both ends of a connection: their addresses and what they protect. Which end is left is not said when a connection is loaded, so both are
//! compared as what they are together.

use std::net::IpAddr;

use crate::daemons::Difference;
use crate::model::{ConfiguredConnection, LoadedConnection, Setting, Subnet};

/// What makes an address or a selector of a loaded connection something else than what is written.
const MOVES_ADDRESSES: [&str; 4] = ["mobike", "accept-redirect", "accept-redirect-to", "redirect-to"];

/// The same of selectors; each end's begins with `left` or `right`.
const CHANGES_SELECTORS: [&str; 11] = [
    "addresspool",
    "cat",
    "interface-ip",
    "modecfgclient",
    "modecfgserver",
    "protoport",
    "sourceip",
    "subnets",
    "vti",
    "xauthclient",
    "xauthserver",
];

const CHANGES_BOTH_SELECTORS: [&str; 5] = ["narrowing", "sec-label", "policy-label", "vti-interface", "connaddrfamily"];

const ENDS: [&str; 2] = ["left", "right"];

pub(super) fn differences(written: &ConfiguredConnection, loaded: &LoadedConnection) -> Vec<Difference> {
    // An instance for a caller has the caller's.
    if loaded.instance.as_ref().is_some_and(|instance| instance.contains('[')) || loaded.template {
        return Vec::new();
    }
    let (Some(local), Some(remote)) = (loaded.local, loaded.remote) else { return Vec::new() };
    let is_off = |name: &&str| matches!(written.value(name), Setting::Default | Setting::Is("no"));
    if !MOVES_ADDRESSES.iter().all(is_off) {
        return Vec::new();
    }
    let addresses = ENDS.map(|end| address(written.value(end)));
    let loaded_addresses = [local, remote];
    let mut found = missing(&addresses, &loaded_addresses, &ENDS, IpAddr::to_string);
    // What they protect follows the address where nothing is written.
    if found.is_empty() {
        found = subnets(written, loaded, addresses).unwrap_or_default();
    }
    found
}

fn subnets(
    written: &ConfiguredConnection,
    loaded: &LoadedConnection,
    addresses: [Option<IpAddr>; 2],
) -> Option<Vec<Difference>> {
    let is_off = |name: &str| matches!(written.value(name), Setting::Default | Setting::Is("no"));
    let plain = CHANGES_BOTH_SELECTORS.iter().all(|name| is_off(name))
        && ENDS.iter().all(|end| CHANGES_SELECTORS.iter().all(|name| is_off(&format!("{end}{name}"))));
    // Of several pairs each is one that is loaded.
    if !plain || loaded.instance.is_some() {
        return None;
    }
    let loaded = [Subnet::read(loaded.local_selector.as_deref()?)?, Subnet::read(loaded.remote_selector.as_deref()?)?];
    let mut nets = [None, None];
    for ((place, name), own) in nets.iter_mut().zip(["leftsubnet", "rightsubnet"]).zip(addresses) {
        *place = match written.value(name) {
            Setting::Default => own.map(Subnet::host),
            Setting::Unknown => None,
            Setting::Is(text) => Subnet::read(text),
        };
    }
    Some(missing(&nets, &loaded, &["leftsubnet", "rightsubnet"], Subnet::to_string))
}

/// What is written and that neither end was loaded with, each against what nothing that is written accounts for.
fn missing<T: Copy + PartialEq>(
    written: &[Option<T>; 2],
    loaded: &[T; 2],
    names: &[&'static str; 2],
    say: impl Fn(&T) -> String,
) -> Vec<Difference> {
    let mut rest: Vec<T> = loaded.to_vec();
    let mut lost = Vec::new();
    for (value, name) in written.iter().zip(names) {
        let Some(value) = value else { continue };
        match rest.iter().position(|other| other == value) {
            Some(at) => drop(rest.remove(at)),
            None => lost.push((*name, *value)),
        }
    }
    // The one that is left, where the other end is known; else either of them.
    let is_known = written.iter().all(Option::is_some);
    let mut rest = rest.into_iter();
    lost.into_iter()
        .map(|(setting, value)| {
            let loaded = match rest.next() {
                Some(one) if is_known => say(&one),
                _ => loaded.each_ref().map(&say).join(" or "),
            };
            Difference { setting, loaded: format!("{setting}={loaded}"), written: format!("{setting}={}", say(&value)) }
        })
        .collect()
}

fn address(written: Setting<'_>) -> Option<IpAddr> {
    let Setting::Is(text) = written else { return None };
    text.parse().ok().filter(|address: &IpAddr| !address.is_unspecified())
}
