//! A security policy as the kernel holds it (`struct xfrm_userpolicy_info`, include/uapi/linux/xfrm.h).

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Mark, Netns, Offload, Protocol, RouteQuery, SaMode, Spi, Subnet};

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelPolicy {
    /// Its key.
    pub id: PolicyId,
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

impl Selector {
    /// Whether packets between these two addresses are meant, as far as addresses decide.
    pub fn has(&self, src: IpAddr, dst: IpAddr) -> bool {
        Subnet::new(self.src, self.src_prefix).has(src) && Subnet::new(self.dst, self.dst_prefix).has(dst)
    }

    /// Whether every packet that `other` means is meant.
    pub fn covers(&self, other: &Self) -> bool {
        let wider = self.src_prefix <= other.src_prefix && self.dst_prefix <= other.dst_prefix;
        let same_protocol = self.protocol == 0 || self.protocol == other.protocol;
        let port = |(port, mask): (u16, u16), (other, other_mask): (u16, u16)| {
            mask == 0 || (mask & other_mask == mask && port & mask == other & mask)
        };
        let ports = port(self.src_port, other.src_port) && port(self.dst_port, other.dst_port);
        let ifindex = self.ifindex == 0 || self.ifindex == other.ifindex;
        wider && same_protocol && ports && ifindex && self.has(other.src, other.dst)
    }
}

impl KernelPolicy {
    /// Whether the NIC is to protect the packets that leave by it.
    pub fn is_in_packet_mode(&self) -> bool {
        self.id.direction == PolicyDirection::Out && self.template.is_some() && self.offload.is_some()
    }

    /// The packets whose way decides by which device its traffic leaves; none where no single address stands for them.
    ///
    /// The kernel gives the NIC plain packets, and the last lookup chooses the device: in tunnel mode that of the outer addresses
    /// (net/xfrm/xfrm_policy.c, `xfrm_dst_lookup`), in transport mode that of the packets themselves.
    pub fn way_out(&self, oif: u32) -> Option<RouteQuery> {
        let (template, selector) = (self.template?, &self.id.selector);
        let mark = if self.id.mark.mask == 0 { 0 } else { self.id.mark.value };
        if template.mode != SaMode::Transport {
            let src = (!template.src.is_unspecified()).then_some(template.src);
            return (!template.dst.is_unspecified()).then_some(RouteQuery { src, dst: template.dst, mark, oif });
        }
        // Packets of an XFRM interface come to the policy by that interface's route, and leave by another lookup.
        let dst = first_host(selector.dst, selector.dst_prefix).filter(|_| self.id.if_id == 0)?;
        let src = is_host(selector.src, selector.src_prefix).then_some(selector.src);
        let oif = if selector.ifindex == 0 { oif } else { selector.ifindex };
        Some(RouteQuery { src, dst, mark, oif })
    }
}

/// Whether a prefix of this length has one address alone.
pub const fn is_host(address: IpAddr, prefix: u8) -> bool {
    prefix == if address.is_ipv4() { 32 } else { 128 }
}

/// The first address that a host can have; none of a whole family.
fn first_host(address: IpAddr, prefix: u8) -> Option<IpAddr> {
    if prefix == 0 {
        return None;
    }
    Some(match address {
        IpAddr::V4(net) if prefix < 31 => net.to_bits().checked_add(1)?.to_be_bytes().into(),
        IpAddr::V6(net) if prefix < 127 => net.to_bits().checked_add(1)?.to_be_bytes().into(),
        host => host,
    })
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} to {}/{}", self.src, self.src_prefix, self.dst, self.dst_prefix)?;
        if self.protocol != 0 {
            write!(f, " protocol {}", self.protocol)?;
        }
        Ok(())
    }
}

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.direction {
            PolicyDirection::In => "in",
            PolicyDirection::Out => "out",
            PolicyDirection::Forward => "fwd",
            PolicyDirection::Other(_) => "other",
        };
        write!(f, "{way} {}", self.selector)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(src: &str, dst: &str) -> Selector {
        let prefix = |text: &str| {
            let (address, length) = text.split_once('/').unwrap();
            (address.parse::<IpAddr>().unwrap(), length.parse::<u8>().unwrap())
        };
        let ((src, src_prefix), (dst, dst_prefix)) = (prefix(src), prefix(dst));
        let ports = (0, 0);
        Selector { src, src_prefix, dst, dst_prefix, protocol: 0, src_port: ports, dst_port: ports, ifindex: 0 }
    }

    #[test]
    fn a_wider_selector_covers_a_narrower_one_of_its_family() {
        let all = selector("0.0.0.0/0", "0.0.0.0/0");
        let net = selector("10.1.0.0/16", "10.2.0.0/16");
        let host = Selector { protocol: 6, ..selector("10.1.2.3/32", "10.2.0.1/32") };
        assert!(all.covers(&net) && net.covers(&host) && all.covers(&host) && net.covers(&net));
        assert!(!host.covers(&net) && !net.covers(&all) && !net.covers(&selector("10.3.0.0/16", "10.2.0.0/16")));
        let six = selector("2001:db8::/32", "::/0");
        assert!(!all.covers(&six) && six.covers(&selector("2001:db8:1::/48", "2001:db8:2::/48")));
        let port = Selector { protocol: 17, dst_port: (500, 0xffff), ..net };
        assert!(!port.covers(&net) && net.covers(&port));
    }
}
