//! The connections of swanctl.conf(5): each child of each of them, as `IKE/CHILD`.

mod values;

use std::collections::BTreeMap;

pub(super) use self::values::{ipsec_mode, is_no_tunnel, network, offload, one_address, whole_number, yes_or_no};

use self::values::at_start;
use super::settings::SettingsText;
use crate::daemons::{ConfigurationReader, ConnectionsReader, Include};
use crate::model::{AtStart, ConfiguredConnection};

/// Children of all connections; with more nothing is said.
const MOST: usize = 16_384;

/// What of a child is kept. Nothing here and below can be a secret.
const OF_CHILD: [&str; 14] = [
    "ah_proposals",
    "close_action",
    "dpd_action",
    "esp_proposals",
    "hw_offload",
    "interface",
    "life_time",
    "local_ts",
    "mode",
    "policies",
    "rekey_time",
    "remote_ts",
    "replay_window",
    "start_action",
];

/// What of the IKE connection is kept; in a [`ConfiguredConnection`] behind [`OF_IKE`].
const OF_CONNECTION: [&str; 9] =
    ["encap", "local_addrs", "mobike", "over_time", "reauth_time", "rekey_time", "remote_addrs", "unique", "version"];

/// Before a setting of the IKE connection, as some have the same name there and in a child.
pub(super) const OF_IKE: &str = "connection.";

/// swanctl.conf so far.
#[derive(Debug)]
pub(super) struct SwanctlText(SettingsText);

impl Default for SwanctlText {
    fn default() -> Self {
        Self(SettingsText::new(is_kept))
    }
}

impl ConfigurationReader for SwanctlText {
    fn line<'a>(&mut self, line: &'a str) -> Option<Include<'a>> {
        self.0.line(line)
    }

    fn file_ends(&mut self) {
        self.0.file_ends();
    }
}

impl ConnectionsReader for SwanctlText {
    fn connections(self: Box<Self>) -> Option<Vec<ConfiguredConnection>> {
        let mut lookup = self.0.lookup()?;
        let mut found = Vec::new();
        for ike in lookup.sections(&["connections"]) {
            let of_ike = lookup.values(&["connections", ike]);
            // charon takes the section for another one of children.
            let also = lookup.sections(&["connections", ike]);
            let is_odd = also.iter().any(|name| *name != "children" && name.eq_ignore_ascii_case("children"));
            for child in lookup.sections(&["connections", ike, "children"]) {
                let of_child = lookup.values(&["connections", ike, "children", child]);
                let mut connection = connection(ike, child, &of_ike, &of_child);
                connection.certain &= !is_odd;
                found.push(connection);
                if found.len() > MOST {
                    return None;
                }
            }
        }
        (!lookup.failed).then_some(found)
    }
}

fn is_kept(name: &str) -> bool {
    OF_CHILD.iter().chain(&OF_CONNECTION).any(|known| known.eq_ignore_ascii_case(name))
}

fn connection(
    ike: &str,
    child: &str,
    of_ike: &BTreeMap<&str, &str>,
    of_child: &BTreeMap<&str, &str>,
) -> ConfiguredConnection {
    let mut found = ConfiguredConnection { connection: format!("{ike}/{child}"), certain: true, ..Default::default() };
    keep(&mut found, "", &OF_CHILD, of_child);
    keep(&mut found, OF_IKE, &OF_CONNECTION, of_ike);
    // A policy that drops or passes in clear is no tunnel.
    found.start = if is_no_tunnel(found.value("mode")) { AtStart::Nothing } else { at_start(&mut found) };
    found
}

/// charon takes a name in any case.
fn keep(found: &mut ConfiguredConnection, before: &str, names: &[&str], values: &BTreeMap<&str, &str>) {
    for (name, value) in values {
        if let Some(known) = names.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            let other = found.settings.insert(format!("{before}{known}"), Some((*value).to_owned()));
            found.certain &= other.is_none();
        }
    }
}

#[cfg(test)]
mod tests;
