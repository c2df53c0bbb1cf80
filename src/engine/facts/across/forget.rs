//! What nobody speaks of any more is forgotten: instances of callers that went, with their names and reqids, and connections that the daemon
//! unloaded. Whoever calls has a new one each time.
//!
//! All of it is looked through now and then: after as much has come as was left the last time, so that each costs little.

use std::collections::{BTreeSet, HashSet};

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::slab::Slot;

/// So much more is kept before it is looked through again.
const ROOM: usize = 1024;

/// Of so many SAs one is as much as a name: they are looked through, too.
const SAS: usize = 8;

impl Facts {
    /// Whether enough has come since the last time.
    pub(in crate::engine) fn is_time_to_forget(&self) -> bool {
        self.names.len() + self.claims.reqids() >= self.forgets_at
    }

    /// Forgets what nobody speaks of: `spoken_of` are connections in findings, or by remedies.
    pub(in crate::engine) fn forget_what_is_over(&mut self, spoken_of: &BTreeSet<Slot<Connection>>) {
        let serving = self.forget_reqids();
        let earlier = self.standing.earlier.iter().flat_map(|kept| &kept.tunnels);
        let earlier = earlier.filter_map(|up| self.connection_named(&up.connection));
        let to_come = self.places_to_come_back().map(|(slot, _)| slot).chain(earlier);
        let to_come: BTreeSet<_> =
            to_come.chain(self.refusals.connections()).chain(self.demands.connections()).collect();
        let is_over = |slot: &Slot<Connection>, row: &Connection| {
            row.is_idle() && ![&serving, spoken_of, &to_come].into_iter().any(|kept| kept.contains(slot))
        };
        let over: Vec<_> =
            self.claims.connections().filter(|(slot, row)| is_over(slot, row)).map(|(slot, _)| slot).collect();
        for slot in over {
            self.claims.forget_connection(slot);
            self.refusals.settle(slot);
            self.down.remove(&slot);
            self.takedowns.settle(slot);
            self.said.forget(slot);
            self.hearsay.forget(slot);
        }
        self.forget_names();
        let left = self.names.len() + self.claims.reqids();
        self.forgets_at = left + left.max(ROOM).max(self.sad.len() / SAS);
    }

    /// Those that no SA and no policy has, where the connection has another one since. Connections whose SAs or policies are there.
    fn forget_reqids(&mut self) -> BTreeSet<Slot<Connection>> {
        let of_sas: HashSet<u32> = self.sad.iter().map(|(_, sa)| sa.reqid).collect();
        let spd = &self.spd;
        self.claims.retain_reqids(|reqid| of_sas.contains(&reqid) || spd.with_reqid(reqid).next().is_some())
    }

    fn forget_names(&mut self) {
        let tunnels = self.claims.tunnels().filter_map(|(_, tunnel)| tunnel.instance);
        let connections = self.claims.connections().map(|(_, row)| row.name);
        let pairs = self.claims.connections().flat_map(|(_, row)| row.subnets.iter().map(|(name, _)| name));
        let places = self.places_to_come_back().filter_map(|(_, instance)| instance);
        let borne = tunnels
            .chain(connections)
            .chain(pairs)
            .chain(places)
            .chain(self.story.connections())
            .chain(self.ikes.names())
            .chain(self.ike_names.names())
            .chain(self.life.ike_names())
            .collect();
        self.names.retain(&borne);
    }
}
