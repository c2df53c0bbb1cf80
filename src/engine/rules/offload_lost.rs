//! `offload-lost`: a device that goes down or away takes its SAs with it, and no XFRM event tells (net/xfrm/xfrm_device.c, `xfrm_dev_down`).

use std::collections::{BTreeMap, BTreeSet};

use super::words;
use crate::engine::Engine;
use crate::engine::facts::Facts;
use crate::engine::facts::asks::READS;
use crate::engine::facts::claims::{Claims, Connection, Leg, Tunnel};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::findings::Draft;
use crate::model::{Affected, Code, Effect, Evidence, Reason, SaId, Serial, Severity, Source, Subject, Table};

/// What happened to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It was taken down.
    Down,
    /// It is gone from the namespace.
    Removed,
}

/// A device that took SAs with it.
#[derive(Debug)]
pub struct LostDevice {
    cause: Cause,
    evidence: Vec<Evidence>,
    // SAs that it had when it went, with what they served.
    had: BTreeMap<SaId, Option<Served>>,
    connections: BTreeSet<Slot<Connection>>,
    // What has not been got over yet.
    open: Vec<Served>,
    legs: BTreeSet<Leg>,
    lost: Vec<SaId>,
    // Not told of the kernel yet.
    waiting: usize,
}

/// What an SA served.
#[derive(Clone, Copy, Debug)]
struct Served {
    leg: Leg,
    tunnel: Slot<Tunnel>,
    connection: Slot<Connection>,
    serial: Serial,
}

impl LostDevice {
    /// Whether it had served this connection.
    pub fn served(&self, connection: Slot<Connection>) -> bool {
        self.connections.contains(&connection)
    }
}

impl Engine {
    pub(in crate::engine) fn tell_lost_devices(&mut self, out: &mut Vec<Effect>) {
        let told: Vec<_> =
            self.facts.lost_devices.iter().filter(|(_, device)| device.waiting == 0).map(|(index, _)| *index).collect();
        for index in told {
            let name = self.facts.links.name(index);
            if self.book.is_open(Code::OffloadLost, &name) {
                continue;
            }
            let Some(device) = self.facts.lost_devices.get(&index) else { continue };
            if device.lost.is_empty() {
                self.facts.lost_devices.remove(&index);
                continue;
            }
            let draft = self.facts.lost_draft(&name, device);
            self.book.open(draft, self.facts.now, self.facts.wall, out);
        }
    }

    /// Closes what every connection has got over.
    pub(super) fn judge_lost_devices(&mut self, out: &mut Vec<Effect>) {
        let mut over = Vec::new();
        for (index, device) in &mut self.facts.lost_devices {
            // Once got over, another loss is another matter: each is looked at until then, and not again.
            while device.open.pop_if(|served| has_got_over(&self.facts.claims, served)).is_some() {}
            if device.waiting == 0 && device.open.is_empty() {
                over.push(*index);
            }
        }
        for index in over {
            if let Some(device) = self.facts.lost_devices.remove(&index) {
                // Of what it had served more can be said from now on.
                for served in device.had.into_values().flatten() {
                    self.facts.served.push((served.tunnel, served.connection));
                    self.facts.connections.insert(served.connection);
                }
            }
            self.over(Source::Engine, Code::OffloadLost, &self.facts.links.name(index), out);
        }
    }
}

