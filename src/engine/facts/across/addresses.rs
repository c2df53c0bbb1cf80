//! This host's end of a connection: whether its address is there.

use std::collections::BTreeSet;

use crate::engine::facts::Facts;
use crate::engine::facts::addresses::AddressGone;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::slab::Slot;
use crate::model::LoadedConnection;

impl Facts {
    /// What is wrong with the address at this end; none where nothing is, or nobody can tell.
    pub(in crate::engine) fn address_gone(&self, connection: Slot<Connection>) -> Option<AddressGone> {
        let loaded = self.loaded_at(connection).filter(|_| self.links.known)?;
        let local = loaded.local?;
        let is_held = |address| self.links.holding(address).is_some();
        match (loaded.oriented, loaded.remote) {
            (Some(false), _) if is_held(local) => Some(AddressGone::NotSeenAgain(local)),
            // It never knew which end is this host's: else an interface would be named.
            (Some(false), Some(remote)) if loaded.interface.is_none() => Some(if is_held(remote) {
                AddressGone::NotSeenAgain(remote)
            } else {
                AddressGone::Neither(local, remote)
            }),
            _ => (!is_held(local)).then_some(AddressGone::Nowhere(local)),
        }
    }

    /// What the daemon tells of a connection now. Of one whose address is gone it does not tell any more which end is this host's.
    pub(in crate::engine) fn as_oriented(
        &self,
        connection: Slot<Connection>,
        told: &LoadedConnection,
    ) -> LoadedConnection {
        let before = self.loaded_at(connection).filter(|_| told.oriented == Some(false));
        let ends = |loaded: &LoadedConnection| BTreeSet::from([loaded.local, loaded.remote]);
        let Some(before) = before.filter(|before| ends(before) == ends(told)) else { return told.clone() };
        LoadedConnection {
            local: before.local,
            remote: before.remote,
            interface: before.interface.clone(),
            local_selector: before.local_selector.clone(),
            remote_selector: before.remote_selector.clone(),
            ..told.clone()
        }
    }
}
