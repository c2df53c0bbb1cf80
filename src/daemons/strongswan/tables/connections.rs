//! `list-conns`: one event for each IKE connection, with its children. It says nothing of offload, of algorithms and of what is done at the start:
//! that stands in the configuration alone.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::super::vici::{Element, Elements, MalformedMessage};
use super::known::{KnownConnection, KnownSas};
use super::section::{address, items, text};
use crate::model::{ChildSettings, LoadedConnection};

/// Seconds that the inbound half of a replaced Child SA stays (strongswan.conf(5), `charon.delete_rekeyed_delay`).
const REPLACED_STAYS: u32 = 5;

/// The connections while they come.
#[derive(Clone, Debug, Default)]
pub struct ListedConnections {
    read: Vec<ListedIke>,
}

/// An IKE connection.
#[derive(Clone, Debug, Default)]
struct ListedIke {
    name: String,
    local: Vec<String>,
    remote: Vec<String>,
    /// None where either version is taken.
    ikev1: Option<bool>,
    children: Vec<ListedChild>,
}

#[derive(Clone, Debug, Default)]
struct ListedChild {
    name: String,
    mode: String,
    local: Vec<String>,
    remote: Vec<String>,
    interface: Option<String>,
}

impl ListedConnections {
    /// One event.
    ///
    /// # Errors
    /// It is no message.
    pub fn read(&mut self, event: &[u8]) -> Result<(), MalformedMessage> {
        let mut elements = Elements::of(event);
        while let Some(element) = elements.next() {
            if let Element::Section(name) = element? {
                let connection = ike_connection(&mut elements, name)?;
                self.read.push(connection);
            }
        }
        Ok(())
    }

    /// What later answers are read with.
    pub fn remember(&self, known: &mut KnownSas) {
        let mut loaded: BTreeMap<String, KnownConnection> = BTreeMap::new();
        for ike in &self.read {
            let children = ike.children.iter().map(|child| child.name.clone()).collect();
            loaded.insert(ike.name.clone(), KnownConnection { template: ike.is_template(), children });
        }
        known.loaded = Some(loaded);
    }

    /// The connections as charon tells of them. `traps` names those that traffic brings up.
    pub fn connections(&self, traps: &BTreeSet<String>) -> Vec<LoadedConnection> {
        self.read.iter().flat_map(|ike| ike.children.iter().filter_map(|child| ike.connection(child, traps))).collect()
    }
}

impl ListedIke {
    /// Any peer of some may be its other end: `%any`, a subnet, a range.
    fn is_template(&self) -> bool {
        self.remote.iter().any(|host| is_wide(host))
    }

    fn connection(&self, child: &ListedChild, traps: &BTreeSet<String>) -> Option<LoadedConnection> {
        let tunnel = match child.mode.as_str() {
            // What is let through or dropped has no SA.
            "PASS" | "DROP" => return None,
            "TUNNEL" => Some(true),
            "TRANSPORT" => Some(false),
            _ => None,
        };
        let (local, remote) = (only_address(&self.local), only_address(&self.remote));
        let connection = format!("{}/{}", self.name, child.name);
        Some(LoadedConnection {
            routed: Some(traps.contains(&connection)),
            connection,
            ike: Some(self.name.clone()),
            instance: None,
            offload: None,
            wanted_up: None,
            unrouted: false,
            template: self.is_template(),
            local,
            remote,
            oriented: None,
            interface: child.interface.clone(),
            local_selector: only_selector(&child.local, local),
            remote_selector: only_selector(&child.remote, remote),
            reqid: None,
            child: ChildSettings {
                tunnel,
                ikev1: self.ikev1,
                replaced_stays: (self.ikev1 == Some(false)).then_some(REPLACED_STAYS),
                ..ChildSettings::default()
            },
        })
    }
}

/// One section of `list-conns`.
fn ike_connection(elements: &mut Elements<'_>, name: &[u8]) -> Result<ListedIke, MalformedMessage> {
    let mut ike = ListedIke { name: text(name), ..ListedIke::default() };
    while let Some(element) = elements.next() {
        match element? {
            Element::SectionEnd => break,
            Element::Value(b"version", value) => {
                ike.ikev1 = match value {
                    b"IKEv1" => Some(true),
                    b"IKEv2" => Some(false),
                    _ => None,
                }
            }
            Element::List(b"local_addrs") => ike.local = items(elements)?,
            Element::List(b"remote_addrs") => ike.remote = items(elements)?,
            Element::Section(b"children") => ike.children = children(elements)?,
            Element::Section(_) => elements.skip_section()?,
            _ => {}
        }
    }
    Ok(ike)
}

fn children(elements: &mut Elements<'_>) -> Result<Vec<ListedChild>, MalformedMessage> {
    let mut children = Vec::new();
    while let Some(element) = elements.next() {
        match element? {
            Element::SectionEnd => break,
            Element::Section(name) => children.push(child(elements, name)?),
            _ => {}
        }
    }
    Ok(children)
}

fn child(elements: &mut Elements<'_>, name: &[u8]) -> Result<ListedChild, MalformedMessage> {
    let mut child = ListedChild { name: text(name), ..ListedChild::default() };
    while let Some(element) = elements.next() {
        match element? {
            Element::SectionEnd => break,
            Element::Value(b"mode", value) => child.mode = text(value),
            Element::Value(b"interface", value) if !value.is_empty() => child.interface = Some(text(value)),
            Element::List(b"local-ts") => child.local = items(elements)?,
            Element::List(b"remote-ts") => child.remote = items(elements)?,
            Element::Section(_) => elements.skip_section()?,
            _ => {}
        }
    }
    Ok(child)
}

