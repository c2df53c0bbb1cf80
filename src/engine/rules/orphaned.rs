//! `sa-orphaned` and `sa-half-open`: SAs in the kernel that no Child SA of the daemon claims.

use std::collections::BTreeSet;
use std::time::Duration;

use super::orphans::{Again, Group, Members};
use super::words;
use crate::engine::Engine;
use crate::engine::book::listing;
use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::findings::{Draft, is_refused};
use crate::engine::timers::Timer;
use crate::model::{Boottime, Code, Effect, Question, Reason, SaStage, Severity, Source, SourceState, Subject};

/// An SA is not called an orphan sooner.
pub const AGE: Duration = Duration::from_secs(10);

/// What an open finding has become is told this often at most.
const RETELL: Duration = Duration::from_secs(1);

impl Engine {
    pub(in crate::engine) fn watch_orphan(&mut self, slot: Slot<Sa>) {
        if let Some(sa) = self.facts.sad.get(slot) {
            self.rules.orphans.watch(slot, sa);
        }
    }

    pub(in crate::engine) fn orphans_due(&mut self) {
        self.rules.orphans.due(self.facts.now);
    }

    /// Every SA that nobody claims now is looked at.
    pub(in crate::engine) fn watch_unclaimed(&mut self) {
        for (slot, sa) in self.facts.sad.iter().filter(|(_, sa)| sa.claim.is_none() && sa.stage == SaStage::Installed) {
            self.rules.orphans.watch(slot, sa);
        }
    }

    pub(super) fn judge_orphans(&mut self, out: &mut Vec<Effect>) {
        let explained = self.facts.daemon_is_in_trouble() || self.facts.life.table.is_none();
        if !self.rules.orphans.is_touched(explained) {
            return;
        }
        if explained {
            for group in self.rules.orphans.suspend() {
                self.close_orphans(group, out);
            }
            return;
        }
        for slot in self.rules.orphans.take_touched() {
            let group = self.group_of(slot);
            self.rules.orphans.set_group(slot, group);
        }
        // Closed first: an SA that is half of something no more is part of something else.
        let (holding, over): (Vec<_>, Vec<_>) =
            self.rules.orphans.take_changed().into_iter().partition(|group| self.orphans_hold(*group));
        for group in over {
            if self.rules.orphans.close(group) {
                self.close_orphans(group, out);
            }
        }
        for group in holding {
            self.tell_orphans(group, out);
        }
        if let Some(at) = self.rules.orphans.next() {
            self.facts.timers.set(at, Timer::Orphans);
        }
    }

    /// What an SA is, where the daemon was asked since it came and does not know it, and it is no newcomer.
    fn group_of(&mut self, slot: Slot<Sa>) -> Option<Group> {
        let sa = self.facts.sad.get(slot).filter(|sa| sa.claim.is_none() && sa.stage == SaStage::Installed)?;
        let asked_since = self.facts.life.table.is_some_and(|(asked, wall)| {
            let seconds = u32::try_from(wall.micros() / 1_000_000).unwrap_or(u32::MAX);
            asked > sa.seen || seconds > sa.add_time
        });
        if !asked_since {
            return None;
        }
        if self.facts.now.since(sa.seen) < AGE {
            self.rules.orphans.wait(sa.seen + AGE, Again::Sa(slot));
            return None;
        }
        if self.facts.negotiates_with_reqid(sa.reqid) {
            self.rules.orphans.wait(self.facts.unclaimed_due_at(), Again::Sa(slot));
            return None;
        }
        let half = self.facts.claims.connection_of_reqid(sa.reqid).filter(|_| !self.rules.orphans.has_mirror(sa));
        Some(half.map_or(Group::Pair(sa.src.min(sa.dst), sa.src.max(sa.dst)), Group::Half))
    }

    /// An inbound half may be what is left of a tunnel that is told of otherwise.
    fn orphans_hold(&mut self, group: Group) -> bool {
        let Some(since) = self.rules.orphans.members(group).and_then(Members::since) else { return false };
        let Group::Half(connection) = group else { return true };
        let old = since + self.facts.larval_life();
        let again = if self.facts.now < old { old } else { self.facts.now + AGE };
        let holds = self.facts.now >= old && !is_refused(&self.facts, &self.book, connection);
        if !holds {
            self.rules.orphans.wait(again, Again::Group(group));
        }
        holds
    }

    fn tell_orphans(&mut self, group: Group, out: &mut Vec<Effect>) {
        // It opens at once; how it grows is told now and then.
        if let Some(again) = self.rules.orphans.told(group).map(|at| at + RETELL).filter(|at| *at > self.facts.now) {
            self.rules.orphans.wait(again, Again::Group(group));
            return;
        }
        let Some(members) = self.rules.orphans.members(group) else { return };
        let draft = self.facts.orphans_draft(group, &members.slots);
        self.rules.orphans.tell(group, self.facts.now);
        self.book.open(draft, self.facts.now, self.facts.wall, out);
    }

    fn close_orphans(&mut self, group: Group, out: &mut Vec<Effect>) {
        let (code, scope) = self.facts.orphans_place(group);
        self.over(Source::Engine, code, &scope, out);
    }
}

impl Facts {
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
        self.happens(Happened::SaUnclaimed(slot));
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

    /// The daemon's table was read: what it does not claim, it does not know.
    pub(in crate::engine) fn table_was_read(&mut self) {
        self.happens(Happened::TableRead);
        self.touch_every_tunnel();
    }

    fn orphans_place(&self, group: Group) -> (Code, String) {
        match group {
            Group::Pair(low, high) => (Code::SaOrphaned, format!("{low}-{high}")),
            Group::Half(connection) => (Code::SaHalfOpen, self.connection_text(connection)),
        }
    }

    fn orphans_draft(&self, group: Group, slots: &BTreeSet<Slot<Sa>>) -> Draft {
        let (code, scope) = self.orphans_place(group);
        let first = slots.first().and_then(|slot| self.sad.get(*slot));
        let connection = matches!(group, Group::Half(_)).then(|| scope.clone());
        // Between two hosts there may be SAs of several devices.
        let offload = first.and_then(|sa| sa.offload).filter(|_| connection.is_none());
        let device = offload.map(|offload| self.links.name(offload.ifindex));
        let (spi, dst) = (first.map(|sa| sa.spi), first.map(|sa| sa.dst));
        let told = match group {
            Group::Pair(..) => words::orphaned(&scope, first, slots.len()),
            Group::Half(_) => words::half_open(&scope, first),
        };
        let ids = || slots.iter().filter_map(|slot| self.sad.id(*slot));
        let asked = self.life.table.map(|(_, wall)| wall.to_string()).unwrap_or_default();
        let evidence = ids().next().map(|id| {
            let text = format!("the kernel has {id}; the daemon's table of {asked} does not");
            self.evidence(Source::Daemon, text)
        });
        let all = slots.len();
        Draft {
            code,
            scope,
            reason: Reason::Unknown,
            severity: if code == Code::SaHalfOpen { Severity::Critical } else { Severity::Warning },
            subject: Subject { connection, spi, dst, device, ..Subject::default() },
            affected: listing(all as u64, 0, all, ids().map(|id| id.to_string())),
            summary: told.summary,
            advice: told.advice,
            evidence: evidence.into_iter().collect(),
            again: false,
            speaks_of: std::collections::BTreeSet::new(),
        }
    }
}
