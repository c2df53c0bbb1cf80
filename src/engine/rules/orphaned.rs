//! `sa-orphaned` and `sa-half-open`: SAs in the kernel that no Child SA of the daemon claims.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::words;
use crate::engine::Engine;
use crate::engine::book::{Draft, id};
use crate::engine::claims::Connection;
use crate::engine::sad::Sa;
use crate::engine::slab::Slot;
use crate::engine::timers::Timer;
use crate::model::{
    Affected, Boottime, Code, Effect, Question, Reason, SaStage, Severity, Source, SourceState, Subject,
};

/// An SA is not called an orphan sooner.
pub const AGE: Duration = Duration::from_secs(10);

impl Engine {
    /// An SA that came a while ago: if still nobody claims it, the daemon is asked.
    pub(in crate::engine) fn unclaimed_due(&mut self, slot: Slot<Sa>) {
        let Some(sa) = self.sad.get(slot) else { return };
        if sa.claim.is_some() || sa.stage == SaStage::Larval || !self.life.is_alive() {
            return;
        }
        let (seen, reqid) = (sa.seen, sa.reqid);
        if self.negotiates_with_reqid(reqid) {
            self.timers.set(self.unclaimed_due_at(), Timer::Unclaimed(slot));
            return;
        }
        if self.life.table.is_none_or(|(asked, _)| asked <= seen) {
            self.want_daemon(Question::Table);
        }
        self.timers.set(seen + AGE, Timer::Orphans);
        self.timers.set(seen + self.larval_life(), Timer::Orphans);
        self.rules.orphans_open = true;
        self.rules.orphans_touched = true;
    }

    /// When an SA that nobody claims now is asked about.
    pub(in crate::engine) fn unclaimed_due_at(&self) -> Boottime {
        let reads = self.coverage.get(&Source::Log).is_some_and(|log| log.state == SourceState::Ok);
        self.now + if reads { super::UNCLAIMED_AFTER } else { super::UNCLAIMED_WITHOUT_LOG }
    }

    fn negotiates_with_reqid(&self, reqid: u32) -> bool {
        let connection = self.claims.connection_of_reqid(reqid).and_then(|slot| self.claims.connection_at(slot));
        connection.is_some_and(|connection| connection.negotiating.is_some())
    }

    pub(in crate::engine) fn orphans_due(&mut self, _out: &mut Vec<Effect>) {
        self.rules.orphans_open = true;
        self.rules.orphans_touched = true;
    }

    /// The daemon's table was read: what it does not claim, it does not know.
    pub(in crate::engine) fn table_was_read(&mut self) {
        self.rules.orphans_open = true;
        self.rules.orphans_touched = true;
        self.touch_every_tunnel();
    }

    pub(super) fn judge_orphans(&mut self, out: &mut Vec<Effect>) {
        let (mut pairs, mut halves) = (BTreeMap::<_, Vec<Slot<Sa>>>::new(), BTreeMap::<_, Vec<Slot<Sa>>>::new());
        if !self.daemon_is_in_trouble() {
            for (slot, sa) in self.sad.iter().filter(|(_, sa)| self.is_unknown(sa)) {
                match self.half_of(sa) {
                    Some(connection) => halves.entry(connection).or_default().push(slot),
                    None => pairs.entry(pair(sa)).or_default().push(slot),
                }
            }
        }
        // An inbound half may be what is left of a tunnel that is told of otherwise.
        halves.retain(|connection, slots| {
            !self.is_refused(*connection) && slots.iter().any(|slot| self.is_old_half(*slot))
        });
        self.rules.orphans_open = !pairs.is_empty() || !halves.is_empty();
        let open_pairs: Vec<_> = pairs.keys().map(|pair| id(Code::SaOrphaned, &scope(*pair))).collect();
        let open_halves: Vec<_> =
            halves.keys().map(|connection| id(Code::SaHalfOpen, &self.connection_text(*connection))).collect();
        for (code, open) in [(Code::SaOrphaned, open_pairs), (Code::SaHalfOpen, open_halves)] {
            for gone in self.book.with_code(code).into_iter().filter(|id| !open.contains(id)) {
                let why = self.evidence(Source::Engine, words::over(code));
                self.book.close(&gone, why, self.now, out);
            }
        }
        for (pair, slots) in pairs {
            let draft = self.orphan_draft(scope(pair), &slots);
            self.book.open(draft, self.now, self.wall, out);
        }
        for (connection, slots) in halves {
            let draft = self.half_draft(connection, &slots);
            self.book.open(draft, self.now, self.wall, out);
        }
    }

