//! Which tunnels are up, what is kept of that over a restart, and what a daemon that died has to bring back.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection, Tunnel};
use crate::engine::facts::death::Who;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::standing::{STANDS_AFTER, TunnelPlace, Up};
use crate::engine::facts::timer::Timer;
use crate::model::{KeptProcess, KnownBy, Remembered, UpTunnel};

/// A tunnel that goes this short a time before the daemon does went with it.
const GOES_WITH: Duration = Duration::from_secs(10);

/// A change of what is up is kept after this time, so that many are one.
const KEPT_AFTER: Duration = Duration::from_secs(5);

/// Between two times that it is kept for no other reason.
const KEPT_EVERY: Duration = Duration::from_secs(60);

impl Facts {
    /// Its time has come.
    pub(in crate::engine) fn keep_due(&mut self) {
        if self.standing.keeps_at.is_some_and(|at| at <= self.now) {
            self.remember_what_is_up();
        }
    }

    /// Has it kept now.
    pub(in crate::engine) fn remember_what_is_up(&mut self) {
        self.standing.keeps_at = None;
        self.standing.kept_at = Some(self.now);
        self.happens(Happened::UpChanged);
    }
}

impl Facts {
    /// A Child SA is about to lose an SA, or to go: with the newest pair its tunnel goes.
    pub(in crate::engine) fn child_goes(&mut self, slot: Slot<Child>) {
        let Some(child) = self.claims.child_at(slot).filter(|child| child.stands()) else { return };
        let Some(tunnel) = self.claims.tunnel_at(child.tunnel) else { return };
        if self.claims.newest(child.tunnel) != Some(slot) {
            return;
        }
        let place = (tunnel.connection, tunnel.instance);
        let left = &mut self.standing.left;
        while left.front().is_some_and(|(at, _)| self.now.since(*at) > GOES_WITH) {
            left.pop_front();
        }
        left.push_back((self.now, place));
        self.up_changes();
    }

    // --- pairs that stand

    /// A pair may have stood for long enough.
    pub(in crate::engine) fn standing_due(&mut self, connection: Slot<Connection>) {
        match self.stood_for(connection) {
            Some(stood) if stood >= STANDS_AFTER => self.happens(Happened::Stood(connection)),
            Some(stood) => self.timers.set(self.now + (STANDS_AFTER - stood), Timer::Standing(connection)),
            None => {}
        }
        self.touch_what_lacks(connection);
    }

    /// For how long the newest pair of a connection has stood: the longest time, or one that is enough.
    fn stood_for(&self, connection: Slot<Connection>) -> Option<Duration> {
        let connection = self.claims.connection_at(connection)?;
        let newest = connection.tunnels.iter().filter_map(|tunnel| self.claims.newest_child(*tunnel));
        let mut stood = newest.filter(|child| child.stands()).map(|child| self.now.since(child.established));
        let first = stood.next()?;
        let longest = stood.try_fold(first, |longest, stood| match longest.max(stood) {
            enough if enough >= STANDS_AFTER => Err(enough),
            longest => Ok(longest),
        });
        Some(longest.unwrap_or_else(|enough| enough))
    }

    // --- over a restart of swanwatch

    /// A tunnel came or went: that is kept soon, and not after each of a thousand.
    pub(in crate::engine) fn up_changes(&mut self) {
        if self.standing.keeps_at.is_some() || !self.joined {
            return;
        }
        let rested = self.standing.kept_at.map(|at| at + KEPT_EVERY).unwrap_or_default();
        let at = rested.max(self.now + KEPT_AFTER);
        self.standing.keeps_at = Some(at);
        self.timers.set(at, Timer::Keep);
    }

    /// What an earlier run kept, while nobody can say yet whether its daemon died: written over, that would never be known.
    fn not_judged_yet(&self) -> Option<(&Remembered, &KeptProcess)> {
        let kept = self.standing.earlier.as_deref()?;
        let process = kept.process.as_ref()?;
        let may_tell = self.life.daemon.as_ref().is_none_or(|daemon| daemon.unit == process.unit);
        may_tell.then_some((kept, process))
    }

