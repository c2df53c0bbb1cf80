//! Which interface an SA belongs to that claims none: the one with its local address.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::fast::FixedState;

use super::Engine;
use super::sad::Sa;
use crate::model::Direction;

/// How many local addresses are looked up once; what is beyond is looked up for every SA.
const ROOM: usize = 1_024;

/// Interfaces by the addresses that were asked for.
#[derive(Debug, Default)]
pub struct Holders(HashMap<IpAddr, Option<u32>, FixedState>);

// === impl Engine ===

impl Engine {
    /// The interface with the SA's local address.
    pub(super) fn holder(&self, sa: &Sa, holders: &mut Holders) -> Option<u32> {
        let mut of = |address| {
            if let Some(known) = holders.0.get(&address) {
                return *known;
            }
            let found = self.links.holding(address).map(|link| link.index);
            if holders.0.len() < ROOM {
                holders.0.insert(address, found);
            }
            found
        };
        match sa.way() {
            Some(Direction::Out) => of(sa.src),
            Some(Direction::In) => of(sa.dst),
            None => of(sa.src).or_else(|| of(sa.dst)),
        }
    }
}
