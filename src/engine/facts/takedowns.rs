//! SAs of a connection that the daemon takes down: by an order, or because of something that it noticed itself. Its line is the same.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::Facts;
use super::claims::Connection;
use super::down::{Down, WANTED_AFTER, Why};
use super::happened::Happened;
use super::slab::Slot;
use crate::engine::facts::timer::Timer;
use crate::model::{Boottime, Evidence, LoadedConnection, Question, RealTime, Source};

/// What the daemon does because of a sign follows at once; where it does much, each thing soon after the one before.
const FOLLOWS_WITHIN: Duration = Duration::from_secs(5);

/// One for each address of a host that is renumbered.
const SIGNS: usize = 32;

const NOT_TO_BE_UP: &str = "the daemon says that this connection is not to be up any more";

const NOT_LOADED: &str = "the daemon has this connection loaded no more";

/// What the daemon noticed by itself, and takes connections down for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// This peer is dead: every connection of it is begun anew.
    PeerDead(Option<IpAddr>),
    /// This address of the host is gone.
    AddressGone(IpAddr),
    /// It cannot tell which end of a connection this host is.
    EndsUnclear,
}

#[derive(Debug)]
struct Sign {
    cause: Cause,
    at: Boottime,
    /// As the log has it: lines of the past arrive all at once.
    time: RealTime,
    line: Evidence,
}

/// By whose wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// The line does not say, and nothing else has.
    Unknown,
    /// A sign says that it was the daemon's own; an order would be in its table.
    Sign,
    /// The daemon's own, though its table may look like an order.
    Daemon,
}

#[derive(Debug)]
struct Takedown {
    by: By,
    at: Boottime,
    line: Evidence,
}

/// Those of which it is not known for certain by whose wish they were.
#[derive(Debug, Default)]
pub struct Takedowns {
    pending: BTreeMap<Slot<Connection>, Takedown>,
    signs: Vec<Sign>,
    /// This process has told what it has loaded.
    pub table_came: bool,
}

impl Takedowns {
    /// Nothing says by whose wish it was: neither that it should be up, nor that it should not.
    pub fn is_undecided(&self, connection: Slot<Connection>) -> bool {
        self.pending.get(&connection).is_some_and(|takedown| takedown.by == By::Unknown)
    }

    /// It is known, or of no interest any more.
    pub fn settle(&mut self, connection: Slot<Connection>) {
        self.pending.remove(&connection);
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The newest sign that what this line says of a connection follows from.
    fn sign_of(&mut self, loaded: Option<&LoadedConnection>, line: &Evidence) -> Option<(Cause, Evidence)> {
        let follows =
            |sign: &Sign| line.at.since(sign.at) < FOLLOWS_WITHIN && line.time < sign.time.after(FOLLOWS_WITHIN);
        self.signs.retain(follows);
        let sign = self.signs.iter_mut().rev().find(|sign| sign.cause.is_of(loaded))?;
        (sign.at, sign.time) = (line.at, line.time);
        Some((sign.cause, sign.line.clone()))
    }
}

impl Cause {
    /// What is not known speaks against nothing.
    fn is_of(self, loaded: Option<&LoadedConnection>) -> bool {
        let same = |known: Option<IpAddr>, other| known.is_none_or(|known| known == other);
        match self {
            Self::PeerDead(Some(peer)) => same(loaded.and_then(|loaded| loaded.remote), peer),
            Self::AddressGone(address) => same(loaded.and_then(|loaded| loaded.local), address),
            Self::PeerDead(None) | Self::EndsUnclear => true,
        }
    }

    const fn why(self) -> Why {
        match self {
            Self::PeerDead(_) => Why::NoAnswer,
            Self::AddressGone(_) => Why::AddressGone,
            Self::EndsUnclear => Why::EndsUnclear,
        }
    }
}

impl Facts {
    /// The daemon noticed something for which it takes connections down.
    pub(in crate::engine) fn takedowns_follow(&mut self, cause: Cause, line: Evidence) {
        // What it can still use, it tells.
        self.want_daemon(Question::Connections);
        let signs = &mut self.takedowns.signs;
        if signs.len() >= SIGNS {
            signs.remove(0);
        }
        signs.push(Sign { cause, at: line.at, time: line.time, line });
    }

    /// Its peer is dead: so it is for others.
    pub(in crate::engine) fn peer_is_dead(&mut self, connection: Slot<Connection>, line: Evidence) {
        let peer = self.loaded_at(connection).and_then(|loaded| loaded.remote);
        self.takedowns_follow(Cause::PeerDead(peer), line.clone());
        // The line before may have said so.
        if self.down.get(&connection).is_some_and(|down| down.why == Why::NoAnswer) {
            self.down_is_shown_by(connection, line);
            self.touch_connection(connection);
        } else {
            self.went_down(connection, Why::NoAnswer, None, line);
        }
    }

