//! One SA of the kernel as it is kept.

use std::net::IpAddr;

use crate::engine::claims::Leg;
use crate::engine::shapes::{Shape, Shapes};
use crate::engine::traffic::Grown;
use crate::model::{
    Boottime, Direction, KernelSa, Mark, Netns, Offload, OffloadMode, Protocol, SaId, SaMode, SaStage, Spi,
};

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
    /// Packets dropped between these two.
    pub moved_drops: u32,
    /// Bytes between these two.
    pub moved_bytes: u64,
    /// The Child SA that claims it.
    pub claim: Option<Leg>,
}

// === impl Sa ===

impl Sa {
    pub(super) fn new(row: &KernelSa, shapes: &mut Shapes, seen: Boottime) -> Self {
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
            moved_drops: 0,
            moved_bytes: 0,
            claim: None,
        }
    }

    pub(super) fn refresh(&mut self, row: &KernelSa, shapes: &mut Shapes) {
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
    pub(super) fn count(&mut self, row: &KernelSa) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_lean() {
        assert!(std::mem::size_of::<Sa>() <= 176, "{}", std::mem::size_of::<Sa>());
    }
}
