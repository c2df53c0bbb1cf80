//! Which interface has an address: looked up once for each.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::fast::FixedState;

use super::links::Links;

/// How many local addresses are looked up once; what is beyond is looked up for every SA.
const ROOM: usize = 1_024;

/// Interfaces by the addresses that were asked for.
#[derive(Debug, Default)]
pub struct Holders(HashMap<IpAddr, Option<u32>, FixedState>);

impl Holders {
    /// The interface with this address.
    pub fn of(&mut self, links: &Links, address: IpAddr) -> Option<u32> {
        if let Some(known) = self.0.get(&address) {
            return *known;
        }
        let found = links.holding(address).map(|link| link.index);
        if self.0.len() < ROOM {
            self.0.insert(address, found);
        }
        found
    }
}
