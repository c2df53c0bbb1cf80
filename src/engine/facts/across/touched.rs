//! What a step touches is gathered, and handed to those who judge.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection, Tunnel};
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::model::Serial;

impl Facts {
    /// What is to be judged now; what it touches in turn is judged after it.
    pub(in crate::engine) fn take_touched(&mut self) -> Touched {
        if !self.tunnels.is_empty() {
            self.losses_may_be_over();
        }
        let tunnels = std::mem::take(&mut self.tunnels);
        let mut connections: BTreeMap<_, BTreeSet<_>> =
            std::mem::take(&mut self.connections).into_iter().map(|slot| (slot, BTreeSet::new())).collect();
        let rows = tunnels.iter().filter_map(|slot| Some((*slot, self.claims.tunnel_at(*slot)?.connection)));
        for (tunnel, connection) in rows.chain(std::mem::take(&mut self.served)) {
            connections.entry(connection).or_default().insert(tunnel);
        }
        for tunnel in &tunnels {
            // What nothing serves any more is judged once more, and is no tunnel then.
            self.claims.forget_tunnel(*tunnel);
        }
        if !tunnels.is_empty() {
            self.sample_if_worth_it();
        }
        Touched {
            tunnels,
            connections,
            came: std::mem::take(&mut self.arrived),
            policies: std::mem::take(&mut self.routes.touched),
            devices: self.sad.take_devices_changed(),
            death: std::mem::take(&mut self.death_changed),
        }
    }

    pub(in crate::engine) fn is_touched(&self) -> bool {
        !self.tunnels.is_empty() || !self.connections.is_empty() || !self.arrived.is_empty() || self.death_changed
    }

    pub(in crate::engine) fn touch_tunnel(&mut self, tunnel: Slot<Tunnel>) {
        // Everything is looked at once when the first join is done.
        if !self.joined {
            return;
        }
        self.tunnels.insert(tunnel);
        if let Some(connection) = self.claims.tunnel_at(tunnel).map(|tunnel| tunnel.connection) {
            self.connections.insert(connection);
        }
    }

    pub(in crate::engine) fn touch_child(&mut self, child: Slot<Child>) {
        if let Some(tunnel) = self.claims.child_at(child).map(|child| child.tunnel) {
            self.touch_tunnel(tunnel);
        }
    }

    pub(in crate::engine) fn touch_connection(&mut self, connection: Slot<Connection>) {
        self.connections.insert(connection);
        if let Some(connection) = self.claims.connection_at(connection) {
            self.tunnels.extend(connection.tunnels.iter().copied());
        }
    }

    /// A negotiation ended, or an SA came that may be its: that matters to the connection, and to those of its tunnels that lack something
    /// or are close to an end. Others of its tunnels may be many thousands.
    pub(in crate::engine) fn touch_what_lacks(&mut self, connection: Slot<Connection>) {
        if !self.near.is_empty() {
            self.touch_connection(connection);
            return;
        }
        self.connections.insert(connection);
        let lacking: Vec<_> = self.losses.of_connection(connection).collect();
        for child in lacking {
            self.touch_child(child);
        }
    }

    pub(in crate::engine) fn touch_every_tunnel(&mut self) {
        self.tunnels.extend(self.claims.tunnels().map(|(slot, _)| slot));
        self.connections.extend(self.claims.connections().map(|(slot, _)| slot));
    }

    pub(in crate::engine) fn touch_children_of_ike(&mut self, connection: Slot<Connection>, ike: Option<Serial>) {
        self.touch_connection(connection);
        // Other connections' Child SAs may have been on the same IKE SA.
        if let Some(ike) = ike {
            let children: Vec<_> = self.claims.children_of_ike(ike).collect();
            for child in children {
                self.touch_child(child);
            }
        }
    }
}
