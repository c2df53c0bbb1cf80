//! A security policy as the kernel holds it (`struct xfrm_userpolicy_info`, include/uapi/linux/xfrm.h).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Mark, Netns, Offload, Protocol, SaMode, Spi};

/// Which packets are meant (`struct xfrm_selector`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Selector {
    /// Source prefix.
    pub src: IpAddr,
    /// Length of the source prefix in bits.
    pub src_prefix: u8,
    /// Destination prefix.
    pub dst: IpAddr,
    /// Length of the destination prefix in bits.
    pub dst_prefix: u8,
    /// IP protocol of the inner packet, 0 for any.
    pub protocol: u8,
    /// Source port and its mask, host order.
    pub src_port: (u16, u16),
    /// Destination port and its mask, host order.
    pub dst_port: (u16, u16),
    /// Interface that the packet must leave or enter by, 0 for any.
    pub ifindex: u32,
}

/// Which packets a policy looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PolicyDirection {
    /// Arriving for this host.
    In,
    /// Leaving this host.
    Out,
    /// Passing through; always done in software.
    Forward,
    /// A socket's own policy, or any number without a name here.
    Other(u8),
}

/// What happens to the packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// They pass, transformed by the templates if there are any.
    Allow,
    /// They are dropped.
    Block,
}

/// What names one policy in the kernel (`xfrm_policy_bysel_ctx`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PolicyId {
    /// Namespace of the SPD.
    pub netns: Netns,
    /// Its packets.
    pub selector: Selector,
    /// In, out or forward.
    pub direction: PolicyDirection,
    /// Mark, if any.
    pub mark: Mark,
    /// XFRM interface id, 0 where none.
    pub if_id: u32,
}

/// The first transform that a policy asks for (`struct xfrm_user_tmpl`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Outer source address.
    pub src: IpAddr,
    /// Outer destination address.
    pub dst: IpAddr,
    /// ESP, AH or IPCOMP.
    pub protocol: Protocol,
    /// Transport, tunnel, …
    pub mode: SaMode,
    /// Which SAs may serve it.
    pub reqid: u32,
    /// One SA only, or 0.
    pub spi: Spi,
}

/// One policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelPolicy {
    /// Its key.
    pub id: PolicyId,
    /// The kernel's index.
    pub index: u32,
    /// The lower one wins.
    pub priority: u32,
    /// Allow or block.
    pub action: Action,
    /// The first template; none for block, pass and bypass policies.
    pub template: Option<Template>,
    /// How many templates there are.
    pub templates: u8,
    /// Present where the NIC holds the policy (packet mode).
    pub offload: Option<Offload>,
}
