//! The kernel refuses what the daemon asked for, and what follows: nothing, or an SA without offload.

use std::net::IpAddr;
use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::expect::Expected;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::offload_attempts::AttemptId;
use crate::engine::facts::refusals::{FALL_BACK, Refusal, is_of};
use crate::engine::facts::slab::Slot;
use crate::engine::facts::standing::TunnelPlace;
use crate::engine::facts::timer::Timer;
use crate::engine::facts::words::MOMENT;
use crate::model::{Direction, Evidence, Link, OffloadSetting, RefusedSa, Serial, Source, SourceState};

/// Without a word of what followed, a refusal is judged after this time.
const SILENCE: Duration = Duration::from_secs(1);

impl Facts {
    pub(in crate::engine) fn kernel_refused(
        &mut self,
        (connection, pair): TunnelPlace,
        serial: Option<Serial>,
        (sa, errno): (Option<RefusedSa>, u32),
        seen: Evidence,
    ) {
        let now = self.now;
        if let Some(row) = self.claims.connection_mut(connection) {
            row.last_refused = true;
        }
        let before = self.refusals.pending.get(&connection);
        if before.is_none_or(|before| before.serial != serial) {
            let (failed, attempts) = before.map_or((false, 1), |before| (before.failed, before.attempts + 1));
            let held = self.local_link(connection).map_or(0, |link| self.sad.on_device(link.index));
            let refusal = Refusal { failed, attempts, held, ..Refusal::new(serial, sa, errno, now) };
            self.refusals.pending.insert(connection, refusal);
            self.words.refuse(now, connection);
        }
        let Some(refusal) = self.refusals.pending.get_mut(&connection) else { return };
        refusal.pair = pair;
        refusal.sa = sa.or(refusal.sa);
        refusal.lines.push(seen);
        self.refusals.was_refused(connection, now);
        if let Some(sa) = sa {
            self.refusals.daemon_told_of(sa, now);
        }
        for patience in [MOMENT, SILENCE, FALL_BACK] {
            self.timers.set(now + patience, Timer::Refusal(connection));
        }
        if let Some((id, attempt)) = sa.and_then(|sa| self.attempts.find(sa.spi, sa.dst)) {
            let was_told = attempt.told;
            self.refusal_was_tried(connection, id);
            if was_told {
                self.happens(Happened::RefusalClaimed(id));
            }
        }
    }

    /// In packet mode the device has to take the policies, too. Else a refused policy has nothing to do with it.
    pub(in crate::engine) fn policy_refused(
        &mut self,
        place: TunnelPlace,
        serial: Option<Serial>,
        errno: u32,
        seen: Evidence,
    ) {
        if self.expected(place.0).0 == Expected::Packet {
            self.kernel_refused(place, serial, (None, errno), seen);
            if let Some(refusal) = self.refusals.pending.get_mut(&place.0) {
                refusal.of_policy = true;
            }
        }
    }

    /// Without an SPI there is no SA, and no offload was asked for.
    pub(in crate::engine) fn spi_refused(
        &mut self,
        place: TunnelPlace,
        serial: Option<Serial>,
        errno: u32,
        seen: Evidence,
    ) {
        self.kernel_refused(place, serial, (None, errno), seen);
        if let Some(refusal) = self.refusals.pending.get_mut(&place.0) {
            refusal.of_spi = true;
        }
    }

    /// The kernel told of a refusal: whether the daemon's line about it was there before.
    pub(in crate::engine) fn refusal_was_awaited(&mut self, id: AttemptId) -> bool {
        let mut pending = self.refusals.pending.iter();
        let of = pending.find(|(_, refusal)| refusal.sa.is_some_and(|sa| is_of(&sa, id))).map(|(slot, _)| *slot);
        if let Some(connection) = of {
            self.refusal_was_tried(connection, id);
        } else if self.refusals.was_told_of(id, self.now) {
            // Its connection has tried again since, or its finding is told: it is not a stranger's, and nothing new.
            self.attempts.tell(&id);
            return true;
        }
        of.is_some()
    }

    fn refusal_was_tried(&mut self, connection: Slot<Connection>, id: AttemptId) {
        let Some(line) = self.attempts.get(&id).map(|tried| tried.line.clone()) else { return };
        self.attempts.tell(&id);
        if let Some(refusal) = self.refusals.pending.get_mut(&connection)
            && refusal.tried != Some(id)
        {
            refusal.tried = Some(id);
            refusal.lines.push(line);
            self.words.has_own(refusal.since, connection);
        }
        self.connections.insert(connection);
    }

