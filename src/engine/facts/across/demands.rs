//! Traffic asks for an SA, and a packet finds the connection that it asked.

use std::net::IpAddr;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::demands::Demand;
use crate::engine::facts::slab::Slot;
use crate::model::{Evidence, LoadedConnection, Selector, Subnet};

/// How many wishes of traffic are remembered.
const KEPT: usize = 64;

impl Facts {
    pub(in crate::engine) fn traffic_asked(&mut self, src: Option<IpAddr>, dst: Option<IpAddr>, seen: Evidence) {
        let demands = &mut self.demands.0;
        if demands.len() >= KEPT {
            demands.remove(0);
        }
        demands.push(Demand { at: self.now, src, dst, connection: None, seen });
    }

    /// The connection that a packet asked for: by the log, or by what is loaded.
    pub(in crate::engine) fn connection_of_packet(&self, packet: &Selector) -> Option<Slot<Connection>> {
        self.demands.of(packet).find_map(|demand| demand.connection).or_else(|| {
            let has = |text: &str, address| Subnet::read(text).is_some_and(|subnet| subnet.has(address));
            let covers = |loaded: &LoadedConnection| {
                let (local, remote) = (loaded.local_selector.as_deref(), loaded.remote_selector.as_deref());
                local.is_none_or(|text| has(text, packet.src))
                    && remote.map_or(loaded.remote == Some(packet.dst), |text| has(text, packet.dst))
            };
            let found =
                self.claims.connections().find(|(_, row)| row.loaded.as_ref().is_some_and(|loaded| covers(loaded)));
            found.map(|(slot, _)| slot)
        })
    }
}
