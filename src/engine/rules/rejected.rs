//! `offload-rejected` and `sa-add-failed`: the kernel refused an SA, and nothing came of it.

use std::time::Duration;

use super::capacity::Refused;
use super::why::Known;
use super::words;
use crate::engine::Engine;
use crate::engine::book::{Book, id};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::expect::Expected;
use crate::engine::facts::offload_attempts::AttemptId;
use crate::engine::facts::slab::Slot;
use crate::engine::findings::Draft;
use crate::engine::timers::Timer;
use crate::model::{
    Affected, Boottime, Code, Daemon, Direction, Effect, Evidence, Link, Question, Reason, RefusedSa, Serial, Severity,
    Source, SourceState, Span, Subject,
};
use crate::reasons::Entry;

/// Without a word of what followed, a refusal is judged after this time.
const SILENCE: Duration = Duration::from_secs(1);

/// The daemon that may fall back by itself has longer: its scripts run before it says that the SA stands.
const FALL_BACK: Duration = Duration::from_secs(10);

/// errno(3) of causes that have nothing to do with the NIC: EPERM, ENOENT, ESRCH, ENOMEM, EEXIST, ENOSYS.
const NOT_OFFLOAD: [u32; 6] = [1, 2, 3, 12, 17, 38];

/// The kernel's own word may come behind the daemon's line by this much.
const TRACE_LATE: Duration = Duration::from_millis(500);

/// A refusal that is not judged yet, or whose cause waits for the daemon's answer.
#[derive(Debug)]
pub struct Refusal {
    serial: Option<Serial>,
    errno: u32,
    sa: Option<RefusedSa>,
    since: Boottime,
    // Nothing came of it.
    failed: bool,
    // What the daemon quotes of the kernel.
    words: Option<String>,
    // What the kernel itself told.
    tried: Option<AttemptId>,
    // It refused a policy of the SA's, and not the SA.
    of_policy: bool,
    /// The lines that tell of it.
    pub lines: Vec<Evidence>,
}

impl Refusal {
    fn new(serial: Option<Serial>, sa: Option<RefusedSa>, errno: u32, since: Boottime) -> Self {
        Self { serial, errno, sa, since, failed: false, words: None, tried: None, of_policy: false, lines: Vec::new() }
    }
}

impl super::Rules {
    /// Whether a refusal of this connection is told, or about to be.
    pub(in crate::engine) fn is_refused(&self, facts: &Facts, book: &Book, connection: Slot<Connection>) -> bool {
        let name = facts.connection_text(connection);
        let told = |code| book.is_open(code, &name);
        facts.refusals.contains_key(&connection)
            || told(Code::OffloadRejected)
            || told(Code::SaAddFailed)
            || self.is_refused_as_full(connection)
    }
}

impl Engine {
    pub(super) fn judge_refusal(&mut self, connection: Slot<Connection>, out: &mut Vec<Effect>) {
        let Some(refusal) = self.facts.refusals.get(&connection).filter(|refusal| refusal.failed) else { return };
        let (expected, _) = self.facts.expected(connection);
        let patient = self.facts.now.since(refusal.since) < FALL_BACK;
        let undecided = expected == Expected::Unknown && refusal.tried.is_none();
        if undecided && patient && self.facts.life.may_be_asked() && !NOT_OFFLOAD.contains(&refusal.errno) {
            self.facts.want_daemon(Question::Connections);
            return;
        }
        if self.facts.trace_may_tell(connection) {
            return;
        }
        let Some(refusal) = self.facts.refusals.remove(&connection) else { return };
        self.tell_refusal(connection, expected, refusal, out);
        // What was told as a consequence before is its consequence now.
        self.facts.connections.insert(connection);
    }

    fn tell_refusal(
        &mut self,
        connection: Slot<Connection>,
        expected: Expected,
        refusal: Refusal,
        out: &mut Vec<Effect>,
    ) {
        let (entry, lines) = self.facts.why_refused(connection, &refusal);
        let tried = refusal.tried.and_then(|id| self.facts.attempts.get(&id));
        let of_offload = tried.is_some() || (expected.is_some() && !NOT_OFFLOAD.contains(&refusal.errno));
        let full = self.facts.is_full(entry, tried);
        if of_offload && full {
            let device = tried.map(|tried| tried.tried.ifindex);
            let device = device.or_else(|| self.facts.local_link(connection).map(|link| link.index));
            if let Some(device) = device {
                let refused = Refused { connection: Some(connection), sa: refusal.sa, lines: refusal.lines };
                self.device_is_full(device, refused, out);
                return;
            }
        }
        let code = if of_offload { Code::OffloadRejected } else { Code::SaAddFailed };
        let mut draft = self.refusal_draft(code, connection, refusal, entry.filter(|_| of_offload));
        draft.evidence.extend(lines);
        self.book.open(draft, self.facts.now, self.facts.wall, out);
    }

