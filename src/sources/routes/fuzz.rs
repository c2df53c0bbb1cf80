//! Fuzz target: the kernel's answers about routes, and our questions.

use std::net::IpAddr;

use netlink_packet_core::{NetlinkMessage, NetlinkPayload};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::route::RouteAttribute;

use super::wire::{Reply, reply, request};
use crate::fuzzing::comes_back;
use crate::model::RouteQuery;

/// An answer is read; a question that is made of the same bytes says what was asked.
pub(crate) fn routes(bytes: &[u8]) {
    let sequence = bytes.get(8..).and_then(|rest| rest.first_chunk()).map_or(0, |number| u32::from_ne_bytes(*number));
    if let Ok(Some(Reply::Leaves(route))) = reply(bytes, sequence) {
        assert_ne!(route.ifindex, 0);
        comes_back(&route);
    }
    let Some((dst, rest)) = bytes.split_first_chunk::<16>() else { return };
    let short = |address: &[u8; 16]| address.first_chunk::<4>().map(|four| IpAddr::from(*four));
    let (Some((src, rest)), Some(four)) = (rest.split_first_chunk::<16>(), short(dst)) else { return };
    let v6 = rest.first().is_some_and(|byte| byte & 1 == 1);
    let (dst, src) = if v6 { (IpAddr::from(*dst), Some(IpAddr::from(*src))) } else { (four, short(src)) };
    let query = RouteQuery { src, dst, mark: sequence, oif: u32::from(v6) };
    let asked = NetlinkMessage::<RouteNetlinkMessage>::deserialize(&request(&query, sequence));
    let destination = RouteAttribute::Destination(dst.into());
    let is_question = |payload: &NetlinkPayload<RouteNetlinkMessage>| match payload {
        NetlinkPayload::InnerMessage(RouteNetlinkMessage::GetRoute(route)) => route.attributes.contains(&destination),
        _ => false,
    };
    assert!(asked.as_ref().is_ok_and(|asked| is_question(&asked.payload)), "{asked:?}");
}
