//! The IKE SAs of a connection with one peer.

use std::collections::BTreeMap;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::ikes::Bare;
use crate::engine::facts::names::Name;
use crate::engine::facts::slab::Slot;
use crate::model::{Boottime, Serial};

/// So many without a Child SA no ordinary life leaves: a rekey or a reauthentication has an old and a new one, two ends that begin at once
/// make one more, IKEv1 keeps the replaced one until it expires.
pub(super) const TOO_MANY: usize = 5;

/// A Child SA may still come, and what is replaced go.
pub(super) const STANDS: std::time::Duration = std::time::Duration::from_secs(10);

/// A connection, and the caller where it is a template's instance.
pub(super) type Whom = (Slot<Connection>, Option<Name>);

#[derive(Debug)]
pub(super) struct IkePile {
    /// Without a Child SA in two tables, oldest first.
    pub(super) bare: Vec<Serial>,
    pub(super) since: Boottime,
    /// When the last table was asked for.
    pub(super) last: Boottime,
    /// Of all that stand, with a Child SA or without.
    pub(super) newest: Serial,
}

impl IkePile {
    /// Those that nobody needs: the newest may get its Child SA yet, and the daemon begins anew where it goes.
    pub(super) fn removable(&self) -> Vec<Serial> {
        self.bare.iter().copied().filter(|serial| *serial != self.newest).collect()
    }
}

/// What was found in the tables.
#[derive(Debug, Default)]
pub(super) struct Piles {
    pub(super) piles: BTreeMap<Whom, IkePile>,
    /// Some may be piles, and one more table tells.
    pub(super) undecided: bool,
}

/// Of every peer that has too many; of one connection where it is named.
pub(super) fn piles(facts: &Facts) -> Piles {
    let mut all: BTreeMap<Whom, (Vec<(Serial, Bare)>, Serial)> = BTreeMap::new();
    for (serial, row) in facts.ikes.iter() {
        let (bare, newest) = all.entry((row.connection, row.instance)).or_default();
        *newest = serial;
        bare.extend(row.bare.map(|bare| (serial, bare)));
    }
    let mut found = Piles::default();
    for (whom, (bare, newest)) in all {
        let stand: Vec<_> = bare.iter().filter(|(_, bare)| bare.last.since(bare.first) >= STANDS).collect();
        let since = stand.iter().map(|(_, bare)| bare.first).min();
        let last = stand.iter().map(|(_, bare)| bare.last).max();
        match since.zip(last).filter(|_| stand.len() >= TOO_MANY) {
            Some((since, last)) => {
                let bare = stand.into_iter().map(|(serial, _)| *serial).collect();
                found.piles.insert(whom, IkePile { bare, since, last, newest });
            }
            None => found.undecided |= bare.len() >= TOO_MANY,
        }
    }
    found
}