    fn refusal_draft(
        &self,
        code: Code,
        connection: Slot<Connection>,
        refusal: Refusal,
        entry: Option<&'static Entry>,
    ) -> Draft {
        let name = self.facts.connection_text(connection);
        let tried = refusal.tried.and_then(|id| self.facts.attempts.get(&id)).map(|tried| &tried.tried);
        let direction = tried.map(|tried| tried.direction);
        let direction = direction.or_else(|| self.facts.direction_of(connection, refusal.sa?.dst?));
        let device =
            tried.map(|tried| self.facts.links.name(tried.ifindex)).or_else(|| self.facts.local_device(connection));
        let before = self.book.get(&id(code, &name)).map_or(0, |finding| finding.times);
        let told = words::refused(code, &name, refusal.errno, (device.as_deref(), entry), before + 1);
        Draft {
            code,
            scope: name.clone(),
            reason: entry.map_or(Reason::Unknown, |entry| entry.reason),
            severity: Severity::Critical,
            subject: Subject {
                connection: Some(name),
                instance: None,
                spi: refusal.sa.map(|sa| sa.spi),
                dst: refusal.sa.and_then(|sa| sa.dst),
                direction: direction.map(Span::from),
                device,
            },
            affected: Affected::default(),
            summary: told.summary,
            advice: told.advice,
            evidence: refusal.lines,
            again: true,
            speaks_of: std::collections::BTreeSet::new(),
        }
    }

    /// A pair has stood for a while: what was said of the connection is over.
    pub(in crate::engine) fn standing_due(&mut self, connection: Slot<Connection>, out: &mut Vec<Effect>) {
        let name = self.facts.connection_text(connection);
        match self.facts.stood_for(connection) {
            Some(stood) if stood >= super::STANDS_AFTER => {
                for code in super::OVER_WITH_A_PAIR {
                    if self.book.is_open(code, &name) {
                        self.over(Source::Engine, code, &name, out);
                    }
                }
            }
            Some(stood) => {
                self.facts.timers.set(self.facts.now + (super::STANDS_AFTER - stood), Timer::Standing(connection))
            }
            None => {}
        }
        self.facts.touch_what_lacks(connection);
    }
}

impl Facts {
    pub(in crate::engine) fn kernel_refused(
        &mut self,
        connection: Slot<Connection>,
        serial: Option<Serial>,
        (sa, errno): (Option<RefusedSa>, u32),
        seen: Evidence,
    ) {
        let now = self.now;
        if let Some(row) = self.claims.connection_mut(connection) {
            row.last_refused = true;
        }
        let refusal = self.refusals.entry(connection).or_insert_with(|| Refusal::new(serial, sa, errno, now));
        if refusal.serial != serial {
            let failed = refusal.failed;
            *refusal = Refusal { failed, ..Refusal::new(serial, sa, errno, now) };
        }
        refusal.sa = sa.or(refusal.sa);
        refusal.lines.push(seen);
        for patience in [TRACE_LATE, SILENCE, FALL_BACK] {
            self.timers.set(now + patience, Timer::Refusal(connection));
        }
        if let Some((id, _)) = sa.and_then(|sa| self.attempts.find(sa.spi, sa.dst)) {
            self.refusal_was_tried(connection, id);
        }
    }

    /// In packet mode the device has to take the policies, too. Else a refused policy has nothing to do with it.
    pub(in crate::engine) fn policy_refused(
        &mut self,
        connection: Slot<Connection>,
        serial: Option<Serial>,
        errno: u32,
        seen: Evidence,
    ) {
        if self.expected(connection).0 == Expected::Packet {
            self.kernel_refused(connection, serial, (None, errno), seen);
            if let Some(refusal) = self.refusals.get_mut(&connection) {
                refusal.of_policy = true;
            }
        }
    }

    /// The kernel told of a refusal: whether the daemon's line about it was there before.
    pub(in crate::engine) fn refusal_was_awaited(&mut self, id: AttemptId) -> bool {
        let same = |sa: &RefusedSa| sa.spi == id.0 && (sa.dst.is_none() || id.1.is_none() || sa.dst == id.1);
        let refusals = &self.refusals;
        let of = refusals.iter().find(|(_, refusal)| refusal.sa.as_ref().is_some_and(same)).map(|(slot, _)| *slot);
        if let Some(connection) = of {
            self.refusal_was_tried(connection, id);
        }
        of.is_some()
    }

