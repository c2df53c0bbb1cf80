//! The SAs that the kernel has, as far as is known.

mod dump;
mod index;
mod meter;
mod row;

use std::collections::BTreeMap;

pub use self::dump::{CounterHandling, ShownRow};
pub use self::meter::{Meter, Sampled};
pub use super::rows::Sa;

use self::dump::DumpOrder;
use self::index::Index;
use super::shapes::Shapes;
use super::slab::{Column, Slab, Slot};
use crate::model::{Boottime, KernelSa, Netns, Offload, OffloadMode, Protocol, SaId, SaStage, Spi};

/// The table, an index by SPI and protocol, and counts.
#[derive(Debug, Default)]
pub struct Sad {
    rows: Slab<Sa>,
    meters: Column<Sa, Meter>,
    index: Index,
    order: DumpOrder,
    netns: Netns,
    counts: SaCounts,
    devices: BTreeMap<u32, u32>,
    devices_changed: bool,
}

/// How many SAs there are of which kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SaCounts {
    /// Not offloaded.
    pub software: u64,
    /// Crypto offload.
    pub crypto: u64,
    /// Packet offload.
    pub packet: u64,
    pub larval: u64,
}

impl SaCounts {
    /// All but the larval ones.
    pub const fn installed(&self) -> u64 {
        self.software + self.crypto + self.packet
    }
}

impl Sad {
    /// Which namespace's.
    pub fn set_netns(&mut self, netns: Netns) {
        self.netns = netns;
    }

