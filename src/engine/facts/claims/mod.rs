//! What the daemon claims: its connections, their tunnels, and the Child SAs that serve them.

mod absent;
mod of_sa;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};

pub use super::rows::{Child, Claim, Connection, Leg, Tunnel};

use self::absent::Absent;
use super::names::Name;
use super::sad::Sa;
use super::slab::{Column, Slab, Slot};
use super::subnets::SubnetPairs;
use super::traffic::Flow;
use crate::model::{Boottime, Direction, Protocol, Serial, Spi, SpiPair};

#[derive(Debug, Default)]
pub struct Claims {
    children: Slab<Child>,
    by_serial: HashTable<Slot<Child>>,
    by_ike: BTreeSet<(Serial, Slot<Child>)>,
    tunnels: Slab<Tunnel>,
    flows: Column<Tunnel, Flow>,
    by_instance: BTreeMap<(Slot<Connection>, Option<Name>), Slot<Tunnel>>,
    connections: Slab<Connection>,
    by_name: BTreeMap<Name, Slot<Connection>>,
    by_reqid: HashMap<u32, Slot<Connection>, FixedState>,
    absent: Absent,
    hasher: FixedState,
}

impl Claims {
    // --- connections and tunnels

    /// The connection of this name, made if it is new.
    pub fn connection(&mut self, name: Name) -> Option<Slot<Connection>> {
        if let Some(slot) = self.by_name.get(&name) {
            return Some(*slot);
        }
        let connection = Connection {
            name,
            tunnels: BTreeSet::new(),
            loaded: None,
            reqid: None,
            wanted: false,
            lacks_since: Boottime::default(),
            on_demand: false,
            last_refused: false,
            stood: false,
            negotiating: None,
            subnets: SubnetPairs::default(),
        };
        let slot = self.connections.insert(connection)?;
        self.by_name.insert(name, slot);
        Some(slot)
    }

    /// The connection of this name, if it is known.
    pub fn find_connection(&self, name: Name) -> Option<Slot<Connection>> {
        self.by_name.get(&name).copied()
    }

    /// The connection whose SAs carry this reqid.
    pub fn connection_of_reqid(&self, reqid: u32) -> Option<Slot<Connection>> {
        self.by_reqid.get(&reqid).copied()
    }

    /// Remembers the reqid of a connection's SAs. Whether it was nobody's, or another one's.
    pub fn set_reqid(&mut self, slot: Slot<Connection>, reqid: u32) -> bool {
        let Some(connection) = self.connections.get_mut(slot).filter(|row| reqid != 0 && row.reqid != Some(reqid))
        else {
            return false;
        };
        connection.reqid = Some(reqid);
        self.by_reqid.insert(reqid, slot) != Some(slot)
    }

    /// How many reqids are known.
    pub fn reqids(&self) -> usize {
        self.by_reqid.len()
    }

    /// Forgets reqids that nothing has, except the last one of each connection. The connections of which something has one.
    pub fn retain_reqids(&mut self, is_there: impl Fn(u32) -> bool) -> BTreeSet<Slot<Connection>> {
        let mut serving = BTreeSet::new();
        let connections = &self.connections;
        self.by_reqid.retain(|reqid, slot| {
            if is_there(*reqid) {
                serving.insert(*slot);
                return true;
            }
            connections.get(*slot).is_some_and(|connection| connection.reqid == Some(*reqid))
        });
        serving
    }

    /// Forgets a connection, which no tunnel may have.
    pub fn forget_connection(&mut self, slot: Slot<Connection>) {
        let Some(connection) = self.connections.remove(slot) else { return };
        self.by_name.remove(&connection.name);
        if let Some(reqid) = connection.reqid.filter(|reqid| self.by_reqid.get(reqid) == Some(&slot)) {
            self.by_reqid.remove(&reqid);
        }
    }

    pub fn connection_at(&self, slot: Slot<Connection>) -> Option<&Connection> {
        self.connections.get(slot)
    }

    /// One connection, to be changed.
    pub fn connection_mut(&mut self, slot: Slot<Connection>) -> Option<&mut Connection> {
        self.connections.get_mut(slot)
    }

    /// Whoever negotiated is gone.
    pub fn end_negotiations(&mut self) {
        for connection in self.connections.iter_mut() {
            connection.negotiating = None;
        }
    }

