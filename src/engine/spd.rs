//! The policies that the kernel has, as far as is known.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::slab::{Slab, Slot};
use crate::model::{KernelPolicy, PolicyId};

/// One policy with what is needed to keep it true.
#[derive(Debug)]
pub struct Policy {
    /// As the kernel showed it last.
    pub policy: KernelPolicy,
    /// Number of the last observation that was an event of it.
    pub event: u64,
    /// The last dump that showed it, or during which it was touched.
    pub dump: u32,
}

/// The table.
#[derive(Debug, Default)]
pub struct Spd {
    rows: Slab<Policy>,
    index: HashTable<Slot<Policy>>,
    hasher: FixedState,
}

impl Spd {
    /// How many.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Every policy.
    pub fn iter(&self) -> impl Iterator<Item = (Slot<Policy>, &Policy)> {
        self.rows.iter()
    }

    /// One policy.
    pub fn get_mut(&mut self, slot: Slot<Policy>) -> Option<&mut Policy> {
        self.rows.get_mut(slot)
    }

    /// The policy of this key.
    pub fn find(&self, id: &PolicyId) -> Option<Slot<Policy>> {
        let same = |slot: &Slot<Policy>| self.rows.get(*slot).is_some_and(|row| row.policy.id == *id);
        self.index.find(self.hasher.hash_one(id), same).copied()
    }

    /// Makes the row equal to what the kernel showed.
    pub fn put(&mut self, policy: &KernelPolicy) -> Option<Slot<Policy>> {
        if let Some(slot) = self.find(&policy.id) {
            self.rows.get_mut(slot)?.policy = *policy;
            return Some(slot);
        }
        let slot = self.rows.insert(Policy { policy: *policy, event: 0, dump: 0 })?;
        let (rows, hasher) = (&self.rows, &self.hasher);
        let rehash = |slot: &Slot<Policy>| rows.get(*slot).map_or(0, |row| hasher.hash_one(row.policy.id));
        self.index.insert_unique(hasher.hash_one(policy.id), slot, rehash);
        Some(slot)
    }

    /// Takes a policy out.
    pub fn remove(&mut self, slot: Slot<Policy>) -> Option<Policy> {
        let row = self.rows.remove(slot)?;
        if let Ok(entry) = self.index.find_entry(self.hasher.hash_one(row.policy.id), |other| *other == slot) {
            entry.remove();
        }
        Some(row)
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.index = HashTable::new();
    }
}
