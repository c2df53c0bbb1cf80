//! Which tunnels have ever received something.

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Connection, Tunnel};
use crate::engine::facts::slab::Slot;

impl Facts {
    /// A window has ended: who received something in it for the first time has been answered, for good.
    pub(super) fn note_who_was_answered(&mut self) {
        let Some(window) = &self.traffic.window else { return };
        let is_first = |tunnel: &Slot<Tunnel>| {
            let flow = self.claims.flow(*tunnel).window(window.number);
            flow.received > 0 && !flow.ever_received
        };
        let first: Vec<_> = window.tunnels.iter().copied().filter(is_first).collect();
        self.were_answered(&first);
    }

    /// These have received something.
    pub(super) fn were_answered(&mut self, tunnels: &[Slot<Tunnel>]) {
        for tunnel in tunnels {
            if self.comes_back(*tunnel) {
                let name = self.tunnel_text(*tunnel);
                self.answered.insert(name);
            }
        }
    }

    /// That it was never answered is told now.
    pub(super) fn unanswered_is_told(&mut self, tunnel: Slot<Tunnel>) {
        let name = self.tunnel_text(tunnel);
        self.answered.tell(name, self.now);
        self.up_changes();
    }

    /// It has received something, in this run or an earlier one.
    pub(in crate::engine) fn was_ever_answered(&self, tunnel: Slot<Tunnel>) -> bool {
        self.claims.flow(tunnel).ways().1 || self.answered.has(&self.tunnel_text(tunnel))
    }

    /// It was told within a week that it was never answered.
    pub(in crate::engine) fn was_told_unanswered(&self, tunnel: Slot<Tunnel>) -> bool {
        self.answered.was_told(&self.tunnel_text(tunnel), self.now)
    }

    /// Not one of a template's instances, which come from anywhere and are never the same.
    pub(in crate::engine) fn comes_back(&self, tunnel: Slot<Tunnel>) -> bool {
        let row = self.claims.tunnel_at(tunnel);
        let connection = row.and_then(|row| self.claims.connection_at(row.connection));
        !connection.is_some_and(Connection::is_template)
    }
}