    /// The daemon takes a connection's SAs down.
    pub(in crate::engine) fn takes_down(&mut self, connection: Slot<Connection>, line: Evidence) {
        self.negotiation_over(connection);
        self.want_daemon(Question::Connections);
        let loaded = self.claims.connection_at(connection).and_then(|row| row.loaded.as_deref());
        let sign = self.takedowns.sign_of(loaded, &line);
        let by = match sign {
            None => By::Unknown,
            Some((Cause::PeerDead(_), _)) => By::Sign,
            Some(_) => By::Daemon,
        };
        let takedown = Takedown { by, at: self.now, line: line.clone() };
        self.takedowns.pending.insert(connection, takedown);
        if let Some((cause, sign)) = sign {
            self.fell_with(connection, cause, sign);
            self.down_is_shown_by(connection, line);
        }
        self.touch_connection(connection);
    }

    /// A state of a connection ends, and no order was heard of: its address may have gone. Older daemons say no more.
    pub(in crate::engine) fn may_fall_with_address(&mut self, connection: Slot<Connection>, line: &Evidence) {
        let loaded = self.claims.connection_at(connection).and_then(|row| row.loaded.as_deref());
        if let Some((cause @ Cause::AddressGone(_), line)) = self.takedowns.sign_of(loaded, line) {
            self.fell_with(connection, cause, line);
        }
    }

    /// It went because of what the daemon noticed, and nobody wanted that.
    fn fell_with(&mut self, connection: Slot<Connection>, cause: Cause, line: Evidence) {
        let had_pair = self.has_pair(connection);
        // Traffic brings it up again.
        let by_traffic = |loaded: &LoadedConnection| loaded.routed == Some(true) && loaded.wanted_up != Some(true);
        if let Some(row) = self.claims.connection_mut(connection) {
            row.wanted |= had_pair && !row.on_demand && !row.loaded.as_deref().is_some_and(by_traffic);
        }
        // What the daemon said of this connection itself says more than that its peer is dead.
        let says_more = |down: &Down| down.why == cause.why() || (cause.why() == Why::NoAnswer && !had_pair);
        if !self.down.get(&connection).is_some_and(says_more) {
            self.went_down(connection, cause.why(), None, line);
        }
        self.timers.set(self.now + WANTED_AFTER, Timer::Wanted(connection));
    }

    /// The daemon begins anew by itself what nobody ordered it to end.
    pub(in crate::engine) fn begins_anew(&mut self, connection: Slot<Connection>) {
        if self.takedowns.is_undecided(connection) {
            self.was_no_order(connection);
        }
    }

    fn was_no_order(&mut self, connection: Slot<Connection>) {
        self.takedowns.settle(connection);
        self.timers.set(self.now + WANTED_AFTER, Timer::Wanted(connection));
        self.happens(Happened::TakenDownByDaemon);
        self.touch_connection(connection);
    }

    /// What the daemon's table, asked at `asked`, says of a connection's takedown. Whether its word about what should be up counts.
    pub(in crate::engine) fn table_tells_of_takedown(
        &mut self,
        connection: Slot<Connection>,
        wanted_up: Option<bool>,
        asked: Boottime,
    ) -> bool {
        let Some(takedown) = self.takedowns.pending.get(&connection) else {
            let before = self.loaded_at(connection).and_then(|loaded| loaded.wanted_up);
            if before == Some(true) && wanted_up == Some(false) {
                self.was_ordered(connection, false);
            }
            return true;
        };
        // It may have been on its way already.
        if asked < takedown.at {
            return false;
        }
        match (wanted_up, takedown.by) {
            (Some(true), _) => self.was_no_order(connection),
            (_, By::Daemon) => return false,
            (Some(false), _) => self.was_ordered(connection, false),
            (None, _) => return false,
        }
        true
    }

    /// The daemon's table shows an order.
    pub(in crate::engine) fn was_ordered(&mut self, connection: Slot<Connection>, unloaded: bool) {
        let line = self.takedowns.pending.get(&connection).map(|takedown| takedown.line.clone());
        let said = if unloaded { NOT_LOADED } else { NOT_TO_BE_UP };
        let line = line.unwrap_or_else(|| self.evidence(Source::Daemon, said));
        self.taken_down(connection, unloaded, line);
    }

    fn has_pair(&self, connection: Slot<Connection>) -> bool {
        let tunnels = self.claims.connection_at(connection).map(|row| &row.tunnels);
        tunnels.into_iter().flatten().any(|tunnel| self.claims.newest(*tunnel).is_some())
    }

    pub(in crate::engine) fn loaded_at(&self, connection: Slot<Connection>) -> Option<&LoadedConnection> {
        self.claims.connection_at(connection)?.loaded.as_deref()
    }
}
