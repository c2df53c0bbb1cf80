//! The SAs that the kernel has, as far as is known.

mod index;
mod row;

use std::collections::BTreeMap;

use self::index::Index;
pub use self::row::Sa;
use super::shapes::Shapes;
use super::slab::{Slab, Slot};
use super::traffic::Grown;
use crate::model::{Boottime, KernelSa, Netns, Offload, OffloadMode, Protocol, SaId, SaStage, Spi};

/// The table, an index by SPI and protocol, and counts.
#[derive(Debug, Default)]
pub struct Sad {
    rows: Slab<Sa>,
    index: Index,
    order: Order,
    netns: Netns,
    counts: Counts,
    devices: BTreeMap<u32, u32>,
    devices_changed: bool,
}

/// The last two rows that a dump showed: it shows them in the order in which they came, or the other way round, so the next one stands
/// beyond them. To look there first costs less than to look into an index that is larger than a processor's cache.
#[derive(Clone, Copy, Debug, Default)]
struct Order {
    last: Option<Slot<Sa>>,
    before: Option<Slot<Sa>>,
}

/// What a row of a dump was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// An SA that was not known.
    New(Slot<Sa>),
    /// A known one; what it has carried since its counters were last taken, in a sampling.
    Known(Slot<Sa>, Option<Grown>),
    /// A known one whose stage or offload is another than was known.
    Changed(Slot<Sa>),
    /// A known one of which an event told since the dump began: the row is older.
    Stale,
    /// There is no room for more.
    Full,
}

/// What a dump does with the counters of known SAs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// Nothing: they belong to the samplings.
    No,
    /// Brings them up to date.
    Plainly,
    /// It is the dump of the sampling with this number.
    Sampling(u32),
}

/// How many SAs there are of which kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not offloaded.
    pub software: u64,
    /// Crypto offload.
    pub crypto: u64,
    /// Packet offload.
    pub packet: u64,
    /// Larval.
    pub larval: u64,
}

// === impl Sad ===

impl Sad {
    /// Which namespace's.
    pub fn set_netns(&mut self, netns: Netns) {
        self.netns = netns;
    }

    /// How many rows, larval ones included.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Counts by kind.
    pub fn counts(&self) -> Counts {
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
        self.rows.get_mut(slot)
    }

    /// Its key.
    pub fn id(&self, slot: Slot<Sa>) -> Option<SaId> {
        Some(self.rows.get(slot)?.id(self.netns))
    }

    /// Every row.
    pub fn iter(&self) -> impl Iterator<Item = (Slot<Sa>, &Sa)> {
        self.rows.iter()
    }

    /// Every row from a place on.
    pub fn starting_at(&self, place: usize) -> impl Iterator<Item = (Slot<Sa>, &Sa)> {
        self.rows.starting_at(place)
    }

    /// The row of this key.
    pub fn find(&self, id: &SaId) -> Option<Slot<Sa>> {
        self.index.find(id, |slot| self.is_at(slot, id))
    }

    fn is_at(&self, slot: Slot<Sa>, id: &SaId) -> bool {
        self.rows
            .get(slot)
            .is_some_and(|sa| sa.spi == id.spi && sa.dst == id.dst && sa.protocol == id.protocol && sa.mark == id.mark)
    }

    /// The same, for rows that a dump shows one after the other.
    fn find_in_order(&mut self, id: &SaId) -> Option<Slot<Sa>> {
        let Order { last, before } = self.order;
        let next = last.zip(before).and_then(|(last, before)| last.beyond(before));
        let found = next.filter(|slot| self.is_at(*slot, id)).or_else(|| self.find(id))?;
        self.order = Order { last: Some(found), before: last };
        Some(found)
    }

    /// The rows with this SPI and protocol, whatever their destination. None for SPI 0: it names no SA.
    pub fn with_spi(&self, spi: Spi, protocol: Protocol) -> Vec<Slot<Sa>> {
        let same = |slot: &Slot<Sa>| self.rows.get(*slot).is_some_and(|sa| sa.spi == spi && sa.protocol == protocol);
        let mut slots: Vec<_> = self.index.with_spi(spi, protocol).filter(same).collect();
        slots.sort_unstable();
        slots
    }

