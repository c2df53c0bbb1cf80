//! The daemon's life, and its answers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Facts;
use super::asks::{HEARTBEAT, TABLE_EVERY, TABLE_LIMIT};
use super::claims::Connection;
use super::down::WANTED_AFTER;
use super::happened::Happened;
use super::slab::Slot;
use super::standing::STANDS_AFTER;
use crate::engine::rules::daemon::Death;
use crate::engine::timers::Timer;
use crate::model::{
    Answer, AskId, Boottime, BriefStatus, ChildState, Daemon, Effect, Evidence, LoadedConnection, ProcessLook,
    Question, RealTime, RunState, Serial, Speaker, StateTable, UnitLook, Unread,
};

/// What is known of the daemon.
#[derive(Debug, Default)]
pub struct Life {
    /// The process, while it lives.
    pub daemon: Option<Daemon>,
    /// It is known that there is none.
    pub absent: bool,
    /// Its unit, as last seen.
    pub unit: Option<UnitLook>,
    /// Since when it is so.
    pub unit_since: Boottime,
    /// It announced its end.
    pub shutting_down: Option<Evidence>,
    /// It announced its death.
    pub dying: Option<Evidence>,
    /// Its death, while that is told.
    pub death: Option<Death>,
    /// The last unusual look.
    pub look: Option<ProcessLook>,
    /// When it was last seen to read what had waited: it works, though it may not answer.
    pub read_at: Option<Boottime>,
    /// It did not answer, since when.
    pub hung: Option<(Boottime, RealTime)>,
    /// It was asked then, and has answered nothing since; only where its control socket alone is known.
    pub unanswered: Option<Boottime>,
    /// Connections that waited on its control socket at the last look, where that alone is known.
    pub waiting: u64,
    /// The last time that it answered anything.
    pub answered: Option<Boottime>,
    /// When its table was last read whole: what came into the kernel before is either in it or unknown to it. `asked` of that call.
    pub table: Option<(Boottime, RealTime)>,
    /// When the call now under way was made.
    pub asked: Option<(Boottime, RealTime)>,
    /// When this process was found.
    pub found: Boottime,
    /// The state it has in `status` began then.
    pub since: Option<RealTime>,
    /// Its counters.
    pub brief: Option<BriefStatus>,
    /// Its version, from its own start line or its process.
    pub version: Option<String>,
    // Children were forgotten for this process.
    cleared_for: Option<u32>,
    past_read: bool,
    // IKE SAs that are gone, by the log, and the line that killed them.
    ike_gone: BTreeMap<Serial, Boottime>,
    ike_failed: Vec<(Serial, Evidence)>,
    tables_done: bool,
}

impl Life {
    /// Everything about the daemon that can be known at the start is known.
    pub fn first_done(&self) -> bool {
        (self.absent && self.daemon.is_none()) || (self.daemon.is_some() && self.past_read && self.tables_done)
    }

    /// It is there, and is neither dying nor shutting down.
    pub fn is_alive(&self) -> bool {
        self.daemon.is_some()
            && self.death.as_ref().is_none_or(|death| death.back.is_some())
            && self.shutting_down.is_none()
    }

    /// Its control socket alone is known.
    pub fn is_by_socket(&self) -> bool {
        self.daemon.as_ref().is_some_and(Daemon::is_by_socket)
    }

    /// It may be asked something.
    pub fn may_be_asked(&self) -> bool {
        self.daemon.is_some() && self.shutting_down.is_none()
    }

    /// What the last look at the process found, where that was unusual.
    pub fn suspicion(&self) -> Option<RunState> {
        let look = self.look.as_ref()?;
        let waits = look.unread != Unread::default();
        (waits || look.state != RunState::Running).then_some(look.state)
    }

    /// 4 of `4.10`.
    pub fn major_version(&self) -> Option<u32> {
        self.version.as_deref()?.split('.').next()?.parse().ok()
    }

    /// The log's past has been read.
    pub fn past_was_read(&mut self) {
        self.past_read = true;
    }

    /// An orderly end has begun.
    pub fn shuts_down(&mut self, seen: Evidence) {
        self.shutting_down = Some(seen);
    }

    /// It is about to die.
    pub fn dies(&mut self, seen: Evidence) {
        self.dying = Some(seen);
    }

    /// An IKE SA is gone.
    pub fn ike_gone(&mut self, serial: Serial, at: Boottime) {
        self.ike_gone.insert(serial, at);
        // Serials only grow: old ones can serve no Child SA any more.
        while self.ike_gone.len() > 4096 {
            self.ike_gone.pop_first();
        }
    }

