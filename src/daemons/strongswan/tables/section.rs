//! An IKE SA with its Child SAs, as `list-sas` and the events have it (vici_query.c, `list_ike`, `list_child`).

use std::net::IpAddr;

use super::super::vici::{Element, Elements, MalformedMessage};
use crate::model::{Protocol, Serial, Spi, SpiPair};

/// An IKE SA.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IkeSa {
    pub name: String,
    /// Its number, which Child SAs may have too.
    pub serial: Serial,
    /// Established, and not on its way up or down.
    pub established: bool,
    /// It is of IKEv1, where a replaced Child SA is used to the end of its life.
    pub ikev1: bool,
    pub local: Option<IpAddr>,
    pub remote: Option<IpAddr>,
    pub children: Vec<ChildSa>,
}

/// A Child SA.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChildSa {
    pub name: String,
    pub serial: Serial,
    /// ikes_sa_t and child_sa_t have states of their own; this is the word.
    state: ChildStage,
    /// Once it has them.
    pub spis: Option<SpiPair>,
    pub esn: bool,
    pub local: Vec<String>,
    pub remote: Vec<String>,
    /// What stood in a rekey's `old`.
    pub is_old: bool,
}

/// Where a Child SA is in its life (child_sa.h, `child_sa_state_t`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ChildStage {
    /// `CREATED`, `ROUTED`, `INSTALLING`, `RETRYING`, `DELETING`, `DELETED`, `DESTROYING`, and what later versions may have.
    #[default]
    Other,
    /// `INSTALLED`, `UPDATING`, `REKEYING`.
    Stands,
    /// `REKEYED`: another one stands in its place.
    Replaced,
}

impl IkeSa {
    /// As charon names it.
    pub fn label(&self) -> String {
        format!("{}[{}]", self.name, self.serial.0)
    }

    /// The name of the connection that a Child SA is of.
    pub fn connection(&self, child: &ChildSa) -> String {
        format!("{}/{}", self.name, child.name)
    }

    /// Whether this Child SA of it is established, and not on its way up or down.
    pub fn has_standing(&self, child: &ChildSa) -> bool {
        child.state == ChildStage::Stands || (self.ikev1 && child.state == ChildStage::Replaced)
    }
}

impl ChildSa {
    /// As charon names it.
    pub fn label(&self) -> String {
        format!("{}{{{}}}", self.name, self.serial.0)
    }

    /// What it protects.
    pub fn selectors(&self) -> Option<String> {
        let told = !self.local.is_empty() && !self.remote.is_empty();
        told.then(|| format!("{} === {}", self.local.join(" "), self.remote.join(" ")))
    }
}

/// The IKE SAs of a message, whatever else is in it, and how many sections were not understood. `value` is told of the message's own keys: a
/// section may have any name, also that of a key.
///
/// # Errors
/// It is no message.
pub fn ike_sas(message: &[u8], mut value: impl FnMut(&[u8], &[u8])) -> Result<(Vec<IkeSa>, u32), MalformedMessage> {
    let mut elements = Elements::of(message);
    let (mut read, mut skipped) = (Vec::new(), 0);
    while let Some(element) = elements.next() {
        match element? {
            Element::Value(name, text) => value(name, text),
            Element::Section(name) => match ike_sa(&mut elements, name)? {
                Some(mut sas) => read.append(&mut sas),
                None => skipped += 1,
            },
            _ => {}
        }
    }
    Ok((read, skipped))
}

/// One section: an IKE SA, or of a rekey the old one and the new one, in this order.
fn ike_sa(elements: &mut Elements<'_>, name: &[u8]) -> Result<Option<Vec<IkeSa>>, MalformedMessage> {
    let (mut ike, mut serial, mut both) = (IkeSa { name: text(name), ..IkeSa::default() }, None, Vec::new());
    while let Some(element) = elements.next() {
        match element? {
            Element::SectionEnd => break,
            Element::Value(key, value) => match key {
                b"uniqueid" => serial = number(value),
                b"version" => ike.ikev1 = value == b"1",
                b"state" => ike.established = matches!(value, b"ESTABLISHED" | b"REKEYING" | b"PASSIVE"),
                b"local-host" => ike.local = address(value),
                b"remote-host" => ike.remote = address(value),
                _ => {}
            },
            Element::Section(b"child-sas") => ike.children = children(elements)?,
            Element::Section(b"old" | b"new") => both.extend(ike_sa(elements, name)?.into_iter().flatten()),
            Element::Section(_) => elements.skip_section()?,
            _ => {}
        }
    }
    Ok(match serial {
        Some(serial) => Some(vec![IkeSa { serial: Serial(serial), ..ike }]),
        None => Some(both).filter(|both| !both.is_empty()),
    })
}

