//! The policies that the kernel has, as far as is known.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;
use std::net::IpAddr;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::slab::{Slab, Slot};
use crate::model::ip_protocols::{ICMPV6, UDP};
use crate::model::{Action, KernelPolicy, PolicyDirection, PolicyId, Selector, Template};

/// One policy with what is needed to keep it true.
#[derive(Debug)]
pub struct Policy {
    /// As the kernel showed it last.
    pub policy: KernelPolicy,
    /// Number of the last observation that was an event of it.
    pub event: u64,
    /// The last dump that showed it, or during which it was touched.
    pub dump: u32,
    /// reqid of the tunnel that had this place in the table before, where it is a trap now.
    was_of: u32,
}

impl Policy {
    /// reqid of its first template.
    pub fn reqid(&self) -> Option<u32> {
        self.policy.template.map(|template| template.reqid)
    }

    /// As the policy of the tunnel whose traffic it holds: of a trap's own no connection is known.
    pub fn of_its_tunnel(&self) -> KernelPolicy {
        let reqid = |reqid| if reqid == 0 { self.was_of } else { reqid };
        let template = self.policy.template.map(|template| Template { reqid: reqid(template.reqid), ..template });
        KernelPolicy { template, ..self.policy }
    }
}

/// The table.
#[derive(Debug, Default)]
pub struct Spd {
    rows: Slab<Policy>,
    index: HashTable<Slot<Policy>>,
    by_reqid: BTreeSet<(u32, Slot<Policy>)>,
    // Those without a template, and IKE bypasses by device.
    counts: PolicyCounts,
    bypasses: BTreeMap<u32, u32>,
    // Outbound ones with a template that a device holds, and those among them that came, changed or went.
    on_device: BTreeSet<Slot<Policy>>,
    touched: BTreeSet<Slot<Policy>>,
    hasher: FixedState,
}

/// Policies that protect nothing, or more than one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyCounts {
    /// Packets pass in clear.
    pub pass: u64,
    /// Among them the usual ones of every IKE daemon: its sockets' own, IKE, neighbour discovery.
    pub bypass: u64,
    /// Packets are dropped.
    pub block: u64,
    /// More than one template: IPCOMP, or ESP in AH.
    pub bundles: u64,
}

/// Ports of IKE (RFC 7296 §2).
const IKE_PORTS: [u16; 2] = [500, 4500];

/// Types of neighbour discovery (RFC 4861 §4); a selector has them where others have a source port.
const NEIGHBOUR_DISCOVERY: std::ops::RangeInclusive<u16> = 133..=137;

impl Spd {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (Slot<Policy>, &Policy)> {
        self.rows.iter()
    }

    pub fn get(&self, slot: Slot<Policy>) -> Option<&Policy> {
        self.rows.get(slot)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, slot: Slot<Policy>) -> Option<&mut Policy> {
        self.rows.get_mut(slot)
    }

    /// The policy of this key.
    pub fn find(&self, id: &PolicyId) -> Option<Slot<Policy>> {
        let same = |slot: &Slot<Policy>| self.rows.get(*slot).is_some_and(|row| row.policy.id == *id);
        self.index.find(self.hasher.hash_one(id), same).copied()
    }

    /// Makes the row equal to what the kernel showed.
    pub fn put(&mut self, policy: &KernelPolicy) -> Option<Slot<Policy>> {
        if let Some(slot) = self.find(&policy.id) {
            let row = self.rows.get_mut(slot)?;
            row.was_of = row.reqid().filter(|reqid| *reqid != 0).unwrap_or(row.was_of);
            let before = std::mem::replace(&mut row.policy, *policy);
            // As every dump shows it: nothing is to be counted or looked at anew.
            if before == *policy {
                return Some(slot);
            }
            self.count(slot, &before, false);
            self.count(slot, policy, true);
            return Some(slot);
        }
        let slot = self.rows.insert(Policy { policy: *policy, event: 0, dump: 0, was_of: 0 })?;
        let (rows, hasher) = (&self.rows, &self.hasher);
        let rehash = |slot: &Slot<Policy>| rows.get(*slot).map_or(0, |row| hasher.hash_one(row.policy.id));
        self.index.insert_unique(hasher.hash_one(policy.id), slot, rehash);
        self.count(slot, policy, true);
        Some(slot)
    }

    /// Takes a policy out.
    pub fn remove(&mut self, slot: Slot<Policy>) -> Option<Policy> {
        let row = self.rows.remove(slot)?;
        if let Ok(entry) = self.index.find_entry(self.hasher.hash_one(row.policy.id), |other| *other == slot) {
            entry.remove();
        }
        self.count(slot, &row.policy, false);
        Some(row)
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.index = HashTable::new();
        self.by_reqid.clear();
        self.bypasses.clear();
        self.touched.append(&mut self.on_device);
        self.counts = PolicyCounts::default();
    }

