//! What nobody speaks of any more is forgotten: instances of callers that went, with their names and reqids, and connections that the daemon
//! unloaded. Whoever calls has a new one each time.
//!
//! All of it is looked through now and then: after as much has come as was left the last time, so that each costs little.

use std::collections::{BTreeSet, HashSet};

use super::Facts;
use super::claims::Connection;
use super::slab::Slot;
use crate::engine::Engine;

/// So much more is kept before it is looked through again.
const ROOM: usize = 1024;

/// Of so many SAs one is as much as a name: they are looked through, too.
const SAS: usize = 8;

impl Engine {
    /// Where enough has come since the last time.
    pub(in crate::engine) fn forget_what_is_over(&mut self) {
        if self.facts.names.len() + self.facts.claims.reqids() < self.facts.forgets_at {
            return;
        }
        let serving = self.facts.forget_reqids();
        self.forget_connections(&serving);
        self.facts.forget_names();
        let left = self.facts.names.len() + self.facts.claims.reqids();
        self.facts.forgets_at = left + left.max(ROOM).max(self.facts.sad.len() / SAS);
    }

    fn forget_connections(&mut self, serving: &BTreeSet<Slot<Connection>>) {
        let spoken_of = self.connections_spoken_of();
        let is_over = |slot: Slot<Connection>, row: &Connection| {
            row.is_idle() && !serving.contains(&slot) && !spoken_of.contains(&slot)
        };
        let over: Vec<_> =
            self.facts.claims.connections().filter(|(slot, row)| is_over(*slot, row)).map(|(slot, _)| slot).collect();
        for slot in over {
            self.facts.claims.forget_connection(slot);
            self.facts.refusals.settle(slot);
            self.facts.down.remove(&slot);
        }
    }

    /// In findings, by remedies or rules, or as what should come back.
    fn connections_spoken_of(&self) -> BTreeSet<Slot<Connection>> {
        let earlier =
            self.facts.standing.earlier.iter().flat_map(|kept| &kept.tunnels).map(|up| up.connection.as_str());
        let texts = self.book.connections().chain(self.remedies.connections()).chain(earlier);
        let named = texts.filter_map(|text| self.facts.connection_named(text));
        named
            .chain(self.undecided_connections())
            .chain(self.facts.places_to_come_back().map(|(slot, _)| slot))
            .collect()
    }
}

impl Facts {
    /// Those that no SA and no policy has, where the connection has another one since. Connections whose SAs or policies are there.
    fn forget_reqids(&mut self) -> BTreeSet<Slot<Connection>> {
        let of_sas: HashSet<u32> = self.sad.iter().map(|(_, sa)| sa.reqid).collect();
        let spd = &self.spd;
        self.claims.retain_reqids(|reqid| of_sas.contains(&reqid) || spd.with_reqid(reqid).next().is_some())
    }

    fn forget_names(&mut self) {
        let tunnels = self.claims.tunnels().filter_map(|(_, tunnel)| tunnel.instance);
        let connections = self.claims.connections().map(|(_, row)| row.name);
        let places = self.places_to_come_back().filter_map(|(_, instance)| instance);
        let borne = tunnels.chain(connections).chain(places).chain(self.story.connections()).collect();
        self.names.retain(&borne);
    }
}
