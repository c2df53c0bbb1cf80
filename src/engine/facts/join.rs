//! SAs that a Child SA claims and the kernel has no more, and how they left.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::claims::{Child, Connection, Leg};
use super::slab::Slot;
use crate::model::{AskId, Boottime, Direction, Evidence, SaId};

/// A claimed SA that the kernel never showed is looked for after this time.
pub const NEVER_SEEN_AFTER: Duration = Duration::from_secs(2);

/// A daemon that tells by itself what it deletes has told so by then.
pub const TOLD_WITHIN: Duration = Duration::from_secs(1);

/// How an SA left the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// A DELSA event.
    Deleted,
    /// A FLUSHSA event.
    Flushed,
    /// Its hard limit.
    Expired,
    /// Without an event.
    Silently,
    /// It was never seen, though the daemon claims it.
    NeverSeen,
}

/// An SA that a Child SA claims and the kernel has no more.
#[derive(Debug)]
pub struct Loss {
    /// When it was noticed.
    pub at: Boottime,
    pub how: How,
    /// Which SA, where it was seen.
    pub id: Option<SaId>,
    /// The device that it was offloaded to.
    pub device: Option<u32>,
    /// Nothing is decided before this question about the log is answered: the daemon may have deleted the SA itself.
    pub after: AskId,
    pub evidence: Evidence,
    pub connection: Option<Slot<Connection>>,
}

/// All of them, by leg.
#[derive(Debug, Default)]
pub struct Losses {
    by_leg: BTreeMap<Leg, Loss>,
    /// Those that wait for the log, by the question that they wait for.
    unsettled: BTreeSet<(AskId, Leg)>,
    by_connection: BTreeSet<(Slot<Connection>, Leg)>,
    /// The last question about the log that was answered.
    pub log_read_to: AskId,
}

impl Losses {
    /// The loss of a leg.
    pub fn get(&self, leg: Leg) -> Option<&Loss> {
        self.by_leg.get(&leg)
    }

    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.by_leg.is_empty()
    }

    /// The Child SAs of a connection that lack an SA.
    pub fn of_connection(&self, connection: Slot<Connection>) -> impl Iterator<Item = Slot<Child>> {
        let first = Leg { child: Slot::FIRST, direction: Direction::In };
        let of = self.by_connection.range((connection, first)..).take_while(move |(other, _)| *other == connection);
        of.map(|(_, leg)| leg.child)
    }

    /// The log has been read so far. The Child SAs of which something can be decided now.
    pub fn settle(&mut self, ask: AskId) -> Vec<Slot<Child>> {
        self.log_read_to = self.log_read_to.max(ask);
        let mut settled = Vec::new();
        while let Some(first) = self.unsettled.first().copied().filter(|(after, _)| *after <= ask) {
            self.unsettled.remove(&first);
            settled.push(first.1.child);
        }
        settled
    }

    pub(super) fn insert(&mut self, leg: Leg, loss: Loss) {
        self.remove(leg);
        self.unsettled.insert((loss.after, leg));
        self.by_connection.extend(loss.connection.map(|connection| (connection, leg)));
        self.by_leg.insert(leg, loss);
    }

    pub(super) fn remove(&mut self, leg: Leg) {
        let Some(loss) = self.by_leg.remove(&leg) else { return };
        self.unsettled.remove(&(loss.after, leg));
        if let Some(connection) = loss.connection {
            self.by_connection.remove(&(connection, leg));
        }
    }

    /// Everything the daemon wrote before the loss has been read.
    pub fn is_settled(&self, loss: &Loss) -> bool {
        loss.after <= self.log_read_to
    }
}