    /// The daemon was asked since it came, and does not know it; and it is no newcomer.
    fn is_unknown(&self, sa: &Sa) -> bool {
        let asked_since = self.life.table.is_some_and(|(asked, wall)| {
            let seconds = u32::try_from(wall.micros() / 1_000_000).unwrap_or(u32::MAX);
            asked > sa.seen || seconds > sa.add_time
        });
        sa.claim.is_none()
            && sa.stage == SaStage::Installed
            && asked_since
            && self.now.since(sa.seen) >= AGE
            && !self.negotiates_with_reqid(sa.reqid)
    }

    /// One direction of a connection of the daemon, with no SA the other way.
    fn half_of(&self, sa: &Sa) -> Option<Slot<Connection>> {
        let connection = self.claims.connection_of_reqid(sa.reqid)?;
        let mirrored =
            |other: &Sa| other.src == sa.dst && other.dst == sa.src && other.reqid == sa.reqid && other.claim.is_none();
        (!self.sad.iter().any(|(_, other)| mirrored(other))).then_some(connection)
    }

    fn is_old_half(&self, slot: Slot<Sa>) -> bool {
        self.sad.get(slot).is_some_and(|sa| self.now.since(sa.seen) >= self.larval_life())
    }

    fn orphan_draft(&self, scope: String, slots: &[Slot<Sa>]) -> Draft {
        let first = slots.first().and_then(|slot| self.sad.get(*slot));
        let subject = Subject {
            spi: first.map(|sa| sa.spi),
            dst: first.map(|sa| sa.dst),
            device: first.and_then(|sa| sa.offload).map(|offload| self.links.name(offload.ifindex)),
            ..Subject::default()
        };
        let told = words::orphaned(&scope, first, slots.len());
        self.unclaimed_draft(Code::SaOrphaned, scope, subject, slots, told)
    }

    fn half_draft(&self, connection: Slot<Connection>, slots: &[Slot<Sa>]) -> Draft {
        let name = self.connection_text(connection);
        let first = slots.first().and_then(|slot| self.sad.get(*slot));
        let subject = Subject {
            connection: Some(name.clone()),
            spi: first.map(|sa| sa.spi),
            dst: first.map(|sa| sa.dst),
            ..Subject::default()
        };
        let told = words::half_open(&name, first);
        self.unclaimed_draft(Code::SaHalfOpen, name, subject, slots, told)
    }

    fn unclaimed_draft(
        &self,
        code: Code,
        scope: String,
        subject: Subject,
        slots: &[Slot<Sa>],
        told: words::Told,
    ) -> Draft {
        let ids: Vec<_> = slots.iter().filter_map(|slot| self.sad.id(*slot)).collect();
        let asked = self.life.table.map(|(_, wall)| wall.to_string()).unwrap_or_default();
        let evidence = ids.first().map(|id| {
            let text = format!("the kernel has {id}; the daemon's table of {asked} does not");
            self.evidence(Source::Daemon, text)
        });
        Draft {
            code,
            scope,
            reason: Reason::Unknown,
            severity: if code == Code::SaHalfOpen { Severity::Critical } else { Severity::Warning },
            subject,
            affected: Affected::listing(ids.len() as u64, 0, ids.iter().map(ToString::to_string)),
            summary: told.summary,
            advice: told.advice,
            evidence: evidence.into_iter().collect(),
            again: false,
        }
    }
}

/// Both directions between two hosts are one pair.
fn pair(sa: &Sa) -> (IpAddr, IpAddr) {
    (sa.src.min(sa.dst), sa.src.max(sa.dst))
}

fn scope((low, high): (IpAddr, IpAddr)) -> String {
    format!("{low}-{high}")
}
