//! What the daemon's log means for the tables.

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection};
use crate::engine::facts::down::{WANTED_AFTER, WhyDown};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::ike_names::IkeOf;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::standing::{STANDS_AFTER, TunnelPlace};
use crate::engine::facts::story::{StoryLine, evidence};
use crate::engine::facts::takedowns::TakedownCause;
use crate::engine::facts::timer::Timer;
use crate::model::{
    AskId, Evidence, KernelOperation, LogLine, Question, Serial, Source, SourceState, Speaker, SpiPair, Statement,
};

impl Facts {
    /// What the daemon logs is read: who finds no reason there may say so.
    pub(in crate::engine) fn log_tells(&self) -> bool {
        match self.coverage.get(&Source::Log).map(|line| line.state) {
            Some(SourceState::Ok) => true,
            // In part: not a log that holds nothing of the daemon's.
            Some(SourceState::Degraded) => self.life.heard,
            Some(SourceState::Absent) | None => false,
        }
    }

    pub(in crate::engine) fn log_ended(&mut self, ask: Option<AskId>) {
        let Some(ask) = ask else {
            self.life.past_was_read();
            return;
        };
        if self.asks.catching_up.is_some_and(|(pending, _)| pending == ask) {
            self.asks.catching_up = None;
        }
        for child in self.losses.settle(ask) {
            self.touch_child(child);
        }
        self.death_log_was_read(ask);
        self.happens(Happened::LogRead);
    }
}

impl Facts {
    pub(in crate::engine) fn log_line(&mut self, line: &LogLine) {
        self.life.heard |= !matches!(line.says, Statement::Missing { .. });
        let seen = evidence(line.time.unwrap_or(self.wall), self.now, Source::Log, line.text.clone());
        if !self.is_hearsay(line, &seen) {
            self.said_by_daemon(line, seen);
        }
    }

    /// What the daemon told by itself shows nothing of its log.
    pub(in crate::engine) fn daemon_told(&mut self, line: &LogLine) {
        if matches!(line.says, Statement::Missing { .. }) {
            // What was missed its table tells.
            self.want_daemon(Question::Table);
            return;
        }
        let seen = evidence(line.time.unwrap_or(self.wall), self.now, Source::Daemon, line.text.clone());
        self.said_by_daemon(line, seen);
    }

    fn said_by_daemon(&mut self, line: &LogLine, seen: Evidence) {
        let whom = line.about.as_ref().and_then(|about| Some((about, self.named(&about.connection)?)));
        self.tell_of_line(line, whom.map(|(_, whom)| whom), &seen);
        match &line.says {
            Statement::Starting { pid, version } => self.daemon_starts(pid.or(line.pid), version.as_deref(), line.past),
            Statement::Listening => self.daemon_listens(line.past),
            Statement::ShuttingDown => self.life.shuts_down(seen),
            Statement::Dying => self.life.dies(seen),
            Statement::OnDemand { src, dst } => self.traffic_asked(*src, *dst, seen),
            Statement::AddressGone { address } => self.takedowns_follow(TakedownCause::AddressGone(*address), seen),
            Statement::EndsUnclear => self.takedowns_follow(TakedownCause::EndsUnclear, seen),
            Statement::ChildEstablished { .. }
            | Statement::Deleting { .. }
            | Statement::LostWithIke { .. }
            | Statement::IkeEstablished
            | Statement::IkeRekeyed { .. }
            | Statement::PeerDeletes
            | Statement::Expired { .. } => match whom {
                Some((about, IkeOf::Connection(connection))) => self.state_line(about, connection, line, seen),
                Some((about, IkeOf::Name(name))) => self.ike_line(name, about, line, seen),
                None => {}
            },
            _ => match whom {
                Some((about, IkeOf::Connection(connection))) => self.negotiation_line(about, connection, line, seen),
                Some((about, IkeOf::Name(name))) => self.ike_line(name, about, line, seen),
                None => {}
            },
        }
    }

    fn tell_of_line(&mut self, line: &LogLine, whom: Option<IkeOf>, seen: &Evidence) {
        let (name, connections) = match whom {
            Some(IkeOf::Connection(slot)) => (self.claims.connection_at(slot).map(|row| row.name), vec![slot]),
            Some(IkeOf::Name(name)) => (Some(name), self.ike_names.children(name).collect()),
            None => (None, Vec::new()),
        };
        // What is read in its log as well stands there once.
        let twice = seen.source == Source::Daemon && self.log_tells();
        if !is_echo(&line.says) && line.says != Statement::Said && !twice {
            self.story.tell(StoryLine { line: seen.clone(), connection: name, sa: None });
        }
        for connection in connections {
            if !self.has_pair(connection) {
                self.said.hear(connection, line, seen);
            }
        }
    }

