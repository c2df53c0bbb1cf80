//! The selectors that have no policy, and which of them anybody misses.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::protection::covers;
use crate::engine::facts::slab::Slot;
use crate::model::{AskId, Boottime, KernelPolicy, PolicyId, RealTime, Reason};

/// Selectors whose peers have to call, or that nobody claims, are given up after this time: nobody may ever want them again.
pub const GIVEN_UP_AFTER: Duration = Duration::from_secs(60);

/// A policy that went alone may be followed by its SA, or by another policy.
pub const SETTLES_AFTER: Duration = Duration::from_secs(1);

/// Where the daemon's log proves nothing, this long it may turn out that somebody ordered it.
pub const ORDERED_WITHIN: Duration = Duration::from_secs(10);

/// With more selectors than this, one counts as protected again by its own policy alone, not by a wider one.
const COMPARED: usize = 4096;

#[derive(Debug)]
pub struct BareSelectors {
    pub at: Boottime,
    pub wall: RealTime,
    pub reason: Reason,
    /// The policy's, by which it may have been deleted.
    pub index: u32,
    pub connection: Option<Slot<Connection>>,
    /// Of its template: one instance's own, where it is of an instance.
    pub reqid: u32,
    /// Nothing is decided before this question about the log is answered: it may have been an order.
    pub after: AskId,
    pub told: bool,
}

#[derive(Debug, Default)]
pub struct Selectors(BTreeMap<PolicyId, BareSelectors>);

impl Selectors {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Since the first loss, where there were several.
    pub fn insert(&mut self, id: PolicyId, bare: BareSelectors) {
        self.0.entry(id).or_insert(bare);
    }

    /// Those that are told.
    pub fn told(&self) -> impl Iterator<Item = (&PolicyId, &BareSelectors)> {
        self.0.iter().filter(|(_, one)| one.told)
    }

    /// Connections whose selectors have none.
    pub fn connections(&self) -> impl Iterator<Item = Slot<Connection>> {
        self.0.values().filter_map(|bare| bare.connection)
    }

    /// A policy came for one of them, or for several.
    pub fn cover(&mut self, policy: &KernelPolicy) {
        if self.0.remove(&policy.id).is_none() && self.0.len() <= COMPARED {
            self.0.retain(|id, _| !covers(policy, id));
        }
    }

    /// Forgets those of a connection. How many.
    pub fn remove_of(&mut self, connection: Slot<Connection>) -> usize {
        let before = self.0.len();
        self.0.retain(|_, one| one.connection != Some(connection));
        before - self.0.len()
    }

    /// Drops what was wanted so, and what nobody may want again. How many of those that were told are given up.
    pub fn decide(&mut self, facts: &Facts) -> usize {
        let compare = self.0.len() <= COMPARED;
        let (in_order, read_to) = (facts.ends_in_order(), facts.losses.log_read_to);
        let mut given_up = 0;
        self.0.retain(|id, one| {
            if one.told {
                let keep = one.is_still_missed(facts);
                given_up += usize::from(!keep);
                return keep;
            }
            let undecided = one.connection.is_some_and(|connection| facts.takedowns.is_undecided(connection));
            if one.waits(facts) || undecided || one.after > read_to {
                return true;
            }
            let ordered = in_order || (one.reason == Reason::Deleted && !one.is_missed(facts));
            one.told = !(ordered || compare && facts.spd.iter().any(|(_, row)| covers(&row.policy, id)));
            one.told
        });
        given_up
    }
}

impl BareSelectors {
    /// It may still have been an order.
    fn waits(&self, facts: &Facts) -> bool {
        let (age, alone) = (facts.now.since(self.at), self.reason == Reason::Deleted);
        // Where the log proves nothing its connections tell, or its end does.
        let told_soon = || facts.may_be_ending() || (alone && facts.awaits_connections(ORDERED_WITHIN));
        (alone && age < SETTLES_AFTER) || (age < ORDERED_WITHIN && told_soon())
    }

    /// A policy that went alone is missed where its connection should be up, or its SA stands.
    fn is_missed(&self, facts: &Facts) -> bool {
        let Some(connection) = self.connection else { return false };
        let Some(row) = facts.claims.connection_at(connection) else { return false };
        // A template itself never comes up, whatever is wanted of it: of its instances each comes and goes.
        if row.is_template() {
            return self.instance_stands(facts, row);
        }
        row.wanted || facts.connection_stands(connection)
    }

    /// Of a template's other instances none needs this policy.
    fn instance_stands(&self, facts: &Facts, row: &Connection) -> bool {
        let newest = row.tunnels.iter().filter_map(|tunnel| facts.claims.newest_child(*tunnel));
        let outbound = newest.filter(|child| child.stands()).filter_map(|child| child.outbound.sa);
        outbound.filter_map(|sa| facts.sad.get(sa)).any(|sa| sa.reqid == self.reqid)
    }

    fn is_still_missed(&self, facts: &Facts) -> bool {
        let given_time = facts.now.since(self.at.max(facts.life.found)) < GIVEN_UP_AFTER || facts.life.death.is_some();
        let Some(connection) = self.connection else { return given_time };
        given_time || facts.is_permanent((connection, None))
    }
}
