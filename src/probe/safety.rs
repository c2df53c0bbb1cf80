//! What is looked at before the first SA is added, and after the last one is gone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::error::ProbeError;
use super::talk::RequestSocket;
use crate::model::{
    Abilities, Direction, KernelPolicy, KernelSa, Link, Netns, PROBE_REQID, Selector, Subnet, Template,
    is_probe_address,
};
use crate::root_name::{RootName, RootNameError};
use crate::sources::nic::DeviceFacts;
use crate::sources::xfrm::decode::{Attributes, Decoder};
use crate::sources::xfrm::numbers::*;

/// RTM_NEWROUTE and RTM_GETROUTE, `RTA_DST`, and the length of `struct rtmsg` (include/uapi/linux/rtnetlink.h).
const RTM_NEWROUTE: u16 = 24;
const RTM_GETROUTE: u16 = 26;
const RTA_DST: u16 = 1;
const RTMSG: usize = 12;
/// Types of routes that lead somewhere: unicast, local, broadcast, anycast. The others drop what comes.
const LEADING: std::ops::RangeInclusive<u8> = 1..=4;

/// A route as wide as these is a default route in parts (`0.0.0.0/1`, `2000::/3`), and says nothing of our addresses.
const WIDE_V4: u8 = 8;
const WIDE_V6: u8 = 16;

/// The ranges for documentation.
const RANGES: [(IpAddr, u8); 3] = [
    (IpAddr::V4(Ipv4Addr::new(192, 0, 2, 0)), 24),
    (IpAddr::V4(Ipv4Addr::new(198, 51, 100, 0)), 24),
    (IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0)), 32),
];

/// What can happen to an SA on a bond.
const BOND_HAZARD: &str = "some kernels (stable 6.12 from 6.12.37 on) hand the bond itself to the driver of its interface, which writes over \
                           memory that is not its own, and a failover while such an SA stands crashes the kernel; this \
                           one does not say that it is none of them";

/// How many SAs a driver's devices are known to hold.
struct Capacity {
    driver: &'static str,
    sas: u32,
    /// Of each direction, not of both together.
    each: bool,
}

/// From the drivers' sources. mlx5 is told its capacity by the firmware and tells nobody.
const CAPACITIES: [Capacity; 4] = [
    Capacity { driver: "netdevsim", sas: 33, each: false },
    Capacity { driver: "ixgbe", sas: 1024, each: true },
    Capacity { driver: "ixgbevf", sas: 1024, each: true },
    Capacity { driver: "nfp", sas: 16_384, each: false },
];

/// SAs on the device, as the table of SAs was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeldSas {
    pub inbound: u32,
    pub outbound: u32,
}

/// What the sockets of every probe are called (see `root_name`).
const LOCK: &str = "swanwatch-probe";

/// Keeps a second probe out of this network namespace as long as it lives.
///
/// # Errors
/// There is another one.
pub fn lock() -> Result<RootName, ProbeError> {
    RootName::take(LOCK).map_err(|error| match error {
        RootNameError::Held { pid } => ProbeError::AnotherProbe(format!("process {pid}")),
        RootNameError::System(error) => ProbeError::tried("binding the socket that keeps a second probe out")(error),
    })
}

/// Nothing speaks against probing. Returns how many SAs the device holds.
///
/// # Errors
/// What speaks against it.
pub fn check(link: &Link, facts: &DeviceFacts, abilities: &Abilities, force: bool) -> Result<HeldSas, ProbeError> {
    if is_unsafe(link, abilities) && !force {
        return Err(ProbeError::Bond { device: link.name.clone(), hazard: BOND_HAZARD });
    }
    let held = sas(link)?;
    policies()?;
    routes()?;
    room(link, facts, held)?;
    Ok(held)
}

/// What there is to say about the device although it is probed.
pub fn warnings(link: &Link, abilities: &Abilities) -> Vec<String> {
    let mut warnings = Vec::new();
    if is_unsafe(link, abilities) {
        warnings.push(format!("'{}' is a bond: {BOND_HAZARD}", link.name));
    }
    if !link.up {
        warnings.push(format!("'{}' is down: a driver may refuse for that alone", link.name));
    }
    warnings
}

/// No SA of ours is left.
///
/// # Errors
/// One is, or the table of SAs cannot be read.
pub fn nothing_left() -> Result<(), ProbeError> {
    let mut left = None;
    each_sa(|sa| {
        if sa.reqid == PROBE_REQID {
            left = Some(sa.id.to_string());
        }
    })?;
    left.map_or(Ok(()), |sa| Err(ProbeError::LeftBehind(sa)))
}

/// A bond, unless the kernel says that its driver is told which interface it works for.
fn is_unsafe(link: &Link, abilities: &Abilities) -> bool {
    link.kind.as_deref() == Some("bond") && abilities.device_is_named != Some(true)
}