    /// Permanent tunnels that are up; after a crash those that are still owed, too.
    pub(in crate::engine) fn tunnels_up(&self) -> Vec<UpTunnel> {
        if let Some((kept, _)) = self.not_judged_yet() {
            return kept.tunnels.clone();
        }
        let owed = self.life.death.as_ref().filter(|death| death.is_crash());
        let owed = owed.into_iter().flat_map(|death| death.before.permanent.iter().copied());
        let stands = self.claims.tunnels().filter(|(slot, _)| self.newest_stands(*slot));
        let all: BTreeSet<TunnelPlace> = stands.map(|(_, t)| (t.connection, t.instance)).chain(owed).collect();
        let permanent = all.into_iter().filter(|place| self.is_permanent(*place));
        let tunnel = |(connection, instance): TunnelPlace| {
            let name = self.claims.connection_at(connection)?.name;
            let instance = instance.map(|instance| self.names.text(instance).to_owned());
            Some(UpTunnel { connection: self.names.text(name).to_owned(), instance, at: self.now })
        };
        permanent.filter_map(tunnel).collect()
    }

    /// The process that they are tunnels of.
    pub(in crate::engine) fn process_to_keep(&self) -> Option<KeptProcess> {
        if let Some((_, process)) = self.not_judged_yet() {
            return Some(process.clone());
        }
        let unit = self.life.unit.as_ref();
        let restarts = unit.map_or(0, |unit| unit.restarts);
        match (&self.life.daemon, &self.life.death) {
            (_, Some(death)) if death.is_crash() => {
                let Who::Process { pid, start_ticks } = death.who else { return None };
                Some(KeptProcess { pid, start_ticks, unit: death.unit.clone(), restarts, crashed: true })
            }
            (Some(daemon), _) => {
                // What nobody could look for after a restart is not kept.
                let KnownBy::Process { pid, start_ticks } = daemon.known else { return None };
                Some(KeptProcess { pid, start_ticks, unit: daemon.unit.clone(), restarts, crashed: false })
            }
            (None, _) => None,
        }
    }

    /// What went a moment ago, and what is owed since the daemon died.
    pub(in crate::engine) fn places_to_come_back(&self) -> impl Iterator<Item = TunnelPlace> {
        let owed = self.life.death.iter().flat_map(|death| death.before.permanent.iter().copied());
        self.standing.left.iter().map(|(_, place)| *place).chain(owed)
    }

    /// An operator wanted it so.
    pub(in crate::engine) fn went_by_order(&mut self, connection: Slot<Connection>) {
        self.standing.left.retain(|(_, (other, _))| *other != connection);
    }

    /// What is up, or was a moment ago.
    pub(in crate::engine) fn was_up(&mut self) -> Up {
        let left = std::mem::take(&mut self.standing.left);
        let left = left.into_iter().filter(|(at, _)| self.now.since(*at) <= GOES_WITH).map(|(_, place)| place);
        // Where nobody can tell any more whether that was an order, nothing is owed.
        let left = left.filter(|(connection, _)| !self.takedowns.is_undecided(*connection));
        let stands = self.claims.tunnels().filter(|(slot, _)| self.newest_stands(*slot));
        let all: BTreeSet<TunnelPlace> = stands.map(|(_, t)| (t.connection, t.instance)).chain(left).collect();
        let (permanent, callers): (BTreeSet<_>, BTreeSet<_>) =
            all.into_iter().partition(|place| self.is_permanent(*place));
        Up { permanent, roadwarriors: callers.len() as u64 }
    }

    /// Of one of its pairs of subnets alone.
    pub(in crate::engine) fn place_went_by_order(&mut self, place: TunnelPlace) {
        self.standing.left.retain(|(_, other)| *other != place);
    }

    /// Not one of many that a template makes, for whoever calls.
    pub(in crate::engine) fn is_permanent(&self, (connection, instance): TunnelPlace) -> bool {
        let template =
            self.claims.connection_at(connection).and_then(|c| c.loaded.as_ref()).is_some_and(|l| l.template);
        !template && instance.is_none_or(|instance| !self.life.dialect().is_of_caller(self.names.text(instance)))
    }

    /// Whether it has a whole pair now.
    pub(in crate::engine) fn place_stands(&self, (connection, instance): TunnelPlace) -> bool {
        self.claims.find_tunnel(connection, instance).is_some_and(|tunnel| self.newest_stands(tunnel))
    }
}

impl Facts {
    pub(in crate::engine) fn connection_stands(&self, connection: Slot<Connection>) -> bool {
        let Some(connection) = self.claims.connection_at(connection) else { return false };
        connection.tunnels.iter().any(|tunnel| self.newest_stands(*tunnel))
    }

    pub(in crate::engine) fn newest_stands(&self, tunnel: Slot<Tunnel>) -> bool {
        self.claims.newest_child(tunnel).is_some_and(Child::stands)
    }
}
