//! `daemon-crashed`, `daemon-down` and `daemon-hung`: what became of the daemon, and what its SAs do meanwhile.

use std::time::Duration;

use super::listener::Who;
use super::words;
use crate::engine::Engine;
use crate::engine::book::id;
use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::standing::Up;
use crate::engine::findings::Draft;
use crate::engine::timers::Timer;
use crate::model::{
    Affected, AskId, Boottime, Code, Daemon, Effect, Evidence, KeptProcess, KnownBy, Question, RealTime, Reason,
    RunState, Severity, Source, Subject, UnitLook,
};

/// A new process loads its connections after it says that it runs.
pub const SETTLES_AFTER: Duration = Duration::from_secs(5);

/// A sign of trouble is not asked about again sooner than this after an answer.
pub const HINT_GAP: Duration = Duration::from_secs(5);

/// How long the log is waited for before a death is called by its name.
const LOG_PATIENCE: Duration = Duration::from_secs(1);

/// How long the successor of a process that never answered is waited for.
const FORK_PATIENCE: Duration = Duration::from_secs(3);

/// Tunnels have this long to come back before the daemon's death stops explaining their absence.
const RESTORE_PATIENCE: Duration = Duration::from_secs(60);

pub const SCOPE: &str = "host";

/// A death that is being told.
#[derive(Debug)]
pub struct Death {
    /// Who it was.
    pub who: Who,
    /// The unit that ran it.
    pub unit: Option<String>,
    /// When it was seen.
    pub at: Boottime,
    wall: RealTime,
    after: AskId,
    /// What it is called.
    pub code: Option<Code>,
    told: bool,
    /// How many SAs it left.
    pub sas: u64,
    /// What was up.
    pub before: Up,
    lines: Vec<Evidence>,
    /// FLUSHPOLICY came after it.
    pub policies_flushed: Option<Boottime>,
    /// FLUSHSA came after it.
    pub sas_flushed: Option<Boottime>,
    /// Another process is there since.
    pub back: Option<Boottime>,
    // A process died before it had answered anything.
    again: Option<u32>,
    told_flush: bool,
    // It had not answered anything yet: a start by hand forks, and the first process ends as soon as the second is there.
    young: bool,
    /// Nobody watched when it died, and it is back by now.
    pub unseen: bool,
}

impl Death {
    /// It is known whether somebody wanted it.
    pub const fn is_named(&self) -> bool {
        self.code.is_some()
    }

    /// It is the death of this process.
    pub fn is_of(&self, process: &KeptProcess) -> bool {
        self.who == Who::Process { pid: process.pid, start_ticks: process.start_ticks }
    }

    /// Nobody wanted it.
    pub fn is_crash(&self) -> bool {
        self.code == Some(Code::DaemonCrashed)
    }
}

impl Engine {
    /// Opens or changes the finding of the death that is being told.
    pub(super) fn tell_death(&mut self, out: &mut Vec<Effect>) {
        let until = self.facts.last_expiry();
        let unit = self.facts.life.unit.clone();
        let Some(death) = self.facts.life.death.as_mut() else { return };
        let Some(code) = death.code else { return };
        if code == Code::DaemonDown && self.facts.absence.is_told() {
            // It was started since, and that failed: that is what counts now.
            return;
        }
        let mut lines = std::mem::take(&mut death.lines);
        let flushed = death.sas_flushed.is_some() || death.policies_flushed.is_some();
        if flushed && !std::mem::replace(&mut death.told_flush, true) {
            let at = death.sas_flushed.or(death.policies_flushed).unwrap_or(death.at);
            let whose = if death.who.is_listener() { "it was gone" } else { "the process had ended" };
            let text = format!("all SAs and policies were flushed after {whose}");
            lines.push(Evidence { time: death.wall, at, source: Source::Xfrm, text });
        }
        let fate = if flushed {
            words::Fate::Flushed {
                by_unit: unit.as_ref().filter(|unit| unit.flushes_on_stop).map(|unit| unit.unit.clone()),
            }
        } else if death.unseen {
            words::Fate::Unseen
        } else {
            words::Fate::Carrying { sas: death.sas, until }
        };
        let told = match &death.who {
            Who::Listener(listener) => words::listener_gone(listener, &fate),
            Who::Process { pid, .. } => words::daemon_gone(code, *pid, &fate, unit.as_ref()),
        };
        let (reason, severity) = match (code, &death.who) {
            (Code::DaemonDown, Who::Listener(listener)) => (listener.reason(), Severity::Warning),
            (Code::DaemonDown, Who::Process { .. }) => (Reason::OrderlyStop, Severity::Warning),
            _ => (Reason::Died, Severity::Critical),
        };
        let connections = death.before.connections().len() as u64;
        let callers = death.before.roadwarriors;
        let again = !std::mem::replace(&mut death.told, true);
        let affected = Affected { sas: death.sas, connections, list: Vec::new(), more: connections };
        if callers > 0 {
            lines.push(self.facts.evidence(Source::Engine, words::roadwarriors(callers)));
        }
        let draft = self.facts.host_draft(code, reason, severity, affected, told, lines);
        self.book.open(Draft { again, ..draft }, self.facts.now, self.facts.wall, out);
    }

