//! Which tunnels were up when the daemon died: what it has to bring back.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::Engine;
use super::claims::{Child, Connection};
use super::names::Name;
use super::slab::Slot;
use crate::model::Boottime;

/// A tunnel that goes this short a time before the daemon does went with it.
const GOES_WITH: Duration = Duration::from_secs(10);

/// A tunnel beyond the life of its SAs: its connection and its instance.
pub type Place = (Slot<Connection>, Option<Name>);

/// Tunnels that went a moment ago, without an order.
#[derive(Debug, Default)]
pub struct Standing {
    left: VecDeque<(Boottime, Place)>,
}

/// What was up.
#[derive(Debug, Default)]
pub struct Up {
    /// Tunnels that are there for good.
    pub permanent: BTreeSet<Place>,
    /// Tunnels whose peers called, and have to call again.
    pub roadwarriors: u64,
}

impl Up {
    /// Connections of the permanent ones.
    pub fn connections(&self) -> BTreeSet<Slot<Connection>> {
        self.permanent.iter().map(|(connection, _)| *connection).collect()
    }
}

impl Engine {
    /// A Child SA is about to lose an SA, or to go: with the newest pair its tunnel goes.
    pub(super) fn child_goes(&mut self, slot: Slot<Child>) {
        let Some(child) = self.claims.child_at(slot).filter(|child| child.stands()) else { return };
        let Some(tunnel) = self.claims.tunnel_at(child.tunnel) else { return };
        if self.claims.newest(child.tunnel) != Some(slot) {
            return;
        }
        let place = (tunnel.connection, tunnel.instance);
        let left = &mut self.standing.left;
        while left.front().is_some_and(|(at, _)| self.now.since(*at) > GOES_WITH) {
            left.pop_front();
        }
        left.push_back((self.now, place));
    }

    /// An operator wanted it so.
    pub(super) fn went_by_order(&mut self, connection: Slot<Connection>) {
        self.standing.left.retain(|(_, (other, _))| *other != connection);
    }

    /// What is up, or was a moment ago.
    pub(super) fn was_up(&mut self) -> Up {
        let left = std::mem::take(&mut self.standing.left);
        let left = left.into_iter().filter(|(at, _)| self.now.since(*at) <= GOES_WITH).map(|(_, place)| place);
        let stands = self.claims.tunnels().filter(|(slot, _)| self.newest_stands(*slot));
        let all: BTreeSet<Place> = stands.map(|(_, t)| (t.connection, t.instance)).chain(left).collect();
        let (permanent, callers): (BTreeSet<_>, BTreeSet<_>) =
            all.into_iter().partition(|place| self.is_permanent(*place));
        Up { permanent, roadwarriors: callers.len() as u64 }
    }

    /// Not one of many that a template makes, for whoever calls.
    pub(super) fn is_permanent(&self, (connection, instance): Place) -> bool {
        let template =
            self.claims.connection_at(connection).and_then(|c| c.loaded.as_ref()).is_some_and(|l| l.template);
        // `[1] 192.1.3.209` is an instance of a caller; `/1x2` is one of the connection's own pairs of selectors.
        !template && instance.is_none_or(|instance| !self.names.text(instance).contains('['))
    }

    /// Whether it has a whole pair now.
    pub(super) fn place_stands(&self, (connection, instance): Place) -> bool {
        self.claims.find_tunnel(connection, instance).is_some_and(|tunnel| self.newest_stands(tunnel))
    }
}
