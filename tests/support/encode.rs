//! The kernel's side of the wire: messages, attributes and policies as bytes.

use std::net::IpAddr;

use swanwatch::testing::model::{
    Action, Direction, KernelPolicy, Offload, OffloadMode, PolicyDirection, SaMode, Selector,
};
use swanwatch::testing::sources::xfrm::layout::{self, AttributeHeader, MessageHeader, PolicyInfo};
use swanwatch::testing::sources::xfrm::numbers::*;
use zerocopy::IntoBytes;

/// One netlink message, padded.
pub fn message(kind: u16, flags: u16, seq: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(size_of::<MessageHeader>() + payload.len()).unwrap();
    let header = MessageHeader {
        length: length.into(),
        kind: kind.into(),
        flags: flags.into(),
        seq: seq.into(),
        port: 0.into(),
    };
    padded([header.as_bytes(), payload].concat())
}

/// One attribute, padded.
pub fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(size_of::<AttributeHeader>() + value.len()).unwrap();
    let header = AttributeHeader { length: length.into(), kind: kind.into() };
    padded([header.as_bytes(), value].concat())
}

/// The payload of NEWPOLICY and UPDPOLICY.
pub fn policy(policy: &KernelPolicy) -> Vec<u8> {
    let info = PolicyInfo {
        selector: selector(&policy.id.selector),
        priority: policy.priority.into(),
        index: policy.index.into(),
        direction: match policy.id.direction {
            PolicyDirection::In => 0,
            PolicyDirection::Out => 1,
            PolicyDirection::Forward => 2,
            PolicyDirection::Other(other) => other,
        },
        action: if policy.action == Action::Block { XFRM_POLICY_BLOCK } else { 0 },
        ..PolicyInfo::default()
    };
    let mut out = info.as_bytes().to_vec();
    if let Some(template) = policy.template {
        let raw = layout::Template {
            id: layout::Id {
                dst: address(template.dst),
                spi: template.spi.0.into(),
                protocol: template.protocol.number(),
                pad: [0; 3],
            },
            family: family(template.dst).into(),
            src: address(template.src),
            reqid: template.reqid.into(),
            mode: mode(template.mode),
            algorithms: [u32::MAX.into(); 3],
            ..layout::Template::default()
        };
        out.extend(attribute(XFRMA_TMPL, &raw.as_bytes().repeat(usize::from(policy.templates))));
    }
    if policy.id.mark.mask != 0 || policy.id.mark.value != 0 {
        let raw = layout::Mark { value: policy.id.mark.value.into(), mask: policy.id.mark.mask.into() };
        out.extend(attribute(XFRMA_MARK, raw.as_bytes()));
    }
    if policy.id.if_id != 0 {
        out.extend(attribute(XFRMA_IF_ID, &policy.id.if_id.to_ne_bytes()));
    }
    if let Some(offload) = policy.offload {
        out.extend(offload_device(offload));
    }
    out
}

/// `struct xfrm_selector`.
pub fn selector(selector: &Selector) -> layout::Selector {
    layout::Selector {
        dst: address(selector.dst),
        src: address(selector.src),
        dst_port: selector.dst_port.0.into(),
        dst_port_mask: selector.dst_port.1.into(),
        src_port: selector.src_port.0.into(),
        src_port_mask: selector.src_port.1.into(),
        family: family(selector.dst).into(),
        dst_prefix: selector.dst_prefix,
        src_prefix: selector.src_prefix,
        protocol: selector.protocol,
        ifindex: selector.ifindex.into(),
        ..layout::Selector::default()
    }
}

/// 16 bytes, of which IPv4 uses four.
pub fn address(address: IpAddr) -> [u8; 16] {
    let mut bytes = [0; 16];
    match address {
        IpAddr::V4(v4) => bytes[..4].copy_from_slice(&v4.octets()),
        IpAddr::V6(v6) => bytes = v6.octets(),
    }
    bytes
}

/// `AF_INET` or `AF_INET6`.
pub fn family(address: IpAddr) -> u16 {
    if address.is_ipv4() { AF_INET } else { AF_INET6 }
}

/// `XFRM_MODE_…`.
pub fn mode(mode: SaMode) -> u8 {
    match mode {
        SaMode::Transport => 0,
        SaMode::Tunnel => 1,
        SaMode::Other(other) => other,
    }
}

/// `XFRMA_OFFLOAD_DEV`.
pub fn offload_device(offload: Offload) -> Vec<u8> {
    let inbound = if offload.direction == Direction::In { XFRM_OFFLOAD_INBOUND } else { 0 };
    let packet = if offload.mode == OffloadMode::Packet { XFRM_OFFLOAD_PACKET } else { 0 };
    let raw = layout::Offload { ifindex: offload.ifindex.into(), flags: inbound | packet };
    attribute(XFRMA_OFFLOAD_DEV, &[raw.as_bytes(), &[0; 3]].concat())
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}