    /// Whether there are outbound policies with a template that a device holds (packet mode).
    pub fn has_any_on_device(&self) -> bool {
        !self.on_device.is_empty()
    }

    /// All of them are as if they had changed.
    pub fn touch_on_device(&mut self) {
        self.touched.extend(&self.on_device);
    }

    /// Those that came, changed or went since the last call.
    pub fn take_touched(&mut self) -> BTreeSet<Slot<Policy>> {
        std::mem::take(&mut self.touched)
    }

    /// Policies without a template, and bundles.
    pub fn counts(&self) -> PolicyCounts {
        self.counts
    }

    /// Whether some policy has more than one template.
    pub fn has_bundles(&self) -> bool {
        self.counts.bundles > 0
    }

    /// The policies whose first template has this reqid.
    pub fn with_reqid(&self, reqid: u32) -> impl Iterator<Item = &KernelPolicy> {
        let first = Slot::FIRST;
        let of = self.by_reqid.range((reqid, first)..).take_while(move |(other, _)| *other == reqid);
        of.filter_map(|(_, slot)| Some(&self.rows.get(*slot)?.policy))
    }

    /// Policies that drop what goes from `src` to `dst`, and win over one of this priority.
    pub fn blocks(&self, wanted: &Selector, priority: u32) -> impl Iterator<Item = &KernelPolicy> {
        let wins = move |policy: &&KernelPolicy| {
            policy.action == Action::Block
                && policy.id.direction == PolicyDirection::Out
                && policy.priority < priority
                && policy.id.selector.covers(wanted)
        };
        self.rows.iter().map(|(_, row)| &row.policy).filter(wins)
    }

    /// Whether an outbound policy of this reqid takes IKE between two addresses, too.
    pub fn takes_ike(&self, reqid: u32, src: IpAddr, dst: IpAddr) -> bool {
        let takes = |policy: &KernelPolicy| {
            let selector = &policy.id.selector;
            policy.id.direction == PolicyDirection::Out
                && (selector.protocol == 0 || selector.protocol == UDP)
                && selector.src_port.1 == 0
                && selector.dst_port.1 == 0
                && selector.has(src, dst)
        };
        self.with_reqid(reqid).any(takes)
    }

    /// Whether a device lets IKE through.
    pub fn has_ike_bypass(&self, ifindex: u32) -> bool {
        self.bypasses.contains_key(&ifindex)
    }

    fn count(&mut self, slot: Slot<Policy>, policy: &KernelPolicy, more: bool) {
        if policy.is_in_packet_mode() {
            if more {
                self.on_device.insert(slot);
            } else {
                self.on_device.remove(&slot);
            }
            self.touched.insert(slot);
        }
        let step = |number: &mut u64| *number = if more { *number + 1 } else { number.saturating_sub(1) };
        match (&policy.template, policy.action) {
            (Some(template), _) => {
                if more {
                    self.by_reqid.insert((template.reqid, slot));
                } else {
                    self.by_reqid.remove(&(template.reqid, slot));
                }
                if policy.templates > 1 {
                    step(&mut self.counts.bundles);
                }
            }
            (None, Action::Allow) => {
                step(&mut self.counts.pass);
                if is_usual_bypass(&policy.id) {
                    step(&mut self.counts.bypass);
                }
                if let Some(offload) = policy.offload.filter(|_| is_ike(&policy.id.selector)) {
                    let number = self.bypasses.entry(offload.ifindex).or_default();
                    *number = if more { *number + 1 } else { number.saturating_sub(1) };
                    if *number == 0 {
                        self.bypasses.remove(&offload.ifindex);
                    }
                }
            }
            (None, Action::Block) => step(&mut self.counts.block),
        }
    }
}

/// What a daemon lets pass so that it can negotiate at all. Directions without a name are those of a socket's own policy.
fn is_usual_bypass(id: &PolicyId) -> bool {
    let (kind, mask) = id.selector.src_port;
    let discovers = id.selector.protocol == ICMPV6 && mask == u16::MAX && NEIGHBOUR_DISCOVERY.contains(&kind);
    discovers || is_ike(&id.selector) || matches!(id.direction, PolicyDirection::Other(_))
}

fn is_ike(selector: &Selector) -> bool {
    let ike = |(port, mask): (u16, u16)| mask == u16::MAX && IKE_PORTS.contains(&port);
    selector.protocol == UDP && (ike(selector.src_port) || ike(selector.dst_port))
}
