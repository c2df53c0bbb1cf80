//! A connection loses its last pair, or gets none: by whose word, and by whose order.

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection};
use crate::engine::facts::down::{Down, WANTED_AFTER, Why};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::timer::Timer;
use crate::model::{Evidence, Notify, Reason, Serial};

impl Facts {
    /// An IKEv1 peer says in the name of the IKE SA what it refuses. Before that stands, these two are about who this end is; a peer
    /// that cannot read the first encrypted message has another secret.
    pub(in crate::engine) fn refused_by(&self, ike: Option<Serial>, notify: &Notify) -> Why {
        let of_identity = matches!(notify.0.as_str(), "INVALID_ID_INFORMATION" | "PAYLOAD_MALFORMED");
        let stands = ike.is_none_or(|ike| self.life.is_ike_standing(ike));
        if of_identity && !stands { Why::OwnIdRefused } else { Why::PeerRefused }
    }

    pub(in crate::engine) fn went_down(
        &mut self,
        connection: Slot<Connection>,
        why: Why,
        notify: Option<&str>,
        seen: Evidence,
    ) {
        // Whoever sends from an address that is gone hears no answer.
        let is_gone = why == Why::NoAnswer && self.address_gone(connection).is_some();
        let why = if is_gone { Why::AddressGone } else { why };
        // What follows from the kernel's refusal is no reason of its own.
        if self.down.get(&connection).is_some_and(|down| down.holds) {
            self.down_is_shown_by(connection, seen);
            return;
        }
        let now = self.now;
        let new = || Down { why, notify: None, since: now, ike: None, holds: false, lines: Vec::new(), again: None };
        let down = self.down.entry(connection).or_insert_with(new);
        if down.why != why {
            down.since = now;
        }
        down.why = why;
        down.ike = None;
        down.notify = notify.map(ToOwned::to_owned);
        down.push(seen);
        down.again = Some(0);
        self.touch_connection(connection);
    }

    /// The kernel refused its SA, and that was told: it is why it is down until something else is tried.
    pub(in crate::engine) fn down_by_refusal(&mut self, connection: Slot<Connection>, reason: Reason) {
        let Some(line) = self.refusals.pending(connection).and_then(|refusal| refusal.lines.first()).cloned() else {
            return;
        };
        if self.has_pair(connection) {
            return;
        }
        self.down.remove(&connection);
        self.went_down(connection, Why::KernelRefused(reason), None, line);
        if let Some(down) = self.down.get_mut(&connection) {
            down.holds = true;
            down.again = None;
        }
    }

    /// Something is tried anew: what comes of it counts.
    pub(in crate::engine) fn down_may_change(&mut self, connection: Slot<Connection>) {
        if let Some(down) = self.down.get_mut(&connection) {
            down.holds = false;
        }
    }

    /// The peer deletes a pair, or the IKE SA of one. An older pair goes after each rekey.
    pub(in crate::engine) fn peer_deletes(
        &mut self,
        speaker: Slot<Connection>,
        serial: Option<Serial>,
        seen: Evidence,
    ) {
        let child = serial.and_then(|serial| self.claims.find_child(serial));
        let tunnel = child.and_then(|child| self.claims.child_at(child)).map(|child| child.tunnel);
        let connection =
            tunnel.and_then(|tunnel| self.claims.tunnel_at(tunnel)).map_or(speaker, |tunnel| tunnel.connection);
        let is_newest = tunnel.is_some_and(|tunnel| self.claims.newest(tunnel) == child);
        let goes_with_ike = child.is_none() && self.last_pair_is_of(connection, serial);
        if is_newest || goes_with_ike || !self.has_pair(connection) {
            self.negotiation_over(connection);
            self.went_down(connection, Why::PeerDeleted, None, seen.clone());
            self.taken_down_by_peer(connection, seen);
            self.timers.set(self.now + WANTED_AFTER, Timer::Wanted(connection));
        }
    }

    /// Every pair that this connection has is of this IKE SA.
    fn last_pair_is_of(&self, connection: Slot<Connection>, ike: Option<Serial>) -> bool {
        let tunnels = self.claims.connection_at(connection).map(|row| &row.tunnels);
        let mut newest = tunnels.into_iter().flatten().filter_map(|tunnel| self.claims.newest_child(*tunnel));
        newest.all(|child| Some(child.ike) == ike)
    }

    /// A further line of the same attempt.
    pub(in crate::engine) fn down_is_shown_by(&mut self, connection: Slot<Connection>, line: Evidence) {
        if let Some(down) = self.down.get_mut(&connection) {
            down.push(line);
            down.again = down.again.map(|behind| behind + 1);
        }
    }

    /// What is known of it by now is told.
    pub(in crate::engine) fn down_was_told(&mut self, connection: Slot<Connection>) {
        if let Some(down) = self.down.get_mut(&connection) {
            down.again = None;
            down.lines.clear();
        }
    }

    /// A Child SA goes because its IKE SA was killed: its connection should be up and is not.
    pub(in crate::engine) fn went_with_ike(&mut self, child: Slot<Child>) {
        let Some(row) = self.claims.child_at(child) else { return };
        let (ike, tunnel) = (row.ike, row.tunnel);
        let Some(killer) = self.life.killer_of(ike).cloned() else { return };
        let Some(connection) = self.claims.tunnel_at(tunnel).map(|tunnel| tunnel.connection) else { return };
        if let Some(row) = self.claims.connection_mut(connection) {
            row.wanted = true;
        }
        self.went_down(connection, Why::LostWithIke, None, killer);
        if let Some(down) = self.down.get_mut(&connection).filter(|down| down.why == Why::LostWithIke) {
            down.ike = Some(ike);
        }
        self.timers.set(self.now + WANTED_AFTER, Timer::Wanted(connection));
    }

    /// An operator took it down, or unloaded it: then it should not be up.
    pub(in crate::engine) fn taken_down(&mut self, connection: Slot<Connection>, unloaded: bool, seen: Evidence) {
        if let Some(row) = self.claims.connection_mut(connection) {
            row.wanted = false;
            row.negotiating = None;
            if unloaded {
                row.loaded = None;
            }
        }
        self.down.remove(&connection);
        self.takedowns.settle(connection);
        self.said.forget(connection);
        self.refusals.settle(connection);
        self.went_by_order(connection);
        self.happens(Happened::TakenDown(connection, seen));
        self.touch_connection(connection);
    }
}
