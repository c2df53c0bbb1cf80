//! The SAs that the kernel has, as far as is known.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::net::{IpAddr, Ipv4Addr};

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::claims::Leg;
use super::shapes::{Shape, Shapes};
use super::slab::{Slab, Slot};
use super::traffic::Grown;
use crate::model::{
    Boottime, Direction, KernelSa, Mark, Netns, Offload, OffloadMode, Protocol, SaId, SaMode, SaStage, Spi,
};

/// By how many times the index grows when it is full: an entry of it is 9 bytes.
const GROWTH: usize = 3;

/// What is kept of one SA: 100,000 of them are a real gateway, so it is lean.
#[derive(Debug)]
pub struct Sa {
    /// Destination.
    pub dst: IpAddr,
    /// Source.
    pub src: IpAddr,
    /// SPI.
    pub spi: Spi,
    /// reqid.
    pub reqid: u32,
    /// XFRM interface id.
    pub if_id: u32,
    /// Mark.
    pub mark: Mark,
    /// Protocol.
    pub protocol: Protocol,
    /// Mode.
    pub mode: SaMode,
    /// Larval or installed.
    pub stage: SaStage,
    /// As the kernel tells it.
    pub direction: Option<Direction>,
    /// Offload.
    pub offload: Option<Offload>,
    /// What it is like.
    pub shape: Shape,
    /// Bytes carried.
    pub bytes: u64,
    /// Packets carried.
    pub packets: u64,
    /// Highest sequence number, sent or received.
    pub sequence: u64,
    /// Seconds since the epoch of its add.
    pub add_time: u32,
    /// Seconds after the add at which the kernel removes it, 0 for never.
    pub hard_add_seconds: u32,
    /// When it was first seen.
    pub seen: Boottime,
    /// Number of the last observation that was an event of it: a dump's row and a read's answer are void beside a newer one.
    pub event: u64,
    /// The last dump that showed it, or during which it was touched.
    pub dump: u32,
    /// Packets whose integrity check failed.
    pub integrity_failures: u32,
    /// Packets that the replay window refused.
    pub replay_drops: u32,
    /// The last sampling that could say what it carried since the one before.
    pub sampled: u32,
    /// Packets on the wire between these two.
    pub moved_packets: u32,
    /// Bytes between these two.
    pub moved_bytes: u64,
    /// The Child SA that claims it.
    pub claim: Option<Leg>,
}

/// The table, an index by SPI and protocol, and counts.
#[derive(Debug, Default)]
pub struct Sad {
    rows: Slab<Sa>,
    index: HashTable<Entry>,
    hasher: FixedState,
    netns: Netns,
    counts: Counts,
    devices: BTreeMap<u32, u32>,
    devices_changed: bool,
}

/// An entry of the index. It has its hash, so that growing looks no row up.
#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    slot: Slot<Sa>,
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

// === impl Sa ===

impl Sa {
    fn new(row: &KernelSa, shapes: &mut Shapes, seen: Boottime) -> Self {
        Self {
            dst: row.id.dst,
            src: row.src,
            spi: row.id.spi,
            reqid: row.reqid,
            if_id: row.if_id,
            mark: row.id.mark,
            protocol: row.id.protocol,
            mode: row.mode,
            stage: row.stage,
            direction: direction(row),
            offload: row.offload,
            shape: shape(row, shapes),
            bytes: row.counters.bytes,
            packets: row.counters.packets,
            sequence: sequence(row),
            add_time: add_time(row),
            hard_add_seconds: row.lifetime.hard_add_seconds,
            seen,
            event: 0,
            dump: 0,
            integrity_failures: row.counters.integrity_failures,
            replay_drops: replay_drops(row),
            sampled: 0,
            moved_packets: 0,
            moved_bytes: 0,
            claim: None,
        }
    }

    fn refresh(&mut self, row: &KernelSa, shapes: &mut Shapes) {
        self.shape = shape(row, shapes);
        let before = self.stage;
        self.src = row.src;
        self.reqid = row.reqid;
        self.if_id = row.if_id;
        self.mode = row.mode;
        self.stage = row.stage;
        self.direction = direction(row);
        self.offload = row.offload;
        self.hard_add_seconds = row.lifetime.hard_add_seconds;
        // Another SA under the same name: what the one before had carried means nothing for it. An SA's own counters stay those of the last
        // dump that counts, so that what is between two of them is known.
        if before != row.stage || self.add_time != add_time(row) {
            self.count(row);
        }
    }

    /// Takes the counters.
    fn count(&mut self, row: &KernelSa) {
        self.bytes = row.counters.bytes;
        self.packets = row.counters.packets;
        self.sequence = sequence(row);
        self.integrity_failures = row.counters.integrity_failures;
        self.replay_drops = replay_drops(row);
        self.add_time = add_time(row);
    }