/// The Child SAs of an IKE SA. What has no number is none.
fn children(elements: &mut Elements<'_>) -> Result<Vec<ChildSa>, MalformedMessage> {
    let mut read = Vec::new();
    while let Some(element) = elements.next() {
        match element? {
            Element::SectionEnd => break,
            Element::Section(name) => child(elements, (name, false), &mut read)?,
            _ => {}
        }
    }
    Ok(read)
}

/// One section: a Child SA, or of a rekey the old one and the new one.
fn child(
    elements: &mut Elements<'_>,
    (name, is_old): (&[u8], bool),
    read: &mut Vec<ChildSa>,
) -> Result<(), MalformedMessage> {
    let mut child = ChildSa { name: text(name), is_old, ..ChildSa::default() };
    let (mut serial, mut protocol, mut inbound, mut outbound) = (None, Protocol::Esp, None, None);
    while let Some(element) = elements.next() {
        match element? {
            Element::SectionEnd => break,
            Element::Value(key, value) => match key {
                b"name" => child.name = text(value),
                b"uniqueid" => serial = number(value),
                b"state" => child.state = stage(value),
                b"protocol" if value == b"AH" => protocol = Protocol::Ah,
                b"spi-in" => inbound = spi(value),
                b"spi-out" => outbound = spi(value),
                b"esn" => child.esn = !matches!(value, b"no" | b"0"),
                _ => {}
            },
            Element::List(b"local-ts") => child.local = items(elements)?,
            Element::List(b"remote-ts") => child.remote = items(elements)?,
            Element::Section(b"old") => self::child(elements, (name, true), read)?,
            Element::Section(b"new") => self::child(elements, (name, false), read)?,
            Element::Section(_) => elements.skip_section()?,
            _ => {}
        }
    }
    if let Some(serial) = serial {
        child.serial = Serial(serial);
        child.spis = outbound.zip(inbound).map(|(outbound, inbound)| SpiPair { protocol, outbound, inbound });
        read.push(child);
    }
    Ok(())
}

/// The items of a list that has begun.
pub(super) fn items(elements: &mut Elements<'_>) -> Result<Vec<String>, MalformedMessage> {
    let mut items = Vec::new();
    for element in elements.by_ref() {
        match element? {
            Element::Item(item) => items.push(text(item)),
            Element::ListEnd => break,
            _ => {}
        }
    }
    Ok(items)
}

fn stage(word: &[u8]) -> ChildStage {
    match word {
        b"INSTALLED" | b"UPDATING" | b"REKEYING" => ChildStage::Stands,
        b"REKEYED" => ChildStage::Replaced,
        _ => ChildStage::Other,
    }
}

/// What is no UTF-8 is shown with its replacement character.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(super) fn number(bytes: &[u8]) -> Option<u32> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

fn spi(bytes: &[u8]) -> Option<Spi> {
    let digits = std::str::from_utf8(bytes).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok().filter(|spi| *spi != 0).map(Spi)
}