    /// Takes a row of the dump with this number, which began at observation `began`. The hot path: one look-up for a known SA. A dump that
    /// counts takes the counters of known SAs, too; one that is a sampling's notes what came since the sampling before.
    pub fn show(
        &mut self,
        row: &KernelSa,
        shapes: &mut Shapes,
        seen: Boottime,
        (number, began): (u32, u64),
        counting: Counting,
    ) -> Shown {
        let Some(slot) = self.find_in_order(&row.id) else {
            let mut new = Sa::new(row, shapes, seen);
            new.dump = number;
            return self.insert(new).map_or(Shown::Full, Shown::New);
        };
        let Some(sa) = self.rows.get_mut(slot) else { return Shown::Full };
        sa.dump = number;
        if sa.event > began {
            return Shown::Stale;
        }
        let before = (sa.stage, sa.offload);
        let grown = if let Counting::Sampling(_) = counting { sa.grown(row) } else { None };
        sa.refresh(row, shapes);
        if counting != Counting::No {
            sa.count(row);
        }
        if let (Counting::Sampling(sampling), Some(grown)) = (counting, grown) {
            sa.sampled = sampling;
            sa.moved_packets = u32::try_from(grown.wire).unwrap_or(u32::MAX);
            sa.moved_drops = u32::try_from(grown.dropped()).unwrap_or(u32::MAX);
            sa.moved_bytes = grown.bytes;
        }
        let after = (row.stage, row.offload);
        if before == after {
            return Shown::Known(slot, grown);
        }
        self.count(before, false);
        self.count(after, true);
        Shown::Changed(slot)
    }

    /// Makes the row equal to what the kernel showed. Returns where it stands and whether it is new.
    pub fn put(&mut self, row: &KernelSa, shapes: &mut Shapes, seen: Boottime) -> Option<(Slot<Sa>, bool)> {
        if let Some(slot) = self.find(&row.id) {
            let sa = self.rows.get_mut(slot)?;
            let before = (sa.stage, sa.offload);
            sa.refresh(row, shapes);
            let after = (sa.stage, sa.offload);
            if before != after {
                self.count(before, false);
                self.count(after, true);
            }
            return Some((slot, false));
        }
        Some((self.insert(Sa::new(row, shapes, seen))?, true))
    }

    /// A row whose key is not there yet.
    fn insert(&mut self, sa: Sa) -> Option<Slot<Sa>> {
        let kind = (sa.stage, sa.offload);
        let slot = self.rows.insert(sa)?;
        self.index.insert(self.rows.get(slot)?, slot);
        self.count(kind, true);
        Some(slot)
    }

    /// Takes a row out.
    pub fn remove(&mut self, slot: Slot<Sa>) -> Option<Sa> {
        let sa = self.rows.remove(slot)?;
        self.index.remove(&sa, slot);
        self.count((sa.stage, sa.offload), false);
        Some(sa)
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
        assert_eq!((sad.counts(), sad.on_device(3), sad.find(&row.id)), (Counts::default(), 0, None));
    }

    #[test]
    fn two_peers_may_have_chosen_one_spi() {
        let (mut sad, mut shapes) = (Sad::default(), Shapes::default());
        let rows = [sample::sa("10.0.0.2", 0x100), sample::sa("10.0.0.3", 0x100)];
        let slots = rows.map(|row| sad.put(&row, &mut shapes, Boottime::default()).unwrap().0);
        assert_eq!(sad.with_spi(Spi(0x100), Protocol::Esp), slots);
        assert_eq!(sad.find(&rows[1].id), Some(slots[1]));
    }
    #[test]
    fn rows_are_found_whatever_the_order_in_which_a_dump_shows_them() {
        let (mut sad, mut shapes) = (Sad::default(), Shapes::default());
        let rows: Vec<_> = (0x100..0x140).map(|spi| sample::sa("10.0.0.2", spi)).collect();
        let slots: Vec<_> = rows.iter().map(|row| sad.put(row, &mut shapes, Boottime::default()).unwrap().0).collect();
        let orders: [Vec<usize>; 4] = [
            (0..64).collect(),
            (0..64).rev().collect(),
            (0..64).map(|number| number * 27 % 64).collect(),
            [63, 62, 0, 1, 2, 2, 2, 5, 3, 1, 0].to_vec(),
        ];
        for (number, order) in (1..).zip(orders) {
            for place in order {
                let shown = sad.show(&rows[place], &mut shapes, Boottime::default(), (number, 0), Counting::No);
                assert_eq!(shown, Shown::Known(slots[place], None));
            }
        }
        // Who stood where the next one is expected is gone, and another one has its place.
        sad.remove(slots[2]).unwrap();
        let (other, new) = sad.put(&sample::sa("10.0.0.2", 0x200), &mut shapes, Boottime::default()).unwrap();
        assert_eq!((other, new), (slots[2], true));
        for place in [0, 1] {
            sad.show(&rows[place], &mut shapes, Boottime::default(), (9, 0), Counting::No);
        }
        let shown = sad.show(&rows[2], &mut shapes, Boottime::default(), (9, 0), Counting::No);
        assert!(matches!(shown, Shown::New(_)), "{shown:?}");
    }
}