    fn refusal_was_tried(&mut self, connection: Slot<Connection>, id: AttemptId) {
        let Some(line) = self.attempts.get(&id).map(|tried| tried.line.clone()) else { return };
        self.attempts.tell(&id);
        if let Some(refusal) = self.refusals.get_mut(&connection)
            && refusal.tried != Some(id)
        {
            refusal.tried = Some(id);
            refusal.lines.push(line);
        }
        self.connections.insert(connection);
    }

    pub(in crate::engine) fn kernel_said(&mut self, connection: Slot<Connection>, words: &str, seen: Evidence) {
        if let Some(refusal) = self.refusals.get_mut(&connection) {
            refusal.words.get_or_insert_with(|| words.to_owned());
            refusal.lines.push(seen);
        }
    }

    /// The daemon gave up a state: if the kernel had refused it an SA, that is why.
    pub(in crate::engine) fn refusal_followed(&mut self, connection: Slot<Connection>, seen: Evidence) {
        let Some(refusal) = self.refusals.get_mut(&connection) else { return };
        refusal.lines.push(seen);
        refusal.failed = true;
        self.connections.insert(connection);
    }

    pub(in crate::engine) fn refusal_due(&mut self, connection: Slot<Connection>) {
        let (expected, _) = self.expected(connection);
        let may_fall_back = self.may_fall_back(connection);
        let Some(refusal) = self.refusals.get_mut(&connection) else { return };
        let patience = if may_fall_back || expected == Expected::Unknown { FALL_BACK } else { SILENCE };
        if self.now.since(refusal.since) >= patience {
            refusal.failed = true;
        }
        self.connections.insert(connection);
    }

    /// Only `auto` of 4.x tries again without offload.
    fn may_fall_back(&self, connection: Slot<Connection>) -> bool {
        let loaded = self.claims.connection_at(connection).and_then(|row| row.loaded.as_ref());
        loaded.is_none_or(|loaded| matches!(loaded.offload, None | Some(crate::model::OffloadSetting::Auto)))
    }

    /// The kernel's own word, or a driver's line, is awaited a little where it can be heard.
    fn trace_may_tell(&self, connection: Slot<Connection>) -> bool {
        let works = |source| self.coverage.get(&source).is_some_and(|line| line.state == SourceState::Ok);
        let heard = works(Source::Trace) || works(Source::KernelLog);
        let waiting = |refusal: &Refusal| refusal.tried.is_none() && self.now.since(refusal.since) < TRACE_LATE;
        heard && self.refusals.get(&connection).is_some_and(waiting)
    }

    /// What the evidence leaves as the reason of a refusal.
    pub(in crate::engine) fn why_refused(
        &self,
        connection: Slot<Connection>,
        refusal: &Refusal,
    ) -> (Option<&'static Entry>, Vec<Evidence>) {
        let spoken = self.life.daemon.as_ref().and_then(Daemon::pid);
        let spoken = spoken.and_then(|pid| self.attempts.words(pid, refusal.since));
        let known = Known {
            errno: Some(refusal.errno),
            words: refusal.words.as_deref().or(spoken),
            tried: refusal.tried.and_then(|id| self.attempts.get(&id)),
            protocol: refusal.sa.map(|sa| sa.protocol),
            direction: refusal.sa.and_then(|sa| sa.dst).and_then(|dst| self.direction_of(connection, dst)),
            at: refusal.since,
            ..Known::default()
        };
        let (entry, lines) = self.why(&known, self.local_link(connection));
        // Words to the daemon that no SA is named in may be about one of its policies.
        (entry.filter(|entry| refusal.of_policy || entry.reason != Reason::PolicyUnsupported), lines)
    }

    fn direction_of(&self, connection: Slot<Connection>, dst: std::net::IpAddr) -> Option<Direction> {
        if self.links.holding(dst).is_some() {
            return Some(Direction::In);
        }
        let loaded = self.claims.connection_at(connection)?.loaded.as_ref()?;
        (loaded.remote == Some(dst) || loaded.local.is_some()).then_some(Direction::Out)
    }

    /// The interface that the daemon asks the offload of: the one with its IKE address.
    fn local_device(&self, connection: Slot<Connection>) -> Option<String> {
        let loaded = self.claims.connection_at(connection)?.loaded.as_ref()?;
        loaded.interface.clone().or_else(|| Some(self.links.holding(loaded.local?)?.name.clone()))
    }

    fn local_link(&self, connection: Slot<Connection>) -> Option<&Link> {
        self.links.of_connection(self.claims.connection_at(connection)?.loaded.as_ref()?)
    }
}