    /// It is back once it was asked, and what was up before is up, or had long enough.
    pub(super) fn judge_daemon_back(&mut self, out: &mut Vec<Effect>) {
        if let Some(death) = &self.facts.life.death
            && death.code.is_some()
            && !death.told_flush
            && (death.sas_flushed.is_some() || death.policies_flushed.is_some())
        {
            self.tell_death(out);
        }
        let Some(death) = &self.facts.life.death else { return };
        let (Some(back), Some(code)) = (death.back, death.code) else { return };
        let asked = self.facts.life.table.is_some_and(|(at, _)| at >= back);
        let restored = death.before.permanent.iter().all(|place| self.facts.place_stands(*place));
        let patient = self.facts.now.since(back) < RESTORE_PATIENCE;
        if !asked || (code == Code::DaemonCrashed && !restored && patient) {
            if !self.facts.timers.has(Timer::Restored) {
                // Where nobody has asked it even then: in a while.
                let at = if patient { back + RESTORE_PATIENCE } else { self.facts.now + RESTORE_PATIENCE };
                self.facts.timers.set(at, Timer::Restored);
            }
            return;
        }
        if code == Code::DaemonCrashed
            && !restored
            && let Some(pid) = death.who.pid()
        {
            let Some(death) = self.facts.life.death.take() else { return };
            let how = format!("it was up when process {pid} died");
            let how = Evidence { time: death.wall, at: death.at, source: Source::Process, text: how };
            self.tell_not_restored(death.before.permanent.into_iter(), &how, out);
        }
        let text =
            if restored { words::over(code) } else { "the daemon is back; not every tunnel that was up before is" };
        let why = self.facts.evidence(Source::Daemon, text);
        self.book.close(&id(code, SCOPE), why, self.facts.now, out);
        self.facts.life.death = None;
        self.facts.touch_every_tunnel();
        self.rules.orphans.look();
    }

    pub(in crate::engine) fn tell_hang(&mut self, question: Question, out: &mut Vec<Effect>) {
        let Some(pid) = self.facts.life.daemon.as_ref().and_then(Daemon::pid) else { return };
        let look = self.facts.life.look.filter(|look| look.pid == pid);
        let reason = match look.map(|look| look.state) {
            Some(RunState::Stopped) => Reason::Stopped,
            Some(RunState::Traced) => Reason::Traced,
            Some(RunState::Uninterruptible) => Reason::Uninterruptible,
            _ => Reason::Unresponsive,
        };
        let mut lines = Vec::new();
        if let Some(look) = look {
            let unread = look.unread;
            let text = format!(
                "process {pid}: state {:?}; unread bytes: IKE {}, netlink {}; connections waiting on its control socket: {}",
                look.state, unread.ike, unread.netlink, unread.control
            );
            lines.push(self.facts.evidence(Source::Process, text));
        }
        let what = if question == Question::Brief { "its status" } else { "its tables" };
        lines.push(self.facts.evidence(Source::Daemon, format!("it was asked for {what} and did not answer")));
        let counts = self.facts.sad.counts();
        let affected = Affected { sas: counts.software + counts.crypto + counts.packet, ..Affected::default() };
        let told =
            words::daemon_hung(pid, reason, self.facts.life.daemon.as_ref().and_then(|daemon| daemon.unit.as_deref()));
        let draft = self.facts.host_draft(Code::DaemonHung, reason, Severity::Critical, affected, told, lines);
        self.book.open(draft, self.facts.now, self.facts.wall, out);
    }

    pub(in crate::engine) fn close_hung(&mut self, how: &'static str, out: &mut Vec<Effect>) {
        let why = self.facts.evidence(Source::Daemon, how);
        self.book.close(&id(Code::DaemonHung, SCOPE), why, self.facts.now, out);
    }
}