    /// An IKE SA was killed by this line.
    pub fn ike_failed(&mut self, serial: Serial, seen: &Evidence) {
        self.ike_gone(serial, seen.at);
        self.ike_failed.push((serial, seen.clone()));
        if self.ike_failed.len() > 64 {
            self.ike_failed.remove(0);
        }
    }

    /// Whether an IKE SA went within `span` of `at`. One that was rekeyed goes too, but its Child SAs stay, so the time decides.
    pub fn is_ike_gone_near(&self, serial: Serial, at: Boottime, span: Duration) -> bool {
        self.ike_gone.get(&serial).is_some_and(|gone| gone.since(at) < span && at.since(*gone) < span)
    }

    /// Whether an IKE SA is gone, by the log.
    pub fn is_ike_gone(&self, serial: Serial) -> bool {
        self.ike_gone.contains_key(&serial)
    }

    /// The line that killed it.
    pub fn killer_of(&self, serial: Serial) -> Option<&Evidence> {
        self.ike_failed.iter().rev().find(|(other, _)| *other == serial).map(|(_, seen)| seen)
    }

    /// FLUSHPOLICY.
    pub fn policies_flushed(&mut self, at: Boottime) {
        if let Some(death) = &mut self.death {
            death.policies_flushed.get_or_insert(at);
        }
    }

    /// FLUSHSA.
    pub fn sas_flushed(&mut self, at: Boottime) {
        if let Some(death) = &mut self.death {
            death.sas_flushed.get_or_insert(at);
        }
    }
}

impl Facts {
    // --- the process

    pub(in crate::engine) fn daemon_found(&mut self, daemon: &Daemon) {
        let first = !self.joined;
        if daemon.version.is_some() {
            self.life.version.clone_from(&daemon.version);
        }
        self.life.daemon = Some(daemon.clone());
        self.absence.ended();
        self.happens(Happened::DaemonChanged);
        self.life.absent = false;
        self.life.found = self.now;
        self.life.since = Some(if first { daemon.since } else { self.wall });
        self.life.look = None;
        self.life.waiting = 0;
        self.life.answered = None;
        self.life.unanswered = None;
        self.forget_old_process(daemon.pid());
        self.asks.daemon = None;
        self.asks.floors.clear();
        if let Some(death) = &mut self.life.death {
            death.back = Some(self.now);
            self.timers.set(self.now + crate::engine::remedies::COMES_BY_ITSELF, Timer::BringUp);
        }
        self.recovered_from_hang("a new process of the daemon answers");
        self.timers.set(self.now + HEARTBEAT, Timer::Heartbeat);
        self.timers.set(self.now + TABLE_EVERY, Timer::PeriodicAsk);
        self.up_changes();
        if first {
            self.want_daemon(Question::Brief);
        } else {
            // It loads its connections only after it has told the service manager that it is up.
            for question in [Question::Connections, Question::Table] {
                self.asks.wanted.insert(question);
                self.asks.floors.insert(question, self.now + crate::engine::rules::daemon::SETTLES_AFTER);
            }
        }
    }

    pub(in crate::engine) fn daemon_absent(&mut self) {
        self.life.absent = true;
        self.absence.look_again();
        self.life.since.get_or_insert(self.wall);
    }

    pub(in crate::engine) fn daemon_starts(&mut self, pid: Option<u32>, version: Option<&str>, past: bool) {
        if let Some(version) = version {
            self.life.version = Some(version.to_owned());
        }
        if !past && pid.is_none_or(|pid| self.life.daemon.as_ref().is_none_or(|daemon| daemon.pid() != Some(pid))) {
            self.forget_old_process(pid);
        }
    }

    pub(in crate::engine) fn daemon_listens(&mut self, past: bool) {
        if !past && self.joined {
            self.asks.wanted.extend([Question::Connections, Question::Table]);
        }
    }

    fn forget_old_process(&mut self, pid: Option<u32>) {
        self.life.shutting_down = None;
        self.life.dying = None;
        if pid.is_some() && self.life.cleared_for == pid {
            return;
        }
        self.life.cleared_for = pid;
        self.life.ike_gone.clear();
        self.life.ike_failed.clear();
        self.life.table = None;
        self.drop_every_child();
        self.claims.end_negotiations();
        self.refusals.clear();
        self.addresses.clear();
        self.down.clear();
        self.happens(Happened::NewProcess);
    }

