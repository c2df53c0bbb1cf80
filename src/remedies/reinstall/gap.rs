//! While an outbound SA is away: policies that drop the packets that would ask for it, so that no acquire goes to the daemon and nothing
//! leaves in clear.
//!
//! Each has the selector of the daemon's policy **and** the interface that the packets leave by: with the selector alone it would be the
//! daemon's own policy, and replace it. It is added and never updated, wins over every other, and expires by itself.

use std::net::IpAddr;

use crate::model::{KernelPolicy, KernelSa, PolicyDirection, RouteQuery, SaMode, Selector};
use crate::probe::request::{NetlinkRequest, bytes, family};
use crate::sources::xfrm::layout::{self, LifetimeLimits, PolicyInfo, PolicyKey};
use crate::sources::xfrm::numbers::*;

/// The kernel removes one that is left behind.
pub const LIFETIME_SECONDS: u64 = 5;

/// Lower wins; daemons take thousands.
const PRIORITY: u32 = 1;

/// One policy that is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GapBlock {
    /// Like the daemon's, with the interface.
    like: KernelPolicy,
    ifindex: u32,
}

impl GapBlock {
    /// Beside this policy, for packets that leave by this interface.
    pub const fn beside(policy: &KernelPolicy, ifindex: u32) -> Self {
        Self { like: *policy, ifindex }
    }

    pub fn add(&self, seq: u32, port: u32) -> NetlinkRequest {
        let mut request = NetlinkRequest::begin_as(XFRM_MSG_NEWPOLICY, seq, port);
        request.put(&PolicyInfo {
            selector: self.selector(),
            limits: LifetimeLimits {
                soft_bytes: XFRM_INF.into(),
                hard_bytes: XFRM_INF.into(),
                soft_packets: XFRM_INF.into(),
                hard_packets: XFRM_INF.into(),
                hard_add_seconds: LIFETIME_SECONDS.into(),
                ..LifetimeLimits::default()
            },
            priority: PRIORITY.into(),
            direction: XFRM_POLICY_OUT,
            action: XFRM_POLICY_BLOCK,
            ..PolicyInfo::default()
        });
        self.put_key(&mut request);
        request.finish();
        request
    }

    pub fn delete(&self, seq: u32, port: u32) -> NetlinkRequest {
        let mut request = NetlinkRequest::begin_as(XFRM_MSG_DELPOLICY, seq, port);
        request.put(&PolicyKey { selector: self.selector(), direction: XFRM_POLICY_OUT, ..PolicyKey::default() });
        self.put_key(&mut request);
        request.finish();
        request
    }

    fn put_key(&self, request: &mut NetlinkRequest) {
        let (mark, if_id) = (self.like.id.mark, self.like.id.if_id);
        if (mark.value, mark.mask) != (0, 0) {
            let mark = layout::Mark { value: mark.value.into(), mask: mark.mask.into() };
            request.attribute(XFRMA_MARK, |request| request.put(&mark));
        }
        if if_id != 0 {
            request.attribute(XFRMA_IF_ID, |request| request.put(&if_id));
        }
    }

    fn selector(&self) -> layout::Selector {
        let Selector { src, src_prefix, dst, dst_prefix, protocol, src_port, dst_port, .. } = self.like.id.selector;
        layout::Selector {
            dst: bytes(dst),
            src: bytes(src),
            dst_port: dst_port.0.into(),
            dst_port_mask: dst_port.1.into(),
            src_port: src_port.0.into(),
            src_port_mask: src_port.1.into(),
            family: family(dst).into(),
            dst_prefix,
            src_prefix,
            protocol,
            ifindex: self.ifindex.into(),
            ..layout::Selector::default()
        }
    }
}

/// Whether a policy sends packets to this outbound SA.
pub fn is_served_by(policy: &KernelPolicy, sa: &KernelSa) -> bool {
    let Some(template) = policy.template.filter(|_| policy.id.direction == PolicyDirection::Out) else { return false };
    let fits = |of_template: IpAddr, of_sa: IpAddr| of_template.is_unspecified() || of_template == of_sa;
    let outer = template.mode == SaMode::Transport || (fits(template.src, sa.src) && fits(template.dst, sa.id.dst));
    (template.reqid == sa.reqid || template.reqid == 0)
        && template.protocol == sa.id.protocol
        && policy.id.if_id == sa.if_id
        && outer
}

/// Whose ways out are those of a policy's packets: of the packets themselves, and of what carries them.
pub fn ways(policy: &KernelPolicy, sa: &KernelSa) -> Vec<RouteQuery> {
    let mark = if policy.id.mark.mask == 0 { 0 } else { policy.id.mark.value };
    let selector = &policy.id.selector;
    let inner = host(selector.dst, selector.dst_prefix).map(|dst| RouteQuery { src: None, dst, mark, oif: 0 });
    let outer = RouteQuery { src: None, dst: sa.id.dst, mark, oif: 0 };
    inner.into_iter().chain([outer]).collect()
}

/// An address of the prefix that a host can have; none of a whole family, whose packets go every way.
fn host(net: IpAddr, prefix: u8) -> Option<IpAddr> {
    match net {
        _ if prefix == 0 => None,
        IpAddr::V4(net) if prefix < 31 => Some(net.to_bits().checked_add(1)?.to_be_bytes().into()),
        IpAddr::V6(net) if prefix < 127 => Some(net.to_bits().checked_add(1)?.to_be_bytes().into()),
        host => Some(host),
    }
}