impl Facts {
    /// A device went: its SAs are read, or, where they are many, all are dumped.
    pub(in crate::engine) fn device_lost(&mut self, index: u32, cause: Cause, out: &mut Vec<Effect>) {
        if self.sad.on_device(index) == 0 {
            return;
        }
        let on_it = |sa: &Sa| sa.offload.is_some_and(|offload| offload.ifindex == index);
        let slots: Vec<_> = self.sad.iter().filter(|(_, sa)| on_it(sa)).map(|(slot, _)| slot).collect();
        let had: BTreeMap<_, _> =
            slots.iter().filter_map(|slot| Some((self.sad.id(*slot)?, self.served(*slot)))).collect();
        let text = match cause {
            Cause::Down => format!("{} was taken down while it held {} SAs", self.links.name(index), had.len()),
            Cause::Removed => {
                format!("{} is gone from this namespace; it held {} SAs", self.links.name(index), had.len())
            }
        };
        let evidence = vec![self.evidence(Source::Links, text)];
        let ids: Vec<_> = had.keys().copied().collect();
        let legs = had.values().flatten().map(|served| served.leg).collect();
        let open: Vec<_> = had.values().flatten().copied().collect();
        let connections = open.iter().map(|served| served.connection).collect();
        let (waiting, lost) = (ids.len(), Vec::new());
        let device = LostDevice { cause, evidence, waiting, had, connections, open, legs, lost };
        self.lost_devices.insert(index, device);
        if ids.len() + self.asks.reads.len() > READS {
            self.want_dump(Table::Sad);
        } else {
            for id in ids {
                self.read_sa(id, out);
            }
        }
    }

    fn served(&self, slot: Slot<Sa>) -> Option<Served> {
        let leg = self.sad.get(slot)?.claim?;
        let child = self.claims.child_at(leg.child)?;
        let connection = self.claims.tunnel_at(child.tunnel)?.connection;
        Some(Served { leg, tunnel: child.tunnel, connection, serial: child.serial })
    }

    /// Whether the loss of a leg is told by its device.
    pub(super) fn is_device_loss(&self, leg: Leg) -> bool {
        self.lost_devices.values().any(|device| device.legs.contains(&leg))
    }

    /// A read of this SA was answered.
    pub(in crate::engine) fn sa_was_looked_for(&mut self, id: &SaId) {
        let there = self.sad.find(id).is_some();
        for device in self.lost_devices.values_mut() {
            if device.waiting > 0 && device.had.contains_key(id) {
                device.waiting -= 1;
                if !there {
                    device.lost.push(*id);
                }
            }
        }
        self.happens(Happened::DeviceLost);
    }

    /// A whole dump tells of all of them at once.
    pub(super) fn losses_may_be_whole(&mut self) {
        for device in self.lost_devices.values_mut().filter(|device| device.waiting > 0) {
            device.waiting = 0;
            device.lost = device.had.keys().filter(|id| self.sad.find(id).is_none()).copied().collect();
        }
        self.happens(Happened::DeviceLost);
    }

    fn lost_draft(&self, name: &str, device: &LostDevice) -> Draft {
        let connections = &device.connections;
        let names = connections.iter().map(|connection| self.connection_text(*connection));
        let all = names.chain(device.lost.iter().map(ToString::to_string));
        let affected = Affected::listing(device.lost.len() as u64, connections.len() as u64, all);
        let told = words::offload_lost(
            name,
            device.cause,
            (affected.sas, affected.connections),
            &self.rekey_command_for("NAME"),
        );
        let mut evidence = device.evidence.clone();
        evidence.push(self.evidence(
            Source::Xfrm,
            format!("{} SAs are not in the kernel any more, and no XFRM event told so", affected.sas),
        ));
        Draft {
            code: Code::OffloadLost,
            scope: name.to_owned(),
            reason: if device.cause == Cause::Down { Reason::LinkDown } else { Reason::DeviceRemoved },
            severity: Severity::Critical,
            subject: Subject { device: Some(name.to_owned()), ..Subject::default() },
            affected,
            summary: told.summary,
            advice: told.advice,
            evidence,
            again: false,
            speaks_of: std::collections::BTreeSet::new(),
        }
    }

    /// Tunnels that lost SAs with this device and have no newer pair yet.
    pub(in crate::engine) fn tunnels_lost_with(&self, device: &str) -> BTreeSet<Slot<Tunnel>> {
        let lost = self.lost_devices.iter().filter(|(index, _)| self.links.name(**index) == device);
        let served = lost.flat_map(|(_, device)| device.had.values().flatten());
        served.filter(|served| !has_got_over(&self.claims, served)).map(|served| served.tunnel).collect()
    }
}

fn has_got_over(claims: &Claims, served: &Served) -> bool {
    match claims.newest_child(served.tunnel) {
        Some(child) => child.serial > served.serial && child.stands(),
        // The daemon gave the tunnel up, or it is a new process.
        None => true,
    }
}