fn sas(link: &Link) -> Result<HeldSas, ProbeError> {
    let mut held = HeldSas::default();
    let mut problem = None;
    each_sa(|sa| {
        let used = [sa.src, sa.id.dst].into_iter().find(|address| is_probe_address(*address));
        if sa.reqid == PROBE_REQID {
            problem = Some(ProbeError::AnotherProbe(sa.id.to_string()));
        } else if let Some(address) = used {
            problem = Some(in_use(format!("an SA ({}, reqid {})", sa.id, sa.reqid), address));
        }
        match sa.offload.filter(|offload| offload.ifindex == link.index) {
            Some(offload) if offload.direction == Direction::In => held.inbound += 1,
            Some(_) => held.outbound += 1,
            None => {}
        }
    })?;
    problem.map_or(Ok(held), Err)
}

fn each_sa(mut take: impl FnMut(&KernelSa)) -> Result<(), ProbeError> {
    let decoder = Decoder::new(Netns::default());
    let mut talk = RequestSocket::xfrm().map_err(ProbeError::tried("opening a NETLINK_XFRM socket"))?;
    let read = talk.dump(XFRM_MSG_GETSA, &[], |kind, payload| {
        if kind == XFRM_MSG_NEWSA
            && let Ok(sa) = decoder.sa(payload)
        {
            take(&sa);
        }
    });
    read.map_err(ProbeError::tried("reading the SAs"))
}

fn policies() -> Result<(), ProbeError> {
    let decoder = Decoder::new(Netns::default());
    let mut talk = RequestSocket::xfrm().map_err(ProbeError::tried("opening a NETLINK_XFRM socket"))?;
    let mut problem = None;
    let read = talk.dump(XFRM_MSG_GETPOLICY, &[], |kind, payload| {
        if kind == XFRM_MSG_NEWPOLICY
            && let Ok(policy) = decoder.policy(payload)
            && let Some(address) = address_of(&policy)
        {
            problem = Some(in_use(format!("a policy (index {})", policy.index), address));
        }
    });
    read.map_err(ProbeError::tried("reading the policies"))?;
    problem.map_or(Ok(()), Err)
}

/// An address of ours in a policy's selector or template. A selector for everything is no sign of use.
fn address_of(policy: &KernelPolicy) -> Option<IpAddr> {
    let Selector { src, src_prefix, dst, dst_prefix, .. } = policy.id.selector;
    let selected = [(src, src_prefix), (dst, dst_prefix)].into_iter().find(|(net, prefix)| overlaps(*net, *prefix));
    let tunnelled =
        policy.template.and_then(|Template { src, dst, .. }| [src, dst].into_iter().find(|ip| is_probe_address(*ip)));
    selected.map(|(net, _)| net).or(tunnelled)
}

fn routes() -> Result<(), ProbeError> {
    let mut talk = RequestSocket::route().map_err(ProbeError::tried("opening a NETLINK_ROUTE socket"))?;
    let mut problem = None;
    let read = talk.dump(RTM_GETROUTE, &[0; RTMSG], |kind, payload| {
        if kind == RTM_NEWROUTE
            && let Some((net, prefix)) = destination(payload)
            && overlaps(net, prefix)
        {
            problem = Some(in_use("a route".to_owned(), format!("{net}/{prefix}")));
        }
    });
    read.map_err(ProbeError::tried("reading the routes"))?;
    problem.map_or(Ok(()), Err)
}

/// Where a route leads to, if it leads anywhere; none for a default route.
fn destination(payload: &[u8]) -> Option<(IpAddr, u8)> {
    let [family, prefix, _, _, _, _, _, kind, ..] = payload else { return None };
    if !LEADING.contains(kind) {
        return None;
    }
    let attributes = Attributes::new(payload.get(RTMSG..)?);
    let destination = attributes.map_while(Result::ok).find(|attribute| attribute.kind == RTA_DST)?;
    let address = match u16::from(*family) {
        AF_INET => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(destination.value).ok()?)),
        AF_INET6 => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(destination.value).ok()?)),
        _ => return None,
    };
    Some((address, *prefix))
}

/// A prefix that has addresses of the documentation ranges in it, and is not as wide as a default route.
fn overlaps(net: IpAddr, prefix: u8) -> bool {
    let wide = if net.is_ipv4() { WIDE_V4 } else { WIDE_V6 };
    prefix >= wide && RANGES.iter().any(|(range, length)| Subnet::new(*range, prefix.min(*length)).has(net))
}

fn in_use(what: String, address: impl ToString) -> ProbeError {
    ProbeError::AddressInUse { what, address: address.to_string() }
}

/// The device is not nearly full, as far as its capacity is known.
fn room(link: &Link, facts: &DeviceFacts, held: HeldSas) -> Result<(), ProbeError> {
    let Some(driver) = &facts.identity.driver else { return Ok(()) };
    let Some(capacity) = CAPACITIES.iter().find(|known| known.driver == driver) else { return Ok(()) };
    let (fullest, which) = match capacity.each {
        true if held.inbound >= held.outbound => (held.inbound, " inbound"),
        true => (held.outbound, " outbound"),
        false => (held.inbound + held.outbound, ""),
    };
    if u64::from(fullest) * 10 < u64::from(capacity.sas) * 9 {
        return Ok(());
    }
    Err(ProbeError::NearlyFull {
        device: link.name.clone(),
        driver: driver.clone(),
        held: fullest,
        capacity: capacity.sas,
        which,
    })
}

#[cfg(test)]
mod tests;