/// `fe80::1%eth0` too; none for `%any`.
pub(super) fn address(bytes: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    text.parse().ok().filter(|address: &IpAddr| !address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::super::super::vici::MessageBytes;
    use super::*;

    fn read(message: &MessageBytes) -> (Vec<IkeSa>, u32) {
        ike_sas(message.bytes(), |_, _| {}).unwrap()
    }

    fn child_of(message: &mut MessageBytes, section: &str, values: &[(&str, &str)]) {
        message.begin(section);
        for (name, value) in values {
            message.value(name, value);
        }
        message.list("local-ts", &["10.1.0.0/24[17/5000]"]).list("remote-ts", &["10.2.0.0/24"]).end();
    }

    #[test]
    fn an_ike_sa_is_read_with_its_child_sas() {
        let mut message = MessageBytes::default();
        message.begin("gw").value("uniqueid", "3").value("version", "2").value("state", "ESTABLISHED");
        message.value("local-host", "10.9.0.1").value("remote-host", "2001:db8::2").value("rekey-time", "-4");
        message.list("tasks-active", &["CHILD_CREATE"]).begin("child-sas");
        let values = [("name", "t1"), ("uniqueid", "7"), ("state", "INSTALLED"), ("protocol", "ESP"), ("esn", "1")];
        child_of(&mut message, "t1-7", &[&values[..], &[("spi-in", "c8931e89"), ("spi-out", "0ee78125")]].concat());
        // It reserves its SPIs later, and calls the section by its number alone where it has no name.
        child_of(&mut message, "t2-8", &[("uniqueid", "8"), ("state", "CREATED"), ("life-time", "x")]);
        message.end().end();
        let (sas, skipped) = read(&message);
        let ike = &sas[0];
        assert_eq!((sas.len(), skipped, ike.label().as_str(), ike.established), (1, 0, "gw[3]", true));
        assert_eq!((ike.local, ike.remote), ("10.9.0.1".parse().ok(), "2001:db8::2".parse().ok()));
        let [t1, t2] = &ike.children[..] else { panic!("{ike:?}") };
        let spis = SpiPair { protocol: Protocol::Esp, outbound: Spi(0x0ee7_8125), inbound: Spi(0xc893_1e89) };
        assert_eq!((t1.label().as_str(), t1.spis, t1.esn), ("t1{7}", Some(spis), true));
        assert_eq!((ike.connection(t1).as_str(), ike.has_standing(t1)), ("gw/t1", true));
        assert_eq!(t1.selectors().unwrap(), "10.1.0.0/24[17/5000] === 10.2.0.0/24");
        assert_eq!((t2.name.as_str(), t2.spis, ike.has_standing(t2)), ("t2-8", None, false));
    }

    #[test]
    fn what_stands_and_what_goes_is_told_by_its_state() {
        for (version, state, stands) in [
            ("2", "INSTALLED", true),
            ("2", "REKEYING", true),
            ("2", "UPDATING", true),
            ("2", "REKEYED", false),
            ("2", "DELETING", false),
            ("2", "DELETED", false),
            ("2", "INSTALLING", false),
            ("2", "FUTURE", false),
            // IKEv1's peers may send with it until it ends.
            ("1", "REKEYED", true),
        ] {
            let mut message = MessageBytes::default();
            message.begin("gw").value("uniqueid", "1").value("version", version).begin("child-sas");
            child_of(&mut message, "t1-1", &[("uniqueid", "1"), ("state", state), ("rekey-time", "-4")]);
            message.end().end();
            let (sas, _) = read(&message);
            assert_eq!(sas[0].has_standing(&sas[0].children[0]), stands, "{version} {state}");
            assert!(!sas[0].established);
        }
    }

    #[test]
    fn names_are_read_as_they_are_and_a_sections_name_is_no_key() {
        for name in ["up", "old", "child-sas", "a/b", "büro", "with space", ""] {
            let mut message = MessageBytes::of(&[("up", "yes")]);
            message.begin(name).value("uniqueid", "1").begin("child-sas");
            child_of(&mut message, "x", &[("uniqueid", "2"), ("name", name)]);
            message.end().end();
            let mut keys = Vec::new();
            let (sas, skipped) =
                ike_sas(message.bytes(), |key, value| keys.push((key.to_vec(), value.to_vec()))).unwrap();
            assert_eq!((sas[0].name.as_str(), sas[0].children[0].name.as_str(), skipped), (name, name, 0));
            assert_eq!(keys, [(b"up".to_vec(), b"yes".to_vec())]);
        }
        let bytes = b"\x01\x02\xff\xfe\x03\x08uniqueid\0\x011\x02";
        assert_eq!(ike_sas(bytes, |_, _| {}).unwrap().0[0].name, "\u{fffd}\u{fffd}");
    }

    #[test]
    fn what_lacks_its_number_or_has_another_is_left_out() {
        let mut message = MessageBytes::default();
        message.begin("gw").value("state", "ESTABLISHED").end();
        message.begin("gw").value("uniqueid", "-1").end();
        message.begin("gw").value("uniqueid", "1").value("local-host", "%any").begin("child-sas");
        child_of(&mut message, "t1", &[("uniqueid", "99999999999")]);
        child_of(&mut message, "t2", &[("uniqueid", "2"), ("spi-in", "+1"), ("spi-out", "00000000")]);
        message.end().end();
        let (sas, skipped) = read(&message);
        assert_eq!((sas.len(), skipped, sas[0].local), (1, 2, None));
        assert_eq!(sas[0].children.iter().map(|child| child.spis).collect::<Vec<_>>(), [None]);
    }

    #[test]
    fn a_rekey_has_both() {
        let mut message = MessageBytes::default();
        message.begin("gw").value("uniqueid", "1").begin("child-sas").begin("t1").begin("old");
        message
            .value("uniqueid", "2")
            .value("name", "t1")
            .end()
            .begin("new")
            .value("uniqueid", "3")
            .value("name", "t1");
        message.end().end().end().end();
        let both = &read(&message).0[0].children;
        assert_eq!(
            both.iter().map(|child| (child.serial.0, child.is_old)).collect::<Vec<_>>(),
            [(2, true), (3, false)]
        );
        let mut message = MessageBytes::default();
        message.begin("gw").begin("old").value("uniqueid", "1").end().begin("new").value("uniqueid", "2").end().end();
        let (sas, _) = read(&message);
        assert_eq!(sas.iter().map(IkeSa::label).collect::<Vec<_>>(), ["gw[1]", "gw[2]"]);
    }
}
