//! Between which ends, and for which subnets, the daemon has connections in the kernel, instances among them: whose a policy may be that
//! no SA serves.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::model::{Boottime, KernelPolicy, LoadedConnection, PolicyDirection, Template, address_is_in};

/// What the daemon told last of all its connections.
#[derive(Debug, Default)]
pub struct Ends {
    asked: Option<Boottime>,
    reqids: BTreeSet<u32>,
    between: BTreeMap<(IpAddr, IpAddr), Vec<Option<Subnets>>>,
    /// Peers of connections that have no address of their own yet.
    peers: BTreeSet<IpAddr>,
}

/// What one connection protects: this host's side and the peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Subnets {
    local: Net,
    remote: Net,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Net {
    address: IpAddr,
    prefix: u8,
}

impl Ends {
    /// Every loaded connection that has policies, as the daemon told it when it was asked then.
    pub fn read(&mut self, loaded: &[LoadedConnection], asked: Boottime) {
        self.clear();
        self.asked = Some(asked);
        for connection in loaded.iter().filter(|connection| !connection.unrouted) {
            self.reqids.extend(connection.reqid.filter(|reqid| *reqid != 0));
            let side = |text: &Option<String>| text.as_deref().and_then(Net::read);
            let subnets = match (side(&connection.local_selector), side(&connection.remote_selector)) {
                (Some(local), Some(remote)) => Some(Subnets { local, remote }),
                _ => None,
            };
            match (connection.local, connection.remote) {
                (Some(local), Some(remote)) => self.between.entry((local, remote)).or_default().push(subnets),
                (None, Some(remote)) => drop(self.peers.insert(remote)),
                (_, None) => {}
            }
        }
    }

    /// Another process knows nothing of what this one had loaded.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// When the daemon was asked for what is known; none where it has told nothing.
    pub fn asked(&self) -> Option<Boottime> {
        self.asked
    }

    /// Whether one of them may have set this policy: it has its reqid, one of `reqids` that its SAs may have, or its ends and something of
    /// its subnets.
    pub fn have(&self, policy: &KernelPolicy, template: &Template, reqids: u32) -> bool {
        let first = template.reqid.saturating_sub(reqids.saturating_sub(1));
        if self.reqids.range(first..=template.reqid).next().is_some() {
            return true;
        }
        let selector = &policy.id.selector;
        let src = Net { address: selector.src, prefix: selector.src_prefix };
        let dst = Net { address: selector.dst, prefix: selector.dst_prefix };
        let (ends, own) = match policy.id.direction {
            PolicyDirection::Out => ((template.src, template.dst), Subnets { local: src, remote: dst }),
            _ => ((template.dst, template.src), Subnets { local: dst, remote: src }),
        };
        // What the daemon has not oriented yet may be told the other way round.
        let turned = (ends.1, ends.0);
        self.peers.contains(&ends.1)
            || self.between.get(&ends).into_iter().flatten().any(|loaded| loaded.is_none_or(|it| it.meets(&own)))
            || self
                .between
                .get(&turned)
                .into_iter()
                .flatten()
                .any(|loaded| loaded.is_none_or(|it| it.meets(&own.turned())))
    }
}

impl Subnets {
    fn meets(&self, other: &Self) -> bool {
        self.local.meets(&other.local) && self.remote.meets(&other.remote)
    }

    const fn turned(self) -> Self {
        Self { local: self.remote, remote: self.local }
    }
}

impl Net {
    /// `10.1.0.0/24`, `10.9.0.1`, `10.9.0.1/32:UDP/7001`; none of what only becomes an address later.
    fn read(text: &str) -> Option<Self> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Some(Self { address, prefix: if address.is_ipv4() { 32 } else { 128 } });
        }
        let (address, rest) = text.split_once('/')?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        Some(Self { address: address.parse().ok()?, prefix: rest.get(..digits)?.parse().ok()? })
    }

    /// One is in the other.
    fn meets(&self, other: &Self) -> bool {
        address_is_in(self.address, other.address, self.prefix.min(other.prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_read_in_the_daemons_notation() {
        let net = |address: &str, prefix| Some(Net { address: address.parse().unwrap(), prefix });
        for (text, expected) in [
            ("10.1.0.0/24", net("10.1.0.0", 24)),
            ("10.9.0.1", net("10.9.0.1", 32)),
            ("10.9.0.1/32:UDP/7001", net("10.9.0.1", 32)),
            ("2001:db8::/32", net("2001:db8::", 32)),
            ("2001:db8::1/128:TCP/22", net("2001:db8::1", 128)),
            ("2001:db8::1", net("2001:db8::1", 128)),
            ("vhost:?10.0.0.0/8", None),
            ("%any", None),
            ("10.1.0.0/x", None),
            ("10.1.0.0/999", None),
            ("", None),
        ] {
            assert_eq!(Net::read(text), expected, "{text}");
        }
    }

    #[test]
    fn nets_meet_where_one_is_in_the_other() {
        let meet = |one: &str, other: &str| Net::read(one).unwrap().meets(&Net::read(other).unwrap());
        assert!(
            meet("10.1.0.0/16", "10.1.2.0/24") && meet("10.1.2.0/24", "10.1.0.0/16") && meet("0.0.0.0/0", "10.1.2.3")
        );
        assert!(!meet("10.1.0.0/24", "10.1.1.0/24") && !meet("::/0", "10.1.0.0/24"));
    }
}
