//! One cause, one alarm: connections that are down for the same reason are told in one finding, under the name of the first of them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::down::{Down, WhyDown};
use crate::engine::facts::slab::Slot;
use crate::model::Serial;

/// With more connections than this nobody looks whether another one of the same peer stands.
const COMPARED: usize = 1024;

/// What connections can have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SharedCause {
    /// This peer does not answer this end.
    Peer(Option<IpAddr>, IpAddr),
    /// This address of the host is gone.
    Address(IpAddr),
    /// This IKE SA was killed.
    Ike(Serial),
}

/// Connections that are down for one cause, and told in one finding.
#[derive(Debug)]
struct ConnectionsGroup {
    lead: Slot<Connection>,
    /// The lead is one of them.
    all: BTreeSet<Slot<Connection>>,
}

#[derive(Debug, Default)]
pub(super) struct CauseGroups {
    by_cause: BTreeMap<SharedCause, ConnectionsGroup>,
    of: BTreeMap<Slot<Connection>, SharedCause>,
}

/// What became of a group that a connection has left.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AfterLeaving {
    /// It was in none, or the last of one.
    Nobody,
    /// It was the one whose name the finding has; the others are to be told under another name.
    Lead(SharedCause),
    /// The others are told as before, and are fewer.
    Member(SharedCause),
}

impl SharedCause {
    /// How that is told.
    pub(super) const fn why(self) -> WhyDown {
        match self {
            Self::Peer(..) => WhyDown::NoAnswer,
            Self::Address(_) => WhyDown::AddressGone,
            Self::Ike(_) => WhyDown::LostWithIke,
        }
    }
}

impl CauseGroups {
    pub(super) fn lead(&self, cause: SharedCause) -> Option<Slot<Connection>> {
        self.by_cause.get(&cause).map(|group| group.lead)
    }

    pub(super) fn members(&self, cause: SharedCause) -> impl Iterator<Item = Slot<Connection>> {
        self.by_cause.get(&cause).into_iter().flat_map(|group| group.all.iter().copied())
    }

    pub(super) fn cause_of(&self, connection: Slot<Connection>) -> Option<SharedCause> {
        self.of.get(&connection).copied()
    }

    /// It is told under another connection's name.
    pub(super) fn is_told_by_another(&self, connection: Slot<Connection>) -> bool {
        let cause = self.cause_of(connection);
        cause.and_then(|cause| self.lead(cause)).is_some_and(|lead| lead != connection)
    }

    /// All that are told under one name.
    pub(super) fn all(&self) -> impl Iterator<Item = Slot<Connection>> {
        self.of.keys().copied()
    }

    /// One more is down for this cause. Whether it is new there.
    pub(super) fn join(&mut self, connection: Slot<Connection>, cause: SharedCause) -> bool {
        let new = || ConnectionsGroup { lead: connection, all: BTreeSet::new() };
        self.of.insert(connection, cause);
        self.by_cause.entry(cause).or_insert_with(new).all.insert(connection)
    }

    /// It is up, unwanted, or down for another cause. Those that have a pair by now are told of no more: that has to stand a while
    /// only where they were told of by their own names.
    pub(super) fn leave(
        &mut self,
        connection: Slot<Connection>,
        is_down: impl Fn(Slot<Connection>) -> bool,
    ) -> AfterLeaving {
        let Some(cause) = self.of.remove(&connection) else { return AfterLeaving::Nobody };
        let Some(group) = self.by_cause.get_mut(&cause) else { return AfterLeaving::Nobody };
        let lead = group.lead;
        group.all.retain(|one| *one != connection && (*one == lead || is_down(*one)));
        let stays = &group.all;
        self.of.retain(|one, of| *of != cause || stays.contains(one));
        let Some(first) = group.all.first().copied() else {
            self.by_cause.remove(&cause);
            return AfterLeaving::Nobody;
        };
        if group.lead != connection {
            return AfterLeaving::Member(cause);
        }
        group.lead = first;
        AfterLeaving::Lead(cause)
    }
}

/// What others may be down for as well.
pub(super) fn cause(facts: &Facts, connection: Slot<Connection>, down: &Down) -> Option<SharedCause> {
    let loaded = facts.loaded_at(connection);
    match down.why {
        WhyDown::NoAnswer => loaded.and_then(|loaded| Some(SharedCause::Peer(loaded.local, loaded.remote?))),
        WhyDown::AddressGone => loaded.and_then(|loaded| loaded.local).map(SharedCause::Address),
        WhyDown::LostWithIke => down.ike.map(SharedCause::Ike),
        _ => None,
    }
}

/// A peer that is known not to answer, of a connection of which the daemon says nothing: it waits for the IKE SA that others ask for.
pub(super) fn silent_peer(
    facts: &Facts,
    connection: Slot<Connection>,
    is_known: impl Fn(SharedCause) -> bool,
) -> Option<SharedCause> {
    let loaded = facts.loaded_at(connection)?;
    let peer = loaded.remote?;
    let cause = SharedCause::Peer(loaded.local, peer);
    if !is_known(cause) {
        return None;
    }
    let answers = |row: &Connection| {
        row.loaded.as_ref().is_some_and(|loaded| loaded.remote == Some(peer))
            && row.tunnels.iter().any(|tunnel| facts.claims.newest(*tunnel).is_some())
    };
    let few = facts.claims.connections().take(COMPARED + 1).count() <= COMPARED;
    (few && !facts.claims.connections().any(|(_, row)| answers(row))).then_some(cause)
}