    /// Lines about a state that stands or goes.
    fn state_line(&mut self, about: &Speaker, connection: Slot<Connection>, line: &LogLine, seen: Evidence) {
        let serial = about.serial;
        match &line.says {
            // Of the past the daemon's table knows better: lines about what went since may be gone from the log.
            // The table has told of it, if it still stands.
            Statement::ChildEstablished { .. } if line.past && self.life.table.is_some() => {
                self.negotiation_over(connection);
            }
            Statement::ChildEstablished { ike, rekeys, spis, .. } => {
                let child = self.child_established(about, connection, ike.unwrap_or_default(), *spis);
                // IKEv1 names neither the IKE SA nor, where the peer begins, the pair that is replaced.
                if let Some(child) = child.filter(|_| ike.is_some() && rekeys.is_none()) {
                    self.claims.made_anew(child);
                }
            }
            Statement::Deleting { is_ike: false, .. } | Statement::LostWithIke { .. } => {
                self.may_fall_with_address(connection, &seen);
                if let Some(serial) = serial {
                    self.life.child_gone(serial);
                    if let Some(child) = self.claims.find_child(serial) {
                        self.went_with_ike(child);
                        self.drop_child(child);
                    }
                }
                self.refusal_followed(connection, seen);
            }
            Statement::Deleting { is_ike: true, .. } => {
                self.may_fall_with_address(connection, &seen);
                if let Some(serial) = serial {
                    self.life.ike_gone(serial, self.now);
                    self.ikes.remove(serial);
                }
                self.refusal_followed(connection, seen);
                self.touch_children_of_ike(connection, serial);
            }
            Statement::IkeEstablished | Statement::IkeRekeyed { .. } => {
                let Some(new) = serial else { return };
                self.life.ike_stands(new, IkeOf::Connection(connection));
                if let Statement::IkeRekeyed { replaces: Some(old) } = &line.says {
                    self.inherits(*old, new);
                }
            }
            Statement::PeerDeletes => self.peer_deletes(connection, self.speaks_as(about), serial, seen),
            _ => {}
        }
    }

    /// The Child SA, where it was not known.
    fn child_established(
        &mut self,
        about: &Speaker,
        connection: Slot<Connection>,
        ike: Serial,
        spis: SpiPair,
    ) -> Option<Slot<Child>> {
        self.negotiation_over(connection);
        let serial = about.serial?;
        if self.life.is_child_gone(serial) {
            return None;
        }
        // The daemon's table may have told of it before.
        if let Some(child) = self.claims.find_child(serial) {
            self.child_is_told_again(child, connection, about.instance.as_deref(), ike);
            return None;
        }
        let tunnel = self.speaker_tunnel(about, connection)?;
        let child = self.claims.add_child(serial, ike, tunnel, spis, self.now)?;
        self.ikes.serves(ike);
        if let Some(connection) = self.claims.connection_mut(connection) {
            connection.on_demand = false;
            connection.last_refused = false;
            connection.stood = true;
        }
        if let Some(place) = self.pair_of_tunnel(tunnel) {
            self.refusals.falls_back(place, child);
            self.is_not_down(place);
        }
        self.takedowns.settle(connection);
        self.said.forget(connection);
        self.join_child(child);
        self.timers.set(self.now + crate::engine::facts::join::NEVER_SEEN_AFTER, Timer::Tunnel(tunnel));
        self.timers.set(self.now + STANDS_AFTER, Timer::Standing(connection));
        self.happens(Happened::Established(connection));
        self.up_changes();
        Some(child)
    }

