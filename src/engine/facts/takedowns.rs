//! SAs of a connection that the daemon takes down: by an order, or because of something that it noticed itself. Its line is the same.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::claims::Connection;
use super::down::WhyDown;
use super::slab::Slot;
use crate::model::{Boottime, Evidence, LoadedConnection, RealTime};

/// What the daemon does because of a sign follows at once; where it does much, each thing soon after the one before.
const FOLLOWS_WITHIN: Duration = Duration::from_secs(5);

/// One for each address of a host that is renumbered.
const SIGNS: usize = 32;

/// What the daemon noticed by itself, and takes connections down for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakedownCause {
    /// This peer is dead: every connection of it is begun anew.
    PeerDead(Option<IpAddr>),
    /// This address of the host is gone.
    AddressGone(IpAddr),
    /// It cannot tell which end of a connection this host is.
    EndsUnclear,
}

#[derive(Debug)]
struct Sign {
    cause: TakedownCause,
    at: Boottime,
    /// As the log has it: lines of the past arrive all at once.
    time: RealTime,
    line: Evidence,
}

/// By whose wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TakenDownBy {
    /// The line does not say, and nothing else has.
    Unknown,
    /// A sign says that it was the daemon's own; an order would be in its table.
    Sign,
    /// The daemon's own, though its table may look like an order.
    Daemon,
}

#[derive(Debug)]
pub(super) struct Takedown {
    pub(super) by: TakenDownBy,
    pub(super) at: Boottime,
    pub(super) line: Evidence,
}

/// Those of which it is not known for certain by whose wish they were.
#[derive(Debug, Default)]
pub struct Takedowns {
    pub(super) pending: BTreeMap<Slot<Connection>, Takedown>,
    signs: Vec<Sign>,
    /// This process has told what it has loaded.
    pub table_came: bool,
}

impl Takedowns {
    /// Nothing says by whose wish it was: neither that it should be up, nor that it should not.
    pub fn is_undecided(&self, connection: Slot<Connection>) -> bool {
        self.pending.get(&connection).is_some_and(|takedown| takedown.by == TakenDownBy::Unknown)
    }

    /// It is known, or of no interest any more.
    pub fn settle(&mut self, connection: Slot<Connection>) {
        self.pending.remove(&connection);
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The daemon noticed something for which it takes connections down.
    pub(super) fn follow(&mut self, cause: TakedownCause, line: Evidence) {
        if self.signs.len() >= SIGNS {
            self.signs.remove(0);
        }
        self.signs.push(Sign { cause, at: line.at, time: line.time, line });
    }

    /// The newest sign that what this line says of a connection follows from.
    pub(super) fn sign_of(
        &mut self,
        loaded: Option<&LoadedConnection>,
        line: &Evidence,
    ) -> Option<(TakedownCause, Evidence)> {
        let follows =
            |sign: &Sign| line.at.since(sign.at) < FOLLOWS_WITHIN && line.time < sign.time.after(FOLLOWS_WITHIN);
        self.signs.retain(follows);
        let sign = self.signs.iter_mut().rev().find(|sign| sign.cause.is_of(loaded))?;
        (sign.at, sign.time) = (line.at, line.time);
        Some((sign.cause, sign.line.clone()))
    }
}

impl TakedownCause {
    /// What is not known speaks against nothing.
    fn is_of(self, loaded: Option<&LoadedConnection>) -> bool {
        let same = |known: Option<IpAddr>, other| known.is_none_or(|known| known == other);
        match self {
            Self::PeerDead(Some(peer)) => same(loaded.and_then(|loaded| loaded.remote), peer),
            Self::AddressGone(address) => same(loaded.and_then(|loaded| loaded.local), address),
            Self::PeerDead(None) | Self::EndsUnclear => true,
        }
    }

    pub(super) const fn why(self) -> WhyDown {
        match self {
            Self::PeerDead(_) => WhyDown::NoAnswer,
            Self::AddressGone(_) => WhyDown::AddressGone,
            Self::EndsUnclear => WhyDown::EndsUnclear,
        }
    }
}
