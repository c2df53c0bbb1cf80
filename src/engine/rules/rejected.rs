//! `offload-rejected` and `sa-add-failed`: the kernel refused an SA, and nothing came of it.

use std::time::Duration;

use super::words;
use crate::engine::Engine;
use crate::engine::book::{Draft, id};
use crate::engine::claims::Connection;
use crate::engine::expect::Expected;
use crate::engine::slab::Slot;
use crate::engine::timers::Timer;
use crate::model::{
    Affected, Boottime, Code, Direction, Effect, Evidence, Question, Reason, RefusedSa, Serial, Severity, Source, Span,
    Subject,
};

/// Without a word of what followed, a refusal is judged after this time.
const SILENCE: Duration = Duration::from_secs(1);

/// The daemon that may fall back by itself has longer: its scripts run before it says that the SA stands.
const FALL_BACK: Duration = Duration::from_secs(10);

/// errno(3) of causes that have nothing to do with the NIC: EPERM, ENOENT, ESRCH, ENOMEM, EEXIST, ENOSYS.
const NOT_OFFLOAD: [u32; 6] = [1, 2, 3, 12, 17, 38];

/// A refusal that is not judged yet, or whose cause waits for the daemon's answer.
#[derive(Debug)]
pub struct Refusal {
    serial: Option<Serial>,
    errno: u32,
    sa: Option<RefusedSa>,
    since: Boottime,
    // Nothing came of it.
    failed: bool,
    /// The lines that tell of it.
    pub lines: Vec<Evidence>,
}

impl Engine {
    pub(in crate::engine) fn kernel_refused(
        &mut self,
        connection: Slot<Connection>,
        serial: Option<Serial>,
        (sa, errno): (Option<RefusedSa>, u32),
        seen: Evidence,
    ) {
        let now = self.now;
        let refusal = self.rules.refusals.entry(connection).or_insert_with(|| Refusal {
            serial,
            errno,
            sa,
            since: now,
            failed: false,
            lines: Vec::new(),
        });
        if refusal.serial != serial {
            *refusal = Refusal { serial, errno, sa, since: now, failed: refusal.failed, lines: Vec::new() };
        }
        refusal.lines.push(seen);
        self.timers.set(now + SILENCE, Timer::Refusal(connection));
        self.timers.set(now + FALL_BACK, Timer::Refusal(connection));
    }

    pub(in crate::engine) fn kernel_said(&mut self, connection: Slot<Connection>, seen: Evidence) {
        if let Some(refusal) = self.rules.refusals.get_mut(&connection) {
            refusal.lines.push(seen);
        }
    }

    /// The daemon gave up a state: if the kernel had refused it an SA, that is why.
    pub(in crate::engine) fn refusal_followed(&mut self, connection: Slot<Connection>, seen: Evidence) {
        let Some(refusal) = self.rules.refusals.get_mut(&connection) else { return };
        refusal.lines.push(seen);
        refusal.failed = true;
        self.rules.connections.insert(connection);
    }

    pub(in crate::engine) fn refusal_due(&mut self, connection: Slot<Connection>) {
        let (expected, _) = self.expected(connection);
        let may_fall_back = self.may_fall_back(connection);
        let Some(refusal) = self.rules.refusals.get_mut(&connection) else { return };
        let patience = if may_fall_back || expected == Expected::Unknown { FALL_BACK } else { SILENCE };
        if self.now.since(refusal.since) >= patience {
            refusal.failed = true;
        }
        self.rules.connections.insert(connection);
    }

    /// Only `auto` of 4.x tries again without offload.
    fn may_fall_back(&self, connection: Slot<Connection>) -> bool {
        let loaded = self.claims.connection_at(connection).and_then(|row| row.loaded.as_ref());
        loaded.is_none_or(|loaded| matches!(loaded.offload, None | Some(crate::model::OffloadSetting::Auto)))
    }

    /// The daemon's connections are known now.
    pub(in crate::engine) fn refusals_may_be_judged(&mut self) {
        let waiting: Vec<_> = self.rules.refusals.keys().copied().collect();
        self.rules.connections.extend(waiting);
    }

    pub(super) fn judge_refusal(&mut self, connection: Slot<Connection>, out: &mut Vec<Effect>) {
        let Some(refusal) = self.rules.refusals.get(&connection).filter(|refusal| refusal.failed) else { return };
        let (expected, _) = self.expected(connection);
        let patient = self.now.since(refusal.since) < FALL_BACK;
        if expected == Expected::Unknown && patient && self.life.may_be_asked() && !NOT_OFFLOAD.contains(&refusal.errno)
        {
            self.want_daemon(Question::Connections);
            return;
        }
        let Some(refusal) = self.rules.refusals.remove(&connection) else { return };
        let code = if expected.is_some() && !NOT_OFFLOAD.contains(&refusal.errno) {
            Code::OffloadRejected
        } else {
            Code::SaAddFailed
        };
        let draft = self.refusal_draft(code, connection, refusal);
        self.book.open(draft, self.now, self.wall, out);
        // What was told as a consequence before is its consequence now.
        self.rules.connections.insert(connection);
    }

    fn refusal_draft(&self, code: Code, connection: Slot<Connection>, refusal: Refusal) -> Draft {
        let name = self.connection_text(connection);
        let direction = refusal.sa.and_then(|sa| sa.dst).and_then(|dst| self.direction_of(connection, dst));
        let device = self.local_device(connection);
        let before = self.book.get(&id(code, &name)).map_or(0, |finding| finding.times);
        let told = words::refused(code, &name, refusal.errno, device.as_deref(), before + 1);
        Draft {
            code,
            scope: name.clone(),
            reason: Reason::Unknown,
            severity: Severity::Critical,
            subject: Subject {
                connection: Some(name),
                instance: None,
                spi: refusal.sa.map(|sa| sa.spi),
                dst: refusal.sa.and_then(|sa| sa.dst),
                direction: direction.map(|direction| if direction == Direction::In { Span::In } else { Span::Out }),
                device,
            },
            affected: Affected::default(),
            summary: told.summary,
            advice: told.advice,
            evidence: refusal.lines,
            again: true,
        }
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

    /// Whether a refusal of this connection is told, or about to be.
    pub(super) fn is_refused(&self, connection: Slot<Connection>) -> bool {
        let name = self.connection_text(connection);
        let told = |code| self.book.is_open(code, &name);
        self.rules.refusals.contains_key(&connection) || told(Code::OffloadRejected) || told(Code::SaAddFailed)
    }

    /// A pair has stood for a while: what was said of the connection is over.
    pub(in crate::engine) fn standing_due(&mut self, connection: Slot<Connection>, out: &mut Vec<Effect>) {
        let name = self.connection_text(connection);
        match self.stood_for(connection) {
            Some(stood) if stood >= super::STANDS_AFTER => {
                for code in [Code::OffloadRejected, Code::SaAddFailed, Code::TunnelDown, Code::AcquireUnanswered] {
                    if self.book.is_open(code, &name) {
                        let why = self.evidence(Source::Engine, words::over(code));
                        self.book.close(&id(code, &name), why, self.now, out);
                    }
                }
            }
            Some(stood) => self.timers.set(self.now + (super::STANDS_AFTER - stood), Timer::Standing(connection)),
            None => {}
        }
        self.touch_connection(connection);
    }
}
