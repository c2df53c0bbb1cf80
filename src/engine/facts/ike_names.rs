//! IKE connections with a name of their own, by which the daemon speaks of its IKE SAs, and the connections that are their children.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::claims::Connection;
use super::names::Name;
use super::slab::Slot;
use crate::model::{Boottime, Serial};

/// An IKE SA that another one has replaced goes this soon after it.
const GOES_WITHIN: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub struct IkeNames {
    children: BTreeMap<Name, BTreeSet<Slot<Connection>>>,
    of: BTreeMap<Slot<Connection>, Name>,
    /// The child that was negotiated last on an IKE SA of this name: lines that name the IKE SA alone are about it.
    begun: BTreeMap<Name, (Slot<Connection>, Boottime)>,
    /// An IKE SA of this name stands in place of another one, and which one that is was not said.
    heirs: BTreeMap<Name, (Serial, Boottime)>,
}

/// In whose name an IKE SA stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IkeOf {
    /// One that has Child SAs itself.
    Connection(Slot<Connection>),
    /// Its own.
    Name(Name),
}

impl IkeNames {
    /// What the daemon has loaded: each connection with the name of its IKE connection.
    pub(super) fn came(&mut self, loaded: impl Iterator<Item = (Slot<Connection>, Name)>) {
        (self.children, self.of) = Default::default();
        for (connection, name) in loaded {
            self.children.entry(name).or_default().insert(connection);
            self.of.insert(connection, name);
        }
        self.begun.retain(|name, _| self.children.contains_key(name));
    }

    /// The connections that are children of an IKE connection.
    pub fn children(&self, name: Name) -> impl Iterator<Item = Slot<Connection>> {
        self.children.get(&name).into_iter().flatten().copied()
    }

    /// Each of them, with its IKE connection.
    pub fn all(&self) -> impl Iterator<Item = (Slot<Connection>, Name)> {
        self.of.iter().map(|(connection, name)| (*connection, *name))
    }

    /// The IKE connection that a connection is a child of, where that has a name of its own.
    pub fn of(&self, connection: Slot<Connection>) -> Option<Name> {
        self.of.get(&connection).copied()
    }

    pub(super) fn begins(&mut self, connection: Slot<Connection>, now: Boottime) {
        if let Some(name) = self.of(connection) {
            self.begun.insert(name, (connection, now));
        }
    }

    /// The child that a line means which names the IKE SA alone: the one that was begun within this time, or the only one.
    pub(super) fn meant(&self, name: Name, now: Boottime, within: Duration) -> Option<Slot<Connection>> {
        let begun = self.begun.get(&name).filter(|(_, at)| now.since(*at) < within).map(|(connection, _)| *connection);
        let mut children = self.children(name);
        begun.or_else(|| children.next().filter(|_| children.next().is_none()))
    }

    /// An IKE SA of this name replaces one that was not named.
    pub(super) fn replaces_one(&mut self, name: Name, heir: Serial, now: Boottime) {
        self.heirs.insert(name, (heir, now));
    }

    /// This IKE SA goes: the one that has replaced it.
    pub(super) fn heir_of(&mut self, name: Name, old: Serial, now: Boottime) -> Option<Serial> {
        let (heir, _) = self.heirs.remove(&name).filter(|(_, at)| now.since(*at) < GOES_WITHIN)?;
        (heir != old).then_some(heir)
    }

    /// Whatever was said of IKE SAs was another process's word.
    pub(super) fn forget_process(&mut self) {
        self.begun.clear();
        self.heirs.clear();
    }

    pub(super) fn names(&self) -> impl Iterator<Item = Name> {
        self.children.keys().chain(self.begun.keys()).chain(self.heirs.keys()).copied()
    }
}