/// The names of the traps in one event of `list-policies`: `IKE/CHILD`.
///
/// # Errors
/// It is no message.
pub fn traps(event: &[u8], names: &mut BTreeSet<String>) -> Result<(), MalformedMessage> {
    let mut elements = Elements::of(event);
    while let Some(element) = elements.next() {
        if let Element::Section(name) = element? {
            names.insert(text(name));
            elements.skip_section()?;
        }
    }
    Ok(())
}

/// `%any`, `%any6`, `10.0.0.0/8`, `10.0.0.1-10.0.0.9`; a host's name may have a hyphen in it.
fn is_wide(host: &str) -> bool {
    let is_address = |text: &str| text.trim().parse::<IpAddr>().is_ok();
    let is_range = || host.split_once('-').is_some_and(|(first, last)| is_address(first) && is_address(last));
    host.starts_with('%') || host.contains('/') || is_range() || address(host.as_bytes()).is_none() && is_address(host)
}

/// Of one host the address, where it is one.
fn only_address(hosts: &[String]) -> Option<IpAddr> {
    match hosts {
        [host] => address(host.as_bytes()),
        _ => None,
    }
}

/// Of one selector its text; `dynamic` is the end's own address.
fn only_selector(selectors: &[String], end: Option<IpAddr>) -> Option<String> {
    match selectors {
        [only] if only == "dynamic" => end.map(|address| address.to_string()),
        [only] => Some(only.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::vici::MessageBytes;
    use super::*;

    fn listed(name: &str, remote: &[&str], children: &[(&str, &str, &str)]) -> ListedConnections {
        let mut message = MessageBytes::default();
        message.begin(name).list("local_addrs", &["10.9.0.1"]).list("remote_addrs", remote).value("version", "IKEv2");
        message.value("unique", "UNIQUE_NO").begin("local-1").value("id", "a").end().begin("children");
        for (name, mode, selector) in children {
            message
                .begin(name)
                .value("mode", mode)
                .list("local-ts", &["10.1.0.0/24"])
                .list("remote-ts", &[selector])
                .end();
        }
        message.end().end();
        let mut connections = ListedConnections::default();
        connections.read(message.bytes()).unwrap();
        connections
    }

    #[test]
    fn each_child_is_a_connection_of_both_names() {
        let listed = listed("gw", &["10.9.0.2"], &[("t1", "TUNNEL", "dynamic"), ("t2", "TRANSPORT", "10.2.0.0/24")]);
        let read = listed.connections(&BTreeSet::from(["gw/t2".to_owned()]));
        let names: Vec<_> = read.iter().map(|one| (one.connection.as_str(), one.ike.as_deref(), one.routed)).collect();
        assert_eq!(names, [("gw/t1", Some("gw"), Some(false)), ("gw/t2", Some("gw"), Some(true))]);
        let [t1, t2] = &read[..] else { panic!() };
        assert_eq!((t1.local, t1.remote), ("10.9.0.1".parse().ok(), "10.9.0.2".parse().ok()));
        assert_eq!(
            (t1.local_selector.as_deref(), t1.remote_selector.as_deref()),
            (Some("10.1.0.0/24"), Some("10.9.0.2"))
        );
        assert_eq!((t1.child.tunnel, t2.child.tunnel, t2.child.ikev1), (Some(true), Some(false), Some(false)));
        assert_eq!((t1.offload, t1.wanted_up, t1.template), (None, None, false));
    }

    #[test]
    fn who_may_have_many_callers_is_a_template() {
        for (remote, template) in [
            (&["10.9.0.2"][..], false),
            (&["moon-1.example.org"], false),
            (&["10.9.0.2", "10.9.0.3"], false),
            (&["%any"], true),
            (&["0.0.0.0"], true),
            (&["10.9.0.0/24"], true),
            (&["10.9.0.2-10.9.0.9"], true),
            (&["moon.example.org", "::/0"], true),
        ] {
            let listed = listed("gw", remote, &[("t1", "TUNNEL", "dynamic")]);
            assert_eq!(listed.connections(&BTreeSet::new())[0].template, template, "{remote:?}");
        }
    }

    #[test]
    fn what_is_let_through_or_dropped_is_no_connection() {
        let listed = listed("shunts", &["%any"], &[("ssh", "PASS", "dynamic"), ("rest", "DROP", "dynamic")]);
        assert!(listed.connections(&BTreeSet::new()).is_empty());
    }

    #[test]
    fn the_names_of_children_are_remembered() {
        let mut known = KnownSas::default();
        assert!(!known.knows_connections());
        listed("gw", &["10.9.0.2"], &[("t1", "TUNNEL", "dynamic")]).remember(&mut known);
        assert!(known.knows_connections());
        assert_eq!(known.names_of_children(None, "gw"), ["t1".to_owned()].into());
        assert!(known.names_of_children(None, "other").is_empty());
    }

    #[test]
    fn traps_are_told_by_both_names() {
        let mut message = MessageBytes::default();
        message.begin("gw/t1").value("child", "t1").list("local-ts", &["10.9.0.1/32"]).end().begin("gw/t2").end();
        let mut names = BTreeSet::new();
        traps(message.bytes(), &mut names).unwrap();
        assert_eq!(names, ["gw/t1".to_owned(), "gw/t2".to_owned()].into());
    }
}
