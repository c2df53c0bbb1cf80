//! Addresses, selectors, marks and offload: what SAs and policies have in common.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::DecodeError;
use crate::model::{Direction, Mark, Offload, OffloadMode, SaMode, Selector};
use crate::sources::xfrm::layout;
use crate::sources::xfrm::numbers::{AF_INET, AF_INET6, XFRM_OFFLOAD_INBOUND, XFRM_OFFLOAD_PACKET};

/// An address of 16 bytes, of which IPv4 uses the first four.
#[inline]
pub(super) fn address(bytes: [u8; 16], family: u16) -> Result<IpAddr, DecodeError> {
    match family {
        AF_INET => {
            let [a, b, c, d, ..] = bytes;
            Ok(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
        }
        AF_INET6 => Ok(IpAddr::V6(Ipv6Addr::from(bytes))),
        family => Err(DecodeError::Family { family }),
    }
}

/// A selector. One of no family, as an SA may have that takes both, is read with the family of the SA.
pub(super) fn selector(raw: &layout::Selector, outer_family: u16) -> Result<Selector, DecodeError> {
    let family = if raw.family.get() == 0 { outer_family } else { raw.family.get() };
    Ok(Selector {
        src: address(raw.src, family)?,
        src_prefix: raw.src_prefix,
        dst: address(raw.dst, family)?,
        dst_prefix: raw.dst_prefix,
        protocol: raw.protocol,
        src_port: (raw.src_port.get(), raw.src_port_mask.get()),
        dst_port: (raw.dst_port.get(), raw.dst_port_mask.get()),
        ifindex: raw.ifindex.get(),
    })
}

#[inline]
pub(super) fn mark(raw: &layout::Mark) -> Mark {
    Mark { value: raw.value.get(), mask: raw.mask.get() }
}

#[inline]
pub(super) fn offload(raw: &layout::Offload) -> Offload {
    let has = |flag| raw.flags & flag != 0;
    Offload {
        ifindex: raw.ifindex.get(),
        mode: if has(XFRM_OFFLOAD_PACKET) { OffloadMode::Packet } else { OffloadMode::Crypto },
        direction: if has(XFRM_OFFLOAD_INBOUND) { Direction::In } else { Direction::Out },
    }
}

#[inline]
pub(super) const fn mode(number: u8) -> SaMode {
    match number {
        0 => SaMode::Transport,
        1 => SaMode::Tunnel,
        other => SaMode::Other(other),
    }
}
