//! Whom a line of the daemon is about: a connection, or an IKE SA whose connection has a name of its own.

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Connection, Tunnel};
use crate::engine::facts::ike_names::IkeOf;
use crate::engine::facts::names::Name;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::speakers::IkeSpeaker;
use crate::model::{LoadedConnection, Serial, Speaker};

impl Facts {
    /// Whom a name means. An IKE connection never becomes a tunnel.
    pub(super) fn named(&mut self, name: &str) -> Option<IkeOf> {
        let is_of_ike = self.life.dialect().is_of_ike_sa(name);
        let name = self.names.keep(name);
        if is_of_ike { Some(IkeOf::Name(name)) } else { self.claims.connection(name).map(IkeOf::Connection) }
    }

    /// By whose number it speaks.
    pub(super) fn speaks_as(&self, about: &Speaker) -> IkeSpeaker {
        let dialect = self.life.dialect();
        match about.serial {
            serial if dialect.is_of_ike_sa(&about.connection) => IkeSpeaker::Ike(serial),
            _ if dialect.counts_apart() => IkeSpeaker::Child,
            serial => IkeSpeaker::Either(serial),
        }
    }

    /// Whom a name in its table means.
    pub(super) fn known_name(&mut self, name: &str) -> Option<IkeOf> {
        let is_of_ike = self.life.dialect().is_of_ike_sa(name);
        if is_of_ike { self.named(name) } else { self.connection_named(name).map(IkeOf::Connection) }
    }

    /// The daemon has told what it has loaded.
    pub(super) fn ike_names_came(&mut self, loaded: &[LoadedConnection]) {
        let mut told = Vec::new();
        for connection in loaded {
            let Some(ike) = connection.ike.as_deref() else { continue };
            let ike = self.names.keep(ike);
            if let Some(slot) = self.connection_named(&connection.connection) {
                told.push((slot, ike));
            }
        }
        self.ike_names.came(told.into_iter());
    }

    /// The same, of names that are known.
    pub(super) fn known_as(&self, name: &str) -> Vec<Slot<Connection>> {
        if self.life.dialect().is_of_ike_sa(name) {
            return self.names.find(name).into_iter().flat_map(|name| self.ike_names.children(name)).collect();
        }
        self.connection_named(name).into_iter().collect()
    }

    pub(in crate::engine) fn speaker_tunnel(
        &mut self,
        about: &Speaker,
        connection: Slot<Connection>,
    ) -> Option<Slot<Tunnel>> {
        let instance: Option<Name> = about.instance.as_deref().map(|instance| self.names.keep(instance));
        self.claims.tunnel(connection, instance)
    }

    /// Children of an IKE connection that have no pair, or whose pairs are all of this IKE SA: what befalls it befalls them.
    pub(super) fn on_ike(&self, name: Name, ike: Option<Serial>) -> Vec<Slot<Connection>> {
        let children = self.ike_names.children(name);
        children.filter(|slot| !self.has_pair(*slot) || (ike.is_some() && self.last_pair_is_of(*slot, ike))).collect()
    }

    /// Children of an IKE connection that have no pair.
    pub(super) fn without_pair(&self, name: Name) -> Vec<Slot<Connection>> {
        self.ike_names.children(name).filter(|slot| !self.has_pair(*slot)).collect()
    }
}