    /// Whatever was said of pairs of subnets was another process's word.
    pub fn forget_why_pairs_are_down(&mut self, now: Boottime) {
        for (_, pair) in self.connections.iter_mut().flat_map(|connection| connection.subnets.iter_mut()) {
            (pair.down, pair.since) = (None, now);
        }
    }

    pub fn connections(&self) -> impl Iterator<Item = (Slot<Connection>, &Connection)> {
        self.connections.iter()
    }

    /// The tunnel of this connection and instance, made if it is new.
    pub fn tunnel(&mut self, connection: Slot<Connection>, instance: Option<Name>) -> Option<Slot<Tunnel>> {
        if let Some(slot) = self.by_instance.get(&(connection, instance)) {
            return Some(*slot);
        }
        let slot = self.tunnels.insert(Tunnel { connection, instance, children: Vec::new() })?;
        self.flows.set(slot, Flow::default());
        self.by_instance.insert((connection, instance), slot);
        self.connections.get_mut(connection)?.tunnels.insert(slot);
        Some(slot)
    }

    pub fn tunnel_at(&self, slot: Slot<Tunnel>) -> Option<&Tunnel> {
        self.tunnels.get(slot)
    }

    /// What a tunnel carries.
    pub fn flow(&self, slot: Slot<Tunnel>) -> Flow {
        self.flows.get(slot).copied().unwrap_or_default()
    }

    /// What the tunnels carry, to be added to.
    pub fn flows_mut(&mut self) -> &mut Column<Tunnel, Flow> {
        &mut self.flows
    }

    /// The tunnel of this connection and instance, if it is known.
    pub fn find_tunnel(&self, connection: Slot<Connection>, instance: Option<Name>) -> Option<Slot<Tunnel>> {
        self.by_instance.get(&(connection, instance)).copied()
    }

    pub fn tunnels(&self) -> impl Iterator<Item = (Slot<Tunnel>, &Tunnel)> {
        self.tunnels.iter()
    }

    /// Forgets a tunnel that nothing serves any more. Whether it did.
    pub fn forget_tunnel(&mut self, slot: Slot<Tunnel>) -> bool {
        if self.tunnels.get(slot).is_none_or(|tunnel| !tunnel.children.is_empty()) {
            return false;
        }
        let Some(tunnel) = self.tunnels.remove(slot) else { return false };
        self.flows.remove(slot);
        self.by_instance.remove(&(tunnel.connection, tunnel.instance));
        if let Some(connection) = self.connections.get_mut(tunnel.connection) {
            connection.tunnels.remove(&slot);
        }
        true
    }

    // --- Child SAs

    /// One Child SA.
    pub fn child_at(&self, slot: Slot<Child>) -> Option<&Child> {
        self.children.get(slot)
    }

    /// The Child SA with this serial.
    pub fn find_child(&self, serial: Serial) -> Option<Slot<Child>> {
        let same = |slot: &Slot<Child>| self.children.get(*slot).is_some_and(|child| child.serial == serial);
        self.by_serial.find(self.hasher.hash_one(serial), same).copied()
    }

    /// Every Child SA.
    pub fn children(&self) -> impl Iterator<Item = (Slot<Child>, &Child)> {
        self.children.iter()
    }

    /// The Child SAs of an IKE SA.
    pub fn children_of_ike(&self, ike: Serial) -> impl Iterator<Item = Slot<Child>> {
        let of = self.by_ike.range((ike, Slot::FIRST)..).take_while(move |(other, _)| *other == ike);
        of.map(|(_, slot)| *slot)
    }

    /// The newest Child SA of a tunnel.
    pub fn newest(&self, tunnel: Slot<Tunnel>) -> Option<Slot<Child>> {
        self.tunnels.get(tunnel)?.children.last().map(|(_, slot)| *slot)
    }

    pub fn newest_child(&self, tunnel: Slot<Tunnel>) -> Option<&Child> {
        self.children.get(self.newest(tunnel)?)
    }

