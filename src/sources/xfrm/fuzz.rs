//! Fuzz targets: what comes over NETLINK_XFRM.

use bytes::BytesMut;
use netlink_proto::NetlinkMessageCodec;

use super::decode::{Decoder, Messages};
use super::dump::DumpReading;
use super::layout::MessageHeader;
use super::numbers::{XFRM_MSG_NEWPOLICY, XFRM_MSG_NEWSA};
use super::skipped::SkipCounters;
use super::wire::{WipingCodec, Wire};
use crate::fuzzing::comes_back;
use crate::model::Netns;

const NETNS: Netns = Netns(7);

/// Events of the multicast groups.
pub(crate) fn events(bytes: &[u8]) {
    let mut messages = 0;
    for message in Messages::new(bytes) {
        messages += 1;
        let Ok(message) = message else { continue };
        if let Ok(Some(event)) = Decoder::new(NETNS).event(&message) {
            comes_back(&event);
        }
    }
    assert!(messages <= 1 + bytes.len() / size_of::<MessageHeader>());
}

/// One datagram of a dump, of either table.
pub(crate) fn dumps(bytes: &[u8]) {
    let (decoder, skipped) = (Decoder::new(NETNS), SkipCounters::default());
    let mut sas = DumpReading::new(&decoder, &skipped, XFRM_MSG_NEWSA, Decoder::append_sa);
    let ended = sas.take(bytes);
    let mut policies = DumpReading::new(&decoder, &skipped, XFRM_MSG_NEWPOLICY, Decoder::append_policy);
    assert_eq!(ended.is_some(), policies.take(bytes).is_some());
    assert!((sas.rows.len() + policies.rows.len()) * size_of::<MessageHeader>() <= bytes.len());
    sas.rows.iter().for_each(comes_back);
    policies.rows.iter().for_each(comes_back);
}

/// Answers on the requests' socket.
pub(crate) fn answers(bytes: &[u8]) {
    let mut source = BytesMut::from(bytes);
    let mut found = 0;
    while let Ok(Some(message)) = WipingCodec::decode::<Wire>(&mut source) {
        found += 1;
        std::hint::black_box(message);
    }
    assert!(found * size_of::<MessageHeader>() <= bytes.len());
    assert!(source.len() < size_of::<u32>(), "{} bytes are left", source.len());
}
