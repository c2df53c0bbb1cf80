//! IKE SAs that stand, as the daemon's table had them last, and since when one of them serves no Child SA.

use std::collections::{BTreeMap, BTreeSet};

use super::claims::Connection;
use super::names::Name;
use super::slab::Slot;
use crate::model::{Boottime, Serial};

/// More are not kept: whoever has so many is told of the first.
pub(super) const MOST: usize = 20_000;

/// All of them.
#[derive(Debug, Default)]
pub struct Ikes {
    rows: BTreeMap<Serial, Ike>,
    changes: u64,
}

#[derive(Clone, Copy, Debug)]
pub struct Ike {
    pub connection: Slot<Connection>,
    /// The caller's, where it is of a template's instance.
    pub instance: Option<Name>,
    /// It serves no Child SA.
    pub bare: Option<Bare>,
}

/// When the tables were asked for that had an IKE SA without a Child SA: the first and the last of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bare {
    pub first: Boottime,
    pub last: Boottime,
}

impl Ikes {
    /// How often they were changed.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// By serial: the oldest comes first.
    pub fn iter(&self) -> impl Iterator<Item = (Serial, &Ike)> {
        self.rows.iter().map(|(serial, row)| (*serial, row))
    }

    /// The names of instances.
    pub(super) fn names(&self) -> impl Iterator<Item = Name> {
        self.rows.values().filter_map(|row| row.instance)
    }

    /// Those that this table does not tell of.
    pub(super) fn others(&self, told: &BTreeSet<Serial>) -> Vec<(Serial, Slot<Connection>, Option<Name>)> {
        let others = self.rows.iter().filter(|(serial, _)| !told.contains(serial));
        others.map(|(serial, row)| (*serial, row.connection, row.instance)).collect()
    }

    /// The daemon's table came, which was asked for then. `serving`: IKE SAs with a Child SA, be it on its way; `told`: IKE SAs that it
    /// tells of.
    pub(super) fn came(
        &mut self,
        rows: impl Iterator<Item = (Serial, Slot<Connection>, Option<Name>)>,
        serving: &BTreeSet<Serial>,
        told: impl Fn(Serial) -> bool,
        asked: Boottime,
    ) {
        let before = std::mem::take(&mut self.rows);
        self.rows = rows
            .map(|(serial, connection, instance)| {
                let bare = before.get(&serial).and_then(|row| row.bare);
                let still = || Some(Bare { first: bare.map_or(asked, |bare| bare.first), last: asked });
                let bare = if told(serial) { still().filter(|_| !serving.contains(&serial)) } else { bare };
                (serial, Ike { connection, instance, bare })
            })
            .collect();
        self.changes += 1;
    }

    /// It stands no more.
    pub(super) fn remove(&mut self, serial: Serial) {
        self.changes += u64::from(self.rows.remove(&serial).is_some());
    }

    /// It has a Child SA.
    pub(super) fn serves(&mut self, serial: Serial) {
        let was_bare = self.rows.get_mut(&serial).is_some_and(|row| row.bare.take().is_some());
        self.changes += u64::from(was_bare);
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.changes += 1;
    }
}
