//! `offload-capacity`: a device refuses what it took before. Its table is full, or its hash table has no place for this SA.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::words;
use crate::engine::Engine;
use crate::engine::book::listing;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::findings::Draft;
use crate::engine::timers::Timer;
use crate::model::{Code, Effect, Evidence, Reason, RefusedSa, SaId, Severity, Source, Subject};

/// An SA has to stay on the device for so long to prove that there is room: half a pair goes again with the other half.
const STAYS: Duration = Duration::from_secs(5);

/// Devices that refused what they took before.
pub type FullDevices = BTreeMap<u32, FullDevice>;

/// One of them.
#[derive(Debug, Default)]
pub struct FullDevice {
    // Whose SAs it refused.
    refused: BTreeSet<Slot<Connection>>,
    // What it took since.
    took: Option<SaId>,
}

/// One refusal of such a device.
#[derive(Debug)]
pub struct Refused {
    /// Whose SA; none for an SA that no daemon asked for.
    pub connection: Option<Slot<Connection>>,
    /// Which SA.
    pub sa: Option<RefusedSa>,
    /// What tells of it.
    pub lines: Vec<Evidence>,
}

impl FullDevice {
    /// Connections whose SAs it refused.
    pub fn refused(&self) -> impl Iterator<Item = Slot<Connection>> {
        self.refused.iter().copied()
    }
}

impl super::Rules {
    /// Whether a device's being full is told as the reason why this connection has no SA.
    pub(in crate::engine) fn is_refused_as_full(&self, connection: Slot<Connection>) -> bool {
        self.full_devices.values().any(|full| full.refused.contains(&connection))
    }

    /// Whether a device refused what it took before, and has not taken the like since.
    pub(in crate::engine) fn is_full_device(&self, device: u32) -> bool {
        self.full_devices.contains_key(&device)
    }
}

impl Engine {
    pub(super) fn device_is_full(&mut self, device: u32, refused: Refused, out: &mut Vec<Effect>) {
        let name = self.facts.links.name(device);
        let full = self.rules.full_devices.entry(device).or_default();
        full.refused.extend(refused.connection);
        full.took = None;
        let Some(full) = self.rules.full_devices.get(&device) else { return };
        let (held, all) = (self.facts.sad.on_device(device), full.refused.len());
        let told = words::full(&name, held, all);
        let names = full.refused.iter().map(|connection| self.facts.connection_text(*connection));
        let affected = listing(u64::from(held), all as u64, all, names);
        let mut evidence = refused.lines;
        evidence.push(self.facts.evidence(Source::Xfrm, format!("{name} holds {held} SAs")));
        let subject = Subject {
            spi: refused.sa.map(|sa| sa.spi),
            dst: refused.sa.and_then(|sa| sa.dst),
            device: Some(name.clone()),
            ..Subject::default()
        };
        let draft = Draft {
            code: Code::OffloadCapacity,
            scope: name,
            reason: Reason::Capacity,
            severity: Severity::Critical,
            subject,
            affected,
            summary: told.summary,
            advice: told.advice,
            evidence,
            again: true,
            speaks_of: std::collections::BTreeSet::new(),
        };
        self.book.open(draft, self.facts.now, self.facts.wall, out);
    }

    /// An SA came: where it is on such a device, there may be room again.
    pub(super) fn device_took(&mut self, slot: Slot<Sa>) {
        let Some(device) = self.facts.sad.get(slot).and_then(|sa| sa.offload).map(|offload| offload.ifindex) else {
            return;
        };
        let id = self.facts.sad.id(slot);
        let Some(full) = self.rules.full_devices.get_mut(&device) else { return };
        if full.took.is_none() {
            full.took = id;
            self.facts.timers.set(self.facts.now + STAYS, Timer::Room(device));
        }
    }

    pub(in crate::engine) fn room_due(&mut self, device: u32, out: &mut Vec<Effect>) {
        let Some(full) = self.rules.full_devices.get_mut(&device) else { return };
        let Some(id) = full.took.take() else { return };
        let stays = |slot| self.facts.sad.get(slot).is_some_and(|sa| sa.offload.is_some());
        if !self.facts.sad.find(&id).is_some_and(stays) {
            return;
        }
        let Some(full) = self.rules.full_devices.remove(&device) else { return };
        self.over(Source::Xfrm, Code::OffloadCapacity, &self.facts.links.name(device), out);
        self.facts.connections.extend(full.refused);
    }
}
