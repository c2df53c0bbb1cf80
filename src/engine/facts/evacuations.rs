//! Devices whose SAs a person had taken off them: until that is over, such SAs in software are what was wanted.

use std::collections::BTreeMap;

use crate::model::{Boottime, Evacuation, SaId};

#[derive(Debug, Default)]
pub struct Evacuations {
    by_device: BTreeMap<u32, Evacuation>,
}

impl Evacuations {
    pub fn is_empty(&self) -> bool {
        self.by_device.is_empty()
    }

    pub fn of(&self, ifindex: u32) -> Option<&Evacuation> {
        self.by_device.get(&ifindex)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Evacuation> {
        self.by_device.values()
    }

    /// Whether an SA was taken off a device, and off which.
    pub fn that_took(&self, sa: &SaId) -> Option<&Evacuation> {
        self.iter().find(|one| one.moved.contains(sa))
    }

    /// Those whose time is over.
    pub fn over(&self, now: Boottime) -> Vec<u32> {
        self.iter().filter(|one| one.until <= now).map(|one| one.ifindex).collect()
    }

    pub(super) fn set(&mut self, one: Evacuation) {
        self.by_device.insert(one.ifindex, one);
    }

    pub(super) fn remove(&mut self, ifindex: u32) -> Option<Evacuation> {
        self.by_device.remove(&ifindex)
    }

    pub(super) fn get_mut(&mut self, ifindex: u32) -> Option<&mut Evacuation> {
        self.by_device.get_mut(&ifindex)
    }
}