    /// What it has carried since its counters were taken; none where they were set back.
    pub fn grown(&self, row: &KernelSa) -> Option<Grown> {
        if self.add_time != add_time(row) {
            return None;
        }
        let packets = row.counters.packets.checked_sub(self.packets)?;
        let numbers = sequence(row).checked_sub(self.sequence)?;
        let packet_mode = self.offload.is_some_and(|offload| offload.mode == OffloadMode::Packet);
        // A GSO packet is counted once and numbered once a segment. In packet mode the numbers stand still: the NIC has them.
        let wire = if self.way() == Some(Direction::Out) && !packet_mode { numbers } else { packets };
        Some(Grown {
            wire,
            packets,
            bytes: row.counters.bytes.checked_sub(self.bytes)?,
            integrity_failures: row.counters.integrity_failures.checked_sub(self.integrity_failures)?.into(),
            replay_drops: replay_drops(row).checked_sub(self.replay_drops)?.into(),
        })
    }

    /// Which way its packets go, where that is known.
    pub fn way(&self) -> Option<Direction> {
        self.claim.map(|leg| leg.direction).or(self.direction)
    }

    /// Its key.
    pub fn id(&self, netns: Netns) -> SaId {
        SaId { netns, dst: self.dst, spi: self.spi, protocol: self.protocol, mark: self.mark }
    }
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
        let hash = hash(&self.hasher, id.spi, id.protocol, id.dst);
        let same = |entry: &Entry| {
            entry.hash == hash
                && self.rows.get(entry.slot).is_some_and(|sa| {
                    sa.spi == id.spi && sa.dst == id.dst && sa.protocol == id.protocol && sa.mark == id.mark
                })
        };
        self.index.find(spread(hash), same).map(|entry| entry.slot)
    }

    /// The rows with this SPI and protocol, whatever their destination. None for SPI 0: it names no SA.
    pub fn with_spi(&self, spi: Spi, protocol: Protocol) -> Vec<Slot<Sa>> {
        let same = |slot: &Slot<Sa>| self.rows.get(*slot).is_some_and(|sa| sa.spi == spi && sa.protocol == protocol);
        let hash = hash(&self.hasher, spi, protocol, IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let entries = self.index.iter_hash(spread(hash)).filter(|_| spi != Spi::LARVAL);
        let mut slots: Vec<_> = entries.map(|entry| entry.slot).filter(same).collect();
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
        let Some(slot) = self.find(&row.id) else {
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
        let (hash, kind) = (hash(&self.hasher, sa.spi, sa.protocol, sa.dst), (sa.stage, sa.offload));
        let slot = self.rows.insert(sa)?;
        let rehash = |entry: &Entry| spread(entry.hash);
        if self.index.len() == self.index.capacity() {
            // A dump brings many: few and large steps.
            self.index.reserve(GROWTH * self.index.len(), rehash);
        }
        self.index.insert_unique(spread(hash), Entry { hash, slot }, rehash);
        self.count(kind, true);
        Some(slot)
    }

    /// Takes a row out.
    pub fn remove(&mut self, slot: Slot<Sa>) -> Option<Sa> {
        let sa = self.rows.remove(slot)?;
        let hash = hash(&self.hasher, sa.spi, sa.protocol, sa.dst);
        if let Ok(entry) = self.index.find_entry(spread(hash), |other| other.slot == slot) {
            entry.remove();
        }
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

fn direction(row: &KernelSa) -> Option<Direction> {
    row.direction.or(row.offload.map(|offload| offload.direction))
}

fn shape(row: &KernelSa, shapes: &mut Shapes) -> Shape {
    let shape = shapes.of(row);
    if let Some(offload) = row.offload.filter(|_| row.stage == SaStage::Installed) {
        shapes.take(shape, offload);
    }
    shape
}

fn add_time(row: &KernelSa) -> u32 {
    u32::try_from(row.counters.add_time).unwrap_or(u32::MAX)
}

fn sequence(row: &KernelSa) -> u64 {
    row.replay.sent.max(row.replay.received)
}

fn replay_drops(row: &KernelSa) -> u32 {
    row.counters.replay_drops.saturating_add(row.counters.replay_window_drops)
}

/// By SPI and protocol alone, because a log line names an SA without its address; those that wait for their SPI, of which there may be
/// many, by their destination.
fn hash(hasher: &FixedState, spi: Spi, protocol: Protocol, dst: IpAddr) -> u32 {
    let hash = if spi == Spi::LARVAL {
        hasher.hash_one(dst)
    } else {
        hasher.hash_one((u64::from(spi.0) << 8) | u64::from(protocol.number()))
    };
    (hash >> 32) as u32
}

/// As the table wants it: it takes the place from the lower bits and a tag from the highest.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sample;

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
    fn a_row_is_lean() {
        assert!(std::mem::size_of::<Sa>() <= 176, "{}", std::mem::size_of::<Sa>());
    }
}
