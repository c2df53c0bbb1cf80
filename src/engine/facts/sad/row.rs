//! One SA of the kernel as it is kept.

use std::net::IpAddr;

use super::meter::Meter;
use crate::engine::facts::claims::Leg;
use crate::engine::facts::shapes::{Shape, Shapes};
use crate::engine::facts::traffic::Grown;
use crate::model::{Boottime, Direction, KernelSa, Mark, Netns, Offload, Protocol, SaId, SaMode, SaStage, Spi};

/// What is kept of one SA: 100,000 of them are a real gateway, so it is lean.
#[derive(Debug)]
pub struct Sa {
    pub dst: IpAddr,
    pub src: IpAddr,
    pub spi: Spi,
    pub reqid: u32,
    /// XFRM interface id.
    pub if_id: u32,
    pub mark: Mark,
    pub protocol: Protocol,
    pub mode: SaMode,
    /// Larval or installed.
    pub stage: SaStage,
    /// As the kernel tells it.
    pub direction: Option<Direction>,
    pub offload: Option<Offload>,
    /// What it is like.
    pub shape: Shape,
    /// Seconds since the epoch of its add.
    pub add_time: u32,
    /// Seconds after the add at which the kernel removes it, 0 for never.
    pub hard_add_seconds: u32,
    /// When it was first seen.
    pub seen: Boottime,
    /// Number of the last observation that was an event of it: a dump's row and a read's answer are void beside a newer one.
    pub event: u64,
    /// The Child SA that claims it.
    pub claim: Option<Leg>,
}

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
            add_time: add_time(row),
            hard_add_seconds: row.lifetime.hard_add_seconds,
            seen,
            event: 0,
            claim: None,
        }
    }

    /// Takes what a dump or an event shows. Whether this is another SA under the same name: what the one before had carried means nothing
    /// for it.
    pub(super) fn refresh(&mut self, row: &KernelSa, shapes: &mut Shapes) -> bool {
        let is_another = self.stage != row.stage || self.add_time != add_time(row);
        self.shape = shape(row, shapes);
        self.src = row.src;
        self.reqid = row.reqid;
        self.if_id = row.if_id;
        self.mode = row.mode;
        self.stage = row.stage;
        self.direction = direction(row);
        self.offload = row.offload;
        self.add_time = add_time(row);
        self.hard_add_seconds = row.lifetime.hard_add_seconds;
        is_another
    }

    /// What it has carried since its counters were taken; none where they were set back.
    pub fn grown(&self, meter: &Meter, row: &KernelSa) -> Option<Grown> {
        (self.add_time == add_time(row)).then(|| meter.grown(row, self.way(), self.offload))?
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

pub(super) fn add_time(row: &KernelSa) -> u32 {
    u32::try_from(row.counters.add_time).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_lean() {
        assert!(std::mem::size_of::<Sa>() <= 120, "{}", std::mem::size_of::<Sa>());
    }
}
