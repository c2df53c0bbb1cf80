//! Legs whose SA the kernel has not shown, by SPI and protocol: each SA of a first dump is looked for here.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::Leg;
use crate::model::{Protocol, Spi};

/// All of them. Two legs may have one SPI, chosen by two peers.
#[derive(Debug, Default)]
pub struct Absent {
    legs: HashTable<Missing>,
    hasher: FixedState,
}

#[derive(Clone, Copy, Debug)]
struct Missing {
    spi: Spi,
    protocol: Protocol,
    leg: Leg,
}

impl Absent {
    /// The legs that claim this SPI, in no order that may be relied on.
    pub fn with_spi(&self, spi: Spi, protocol: Protocol) -> impl Iterator<Item = Leg> {
        let same = move |missing: &&Missing| (missing.spi, missing.protocol) == (spi, protocol);
        self.legs.iter_hash(self.hash(spi, protocol)).filter(same).map(|missing| missing.leg)
    }

    /// Puts a leg in, once.
    pub fn insert(&mut self, spi: Spi, protocol: Protocol, leg: Leg) {
        let hash = self.hash(spi, protocol);
        if self.legs.find(hash, |missing| missing.leg == leg).is_none() {
            let hasher = &self.hasher;
            let rehash = |missing: &Missing| hasher.hash_one(missing.spi.with_protocol(missing.protocol));
            self.legs.insert_unique(hash, Missing { spi, protocol, leg }, rehash);
        }
    }

    /// Takes a leg out, if it is there.
    pub fn remove(&mut self, spi: Spi, protocol: Protocol, leg: Leg) {
        if let Ok(entry) = self.legs.find_entry(self.hash(spi, protocol), |missing| missing.leg == leg) {
            entry.remove();
        }
    }

    fn hash(&self, spi: Spi, protocol: Protocol) -> u64 {
        self.hasher.hash_one(spi.with_protocol(protocol))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::facts::slab::Slot;
    use crate::model::Direction;

    #[test]
    fn a_leg_is_there_once_and_those_of_one_spi_are_told_apart() {
        let mut absent = Absent::default();
        let first = Leg { child: Slot::FIRST, direction: Direction::In };
        let other = Leg { child: Slot::FIRST, direction: Direction::Out };
        let found = |absent: &Absent, spi| {
            let mut legs: Vec<_> = absent.with_spi(Spi(spi), Protocol::Esp).collect();
            legs.sort_unstable();
            legs
        };
        for leg in [first, first, other] {
            absent.insert(Spi(7), Protocol::Esp, leg);
        }
        absent.insert(Spi(8), Protocol::Ah, first);
        assert_eq!((found(&absent, 7), found(&absent, 8)), (vec![first, other], vec![]));
        absent.remove(Spi(8), Protocol::Esp, first);
        absent.remove(Spi(7), Protocol::Esp, first);
        assert_eq!(found(&absent, 7), vec![other]);
        assert_eq!(absent.with_spi(Spi(8), Protocol::Ah).next(), Some(first));
    }
}