    /// How many rows, larval ones included.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn counts(&self) -> SaCounts {
        self.counts
    }

    /// How many SAs are offloaded to a device.
    pub fn on_device(&self, ifindex: u32) -> u32 {
        self.devices.get(&ifindex).copied().unwrap_or(0)
    }

    /// Whether a device got its first SA or lost its last since this was asked.
    pub fn take_devices_changed(&mut self) -> bool {
        std::mem::take(&mut self.devices_changed)
    }

    /// Devices with offloaded SAs, and how many each has.
    pub fn devices(&self) -> impl Iterator<Item = (u32, u32)> {
        self.devices.iter().map(|(index, sas)| (*index, *sas))
    }

    /// One row.
    pub fn get(&self, slot: Slot<Sa>) -> Option<&Sa> {
        self.rows.get(slot)
    }

    /// One row, to change its claim or marks; what is counted must not be changed here.
    pub fn get_mut(&mut self, slot: Slot<Sa>) -> Option<&mut Sa> {
        let row = self.rows.get_mut(slot)?;
        self.meters.get_mut(slot)?.forget();
        Some(row)
    }

    /// What it has carried.
    pub fn meter(&self, slot: Slot<Sa>) -> Option<&Meter> {
        self.meters.get(slot)
    }

    /// Its key.
    pub fn id(&self, slot: Slot<Sa>) -> Option<SaId> {
        Some(self.rows.get(slot)?.id(self.netns))
    }

    pub fn iter(&self) -> impl Iterator<Item = (Slot<Sa>, &Sa)> {
        self.rows.iter()
    }

    /// Every row from a place on.
    pub fn starting_at(&self, place: usize) -> impl Iterator<Item = (Slot<Sa>, &Sa)> {
        self.rows.starting_at(place)
    }

    /// The row of this key.
    pub fn find(&self, id: &SaId) -> Option<Slot<Sa>> {
        self.index.places(id).find_map(|place| self.at(place, id))
    }

    /// The row at a place, if it has this key.
    fn at(&self, place: usize, id: &SaId) -> Option<Slot<Sa>> {
        let same = |sa: &Sa| sa.spi == id.spi && sa.dst == id.dst && sa.protocol == id.protocol && sa.mark == id.mark;
        self.rows.at(place).filter(|(_, sa)| same(sa)).map(|(slot, _)| slot)
    }

    /// The rows with this SPI and protocol, whatever their destination. None for SPI 0: it names no SA.
    pub fn with_spi(&self, spi: Spi, protocol: Protocol) -> Vec<Slot<Sa>> {
        let rows = self.index.with_spi(spi, protocol).filter_map(|place| self.rows.at(place));
        let same = rows.filter(|(_, sa)| sa.spi == spi && sa.protocol == protocol);
        let mut slots: Vec<_> = same.map(|(slot, _)| slot).collect();
        slots.sort_unstable();
        slots
    }

    /// Makes the row equal to what the kernel showed. Returns where it stands and whether it is new.
    pub fn put(&mut self, row: &KernelSa, shapes: &mut Shapes, seen: Boottime) -> Option<(Slot<Sa>, bool)> {
        let Some(slot) = self.find(&row.id) else {
            return Some((self.insert(Sa::new(row, shapes, seen), Meter::new(row, 0))?, true));
        };
        let (sa, meter) = (self.rows.get_mut(slot)?, self.meters.get_mut(slot)?);
        let before = (sa.stage, sa.offload);
        meter.forget();
        if sa.refresh(row, shapes, seen) {
            meter.count(row);
        }
        let after = (row.stage, row.offload);
        if before != after {
            self.count(before, false);
            self.count(after, true);
        }
        Some((slot, false))
    }

    /// A row whose key is not there yet.
    fn insert(&mut self, sa: Sa, meter: Meter) -> Option<Slot<Sa>> {
        let kind = (sa.stage, sa.offload);
        let slot = self.rows.insert(sa)?;
        self.meters.set(slot, meter);
        self.index.insert(self.rows.get(slot)?, slot);
        self.count(kind, true);
        Some(slot)
    }

    /// Takes a row out, with what it had carried.
    pub fn remove(&mut self, slot: Slot<Sa>) -> Option<(Sa, Meter)> {
        let sa = self.rows.remove(slot)?;
        let meter = self.meters.remove(slot)?;
        self.index.remove(&sa, slot);
        self.count((sa.stage, sa.offload), false);
        Some((sa, meter))
    }

    fn count(&mut self, (stage, offload): (SaStage, Option<Offload>), more: bool) {
        let counter = match (stage, offload.map(|offload| offload.mode)) {
            (SaStage::Larval, _) => &mut self.counts.larval,
            (SaStage::Installed, None) => &mut self.counts.software,
            (SaStage::Installed, Some(OffloadMode::Crypto)) => &mut self.counts.crypto,
            (SaStage::Installed, Some(OffloadMode::Packet)) => &mut self.counts.packet,
        };
        *counter = if more { *counter + 1 } else { counter.saturating_sub(1) };
        if let Some(offload) = offload {
            let device = self.devices.entry(offload.ifindex).or_default();
            self.devices_changed |= *device == 0;
            *device = if more { *device + 1 } else { device.saturating_sub(1) };
            if *device == 0 {
                self.devices_changed = true;
                self.devices.remove(&offload.ifindex);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sample;
    use crate::model::Direction;

    #[test]
    fn counts_follow_what_is_put_and_removed() {
        let (mut sad, mut shapes) = (Sad::default(), Shapes::default());
        let mut row = sample::sa("10.0.0.2", 0x100);
        let (slot, new) = sad.put(&row, &mut shapes, Boottime::default()).unwrap();
        assert!(new);
        assert_eq!(sad.counts().software, 1);
        row.offload = Some(Offload { ifindex: 3, mode: OffloadMode::Crypto, direction: Direction::Out });
        assert_eq!(sad.put(&row, &mut shapes, Boottime::default()).unwrap(), (slot, false));
        assert_eq!((sad.counts().software, sad.counts().crypto, sad.on_device(3)), (0, 1, 1));
        sad.remove(slot).unwrap();
        assert_eq!((sad.counts(), sad.on_device(3), sad.find(&row.id)), (SaCounts::default(), 0, None));
    }

    #[test]
    fn two_peers_may_have_chosen_one_spi() {
        let (mut sad, mut shapes) = (Sad::default(), Shapes::default());
        let rows = [sample::sa("10.0.0.2", 0x100), sample::sa("10.0.0.3", 0x100)];
        let slots = rows.map(|row| sad.put(&row, &mut shapes, Boottime::default()).unwrap().0);
        assert_eq!(sad.with_spi(Spi(0x100), Protocol::Esp), slots);
        assert_eq!(sad.find(&rows[1].id), Some(slots[1]));
    }
}
