//! Pairs of subnets: which of them should be up, and which are served.

use std::collections::BTreeMap;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Connection, Tunnel};
use crate::engine::facts::down::WANTED_AFTER;
use crate::engine::facts::names::Name;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::standing::TunnelPlace;
use crate::engine::facts::timer::Timer;
use crate::model::{Boottime, LoadedConnection};

impl Facts {
    /// The pair of subnets that a tunnel is of; none of a connection that has but one.
    pub(in crate::engine) fn pair_named(&mut self, instance: Option<&str>) -> Option<Name> {
        let pair = self.life.dialect().pair_of_subnets(instance?)?;
        Some(self.names.keep(pair))
    }

    pub(in crate::engine) fn pair_of_tunnel(&self, tunnel: Slot<Tunnel>) -> Option<TunnelPlace> {
        let row = self.claims.tunnel_at(tunnel)?;
        let pair = row.instance.and_then(|name| self.life.dialect().pair_of_subnets(self.names.text(name)));
        Some((row.connection, pair.and_then(|pair| self.names.find(pair))))
    }

    /// The tunnels that a connection is to have, instances of callers apart: its pairs of subnets, or itself.
    pub(in crate::engine) fn wanted_places(&self, connection: Slot<Connection>) -> Vec<TunnelPlace> {
        let Some(row) = self.claims.connection_at(connection).filter(|row| row.wanted && !row.is_template()) else {
            return Vec::new();
        };
        if row.subnets.is_empty() {
            return vec![(connection, None)];
        }
        row.subnets.iter().filter(|(_, pair)| pair.wanted).map(|(name, _)| (connection, Some(name))).collect()
    }

    /// Whether the daemon says that a Child SA serves it, be it by an instance.
    pub(in crate::engine) fn has_child(&self, place: TunnelPlace) -> bool {
        self.tunnels_of(place).any(|tunnel| self.claims.newest(tunnel).is_some())
    }

    /// The tunnels that serve a place: its own, else instances of it.
    fn tunnels_of(&self, (connection, pair): TunnelPlace) -> impl Iterator<Item = Slot<Tunnel>> {
        let own = pair.and_then(|_| self.claims.find_tunnel(connection, pair));
        let row = self.claims.connection_at(connection).filter(|_| own.is_none());
        let tunnels = row.into_iter().flat_map(|row| row.tunnels.iter().copied());
        let of_place =
            move |tunnel: &Slot<Tunnel>| pair.is_none() || self.pair_of_tunnel(*tunnel) == Some((connection, pair));
        own.into_iter().chain(tunnels.filter(of_place))
    }

    /// Whether the daemon wants something of this name up, instances of callers apart: `all` of one name.
    pub(in crate::engine) fn wanted_up(&self, all: &[&LoadedConnection]) -> Option<bool> {
        let own = || all.iter().filter(|loaded| !self.is_instance(loaded.instance.as_deref()));
        let told: Vec<bool> = own().filter_map(|loaded| loaded.wanted_up).collect();
        if own().next().is_none() {
            return all.first().and_then(|loaded| loaded.wanted_up);
        }
        (!told.is_empty()).then(|| told.contains(&true))
    }

    /// What the daemon has loaded of a connection: `all` of one name. `counts`: its word about what should be up does.
    pub(in crate::engine) fn pairs_came(
        &mut self,
        connection: Slot<Connection>,
        all: &[&LoadedConnection],
        counts: bool,
    ) {
        let (now, mut told) = (self.now, BTreeMap::new());
        for loaded in all {
            if self.is_instance(loaded.instance.as_deref()) {
                continue;
            }
            if let Some(name) = self.pair_named(loaded.instance.as_deref()) {
                told.insert(name, loaded.wanted_up.filter(|_| counts));
            }
        }
        let Some(row) = self.claims.connection_mut(connection) else { return };
        row.subnets.retain(|name| told.contains_key(&name));
        for (name, wanted) in told {
            row.subnets.want(name, wanted, now);
        }
    }

    /// This end negotiates for one of them by itself.
    pub(in crate::engine) fn pair_is_wanted(&mut self, (connection, pair): TunnelPlace) {
        let now = self.now;
        if let (Some(name), Some(row)) = (pair, self.claims.connection_mut(connection)) {
            row.subnets.want(name, Some(true), now);
        }
    }

    /// One of them was taken down by order, or unloaded. Whether that leaves others that should be up.
    pub(in crate::engine) fn pair_taken_down(&mut self, (connection, pair): TunnelPlace, unloaded: bool) -> bool {
        let (Some(name), Some(row)) = (pair, self.claims.connection_mut(connection)) else { return false };
        match row.subnets.get_mut(name) {
            Some(_) if unloaded => row.subnets.remove(name),
            Some(pair) => (pair.wanted, pair.down) = (false, None),
            None => {}
        }
        row.subnets.any_wanted()
    }

    /// A pair of subnets lost its Child SA: it has some time to come up by itself, and what was said long before is not why.
    pub(in crate::engine) fn pair_lost_child(&mut self, place: TunnelPlace) {
        let (connection, Some(name)) = place else { return };
        let (now, has_child) = (self.now, self.has_child(place));
        let Some(pair) = self.claims.connection_mut(connection).and_then(|row| row.subnets.get_mut(name)) else {
            return;
        };
        if has_child {
            return;
        }
        pair.since = now;
        pair.down.take_if(|down| now.since(down.said) >= WANTED_AFTER);
        self.timers.set(now + WANTED_AFTER, Timer::Wanted(connection));
    }

    /// The same of a connection that has but one.
    pub(in crate::engine) fn connection_lost_child(&mut self, connection: Slot<Connection>) {
        let now = self.now;
        if self.has_pair(connection) {
            return;
        }
        if let Some(row) = self.claims.connection_mut(connection).filter(|row| !row.is_template()) {
            row.lacks_since = now;
            self.timers.set(now + WANTED_AFTER, Timer::Wanted(connection));
        }
    }

    /// Whether the instance is one of a template.
    pub(in crate::engine) fn is_instance(&self, instance: Option<&str>) -> bool {
        instance.is_some_and(|instance| self.life.dialect().is_of_caller(instance))
    }

    /// Since when the newest pair of SAs that serves it stands whole; none where none does.
    pub(in crate::engine) fn place_stands_since(&self, place: TunnelPlace) -> Option<Boottime> {
        let newest = self.tunnels_of(place).filter_map(|tunnel| self.claims.newest_child(tunnel));
        newest.filter(|child| child.stands()).map(|child| child.established).min()
    }
}
