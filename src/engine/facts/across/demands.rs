//! Traffic asks for an SA, and a packet finds the connection that it asked.

use std::net::IpAddr;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::demands::Demand;
use crate::engine::facts::slab::Slot;
use crate::model::{Evidence, LoadedConnection, Selector};

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
            let covers = |loaded: &LoadedConnection| {
                let remote = loaded
                    .remote_selector
                    .as_deref()
                    .map_or(loaded.remote == Some(packet.dst), |text| holds(text, packet.dst));
                let local = loaded.local_selector.as_deref().is_none_or(|text| holds(text, packet.src));
                remote && local
            };
            let found =
                self.claims.connections().find(|(_, row)| row.loaded.as_ref().is_some_and(|loaded| covers(loaded)));
            found.map(|(slot, _)| slot)
        })
    }
}

/// Whether `192.0.2.0/24`, or a bare address, holds an address.
fn holds(text: &str, address: IpAddr) -> bool {
    let (network, bits) =
        text.split_once('/').map_or((text, None), |(network, bits)| (network, bits.parse::<u32>().ok()));
    match (network.parse::<IpAddr>(), address) {
        (Ok(IpAddr::V4(network)), IpAddr::V4(address)) => {
            let shift = 32 - bits.unwrap_or(32).min(32);
            u32::from(network).checked_shr(shift).unwrap_or(0) == u32::from(address).checked_shr(shift).unwrap_or(0)
        }
        (Ok(IpAddr::V6(network)), IpAddr::V6(address)) => {
            let shift = 128 - bits.unwrap_or(128).min(128);
            u128::from(network).checked_shr(shift).unwrap_or(0) == u128::from(address).checked_shr(shift).unwrap_or(0)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn a_selector_holds_its_addresses_alone() {
        let address = "192.0.2.7".parse().unwrap();
        for text in ["192.0.2.0/24", "192.0.2.7", "192.0.2.7/32", "0.0.0.0/0"] {
            assert!(holds(text, address), "{text}");
        }
        for text in ["192.0.3.0/24", "192.0.2.8", "2001:db8::/32", "nonsense"] {
            assert!(!holds(text, address), "{text}");
        }
    }
}
