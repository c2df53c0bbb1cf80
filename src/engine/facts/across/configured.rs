//! What is written in the daemon's configuration against what it has loaded.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::daemons::{Homeless, Unlike, Unlikeness};
use crate::engine::facts::Facts;
use crate::engine::facts::addresses::AddressGone;
use crate::engine::facts::timer::Timer;
use crate::model::{AtStart, Boottime, ConfiguredConnection, ConfiguredConnections, LoadedConnection, Question};

/// Where the daemon's log does not tell that something was loaded, it is asked as often.
const WITHOUT_LOG: Duration = Duration::from_secs(60);

impl Facts {
    pub(in crate::engine) fn configuration_came(&mut self, told: Option<&ConfiguredConnections>) {
        self.configured.told = told.cloned().map(Box::new);
        self.compare_configuration(None);
    }

    /// The daemon has told of `count` connections; it was asked at `asked`.
    pub(in crate::engine) fn connections_are_loaded(&mut self, asked: Boottime, count: usize) {
        self.configured.loaded(self.now, count);
        self.compare_configuration(Some(asked));
    }

    pub(in crate::engine) fn configured_due(&mut self) {
        self.timers.clear(Timer::Configured);
        self.want_daemon(Question::Connections);
    }

    fn compare_configuration(&mut self, asked: Option<Boottime>) {
        let found = self.unlike();
        self.configured.differ(self.now, asked, found);
        self.timers.clear(Timer::Configured);
        let sure = self.configured.sure().next().is_some();
        let in_vain = (sure && !self.life.heard).then_some(self.now + WITHOUT_LOG);
        if let Some(at) = self.configured.ask_at(self.now).into_iter().chain(in_vain).min() {
            self.timers.set(at, Timer::Configured);
        }
    }

    /// Everything that is written otherwise than it is loaded.
    fn unlike(&self) -> BTreeMap<String, (AtStart, Unlike)> {
        let Some(told) = self.configured.told.as_deref().filter(|_| self.configured.is_comparable()) else {
            return BTreeMap::new();
        };
        let loaded = self.loaded_by_name();
        let unlike = |written: &ConfiguredConnection| {
            let how = self.how_unlike(written, loaded.get(written.connection.as_str()).copied())?;
            Some((written.connection.clone(), (written.start, how)))
        };
        told.connections.iter().filter_map(unlike).collect()
    }

    fn how_unlike(&self, written: &ConfiguredConnection, loaded: Option<&LoadedConnection>) -> Option<Unlike> {
        let Some(loaded) = loaded else {
            let starts = written.start != AtStart::Nothing;
            return starts.then(|| Unlike::NotLoaded { lacks: written.lacks.clone() });
        };
        if let Some(lacks) = &written.lacks {
            return Some(Unlike::Lacks(lacks.clone()));
        }
        let differences = self.life.dialect().differences(written, loaded, self.life.behaviour.version.as_deref());
        (!differences.is_empty()).then_some(Unlike::Otherwise(differences))
    }

    fn loaded_by_name(&self) -> BTreeMap<&str, &LoadedConnection> {
        let rows = self.claims.connections();
        rows.filter_map(|(_, row)| Some((self.names.text(row.name), row.loaded.as_deref()?))).collect()
    }

    /// What is sure to be loaded otherwise than it is written.
    pub(in crate::engine) fn unlikenesses(&self) -> Vec<Unlikeness<'_>> {
        if self.life.daemon.is_none() {
            return Vec::new();
        }
        let sure = self.configured.sure();
        sure.map(|(connection, start, how)| Unlikeness { connection, start, how }).collect()
    }

    /// Connections that are to come up here, which the daemon has loaded and whose addresses are not this host's. One that somebody wants up
    /// is a finding's.
    pub(in crate::engine) fn homeless(&self) -> Vec<Homeless<'_>> {
        let Some(told) = self.configured.told.as_deref().filter(|_| self.life.daemon.is_some()) else {
            return Vec::new();
        };
        let rows = self.claims.connections();
        let slots: BTreeMap<_, _> = rows.map(|(slot, row)| (self.names.text(row.name), (slot, row))).collect();
        let homeless = |written: &ConfiguredConnection| {
            let comes_up = matches!(written.start, AtStart::Routes | AtStart::BringsUp);
            let (slot, row) = slots.get(written.connection.as_str()).filter(|_| comes_up)?;
            let loaded = row.loaded.as_deref().filter(|loaded| loaded.oriented == Some(false) && !row.wanted)?;
            // Without a mode it only lets packets pass, or drops them.
            loaded.child.tunnel?;
            let (addresses, is_here) = match self.address_gone(*slot)? {
                AddressGone::Nowhere(address) => (vec![address], false),
                AddressGone::Neither(one, other) => (vec![one, other], false),
                AddressGone::NotSeenAgain(address) | AddressGone::Back(address) => (vec![address], true),
            };
            Some(Homeless { connection: &loaded.connection, start: written.start, addresses, is_here })
        };
        let mut found: Vec<_> = told.connections.iter().filter_map(homeless).collect();
        found.sort_unstable_by_key(|one| one.connection);
        found
    }
}
