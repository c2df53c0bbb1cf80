//! RTM_GETROUTE and its answer (rtnetlink(7)).

use std::io;
use std::net::IpAddr;

use netlink_packet_core::{NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_route::route::{RouteAddress, RouteAttribute, RouteMessage, RouteType};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use rustix::io::Errno;

use crate::model::{Route, RouteQuery};

/// What the kernel says.
#[derive(Debug)]
pub enum Reply {
    Leaves(Route),
    /// They are for this host, dropped, or have no way.
    Stays,
    /// No answer.
    Refused(io::Error),
}

/// The question.
pub fn request(query: &RouteQuery, sequence: u32) -> Vec<u8> {
    let (family, length) = match query.dst {
        IpAddr::V4(_) => (AddressFamily::Inet, 32),
        IpAddr::V6(_) => (AddressFamily::Inet6, 128),
    };
    let mut message = RouteMessage::default();
    message.header.address_family = family;
    message.header.destination_prefix_length = length;
    message.attributes.push(RouteAttribute::Destination(query.dst.into()));
    if let Some(src) = query.src {
        message.header.source_prefix_length = length;
        message.attributes.push(RouteAttribute::Source(src.into()));
    }
    if query.mark != 0 {
        message.attributes.push(RouteAttribute::Mark(query.mark));
    }
    if query.oif != 0 {
        message.attributes.push(RouteAttribute::Oif(query.oif));
    }
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST;
    header.sequence_number = sequence;
    let mut packet = NetlinkMessage::new(header, NetlinkPayload::from(RouteNetlinkMessage::GetRoute(message)));
    packet.finalize();
    let mut bytes = vec![0; packet.buffer_len()];
    packet.serialize(&mut bytes);
    bytes
}

/// The answer to the question of this number; none where the datagram answers another one.
///
/// # Errors
/// It cannot be read.
pub fn reply(bytes: &[u8], sequence: u32) -> Result<Option<Reply>, String> {
    let message = NetlinkMessage::<RouteNetlinkMessage>::deserialize(bytes).map_err(|error| error.to_string())?;
    if message.header.sequence_number != sequence {
        return Ok(None);
    }
    match message.payload {
        NetlinkPayload::InnerMessage(RouteNetlinkMessage::NewRoute(route)) => read(&route).map(Some),
        NetlinkPayload::Error(error) => match error.code {
            Some(code) => Ok(Some(refused(code.get().saturating_neg()))),
            None => Err("an acknowledgement without a route".to_owned()),
        },
        _ => Err("a message of another kind".to_owned()),
    }
}

fn read(message: &RouteMessage) -> Result<Reply, String> {
    if message.header.kind != RouteType::Unicast {
        return Ok(Reply::Stays);
    }
    let mut route = Route { ifindex: 0, gateway: None, table: None };
    for attribute in &message.attributes {
        match attribute {
            RouteAttribute::Oif(index) => route.ifindex = *index,
            RouteAttribute::Table(table) => route.table = Some(*table),
            RouteAttribute::Gateway(RouteAddress::Inet(address)) => route.gateway = Some((*address).into()),
            RouteAttribute::Gateway(RouteAddress::Inet6(address)) => route.gateway = Some((*address).into()),
            _ => {}
        }
    }
    if route.ifindex == 0 { Err("a route without an interface".to_owned()) } else { Ok(Reply::Leaves(route)) }
}

/// Without a way, or where a rule or a route forbids it, the lookup itself fails: `EINVAL` is a blackhole, or a source that is not ours.
fn refused(code: i32) -> Reply {
    const NO_WAY: [Errno; 4] = [Errno::NETUNREACH, Errno::HOSTUNREACH, Errno::ACCESS, Errno::INVAL];
    if NO_WAY.iter().any(|errno| errno.raw_os_error() == code) {
        Reply::Stays
    } else {
        Reply::Refused(io::Error::from_raw_os_error(code))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn query(dst: &str) -> RouteQuery {
        RouteQuery { src: None, dst: dst.parse().unwrap(), mark: 0, oif: 0 }
    }

    fn answer(kind: RouteType, attributes: Vec<RouteAttribute>) -> Vec<u8> {
        let mut message = RouteMessage::default();
        message.header.address_family = AddressFamily::Inet;
        message.header.kind = kind;
        message.attributes = attributes;
        let mut header = NetlinkHeader::default();
        header.sequence_number = 7;
        let mut packet = NetlinkMessage::new(header, NetlinkPayload::from(RouteNetlinkMessage::NewRoute(message)));
        packet.finalize();
        let mut bytes = vec![0; packet.buffer_len()];
        packet.serialize(&mut bytes);
        bytes
    }

    /// NLMSG_ERROR with this errno.
    fn error(errno: i32) -> Vec<u8> {
        let mut bytes = [36_u32.to_ne_bytes(), [2, 0, 0, 0], 7_u32.to_ne_bytes(), [0; 4]].concat();
        bytes.extend(errno.wrapping_neg().to_ne_bytes());
        bytes.extend([0; 16]);
        bytes
    }

    #[test]
    fn any_number_may_come_as_an_errno() {
        for number in [-1, 4096, 65_537, i32::MAX, i32::MIN] {
            assert!(matches!(reply(&error(number), 7), Ok(Some(Reply::Refused(_)))), "{number}");
        }
    }

    #[test]
    fn a_question_is_what_the_kernel_expects() {
        let full = RouteQuery { src: Some("10.0.0.1".parse().unwrap()), mark: 5, oif: 3, ..query("10.0.0.2") };
        let bytes = request(&full, 9);
        // nlmsghdr of RTM_GETROUTE, rtmsg of AF_INET 32/32, RTA_DST, RTA_SRC, RTA_MARK, RTA_OIF.
        let mut expected = [60_u32.to_ne_bytes(), [26, 0, 1, 0], 9_u32.to_ne_bytes(), [0; 4]].concat();
        expected.extend([2, 32, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        expected.extend([8, 0, 1, 0, 10, 0, 0, 2, 8, 0, 2, 0, 10, 0, 0, 1, 8, 0, 16, 0]);
        expected.extend(5_u32.to_ne_bytes());
        expected.extend([8, 0, 4, 0]);
        expected.extend(3_u32.to_ne_bytes());
        assert_eq!(bytes, expected);
        let six = request(&query("2001:db8::1"), 9);
        assert_eq!((six.len(), six[16], six[17], six[18]), (48, 10, 128, 0));
    }

    #[test]
    fn a_way_out_is_read_and_what_stays_is_none() {
        let gateway = RouteAttribute::Gateway(RouteAddress::Inet([10, 0, 0, 254].into()));
        let attributes = vec![RouteAttribute::Oif(4), gateway, RouteAttribute::Table(254)];
        let Ok(Some(Reply::Leaves(route))) = reply(&answer(RouteType::Unicast, attributes.clone()), 7) else {
            panic!()
        };
        assert_eq!(route, Route { ifindex: 4, gateway: Some("10.0.0.254".parse().unwrap()), table: Some(254) });
        assert!(matches!(reply(&answer(RouteType::Unicast, attributes.clone()), 8), Ok(None)), "another question's");
        for kind in [RouteType::Local, RouteType::BlackHole, RouteType::Unreachable] {
            assert!(matches!(reply(&answer(kind, attributes.clone()), 7), Ok(Some(Reply::Stays))));
        }
        for errno in [101, 113, 13, 22] {
            assert!(matches!(reply(&error(errno), 7), Ok(Some(Reply::Stays))));
        }
        assert!(matches!(reply(&error(1), 7), Ok(Some(Reply::Refused(_)))));
        assert!(reply(&answer(RouteType::Unicast, Vec::new()), 7).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(kind in 24_u16..28, body in prop::collection::vec(any::<u8>(), 0..200)) {
            let length = u32::try_from(16 + body.len()).unwrap();
            let mut bytes = length.to_ne_bytes().to_vec();
            bytes.extend(kind.to_ne_bytes());
            bytes.extend([0; 10]);
            bytes.extend(body);
            let _ = reply(&bytes, 0);
        }
    }
}
