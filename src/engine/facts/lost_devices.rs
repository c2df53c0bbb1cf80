//! Devices that went down or away and took their SAs with them: no XFRM event tells (net/xfrm/xfrm_device.c, `xfrm_dev_down`).

use std::collections::{BTreeMap, BTreeSet};

use super::claims::{Connection, Leg, Tunnel};
use super::slab::Slot;
use crate::model::{Evidence, SaId, Serial};

/// What happened to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceLossCause {
    /// It was taken down.
    Down,
    /// It is gone from the namespace.
    Removed,
}

/// A device that took SAs with it.
#[derive(Debug)]
pub struct LostDevice {
    /// As it was called then.
    pub name: String,
    pub cause: DeviceLossCause,
    pub evidence: Evidence,
    /// Connections that its SAs served.
    pub connections: BTreeSet<Slot<Connection>>,
    /// SAs that the kernel has no more; none before all of them were looked for.
    pub lost: Vec<SaId>,
    // SAs that it had when it went, with what they served.
    pub(super) had: BTreeMap<SaId, Option<Served>>,
    // What has not been got over yet.
    pub(super) open: Vec<Served>,
    pub(super) legs: BTreeSet<Leg>,
    // Not told of the kernel yet.
    pub(super) waiting: usize,
    // An earlier loss of it was not got over.
    pub(super) again: bool,
}

/// What an SA served.
#[derive(Clone, Copy, Debug)]
pub(super) struct Served {
    pub(super) leg: Leg,
    pub(super) tunnel: Slot<Tunnel>,
    pub(super) connection: Slot<Connection>,
    pub(super) serial: Serial,
}

impl LostDevice {
    /// Whether the kernel has told what became of every SA.
    pub const fn is_known(&self) -> bool {
        self.waiting == 0
    }
}
