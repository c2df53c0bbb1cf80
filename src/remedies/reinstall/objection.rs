//! What speaks against touching an SA, as it was read.

use super::end::WhyNotAsOrdered;
use super::looked::Looked;
use super::{ReinstallOrder, sequence};
use crate::model::{Direction, Offload, OffloadMode, PROBE_REQID, Protocol, SaStage};

/// None where nothing does, as far as it stays in the kernel all the time.
pub fn objection(order: &ReinstallOrder, looked: &Looked) -> Option<WhyNotAsOrdered> {
    let sa = &looked.sa;
    let packet = |offload: Option<Offload>| offload.is_some_and(|offload| offload.mode == OffloadMode::Packet);
    let why = if sa.reqid == PROBE_REQID {
        WhyNotAsOrdered::Probes
    } else if sa.stage == SaStage::Larval {
        WhyNotAsOrdered::Larval
    } else if sa.id.protocol != Protocol::Esp {
        WhyNotAsOrdered::NotEsp(sa.id.protocol)
    } else if packet(sa.offload) || packet(order.offload) {
        WhyNotAsOrdered::PacketMode
    } else if same(sa.offload, order.offload) {
        WhyNotAsOrdered::AlreadySo
    } else {
        return None;
    };
    Some(why)
}

/// What speaks against taking it out for a moment. None where nothing does.
pub fn objection_to_a_gap(order: &ReinstallOrder, looked: &Looked) -> Option<WhyNotAsOrdered> {
    let sa = &looked.sa;
    let why = if looked.redacted {
        WhyNotAsOrdered::Redacted
    } else if looked.dying {
        WhyNotAsOrdered::Dying
    } else if !looked.numbered {
        WhyNotAsOrdered::NotNumbered
    } else if order.direction == Direction::In {
        return None;
    } else if looked.wraps {
        WhyNotAsOrdered::Wraps
    } else if !sequence::has_room(sa.replay.sent, sa.replay.esn) {
        WhyNotAsOrdered::NearTheEnd(sa.replay.sent)
    } else {
        return None;
    };
    Some(why)
}

/// The same device and kind, or none both times.
pub fn same(one: Option<Offload>, other: Option<Offload>) -> bool {
    let key = |offload: Offload| (offload.ifindex, offload.mode);
    one.map(key) == other.map(key)
}
