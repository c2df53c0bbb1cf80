//! Between which ends, and for which subnets, the daemon has connections in the kernel, instances among them: whose a policy may be that
//! no SA serves.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::model::{Boottime, KernelPolicy, LoadedConnection, PolicyDirection, Subnet, Template};

/// What the daemon told last of all its connections.
#[derive(Debug, Default)]
pub struct Ends {
    asked: Option<Boottime>,
    reqids: BTreeSet<u32>,
    between: BTreeMap<(IpAddr, IpAddr), Vec<Option<ProtectedEnds>>>,
    /// Peers of connections that have no address of their own yet.
    peers: BTreeSet<IpAddr>,
}

/// What one connection protects: this host's side and the peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ProtectedEnds {
    local: Subnet,
    remote: Subnet,
}

impl Ends {
    /// Every loaded connection that has policies, as the daemon told it when it was asked then.
    pub fn read(&mut self, loaded: &[LoadedConnection], asked: Boottime) {
        self.clear();
        self.asked = Some(asked);
        for connection in loaded.iter().filter(|connection| !connection.unrouted) {
            self.reqids.extend(connection.reqid.filter(|reqid| *reqid != 0));
            let side = |text: &Option<String>| text.as_deref().and_then(Subnet::read);
            let subnets = match (side(&connection.local_selector), side(&connection.remote_selector)) {
                (Some(local), Some(remote)) => Some(ProtectedEnds { local, remote }),
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
        let src = Subnet::new(selector.src, selector.src_prefix);
        let dst = Subnet::new(selector.dst, selector.dst_prefix);
        // In transport mode some daemons leave them out: they are the selector's.
        let left_out = template.src.is_unspecified() && template.dst.is_unspecified();
        let hosts = if left_out { (selector.src, selector.dst) } else { (template.src, template.dst) };
        let (ends, own) = match policy.id.direction {
            PolicyDirection::Out => (hosts, ProtectedEnds { local: src, remote: dst }),
            _ => ((hosts.1, hosts.0), ProtectedEnds { local: dst, remote: src }),
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

impl ProtectedEnds {
    fn meets(&self, other: &Self) -> bool {
        self.local.meets(&other.local) && self.remote.meets(&other.remote)
    }

    const fn turned(self) -> Self {
        Self { local: self.remote, remote: self.local }
    }
}