    /// The daemon says that an SA was not added, and whether it had asked for an offload.
    pub(in crate::engine) fn sa_not_added(
        &mut self,
        place: TunnelPlace,
        serial: Option<Serial>,
        of_offload: bool,
        seen: Evidence,
    ) {
        if let Some(refusal) = self.refusals.pending.get_mut(&place.0) {
            refusal.of_offload |= of_offload;
            refusal.lines.push(seen);
        } else if of_offload && !self.refusals.was_refused_lately(place.0, self.now) {
            // It saw that the device has no offload, and did not ask the kernel.
            self.kernel_refused(place, serial, (None, 0), seen);
            if let Some(refusal) = self.refusals.pending.get_mut(&place.0) {
                refusal.of_offload = true;
            }
        }
    }

    pub(in crate::engine) fn kernel_said(&mut self, connection: Slot<Connection>, words: &str, seen: Evidence) {
        if let Some(refusal) = self.refusals.pending.get_mut(&connection) {
            refusal.words.get_or_insert_with(|| words.to_owned());
            refusal.lines.push(seen);
            self.words.has_own(refusal.since, connection);
        }
    }

    /// The daemon gave up a state: if the kernel had refused it an SA, that is why.
    pub(in crate::engine) fn refusal_followed(&mut self, connection: Slot<Connection>, seen: Evidence) {
        let Some(refusal) = self.refusals.pending.get_mut(&connection) else { return };
        refusal.lines.push(seen);
        refusal.failed = true;
        self.connections.insert(connection);
    }

    pub(in crate::engine) fn refusal_due(&mut self, connection: Slot<Connection>) {
        let (expected, _) = self.expected(connection);
        let may_fall_back = self.may_fall_back(connection);
        let Some(refusal) = self.refusals.pending.get_mut(&connection) else { return };
        let patience = if may_fall_back || expected == Expected::Unknown { FALL_BACK } else { SILENCE };
        if self.now.since(refusal.since) >= patience {
            refusal.failed = true;
        }
        self.connections.insert(connection);
    }

    /// It may try again without offload.
    fn may_fall_back(&self, connection: Slot<Connection>) -> bool {
        let loaded = self.claims.connection_at(connection).and_then(|row| row.loaded.as_ref());
        let falls_back = self.life.behaviour.auto_falls_back;
        falls_back && loaded.is_none_or(|loaded| matches!(loaded.offload, None | Some(OffloadSetting::Auto)))
    }

    /// The kernel's own word, or a driver's line, is awaited a little where it can be heard.
    pub(in crate::engine) fn trace_may_tell(&self, connection: Slot<Connection>) -> bool {
        let state = |source| self.coverage.get(&source).map(|line| line.state);
        // On some kernels the words are all that the trace tells.
        let hears = matches!(state(Source::Trace), Some(SourceState::Ok | SourceState::Degraded));
        let heard = hears || state(Source::KernelLog) == Some(SourceState::Ok);
        let waiting = |refusal: &Refusal| refusal.tried.is_none() && self.now.since(refusal.since) < MOMENT;
        heard && self.refusals.pending.get(&connection).is_some_and(waiting)
    }

    /// Which way an SA to this address goes.
    pub(in crate::engine) fn direction_of(&self, connection: Slot<Connection>, dst: IpAddr) -> Option<Direction> {
        if self.links.holding(dst).is_some() {
            return Some(Direction::In);
        }
        let loaded = self.claims.connection_at(connection)?.loaded.as_ref()?;
        (loaded.remote == Some(dst) || loaded.local.is_some()).then_some(Direction::Out)
    }

    /// The interface that the daemon asks the offload of: the one with its IKE address.
    pub(in crate::engine) fn local_device(&self, connection: Slot<Connection>) -> Option<String> {
        let loaded = self.claims.connection_at(connection)?.loaded.as_ref()?;
        loaded.interface.clone().or_else(|| Some(self.links.holding(loaded.local?)?.name.clone()))
    }

    /// The same interface, where it is there.
    pub(in crate::engine) fn local_link(&self, connection: Slot<Connection>) -> Option<&Link> {
        self.links.of_connection(self.claims.connection_at(connection)?.loaded.as_ref()?)
    }
}
