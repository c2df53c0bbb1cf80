//! What is taken of an SA that the kernel shows.

use std::num::NonZeroU16;

use crate::engine::facts::rows::Sa;
use crate::engine::facts::shapes::{Shape, Shapes};
use crate::model::{Boottime, Direction, KernelSa, SaStage};

/// `UDP_ENCAP_ESPINUDP_NON_IKE` and `UDP_ENCAP_ESPINUDP` (include/uapi/linux/udp.h).
const UDP: [u16; 2] = [1, 2];

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
            cpu: cpu(row),
            udp_port: udp_port(row),
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
    pub(super) fn refresh(&mut self, row: &KernelSa, shapes: &mut Shapes, seen: Boottime) -> bool {
        let is_another = self.stage != row.stage || self.add_time != add_time(row);
        if is_another {
            self.seen = seen;
        }
        self.shape = shape(row, shapes);
        self.src = row.src;
        self.reqid = row.reqid;
        self.if_id = row.if_id;
        self.mode = row.mode;
        self.stage = row.stage;
        self.direction = direction(row);
        self.offload = row.offload;
        self.cpu = cpu(row);
        self.udp_port = udp_port(row);
        self.add_time = add_time(row);
        self.hard_add_seconds = row.lifetime.hard_add_seconds;
        is_another
    }
}

fn direction(row: &KernelSa) -> Option<Direction> {
    row.direction.or(row.offload.map(|offload| offload.direction))
}

/// No kernel has as many as do not fit.
fn cpu(row: &KernelSa) -> Option<u16> {
    row.cpu.map(|cpu| u16::try_from(cpu).unwrap_or(u16::MAX))
}

fn udp_port(row: &KernelSa) -> Option<NonZeroU16> {
    let udp = row.encapsulation.filter(|encapsulation| UDP.contains(&encapsulation.kind));
    NonZeroU16::new(udp?.destination_port)
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