    pub(in crate::engine) fn process_looked_at(&mut self, look: &ProcessLook) {
        let before = self.life.look.replace(*look).filter(|before| before.pid == look.pid).map(|before| before.unread);
        if before.is_some_and(|before| before.ike > look.unread.ike || before.control > look.unread.control) {
            self.life.read_at = Some(self.now);
        }
        let stuck = before.is_some_and(|before| does_not_fall(before, look.unread));
        let recently = self.life.answered.is_some_and(|at| self.now.since(at) < crate::engine::rules::daemon::HINT_GAP);
        // A process that is not running is asked about at once; a queue may be long for a moment.
        let hint = look.state != RunState::Running || (stuck && !recently);
        if hint && self.life.hung.is_none() {
            self.want_daemon(Question::Brief);
        }
    }

    pub(in crate::engine) fn unit_changed(&mut self, unit: &UnitLook, out: &mut Vec<Effect>) {
        // Whether it is enabled, and what is in the queue, is no change of its state.
        let is_same = |before: &UnitLook| {
            UnitLook { enabled: unit.enabled, queued: unit.queued, ran: unit.ran, ..before.clone() } == *unit
        };
        if !self.life.unit.as_ref().is_some_and(is_same) {
            self.life.unit_since = self.now;
        }
        self.life.unit = Some(unit.clone());
        self.unit_tells_of_start(unit);
        self.unit_tells_of_death(unit);
        self.unit_may_have_given_up(unit);
        if self.joined {
            self.account_for_earlier(out);
        }
    }

    // --- its answers

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
        if brief.children > TABLE_LIMIT {
            self.life.tables_done = true;
        } else if self.life.table.is_none() {
            self.asks.wanted.extend([Question::Connections, Question::Table]);
        }
    }

    fn connections_came(&mut self, loaded: &[LoadedConnection]) {
        let mut told = BTreeSet::new();
        for connection in loaded {
            let name = self.names.keep(&connection.connection);
            let Some(slot) = self.claims.connection(name) else { continue };
            // An alias or instance tells the same about offload as its template; the first one stands for all.
            if !told.insert(slot) {
                continue;
            }
            if let Some(row) = self.claims.connection_mut(slot) {
                row.wanted = connection.wanted_up.unwrap_or(row.wanted);
                row.loaded = Some(Box::new(connection.clone()));
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
            if let Some(row) = self.claims.connection_mut(slot) {
                row.loaded = None;
                row.wanted = false;
            }
        }
        self.touch_every_tunnel();
        // The daemon's connections are known now.
        self.connections.extend(self.refusals.connections());
    }

    fn table_came(&mut self, table: &StateTable) {
        self.life.tables_done = true;
        self.life.table = self.life.asked;
        let told: BTreeSet<_> =
            table.children.iter().filter(|child| child.established).map(|child| child.serial).collect();
        let asked = self.life.asked.map_or(self.now, |(at, _)| at);
        // What was established while the table was on its way is not in it.
        let gone =
            self.claims.children().filter(|(_, child)| !told.contains(&child.serial) && child.established < asked);
        let gone: Vec<_> = gone.map(|(slot, _)| slot).collect();
        for slot in gone {
            self.drop_child(slot);
        }
        for child in table.children.iter().filter(|child| child.established) {
            self.child_in_table(child);
        }
        self.table_was_read();
    }

    fn child_in_table(&mut self, state: &ChildState) {
        let Some(spis) = state.spis else { return };
        if self.claims.find_child(state.serial).is_some() {
            return;
        }
        let name = self.names.keep(&state.connection);
        let Some(connection) = self.claims.connection(name) else { return };
        let about = Speaker {
            connection: state.connection.clone(),
            instance: state.instance.clone(),
            serial: Some(state.serial),
        };
        let Some(tunnel) = self.speaker_tunnel(&about, connection) else { return };
        let ike = state.ike.unwrap_or_default();
        let Some(child) = self.claims.add_child(state.serial, ike, tunnel, spis, self.now) else { return };
        self.addresses.insert(child, (state.local, state.remote));
        self.join_child(child);
        self.timers.set(self.now + crate::engine::rules::NEVER_SEEN_AFTER, Timer::Tunnel(tunnel));
        self.timers.set(self.now + STANDS_AFTER, Timer::Standing(connection));
        self.up_changes();
    }

    fn daemon_did_not_answer(&mut self, question: Question, failure: &crate::model::Failure) {
        // Without its tables the log and the kernel alone must do.
        self.life.tables_done = true;
        match failure {
            // The call stays on the line: no other one is made before it ends.
            crate::model::Failure::Timeout if self.life.is_by_socket() => self.listener_does_not_answer(question),
            crate::model::Failure::Timeout => self.daemon_hangs(question),
            crate::model::Failure::Error(_) => {
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

/// Something waits, and no less than before.
fn does_not_fall(before: Unread, now: Unread) -> bool {
    [(before.ike, now.ike), (before.netlink, now.netlink), (before.control, now.control)]
        .iter()
        .any(|(b, n)| *b > 0 && n >= b)
}
