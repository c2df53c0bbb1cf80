//! The daemon's life: its process, what it announced, and whether it answers.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Facts;
use super::asks::{HEARTBEAT, TABLE_EVERY};
use super::death::Death;
use super::happened::Happened;
use super::recovery::COMES_BY_ITSELF;
use crate::daemons::{Behaviour, Dialect, behaviour, dialect};
use crate::engine::facts::timer::Timer;
use crate::model::{
    Boottime, BriefStatus, Daemon, Evidence, ProcessLook, Question, RealTime, RunState, Serial, UnitLook, Unread,
};

/// A new process loads its connections after it says that it runs.
const SETTLES_AFTER: Duration = Duration::from_secs(5);

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
    /// How many deaths were seen.
    pub deaths: u64,
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
    /// What it does: by its version, from its own start line or its process.
    pub behaviour: Behaviour,
    // Children were forgotten for this process.
    cleared_for: Option<u32>,
    past_read: bool,
    // IKE SAs that are gone, by the log, and the line that killed them.
    ike_gone: BTreeMap<Serial, Boottime>,
    ike_failed: Vec<(Serial, Evidence)>,
    /// Its tables were read, or cannot be.
    pub tables_done: bool,
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

    pub fn dialect(&self) -> &'static dyn Dialect {
        dialect(self.behaviour.kind)
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

    pub fn policies_flushed(&mut self, at: Boottime) {
        if let Some(death) = &mut self.death {
            death.policies_flushed.get_or_insert(at);
        }
    }

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
        let known = self.life.behaviour.version.as_deref().filter(|_| daemon.kind == self.life.behaviour.kind);
        self.life.behaviour = behaviour(daemon.kind, daemon.version.as_deref().or(known));
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
            self.timers.set(self.now + COMES_BY_ITSELF, Timer::BringUp);
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
                self.asks.floors.insert(question, self.now + SETTLES_AFTER);
            }
        }
    }

    /// What is wrong with the daemon is told once, and explains what follows from it.
    pub(in crate::engine) fn daemon_is_in_trouble(&self) -> bool {
        self.life.daemon.is_none()
            || self.life.death.is_some()
            || self.life.hung.is_some()
            || self.life.shutting_down.is_some()
    }

    pub(in crate::engine) fn daemon_absent(&mut self) {
        self.life.absent = true;
        self.absence_is_watched();
        self.life.since.get_or_insert(self.wall);
    }

    pub(in crate::engine) fn daemon_starts(&mut self, pid: Option<u32>, version: Option<&str>, past: bool) {
        if let Some(version) = version {
            self.life.behaviour = behaviour(self.life.behaviour.kind, Some(version));
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
        self.takedowns.clear();
        self.happens(Happened::NewProcess);
    }
}
