//! Tunnels that went with an IKE SA which the daemon killed because the kernel had refused an SA to one of them.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::down::{Down, WhyDown};
use crate::engine::facts::slab::Slot;
use crate::model::{Evidence, Serial};

/// The daemon kills an IKE SA in the same breath as it is refused an SA for it.
const AT_ONCE: Duration = Duration::from_secs(1);

impl Facts {
    /// This IKE SA, of this connection, is killed: whether the kernel refused one of its Child SAs just before.
    pub(super) fn ike_falls_to_refusal(&mut self, ike: Serial, connection: Slot<Connection>) {
        let now = self.now;
        let ends = |one| self.loaded_at(one).and_then(|loaded| Some((loaded.local, loaded.remote?)));
        let (of_ike, children) = (ends(connection), self.claims.children_of_ike(ike));
        let on_it = children.filter_map(|child| self.claims.tunnel_at(self.claims.child_at(child)?.tunnel));
        let on_it: BTreeSet<_> = on_it.map(|tunnel| tunnel.connection).chain([connection]).collect();
        // One that was to come up beside them has no Child SA yet, but the same peer.
        let shares = |refused| on_it.contains(&refused) || (of_ike.is_some() && ends(refused) == of_ike);
        let refused = self.refusals.latest().find(|(refused, at)| now.since(*at) < AT_ONCE && shares(*refused));
        if let Some((refused, _)) = refused {
            self.refusals.killed(ike, refused);
        }
    }

    /// The connection for whose refusal the daemon killed the IKE SA that this one is down with.
    pub(in crate::engine) fn felled_by(&self, connection: Slot<Connection>) -> Option<Slot<Connection>> {
        self.refusals.has_killed().then(|| self.downs(connection).find_map(|down| self.killed_for(down)))?
    }

    /// The other connections that are down with the IKE SA of one that was refused.
    pub(in crate::engine) fn felled_with(&self, refused: Slot<Connection>) -> Vec<Slot<Connection>> {
        if !self.refusals.has_killed() {
            return Vec::new();
        }
        let all = self.claims.connections().map(|(slot, _)| slot);
        all.filter(|slot| *slot != refused && self.felled_by(*slot) == Some(refused)).collect()
    }

    /// The line that killed the IKE SA which this one is down with.
    pub(in crate::engine) fn killer_line(&self, connection: Slot<Connection>) -> Option<&Evidence> {
        self.downs(connection).find_map(|down| self.life.killer_of(down.ike?))
    }

    fn killed_for(&self, down: &Down) -> Option<Slot<Connection>> {
        down.ike.filter(|_| down.why == WhyDown::LostWithIke).and_then(|ike| self.refusals.killed_for(ike))
    }
}