impl Facts {
    pub(in crate::engine) fn death_log_was_read(&mut self, ask: AskId) {
        if self.joined && self.life.death.as_ref().is_some_and(|death| death.after <= ask && !death.young) {
            self.call_death_by_its_name();
        }
    }

    pub(in crate::engine) fn death_due(&mut self) {
        if !self.joined {
            return;
        }
        self.young_death_counts();
        self.call_death_by_its_name();
    }

    fn call_death_by_its_name(&mut self) {
        let orderly = self.ends_in_order();
        let announced = self.life.shutting_down.clone();
        let dying = self.life.dying.clone();
        if self.life.death.as_ref().is_some_and(|death| death.code.is_none() && death.young && death.back.is_some()) {
            self.life.death = None;
            self.touch_every_tunnel();
            return;
        }
        let Some(death) = self.life.death.as_mut().filter(|death| death.code.is_none()) else { return };
        death.code = Some(if orderly { Code::DaemonDown } else { Code::DaemonCrashed });
        if let Who::Listener(listener) = &mut death.who {
            listener.announced = announced.is_some();
        }
        death.lines.extend(announced.into_iter().chain(dying));
        let (pid, at) = (death.who.pid(), death.at);
        // A listener that is gone without a word may have died: nobody need have wanted it.
        let by_order = orderly
            && match &death.who {
                Who::Listener(listener) => listener.announced,
                _ => true,
            };
        if let Some(pid) = pid.filter(|_| !orderly) {
            self.crash_counts(pid, at);
        } else if by_order {
            self.absence.stopped_by_order(self.wall);
        }
        self.remember_what_is_up();
        self.death_changed = true;
    }
}

impl Facts {
    // --- death

    pub(in crate::engine) fn daemon_gone(&mut self, pid: u32, out: &mut Vec<Effect>) {
        let ends = |daemon: &mut Daemon| daemon.pid() == Some(pid);
        let Some(daemon) = self.life.daemon.take_if(ends) else { return };
        let Daemon { unit, since, known: KnownBy::Process { start_ticks, .. }, .. } = daemon else { return };
        let young = self.life.answered.is_none() && !self.has_run_for_long(since);
        self.daemon_is_away("its process ended");
        if young && let Some(death) = &mut self.life.death {
            // The death that is being told already is the one that matters.
            death.back = None;
            death.again = Some(pid);
            if unit.is_some() {
                // No unit's daemon forks.
                self.young_death_counts();
            } else {
                self.timers.set(self.now + FORK_PATIENCE, Timer::Death);
            }
            return;
        }
        let before = self.was_up_or_owed();
        let by = unit.as_ref().map(|unit| format!(", run by {unit},")).unwrap_or_default();
        let lines = vec![self.evidence(Source::Process, format!("process {pid}{by} ended"))];
        let after = self.catch_up(out);
        self.life.death =
            Some(Death { young, ..self.death_of(Who::Process { pid, start_ticks }, unit, (before, lines), after) });
        self.timers.set(self.now + if young { FORK_PATIENCE } else { LOG_PATIENCE }, Timer::Death);
        self.touch_every_tunnel();
    }

    /// It ran before swanwatch did, and had no time to be asked: it is none of a start's forks.
    fn has_run_for_long(&self, since: RealTime) -> bool {
        !self.joined && self.wall.seconds().saturating_sub(since.seconds()) > FORK_PATIENCE.as_secs()
    }

    /// At the first full join: what a daemon that died before it left behind, and had up, is known only now, and so is its name.
    pub(in crate::engine) fn death_before_join(&mut self) {
        if self.life.death.is_none() {
            return;
        }
        let counts = self.sad.counts();
        let up = self.was_up();
        let Some(death) = &mut self.life.death else { return };
        if death.back.is_none() {
            death.sas = counts.software + counts.crypto + counts.packet;
            death.before.permanent.extend(up.permanent);
            death.before.roadwarriors = death.before.roadwarriors.max(up.roadwarriors);
        }
        let patience = if death.young { FORK_PATIENCE } else { LOG_PATIENCE };
        self.timers.set(self.now.max(death.at + patience), Timer::Death);
    }

    pub(super) fn daemon_is_away(&mut self, how: &'static str) {
        self.life.absent = true;
        self.absence.look_again();
        self.happens(Happened::DaemonChanged);
        self.life.since = Some(self.wall);
        self.life.table = None;
        self.asks.daemon = None;
        self.asks.wanted.clear();
        self.recovered_from_hang(how);
    }

