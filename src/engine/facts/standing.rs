//! Tunnels that are up, or went a moment ago: what the daemon would have to bring back.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::claims::Connection;
use super::names::Name;
use super::slab::Slot;
use crate::model::{Boottime, Remembered};

/// A pair has to stand this long to close what was said of its connection.
pub const STANDS_AFTER: Duration = Duration::from_secs(5);

/// A tunnel beyond the life of its SAs: its connection and its instance.
pub type TunnelPlace = (Slot<Connection>, Option<Name>);

/// Tunnels that went a moment ago, without an order.
#[derive(Debug, Default)]
pub struct Standing {
    pub(super) left: VecDeque<(Boottime, TunnelPlace)>,
    // A change of what is up is to be kept then.
    pub(super) keeps_at: Option<Boottime>,
    pub(super) kept_at: Option<Boottime>,
    /// What an earlier run of swanwatch saw, until it is accounted for.
    pub earlier: Option<Box<Remembered>>,
}

#[derive(Debug, Default)]
pub struct Up {
    /// Tunnels that are there for good.
    pub permanent: BTreeSet<TunnelPlace>,
    /// Tunnels whose peers called, and have to call again.
    pub roadwarriors: u64,
}

impl Up {
    /// Connections of the permanent ones.
    pub fn connections(&self) -> BTreeSet<Slot<Connection>> {
        self.permanent.iter().map(|(connection, _)| *connection).collect()
    }
}
