//! A device goes down or away: what became of its SAs is asked of the kernel, until whatever they served has got over it.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::facts::Facts;
use crate::engine::facts::asks::READS;
use crate::engine::facts::claims::{Claims, Connection, Leg, Tunnel};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::lost_devices::{DeviceLossCause, LostDevice, Served};
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::model::{DumpTable, Effect, SaId, Source};
use crate::plural::counted;

impl Facts {
    /// A device went: its SAs are read, or, where they are many, all are dumped.
    pub(in crate::engine) fn device_lost(&mut self, index: u32, cause: DeviceLossCause, out: &mut Vec<Effect>) {
        if self.sad.on_device(index) == 0 {
            return;
        }
        let on_it = |sa: &Sa| sa.offload.is_some_and(|offload| offload.ifindex == index);
        let slots: Vec<_> = self.sad.iter().filter(|(_, sa)| on_it(sa)).map(|(slot, _)| slot).collect();
        let had: BTreeMap<_, _> =
            slots.iter().filter_map(|slot| Some((self.sad.id(*slot)?, self.served(*slot)))).collect();
        let name = self.links.name(index);
        let text = match cause {
            DeviceLossCause::Down => format!("{name} was taken down while it held {}", counted(had.len() as u64, "SA")),
            DeviceLossCause::Removed => {
                format!("{name} is gone from this namespace; it held {}", counted(had.len() as u64, "SA"))
            }
        };
        let evidence = self.evidence(Source::Links, text);
        let ids: Vec<_> = had.keys().copied().collect();
        let legs = had.values().flatten().map(|served| served.leg).collect();
        let open: Vec<_> = had.values().flatten().copied().collect();
        let connections = open.iter().map(|served| served.connection).collect();
        let (waiting, lost) = (ids.len(), Vec::new());
        let again = self.lost_devices.get(&index).is_some_and(|device| device.is_known() || device.again);
        let device = LostDevice { name, cause, evidence, connections, lost, had, open, legs, waiting, again };
        self.lost_devices.insert(index, device);
        if ids.len() + self.asks.reads.len() > READS {
            self.want_dump(DumpTable::Sad);
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
    pub(in crate::engine) fn is_device_loss(&self, leg: Leg) -> bool {
        self.lost_devices.values().any(|device| device.legs.contains(&leg))
    }

    /// Whether a device that went had served a connection that has not got over it.
    pub(in crate::engine) fn was_on_lost_device(&self, connection: Slot<Connection>) -> bool {
        self.lost_devices.values().any(|device| device.connections.contains(&connection))
    }

    /// A read of this SA was answered.
    pub(in crate::engine) fn sa_was_looked_for(&mut self, id: &SaId) {
        let there = self.sad.find(id).is_some();
        let mut known = Vec::new();
        for (index, device) in &mut self.lost_devices {
            if device.waiting > 0 && device.had.contains_key(id) {
                device.waiting -= 1;
                if !there {
                    device.lost.push(*id);
                }
                known.extend(device.is_known().then_some(*index));
            }
        }
        self.losses_are_known(known);
    }

    /// A whole dump tells of all of them at once.
    pub(in crate::engine) fn losses_may_be_whole(&mut self) {
        let mut known = Vec::new();
        for (index, device) in self.lost_devices.iter_mut().filter(|(_, device)| !device.is_known()) {
            device.waiting = 0;
            device.lost = device.had.keys().filter(|id| self.sad.find(id).is_none()).copied().collect();
            known.push(*index);
        }
        self.losses_are_known(known);
    }

    fn losses_are_known(&mut self, devices: Vec<u32>) {
        for index in devices {
            let Some(device) = self.lost_devices.get(&index) else { continue };
            if device.lost.is_empty() && !device.again {
                self.lost_devices.remove(&index);
            } else if !device.lost.is_empty() {
                self.happens(Happened::DeviceLost(index));
            }
        }
    }

    /// Tunnels changed: devices are forgotten whose every connection has got over their loss.
    pub(in crate::engine) fn losses_may_be_over(&mut self) {
        let mut over = Vec::new();
        for (index, device) in &mut self.lost_devices {
            // Once got over, another loss is another matter: each is looked at until then, and not again.
            while device.open.pop_if(|served| has_got_over(&self.claims, served)).is_some() {}
            if device.is_known() && device.open.is_empty() {
                over.push(*index);
            }
        }
        for device in over.iter().filter_map(|index| self.lost_devices.remove(index)).collect::<Vec<_>>() {
            // Of what it had served more can be said from now on.
            for served in device.had.into_values().flatten() {
                self.served.push((served.tunnel, served.connection));
                self.connections.insert(served.connection);
            }
        }
    }

    /// Tunnels that lost SAs with this device and have no newer pair yet.
    pub(in crate::engine) fn tunnels_lost_with(&self, device: &str) -> BTreeSet<Slot<Tunnel>> {
        let lost = self.lost_devices.values().filter(|lost| lost.name == device);
        let served = lost.flat_map(|lost| lost.had.values().flatten());
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