    /// What was up before this death; what an earlier crash did not bring back is still owed.
    pub(super) fn was_up_or_owed(&mut self) -> Up {
        let mut before = self.was_up();
        if let Some(earlier) = self.life.death.take().filter(Death::is_crash) {
            before.permanent.extend(earlier.before.permanent);
        }
        before
    }

    /// A death that is seen now.
    pub(super) fn death_of(
        &self,
        who: Who,
        unit: Option<String>,
        (before, lines): (Up, Vec<Evidence>),
        after: AskId,
    ) -> Death {
        let counts = self.sad.counts();
        Death {
            who,
            unit,
            at: self.now,
            wall: self.wall,
            after,
            code: None,
            told: false,
            sas: counts.software + counts.crypto + counts.packet,
            before,
            lines,
            policies_flushed: None,
            sas_flushed: None,
            back: None,
            again: None,
            told_flush: false,
            young: false,
            unseen: false,
        }
    }

    fn young_death_counts(&mut self) {
        if let Some(death) = &mut self.life.death
            && death.back.is_none()
            && let Some(pid) = death.again.take()
        {
            self.crash_counts(pid, self.now);
        }
    }

    /// The daemon is ending, or has ended, because somebody wanted it.
    pub(in crate::engine) fn ends_in_order(&self) -> bool {
        if let Some(death) = &self.life.death {
            if let Some(code) = death.code {
                return code == Code::DaemonDown;
            }
            // Nobody here can tell a crash of it from a stop.
            if death.who.is_listener() {
                return true;
            }
        }
        (self.life.shutting_down.is_some() || self.unit_is_stopping()) && self.life.dying.is_none()
    }

    /// The service manager is stopping it, whether or not the log has told of that yet.
    pub(in crate::engine) fn unit_is_stopping(&self) -> bool {
        self.life.unit.as_ref().is_some_and(is_stopping)
    }

    pub(in crate::engine) fn unit_tells_of_death(&mut self, unit: &UnitLook) {
        let failed =
            matches!(unit.result.as_str(), "signal" | "core-dump" | "watchdog" | "exit-code" | "start-limit-hit");
        let text = format!("{}: {} ({}), result {}", unit.unit, unit.active, unit.sub, unit.result);
        let line = self.evidence(Source::Systemd, text);
        let of_unit = |death: &&mut Death| death.back.is_none() && !death.who.is_listener();
        if let Some(death) = self.life.death.as_mut().filter(of_unit) {
            if failed {
                death.lines.push(line);
                if death.code == Some(Code::DaemonDown) {
                    return;
                }
            }
            let named = death.code.is_some();
            self.death_changed |= named;
        }
    }

    /// When the kernel will have removed the last SA by itself: none where nothing limits them.
    fn last_expiry(&self) -> Option<RealTime> {
        let mut last = None;
        for (_, sa) in self.sad.iter() {
            if sa.hard_add_seconds == 0 {
                return None;
            }
            last = last.max(Some(i64::from(sa.add_time) + i64::from(sa.hard_add_seconds)));
        }
        last.map(|seconds| RealTime::from_micros(seconds.saturating_mul(1_000_000)))
    }

    pub(in crate::engine) fn restored_due(&mut self) {
        // Judged in every step; this one only had to come.
        if self.life.table.is_none() && self.life.daemon.is_some() {
            self.want_daemon(Question::Table);
        }
    }

    // --- hang

    pub(in crate::engine) fn daemon_hangs(&mut self, question: Question) {
        if self.life.daemon.as_ref().and_then(Daemon::pid).is_some() {
            self.life.hung.get_or_insert((self.now, self.wall));
            self.happens(Happened::Hangs(question));
        }
    }

    pub(in crate::engine) fn recovered_from_hang(&mut self, how: &'static str) {
        if self.life.hung.take().is_some() {
            self.happens(Happened::Recovered(how));
            self.touch_every_tunnel();
        }
    }

    pub(super) fn host_draft(
        &self,
        code: Code,
        reason: Reason,
        severity: Severity,
        affected: Affected,
        told: words::Told,
        evidence: Vec<Evidence>,
    ) -> Draft {
        Draft {
            code,
            scope: SCOPE.to_owned(),
            reason,
            severity,
            subject: Subject::default(),
            affected,
            summary: told.summary,
            advice: told.advice,
            evidence,
            again: false,
            speaks_of: std::collections::BTreeSet::new(),
        }
    }
}

/// The service manager was told to stop it: by an operator, or as the machine goes down.
fn is_stopping(unit: &UnitLook) -> bool {
    matches!(unit.sub.as_str(), "stop" | "stop-sigterm" | "stop-sigkill") && unit.result == "success"
}
