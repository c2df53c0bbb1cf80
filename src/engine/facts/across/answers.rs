//! What the daemon answers, and that it does not.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::facts::Facts;
use crate::engine::facts::asks::{HEARTBEAT, TABLE_LIMIT};
use crate::engine::facts::claims::Connection;
use crate::engine::facts::down::WANTED_AFTER;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::standing::STANDS_AFTER;
use crate::engine::facts::subnets::SubnetPairs;
use crate::engine::facts::timer::Timer;
use crate::model::{Answer, AskId, BriefStatus, ChildState, Failure, LoadedConnection, Question, Speaker};

impl Facts {
    pub(in crate::engine) fn daemon_answered(&mut self, ask: AskId, answer: &Answer, worked: u64) {
        let Some((_, question)) = self.asks.daemon.filter(|(pending, _)| *pending == ask) else { return };
        if question != Question::Brief {
            self.give_peace(question, worked);
        }
        match answer {
            Answer::None(failure) => {
                self.daemon_did_not_answer(question, failure);
                return;
            }
            Answer::Brief(brief) => self.brief_came(*brief),
            Answer::Table(table) => self.table_came(table),
            Answer::Connections(loaded) => self.connections_came(loaded),
        }
        self.asks.daemon = None;
        self.life.answered = Some(self.now);
        self.life.unanswered = None;
        self.recovered_from_hang("it answers again");
    }

    pub(in crate::engine) fn daemon_answered_late(&mut self, ask: AskId) {
        if self.asks.daemon.is_some_and(|(pending, _)| pending == ask) {
            self.asks.daemon = None;
        }
        self.life.answered = Some(self.now);
        self.life.unanswered = None;
        self.recovered_from_hang("it answered the call that it had left waiting");
    }

    /// Whoever was to ask was ended, or the daemon hung up: it may be asked again, at the pace of the signs of life.
    pub(in crate::engine) fn daemon_call_ended(&mut self, ask: AskId) {
        if let Some((_, question)) = self.asks.daemon.take_if(|(pending, _)| *pending == ask) {
            self.ask_again_later(question);
        }
    }

    fn brief_came(&mut self, brief: BriefStatus) {
        self.life.brief = Some(brief);
        self.life.brief_at = Some(self.now);
        if self.heartbeat() < HEARTBEAT {
            self.timers.set(self.now + self.heartbeat(), Timer::Heartbeat);
        }
        self.ikes_were_counted(brief);
        if brief.children > TABLE_LIMIT {
            self.life.tables_done = true;
        } else if self.life.table.is_none() {
            self.asks.wanted.extend([Question::Connections, Question::Table]);
        }
    }

    fn connections_came(&mut self, loaded: &[LoadedConnection]) {
        let mut told = BTreeSet::new();
        let asked = self.life.asked.map_or(self.now, |(at, _)| at);
        let mut given_up = BTreeSet::new();
        let mut by_name: BTreeMap<&str, Vec<&LoadedConnection>> = BTreeMap::new();
        for connection in loaded {
            by_name.entry(&connection.connection).or_default().push(connection);
        }
        for connection in loaded {
            let name = self.names.keep(&connection.connection);
            let Some(slot) = self.claims.connection(name) else { continue };
            // An alias or instance tells the same about offload as its template; the first one stands for all.
            if !told.insert(slot) {
                continue;
            }
            let all = by_name.get(connection.connection.as_str()).map_or(&[][..], Vec::as_slice);
            let wanted_up = self.wanted_up(all);
            let counts = self.table_tells_of_takedown(slot, wanted_up, asked);
            let loaded = LoadedConnection { wanted_up, ..self.as_oriented(slot, connection) };
            self.pairs_came(slot, all, counts);
            // What stands in the first table was wanted before.
            let (now, is_first) = (self.now, !self.takedowns.table_came);
            if let Some(row) = self.claims.connection_mut(slot) {
                let wanted = wanted_up.filter(|_| counts).unwrap_or(row.wanted);
                if row.wanted && !wanted {
                    given_up.insert(slot);
                }
                if wanted && !row.wanted && !is_first {
                    row.lacks_since = now;
                }
                row.wanted = wanted;
                row.stood &= row.loaded.as_deref().is_none_or(|before| is_proposed_alike(before, &loaded));
                row.loaded = Some(Box::new(loaded));
            }
            self.timers.set(self.now + WANTED_AFTER, Timer::Wanted(slot));
        }
        let unloaded: Vec<_> = self
            .claims
            .connections()
            .filter(|(slot, c)| c.loaded.is_some() && !told.contains(slot))
            .map(|(s, _)| s)
            .collect();
        for slot in unloaded {
            // A new process may not have loaded yet what the old one had.
            if self.takedowns.table_came {
                self.was_ordered(slot, true);
            }
            if let Some(row) = self.claims.connection_mut(slot) {
                row.loaded = None;
                row.wanted = false;
                row.subnets = SubnetPairs::default();
            }
            given_up.insert(slot);
        }
        self.takedowns.table_came = true;
        self.ike_names_came(loaded);
        self.connections_are_loaded(asked, by_name.len());
        self.ends.read(loaded, asked);
        self.connections_bear_out(&given_up);
        self.happens(Happened::ConnectionsRead);
        self.touch_every_tunnel();
        // The daemon's connections are known now.
        self.connections.extend(self.refusals.connections());
    }