    /// Lines about a negotiation.
    pub(super) fn negotiation_line(
        &mut self,
        about: &Speaker,
        connection: Slot<Connection>,
        line: &LogLine,
        seen: Evidence,
    ) {
        let serial = about.serial;
        let place = (connection, self.pair_named(about.instance.as_deref()));
        let speaker = self.speaks_as(about);
        if let Some((why, notify)) = self.why_by_word(&line.says, Some(connection), speaker) {
            self.negotiation_over(connection);
            let place = if self.is_of_any_pair(connection, speaker) { (connection, None) } else { place };
            return self.went_down(place, why, notify, seen);
        }
        match &line.says {
            Statement::Initiating { rekeys } => self.initiating(place, about, rekeys.is_some()),
            Statement::Responding | Statement::Negotiating { .. } => self.negotiates(connection),
            Statement::PeerDead => {
                self.negotiation_over(connection);
                self.peer_is_dead(connection, seen);
            }
            Statement::NoChildSa if !self.is_refused_by_kernel(connection) => {
                self.negotiation_over(connection);
                if self.down_of(place).is_some() {
                    self.down_is_shown_by(connection, &seen);
                } else {
                    self.went_down(place, WhyDown::PeerRefused, None, seen);
                }
            }
            Statement::ChildFailed { .. } | Statement::NoChildSa => {
                self.negotiation_over(connection);
                self.refusal_followed(connection, seen);
            }
            Statement::IkeFailed { .. } => {
                self.negotiation_over(connection);
                if let Some(serial) = serial {
                    self.life.ike_failed(serial, &seen);
                    self.ike_falls_to_refusal(serial, connection);
                    self.ikes.remove(serial);
                }
                self.refusal_followed(connection, seen);
                self.touch_children_of_ike(connection, serial);
            }
            Statement::KernelRefused { operation: KernelOperation::AddSa, sa, errno } => {
                self.kernel_refused(place, serial, (*sa, *errno), seen);
            }
            Statement::KernelRefused { operation: KernelOperation::Policy, errno, .. } => {
                self.policy_refused(place, serial, *errno, seen);
            }
            Statement::KernelRefused { operation: KernelOperation::GetSpi, errno, .. } => {
                self.spi_refused(place, serial, *errno, seen);
            }
            Statement::SaNotAdded { of_offload } => self.sa_not_added(place, serial, *of_offload, seen),
            Statement::KernelSaid { words } => self.kernel_said(connection, words, seen),
            Statement::ConnectionAdded => self.connection_loaded(connection),
            Statement::ConnectionTerminated => self.takes_down(connection, seen),
            Statement::ConnectionDown | Statement::ConnectionDeleted => {
                self.taken_down(place, matches!(line.says, Statement::ConnectionDeleted), seen);
            }
            _ => {}
        }
    }

    /// What comes of it is this end's doing.
    fn is_refused_by_kernel(&self, connection: Slot<Connection>) -> bool {
        let last_refused = self.claims.connection_at(connection).is_some_and(|row| row.last_refused);
        last_refused || self.refusals.pending(connection).is_some()
    }

    // --- negotiations

    fn initiating(&mut self, place: TunnelPlace, about: &Speaker, rekey: bool) {
        let connection = place.0;
        self.ike_names.begins(connection, self.now);
        let on_demand = self.demands.begins(connection, self.now);
        let rekey = rekey || self.stands_and_is_made_once(connection);
        let by_traffic = self.comes_by_traffic(connection);
        // For whoever called nobody here wants anything; of a peer whose address is known its connection tells.
        let of_caller = self.is_instance(about.instance.as_deref());
        if let Some(row) = self.claims.connection_mut(connection) {
            row.on_demand |= on_demand;
            let of_caller = of_caller && row.loaded.as_ref().is_none_or(|loaded| loaded.template);
            if !rekey && !row.on_demand && !of_caller && !by_traffic {
                row.wanted = true;
                self.pair_is_wanted(place);
            }
        }
        if !rekey {
            self.down_may_change(place);
        }
        if !rekey && !on_demand {
            self.begins_anew(connection);
        }
        self.timers.set(self.now + WANTED_AFTER, Timer::Wanted(connection));
        self.negotiates(connection);
    }

    pub(super) fn negotiates(&mut self, slot: Slot<Connection>) {
        let Some(connection) = self.claims.connection_mut(slot) else { return };
        if connection.negotiating.is_none() {
            connection.negotiating = Some(self.now);
            self.timers.set(self.now + self.larval_life(), Timer::Negotiation(slot));
        }
    }

    pub(in crate::engine) fn negotiation_over(&mut self, slot: Slot<Connection>) {
        if let Some(connection) = self.claims.connection_mut(slot) {
            connection.negotiating = None;
        }
        self.touch_what_lacks(slot);
        self.happens(Happened::NegotiationOver(slot));
    }

    /// How long a larval SA, and so a negotiation, may live.
    pub(in crate::engine) fn larval_life(&self) -> std::time::Duration {
        std::time::Duration::from_secs(u64::from(self.started.acquire_expires.max(1)))
    }
}

/// Lines that our own questions make the daemon write: no evidence.
fn is_echo(says: &Statement) -> bool {
    let harmless =
        |operation: &KernelOperation| matches!(operation, KernelOperation::GetSa | KernelOperation::DeleteSa);
    matches!(says, Statement::KernelRefused { operation, errno: 3, .. } if harmless(operation))
}
