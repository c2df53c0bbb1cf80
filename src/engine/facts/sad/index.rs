//! Where an SA stands, by its SPI and protocol.

use std::hash::BuildHasher;
use std::net::{IpAddr, Ipv4Addr};

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::Sa;
use crate::engine::facts::slab::Slot;
use crate::model::{Protocol, SaId, Spi};

/// By how many times the index grows when it is full: an entry of it is 9 bytes.
const GROWTH: usize = 3;

#[derive(Debug, Default)]
pub struct Index {
    entries: HashTable<IndexEntry>,
    hasher: FixedState,
}

/// An entry of the index. It has its hash, so that growing looks no row up; and it goes when its row goes, so that the place is enough.
#[derive(Clone, Copy, Debug)]
struct IndexEntry {
    hash: u32,
    place: u32,
}

impl Index {
    /// The places that may have this SA.
    pub fn places(&self, id: &SaId) -> impl Iterator<Item = usize> {
        self.with_hash(self.hash(id.spi, id.protocol, id.dst))
    }

    /// The places that may have this SPI and protocol, whatever the destination; in no order that may be relied on. None for SPI 0: it
    /// names no SA.
    pub fn with_spi(&self, spi: Spi, protocol: Protocol) -> impl Iterator<Item = usize> {
        let hash = self.hash(spi, protocol, IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        self.with_hash(hash).filter(move |_| spi != Spi::LARVAL)
    }

    fn with_hash(&self, hash: u32) -> impl Iterator<Item = usize> {
        let entries = self.entries.iter_hash(spread(hash)).filter(move |entry| entry.hash == hash);
        entries.map(|entry| entry.place as usize)
    }

    /// Puts in an SA that is not there.
    pub fn insert(&mut self, sa: &Sa, slot: Slot<Sa>) {
        let hash = self.hash(sa.spi, sa.protocol, sa.dst);
        let rehash = |entry: &IndexEntry| spread(entry.hash);
        if self.entries.len() == self.entries.capacity() {
            // A dump brings many: few and large steps.
            self.entries.reserve(GROWTH * self.entries.len(), rehash);
        }
        self.entries.insert_unique(spread(hash), IndexEntry { hash, place: slot.number() }, rehash);
    }

    /// Takes an SA out.
    pub fn remove(&mut self, sa: &Sa, slot: Slot<Sa>) {
        let hash = self.hash(sa.spi, sa.protocol, sa.dst);
        if let Ok(entry) = self.entries.find_entry(spread(hash), |other| other.place == slot.number()) {
            entry.remove();
        }
    }

    /// By SPI and protocol alone, because a log line names an SA without its address; those that wait for their SPI, of which there may be
    /// many, by their destination.
    fn hash(&self, spi: Spi, protocol: Protocol, dst: IpAddr) -> u32 {
        let hash = if spi == Spi::LARVAL {
            self.hasher.hash_one(dst)
        } else {
            self.hasher.hash_one(spi.with_protocol(protocol))
        };
        (hash >> 32) as u32
    }
}

/// As the table wants it: it takes the place from the lower bits and a tag from the highest.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}
