//! `sa-orphaned` and `sa-half-open`: SAs in the kernel that no Child SA of the daemon claims.

mod groups;
mod page;
mod words;

use std::collections::BTreeSet;
use std::time::Duration;

use self::groups::{Members, OrphanGroup, OrphanGroups, OrphanRecheck};
use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::engine::findings::book::listing;
use crate::model::{Code, SaStage, Source, Subject};

/// An SA is not called an orphan sooner.
const AGE: Duration = Duration::from_secs(10);

/// What an open finding has become is told this often at most.
const RETELL: Duration = Duration::from_secs(1);

/// The SAs, in groups that are one finding each.
#[derive(Debug, Default)]
pub(super) struct SaOrphaned {
    groups: OrphanGroups,
}

impl FindingRule for SaOrphaned {
    fn codes(&self) -> &'static [Code] {
        &[Code::SaOrphaned, Code::SaHalfOpen]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::ORPHANED, page::HALF_OPEN]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, _say: &mut Say<'_>) {
        match happened {
            // Before the first join nobody tells when one of them is explained; all are looked at then.
            Happened::SaUnclaimed(_) | Happened::TableRead | Happened::NoIkeSas if !facts.joined => {}
            Happened::SaUnclaimed(slot) => {
                if let Some(sa) = facts.sad.get(*slot) {
                    self.groups.watch(*slot, sa);
                }
            }
            Happened::SaExplained(slot) => self.groups.forget(*slot),
            Happened::ReqidMoved(reqid) => self.groups.reqid_changed(*reqid),
            Happened::NewProcess | Happened::DeathOver => self.groups.look(),
            Happened::TableRead | Happened::NoIkeSas => {
                facts.unclaimed().for_each(|(slot, sa)| self.groups.watch(slot, sa))
            }
            _ => {}
        }
    }

    fn look(&mut self, facts: &Facts, _touched: &Touched, say: &mut Say<'_>) {
        self.groups.take_due(facts.now);
        let explained = facts.daemon_is_in_trouble() || facts.life.table.is_none() || facts.has_other_daemons();
        if !self.groups.is_touched(explained) {
            return;
        }
        if explained {
            for group in self.groups.suspend() {
                close(group, facts, say);
            }
            return;
        }
        for slot in self.groups.take_touched() {
            let group = self.group_of(slot, facts);
            self.groups.set_group(slot, group);
        }
        // Closed first: an SA that is half of something no more is part of something else.
        let (holding, over): (Vec<_>, Vec<_>) =
            self.groups.take_changed().into_iter().partition(|group| self.holds(*group, facts, say));
        for group in over {
            if self.groups.close(group) {
                close(group, facts, say);
            }
        }
        for group in holding {
            self.tell(group, facts, say);
        }
        if let Some(at) = self.groups.next() {
            say.look_again(at);
        }
    }
}

impl SaOrphaned {
    /// What an SA is, where the daemon was asked since it came and does not know it, and it is no newcomer.
    fn group_of(&mut self, slot: Slot<Sa>, facts: &Facts) -> Option<OrphanGroup> {
        let sa = facts.sad.get(slot).filter(|sa| sa.claim.is_none() && sa.stage == SaStage::Installed)?;
        if !facts.daemon_does_not_know(slot, sa) {
            return None;
        }
        if facts.now.since(sa.seen) < AGE {
            self.groups.wait(sa.seen + AGE, OrphanRecheck::Sa(slot));
            return None;
        }
        if facts.negotiates_with_reqid(sa.reqid) {
            self.groups.wait(facts.unclaimed_due_at(), OrphanRecheck::Sa(slot));
            return None;
        }
        let half = facts.claims.connection_of_reqid(sa.reqid).filter(|_| !self.groups.has_mirror(sa));
        Some(half.map_or(OrphanGroup::Pair(sa.src.min(sa.dst), sa.src.max(sa.dst)), OrphanGroup::Half))
    }

    /// An inbound half may be what is left of a tunnel that is told of otherwise.
    fn holds(&mut self, group: OrphanGroup, facts: &Facts, say: &Say<'_>) -> bool {
        let Some(since) = self.groups.members(group).and_then(Members::since) else { return false };
        let OrphanGroup::Half(connection) = group else { return true };
        let old = since + facts.larval_life();
        let again = if facts.now < old { old } else { facts.now + AGE };
        let refused = facts.refusals.pending(connection).is_some() || say.is_explained(Code::SaHalfOpen, connection);
        let holds = facts.now >= old && !refused;
        if !holds {
            self.groups.wait(again, OrphanRecheck::Group(group));
        }
        holds
    }

    fn tell(&mut self, group: OrphanGroup, facts: &Facts, say: &mut Say<'_>) {
        // It opens at once; how it grows is told now and then.
        if let Some(again) = self.groups.told(group).map(|at| at + RETELL).filter(|at| *at > facts.now) {
            self.groups.wait(again, OrphanRecheck::Group(group));
            return;
        }
        let Some(members) = self.groups.members(group) else { return };
        say.open(draft(group, &members.slots, facts, say));
        self.groups.tell(group, facts.now);
    }
}

fn place(group: OrphanGroup, facts: &Facts) -> (Code, String) {
    match group {
        OrphanGroup::Pair(low, high) => (Code::SaOrphaned, format!("{low}-{high}")),
        OrphanGroup::Half(connection) => (Code::SaHalfOpen, facts.connection_text(connection)),
    }
}

fn close(group: OrphanGroup, facts: &Facts, say: &mut Say<'_>) {
    let (code, scope) = place(group, facts);
    say.over(code, &scope, (Source::Engine, words::OVER));
}

fn draft(group: OrphanGroup, slots: &BTreeSet<Slot<Sa>>, facts: &Facts, say: &Say<'_>) -> Draft {
    let (code, scope) = place(group, facts);
    let first = slots.first().and_then(|slot| facts.sad.get(*slot));
    let (spi, dst) = (first.map(|sa| sa.spi), first.map(|sa| sa.dst));
    let ids = || slots.iter().filter_map(|slot| facts.sad.id(*slot));
    let asked = facts.life.table.map(|(_, wall)| facts.started.zone.moment(wall)).unwrap_or_default();
    let line = ids().next().map(|id| say.line(Source::Daemon, words::unknown(&id, &asked)));
    let all = slots.len();
    let affected = listing(all as u64, 0, all, ids().map(|id| id.to_string()));
    let draft = match group {
        OrphanGroup::Pair(..) => {
            // Between two hosts there may be SAs of several devices.
            let device = first.and_then(|sa| sa.offload).map(|offload| facts.links.name(offload.ifindex));
            let subject = Subject { spi, dst, device, ..Subject::default() };
            Draft::of(code, scope.clone(), words::orphaned(&scope, first, all)).about(subject)
        }
        OrphanGroup::Half(_) => {
            let subject = Subject { connection: Some(scope.clone()), spi, dst, ..Subject::default() };
            Draft::of(code, scope.clone(), words::half_open(&facts.life.behaviour, &scope, first))
                .critical()
                .about(subject)
        }
    };
    draft.affecting(affected).shown_by(line)
}