    /// Takes a new Child SA in. Its claims are not joined yet.
    pub fn add_child(
        &mut self,
        serial: Serial,
        ike: Serial,
        tunnel: Slot<Tunnel>,
        spis: SpiPair,
        established: Boottime,
    ) -> Option<Slot<Child>> {
        let claim = |spi| Claim { spi, sa: None };
        let (outbound, inbound) = (claim(spis.outbound), claim(spis.inbound));
        let child = Child { serial, ike, tunnel, protocol: spis.protocol, outbound, inbound, established, anew: false };
        let slot = self.children.insert(child)?;
        let (children, hasher) = (&self.children, &self.hasher);
        let rehash = |slot: &Slot<Child>| children.get(*slot).map_or(0, |child| hasher.hash_one(child.serial));
        self.by_serial.insert_unique(hasher.hash_one(serial), slot, rehash);
        self.by_ike.insert((ike, slot));
        if let Some(tunnel) = self.tunnels.get_mut(tunnel) {
            let place = tunnel.children.partition_point(|(other, _)| *other < serial);
            tunnel.children.insert(place, (serial, slot));
        }
        for direction in [Direction::Out, Direction::In] {
            self.miss(Leg { child: slot, direction });
        }
        Some(slot)
    }

    /// The daemon said that it replaces none.
    pub fn made_anew(&mut self, slot: Slot<Child>) {
        if let Some(child) = self.children.get_mut(slot) {
            child.anew = true;
        }
    }

    /// Takes a Child SA out. Returns the SAs that it had claimed.
    pub fn remove_child(&mut self, slot: Slot<Child>) -> Option<Child> {
        for direction in [Direction::Out, Direction::In] {
            self.unmiss(Leg { child: slot, direction });
        }
        let child = self.children.remove(slot)?;
        if let Ok(entry) = self.by_serial.find_entry(self.hasher.hash_one(child.serial), |other| *other == slot) {
            entry.remove();
        }
        self.by_ike.remove(&(child.ike, slot));
        if let Some(tunnel) = self.tunnels.get_mut(child.tunnel) {
            tunnel.children.retain(|(_, other)| *other != slot);
        }
        Some(child)
    }

    /// A new IKE SA takes over the Child SAs of an old one.
    pub fn inherit(&mut self, old: Serial, new: Serial) {
        let heirs: Vec<_> = self.children_of_ike(old).collect();
        for slot in heirs {
            let Some(child) = self.children.get_mut(slot) else { continue };
            child.ike = new;
            self.by_ike.remove(&(old, slot));
            self.by_ike.insert((new, slot));
        }
    }

    /// It is on this IKE SA.
    pub fn serves_ike(&mut self, slot: Slot<Child>, ike: Serial) {
        let Some(child) = self.children.get_mut(slot) else { return };
        let before = std::mem::replace(&mut child.ike, ike);
        self.by_ike.remove(&(before, slot));
        self.by_ike.insert((ike, slot));
    }

    /// It serves another tunnel of its connection than was known.
    pub fn move_child(&mut self, slot: Slot<Child>, tunnel: Slot<Tunnel>) {
        let Some(child) = self.children.get_mut(slot) else { return };
        let (before, serial) = (std::mem::replace(&mut child.tunnel, tunnel), child.serial);
        if let Some(tunnel) = self.tunnels.get_mut(before) {
            tunnel.children.retain(|(_, other)| *other != slot);
        }
        if let Some(tunnel) = self.tunnels.get_mut(tunnel) {
            let place = tunnel.children.partition_point(|(other, _)| *other < serial);
            tunnel.children.insert(place, (serial, slot));
        }
    }

    /// Joins a leg with the SA that the kernel shows, or takes the join away.
    pub fn set_claim(&mut self, leg: Leg, sa: Option<Slot<Sa>>) {
        let Some(child) = self.children.get_mut(leg.child) else { return };
        child.claim_mut(leg.direction).sa = sa;
        if sa.is_some() {
            self.unmiss(leg);
        } else {
            self.miss(leg);
        }
    }

    /// Legs without an SA that claim this SPI, in no order that may be relied on.
    pub fn absent(&self, spi: Spi, protocol: Protocol) -> impl Iterator<Item = Leg> {
        self.absent.with_spi(spi, protocol)
    }

    fn miss(&mut self, leg: Leg) {
        if let Some(child) = self.children.get(leg.child) {
            self.absent.insert(child.claim(leg.direction).spi, child.protocol, leg);
        }
    }

    fn unmiss(&mut self, leg: Leg) {
        if let Some(child) = self.children.get(leg.child) {
            self.absent.remove(child.claim(leg.direction).spi, child.protocol, leg);
        }
    }
}
