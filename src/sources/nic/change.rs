//! What one rtnetlink message says about interfaces and addresses.

use std::net::IpAddr;

use netlink_packet_core::{DecodeError, NetlinkMessage, NetlinkPayload};
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{LinkAttribute, LinkFlags, LinkInfo, LinkMessage};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

use crate::model::Link;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkChange {
    /// The interface is there, as told here. Addresses and what ethtool knows are left empty.
    Link(Box<Link>),
    /// The interface left the namespace.
    Gone(u32),
    /// The interface has the address.
    Address(u32, IpAddr),
    /// The interface lost the address.
    AddressGone(u32, IpAddr),
    /// A dump's end.
    Done,
    /// A dump was refused, with the error's number.
    Refused(i32),
    None,
}

/// Reads one message (the first in `bytes`).
///
/// # Errors
/// What the library says of a message it cannot read.
pub fn read(bytes: &[u8]) -> Result<LinkChange, DecodeError> {
    let message = NetlinkMessage::<RouteNetlinkMessage>::deserialize(bytes)?;
    Ok(match message.payload {
        NetlinkPayload::InnerMessage(RouteNetlinkMessage::NewLink(link)) if is_device(&link) => {
            LinkChange::Link(Box::new(link_of(&link)))
        }
        NetlinkPayload::InnerMessage(RouteNetlinkMessage::DelLink(link)) if is_device(&link) => {
            LinkChange::Gone(link.header.index)
        }
        NetlinkPayload::InnerMessage(RouteNetlinkMessage::NewAddress(address)) => {
            address_of(&address).map_or(LinkChange::None, |ip| LinkChange::Address(address.header.index, ip))
        }
        NetlinkPayload::InnerMessage(RouteNetlinkMessage::DelAddress(address)) => {
            address_of(&address).map_or(LinkChange::None, |ip| LinkChange::AddressGone(address.header.index, ip))
        }
        NetlinkPayload::Done(_) => LinkChange::Done,
        NetlinkPayload::Error(error) => error.code.map_or(LinkChange::None, |code| LinkChange::Refused(code.get())),
        _ => LinkChange::None,
    })
}

/// Messages of other families tell of a device's part in a bridge, or of its IPv6 settings; a DELLINK of a bridge port removes nothing.
fn is_device(message: &LinkMessage) -> bool {
    message.header.interface_family == AddressFamily::Unspec
}

fn link_of(message: &LinkMessage) -> Link {
    let flags = message.header.flags;
    let mut link = Link {
        index: message.header.index,
        name: String::new(),
        up: flags.contains(LinkFlags::Up),
        carrier: flags.contains(LinkFlags::LowerUp),
        kind: None,
        lower: None,
        master: None,
        driver: None,
        esp_hw_offload: None,
        addresses: Vec::new(),
    };
    let mut elsewhere = false;
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::IfName(name) => link.name.clone_from(name),
            LinkAttribute::Link(lower) if *lower != link.index && *lower != 0 => link.lower = Some(*lower),
            LinkAttribute::LinkNetNsId(_) => elsewhere = true,
            LinkAttribute::Controller(master) if *master != 0 => link.master = Some(*master),
            LinkAttribute::LinkInfo(infos) => {
                link.kind = infos.iter().find_map(|info| match info {
                    LinkInfo::Kind(kind) => Some(kind.to_string()),
                    _ => None,
                });
            }
            _ => {}
        }
    }
    // A number of another namespace means nothing here; a veth's is its peer's, and so is that of devices without a kind (netdevsim).
    if elsewhere || link.kind.as_deref().is_none_or(|kind| kind == "veth") {
        link.lower = None;
    }
    link
}

/// IPv4 on a point-to-point link has its own address in LOCAL and the peer's in ADDRESS; IPv6 likewise where there is a LOCAL.
fn address_of(message: &AddressMessage) -> Option<IpAddr> {
    let find = |local: bool| {
        message.attributes.iter().find_map(|attribute| match attribute {
            AddressAttribute::Local(address) if local => Some(*address),
            AddressAttribute::Address(address) if !local => Some(*address),
            _ => None,
        })
    };
    find(true).or_else(|| find(false))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(kind: u16, family: u8, flags: u32, attributes: &[u8]) -> Vec<u8> {
        let length = u32::try_from(32 + attributes.len()).unwrap();
        let mut bytes = length.to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend([family, 0, 1, 0, 5, 0, 0, 0]);
        bytes.extend(flags.to_ne_bytes());
        bytes.extend([0; 4]);
        bytes.extend(attributes);
        bytes
    }

    #[test]
    fn a_link_is_read_with_its_flags_and_neighbours() {
        let mut attributes = vec![9, 0, 3, 0];
        attributes.extend(b"eth0\0\0\0\0");
        attributes.extend([8, 0, 5, 0, 2, 0, 0, 0]);
        attributes.extend([8, 0, 10, 0, 3, 0, 0, 0]);
        attributes.extend([16, 0, 18, 0, 9, 0, 1, 0]);
        attributes.extend(b"vlan\0\0\0\0");
        let LinkChange::Link(link) = read(&message(16, 0, 1, &attributes)).unwrap() else { panic!() };
        assert_eq!((link.index, link.name.as_str(), link.up, link.carrier), (5, "eth0", true, false));
        assert_eq!((link.lower, link.master, link.kind.as_deref()), (Some(2), Some(3), Some("vlan")));
    }

    #[test]
    fn only_a_device_is_gone_when_it_is_deleted() {
        assert_eq!(read(&message(17, 0, 0, &[])).unwrap(), LinkChange::Gone(5));
        assert_eq!(read(&message(17, 7, 0, &[])).unwrap(), LinkChange::None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(kind in 16_u16..22, attributes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&message(kind, 0, 1, &attributes));
        }
    }
}
