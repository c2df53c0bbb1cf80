//! What more is told of a Child SA that is known, and what a daemon that counts no pair twice makes of an order.

use crate::engine::facts::Facts;
use crate::engine::facts::across::takedowns::is_by_traffic;
use crate::engine::facts::claims::{Child, Connection};
use crate::engine::facts::slab::Slot;
use crate::model::Serial;

impl Facts {
    /// The log and what the daemon tells by itself have one Child SA twice, and its table a third time: each leaves out something else.
    pub(super) fn child_is_told_again(
        &mut self,
        slot: Slot<Child>,
        connection: Slot<Connection>,
        instance: Option<&str>,
        ike: Serial,
    ) {
        if !self.life.dialect().counts_apart() {
            return;
        }
        if ike != Serial::default() {
            self.claims.serves_ike(slot, ike);
            self.ikes.serves(ike);
        }
        let Some(instance) = instance.map(|instance| self.names.keep(instance)) else { return };
        let Some(tunnel) = self.claims.tunnel(connection, Some(instance)) else { return };
        let before = self.claims.child_at(slot).map(|child| child.tunnel);
        if before.is_some_and(|before| before != tunnel) {
            self.touch_child(slot);
            self.claims.move_child(slot, tunnel);
            self.touch_child(slot);
        }
    }

    /// What begins now replaces the pair that stands: the daemon makes no second one beside it.
    pub(super) fn stands_and_is_made_once(&self, connection: Slot<Connection>) -> bool {
        !self.life.behaviour.initiate_heals && self.life.dialect().counts_apart() && self.has_pair(connection)
    }

    /// Traffic brings it up: that the daemon begins it is no wish of anybody's. Where its table says what is wanted now, that decides.
    pub(super) fn comes_by_traffic(&self, connection: Slot<Connection>) -> bool {
        !self.life.behaviour.tells_what_is_wanted && self.loaded_at(connection).is_some_and(is_by_traffic)
    }
}
