//! A connection whose SAs the daemon takes down: whether that was an order.

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::down::{Down, WANTED_AFTER, WhyDown};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::takedowns::{Takedown, TakedownCause, TakenDownBy};
use crate::engine::facts::timer::Timer;
use crate::model::{Boottime, Evidence, LoadedConnection, Question, Source};

const NOT_TO_BE_UP: &str = "the daemon says that this connection is not to be up any more";

const NOT_LOADED: &str = "the daemon has this connection loaded no more";

impl Facts {
    /// The daemon noticed something for which it takes connections down.
    pub(in crate::engine) fn takedowns_follow(&mut self, cause: TakedownCause, line: Evidence) {
        // What it can still use, it tells.
        self.want_daemon(Question::Connections);
        self.takedowns.follow(cause, line);
    }

    /// Its peer is dead: so it is for others.
    pub(in crate::engine) fn peer_is_dead(&mut self, connection: Slot<Connection>, line: Evidence) {
        let peer = self.loaded_at(connection).and_then(|loaded| loaded.remote);
        self.takedowns_follow(TakedownCause::PeerDead(peer), line.clone());
        self.peer_is_dead_for(connection, line);
    }

    pub(super) fn peer_is_dead_for(&mut self, connection: Slot<Connection>, line: Evidence) {
        // The line before may have said so.
        if self.is_down_by(connection, |down| down.why == WhyDown::NoAnswer) {
            self.down_is_shown_by(connection, &line);
            self.touch_connection(connection);
        } else {
            self.went_down((connection, None), WhyDown::NoAnswer, None, line);
        }
    }

    /// The daemon takes a connection's SAs down.
    pub(in crate::engine) fn takes_down(&mut self, connection: Slot<Connection>, line: Evidence) {
        self.negotiation_over(connection);
        self.want_daemon(Question::Connections);
        let loaded = self.claims.connection_at(connection).and_then(|row| row.loaded.as_deref());
        let sign = self.takedowns.sign_of(loaded, &line);
        let by = match sign {
            None => TakenDownBy::Unknown,
            Some((TakedownCause::PeerDead(_), _)) => TakenDownBy::Sign,
            Some(_) => TakenDownBy::Daemon,
        };
        let takedown = Takedown { by, at: self.now, line: line.clone() };
        self.takedowns.pending.insert(connection, takedown);
        if let Some((cause, sign)) = sign {
            self.fell_with(connection, cause, sign);
            self.down_is_shown_by(connection, &line);
        }
        self.touch_connection(connection);
    }

    /// A state of a connection ends, and no order was heard of: its address may have gone. Older daemons say no more.
    pub(in crate::engine) fn may_fall_with_address(&mut self, connection: Slot<Connection>, line: &Evidence) {
        let loaded = self.claims.connection_at(connection).and_then(|row| row.loaded.as_deref());
        if let Some((cause @ TakedownCause::AddressGone(_), line)) = self.takedowns.sign_of(loaded, line) {
            self.fell_with(connection, cause, line);
        }
    }

    /// It went because of what the daemon noticed, and nobody wanted that.
    fn fell_with(&mut self, connection: Slot<Connection>, cause: TakedownCause, line: Evidence) {
        let had_pair = self.has_pair(connection);
        // Traffic brings it up again.
        if let Some(row) = self.claims.connection_mut(connection) {
            row.wanted |= had_pair && !row.on_demand && !row.loaded.as_deref().is_some_and(is_by_traffic);
        }
        // What the daemon said of this connection itself says more than that its peer is dead.
        let says_more = |down: &Down| down.why == cause.why() || (cause.why() == WhyDown::NoAnswer && !had_pair);
        if !self.is_down_by(connection, says_more) {
            self.went_down((connection, None), cause.why(), None, line);
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
        if self.says_only_what_it_said(connection, wanted_up) {
            let pending = self.takedowns.pending.get(&connection).filter(|takedown| takedown.at <= asked);
            match pending.map(|takedown| takedown.by) {
                // Nothing that it noticed itself: somebody wanted that.
                Some(TakenDownBy::Unknown) => self.was_ordered(connection, false),
                Some(TakenDownBy::Sign | TakenDownBy::Daemon) => self.was_no_order(connection),
                None => {}
            }
            return false;
        }
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
            (_, TakenDownBy::Daemon) => return false,
            (Some(false), _) => self.was_ordered(connection, false),
            (None, _) => return false,
        }
        true
    }

    /// The table has what the configuration says of it, as before, whatever was ordered since.
    fn says_only_what_it_said(&self, connection: Slot<Connection>, wanted_up: Option<bool>) -> bool {
        let before = self.loaded_at(connection).map(|loaded| loaded.wanted_up);
        !self.life.behaviour.tells_what_is_wanted && self.takedowns.table_came && before == Some(wanted_up)
    }

    /// The daemon's table shows an order.
    pub(in crate::engine) fn was_ordered(&mut self, connection: Slot<Connection>, unloaded: bool) {
        let line = self.takedowns.pending.get(&connection).map(|takedown| takedown.line.clone());
        let said = if unloaded { NOT_LOADED } else { NOT_TO_BE_UP };
        let line = line.unwrap_or_else(|| self.evidence(Source::Daemon, said));
        self.taken_down((connection, None), unloaded, line);
    }

    /// The peer deleted what a connection had. With IKEv1 4.x forgets with it that it should be up.
    pub(in crate::engine) fn taken_down_by_peer(&mut self, connection: Slot<Connection>, line: Evidence) {
        self.want_daemon(Question::Connections);
        let takedown = Takedown { by: TakenDownBy::Daemon, at: self.now, line };
        self.takedowns.pending.insert(connection, takedown);
    }

    pub(in crate::engine) fn has_pair(&self, connection: Slot<Connection>) -> bool {
        let tunnels = self.claims.connection_at(connection).map(|row| &row.tunnels);
        tunnels.into_iter().flatten().any(|tunnel| self.claims.newest(*tunnel).is_some())
    }

    pub(in crate::engine) fn loaded_at(&self, connection: Slot<Connection>) -> Option<&LoadedConnection> {
        self.claims.connection_at(connection)?.loaded.as_deref()
    }
}

/// Traffic brings it up, and nothing else has to.
pub(super) fn is_by_traffic(loaded: &LoadedConnection) -> bool {
    loaded.routed == Some(true) && loaded.wanted_up != Some(true)
}