    pub(super) fn child_in_table(&mut self, state: &ChildState) {
        let Some(spis) = state.spis else { return };
        let name = self.names.keep(&state.connection);
        let Some(connection) = self.claims.connection(name) else { return };
        if let Some(child) = self.claims.find_child(state.serial) {
            self.child_is_told_again(child, connection, state.instance.as_deref(), state.ike.unwrap_or_default());
            return;
        }
        let about = Speaker {
            connection: state.connection.clone(),
            instance: state.instance.clone(),
            serial: Some(state.serial),
        };
        let Some(tunnel) = self.speaker_tunnel(&about, connection) else { return };
        let ike = state.ike.unwrap_or_default();
        let Some(child) = self.claims.add_child(state.serial, ike, tunnel, spis, self.now) else { return };
        // Lines of the past may have told of its end.
        if let Some(place) = self.pair_of_tunnel(tunnel) {
            self.is_not_down(place);
        }
        self.takedowns.settle(connection);
        self.said.forget(connection);
        if let Some(row) = self.claims.connection_mut(connection) {
            row.stood = true;
        }
        self.addresses.insert(child, (state.local, state.remote));
        // What the daemon said of the time before it came is over.
        self.down.remove(&connection);
        self.join_child(child);
        self.timers.set(self.now + crate::engine::facts::join::NEVER_SEEN_AFTER, Timer::Tunnel(tunnel));
        self.timers.set(self.now + STANDS_AFTER, Timer::Standing(connection));
        self.up_changes();
    }

    fn daemon_did_not_answer(&mut self, question: Question, failure: &Failure) {
        // Without its tables the log and the kernel alone must do.
        self.life.tables_done = true;
        match failure {
            // The call stays on the line: no other one is made before it ends.
            Failure::Timeout if self.life.is_by_socket() => self.listener_does_not_answer(question),
            Failure::Timeout => self.daemon_does_not_answer(question),
            Failure::Error(_) => {
                self.asks.daemon = None;
                self.ask_again_later(question);
            }
        }
    }

    /// A connection was loaded or loaded anew: what it was told about offload may be new.
    pub(in crate::engine) fn connection_loaded(&mut self, connection: Slot<Connection>) {
        if let Some(row) = self.claims.connection_mut(connection) {
            // It may have been loaded anew because of the refusal.
            row.last_refused = false;
        }
        self.want_daemon(Question::Connections);
    }
}

/// What a peer took of the one it takes of the other.
fn is_proposed_alike(one: &LoadedConnection, other: &LoadedConnection) -> bool {
    let proposed = |loaded: &LoadedConnection| {
        (loaded.child.clone(), loaded.remote, loaded.local_selector.clone(), loaded.remote_selector.clone())
    };
    proposed(one) == proposed(other)
}
