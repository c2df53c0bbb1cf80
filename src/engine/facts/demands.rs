//! Traffic that asked for an SA, by the daemon's word, and the connection that it asked.

use std::net::IpAddr;
use std::time::Duration;

use super::claims::Connection;
use super::slab::Slot;
use crate::model::{Boottime, Evidence, Selector};

/// The daemon's "on demand" line and its "initiating" line follow each other at once; the second names the connection.
const FOLLOWS: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Demand {
    pub(super) at: Boottime,
    pub(super) src: Option<IpAddr>,
    pub(super) dst: Option<IpAddr>,
    pub(super) connection: Option<Slot<Connection>>,
    pub(super) seen: Evidence,
}

/// The last of them.
#[derive(Debug, Default)]
pub struct Demands(pub(super) Vec<Demand>);

impl Demands {
    /// Connections that traffic asked for.
    pub fn connections(&self) -> impl Iterator<Item = Slot<Connection>> {
        self.0.iter().filter_map(|demand| demand.connection)
    }

    /// A negotiation begins: whether traffic asked for it just before.
    pub fn begins(&mut self, connection: Slot<Connection>, now: Boottime) -> bool {
        let fresh = |demand: &&mut Demand| {
            demand.connection.is_none_or(|other| other == connection) && now.since(demand.at) < FOLLOWS
        };
        match self.0.iter_mut().rev().find(fresh) {
            Some(demand) => {
                demand.connection = Some(connection);
                true
            }
            None => false,
        }
    }

    /// The daemon's line on a packet that asked.
    pub fn line_on(&self, packet: &Selector) -> Option<&Evidence> {
        self.of(packet).next().map(|demand| &demand.seen)
    }

    /// The newest first.
    pub(super) fn of(&self, packet: &Selector) -> impl Iterator<Item = &Demand> {
        let (src, dst) = (packet.src, packet.dst);
        let asked =
            move |demand: &&Demand| demand.dst == Some(dst) && demand.src.is_none_or(|demanded| demanded == src);
        self.0.iter().rev().filter(asked)
    }
}
