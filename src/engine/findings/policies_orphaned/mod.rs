//! `policies-orphaned`: policies that want an SA and are nobody's. What they take is dropped, and nobody is going to bring the SA.

mod command;
mod page;
#[cfg(test)]
mod tests;
mod watched;
mod words;

use std::collections::BTreeSet;
use std::time::Duration;

use self::watched::{AGE, LOOKED_AT, Watched};
use super::{Draft, FindingRule, HOST, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::policy_owners::PolicyOwner;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::want::Want;
use crate::engine::findings::book::listing;
use crate::model::{Boottime, Code, Evidence, KernelPolicy, Question, Source, Subject};

const CODE: Code = Code::PoliciesOrphaned;

/// A daemon that is seen to start loads its connections for a while, and they may take over what its predecessor left.
const STARTS: Duration = Duration::from_secs(60);

/// What an open finding has become is told this often at most, and what came is looked at.
const PACE: Duration = Duration::from_secs(5);

/// Policies without an owner.
#[derive(Debug, Default)]
pub(super) struct PoliciesOrphaned {
    watched: Watched,
    /// Nothing is judged before that: the daemon is a new process.
    starts_until: Option<Boottime>,
    /// When something is to be looked at.
    next: Option<Boottime>,
    told: Option<Boottime>,
}

impl FindingRule for PoliciesOrphaned {
    fn codes(&self) -> &'static [Code] {
        &[CODE]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        match happened {
            // All are looked at when everything was seen once.
            Happened::PolicySet(_) | Happened::SaLeft(_) | Happened::NewProcess if !facts.joined => {}
            Happened::PolicySet(policy) => self.policy_came(policy, facts, say),
            Happened::SaLeft(reqid) => {
                self.watched.reqid_changed(*reqid, facts.now);
                self.look_at(facts.now + LOOKED_AT, say);
            }
            Happened::PolicyDeleted(policy) => self.watched.forget(&policy.id),
            Happened::PoliciesFlushed => self.watched.forget_all(),
            Happened::NewProcess => {
                // What one process did not know another one may.
                self.watched.doubt();
                self.starts_until = Some(facts.now + STARTS);
                say.look_again(facts.now + STARTS);
            }
            Happened::PoliciesDumped | Happened::ConnectionsRead | Happened::TableRead => self.watched.look_at_all(),
            _ => {}
        }
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        let due = self.next.take_if(|at| *at <= facts.now).is_some();
        let owned = self.have_owners(facts, touched);
        if due || owned || self.watched.is_all_to_be_looked_at() {
            self.judge(facts, say);
        }
        if self.watched.is_changed() {
            self.tell(facts, say);
        }
    }
}

impl PoliciesOrphaned {
    fn look_at(&mut self, at: Boottime, say: &mut Say<'_>) {
        if self.next.is_none_or(|next| at < next) {
            self.next = Some(at);
            say.look_again(at);
        }
    }

    fn policy_came(&mut self, policy: &KernelPolicy, facts: &Facts, say: &mut Say<'_>) {
        if facts.owner_by_daemon(policy) == PolicyOwner::Found {
            self.watched.forget(&policy.id);
            return;
        }
        self.watched.came(policy.id, facts.now);
        self.look_at(facts.now + LOOKED_AT, say);
    }

    /// Whether an SA came that one of the orphans may want: that is looked at at once.
    fn have_owners(&mut self, facts: &Facts, touched: &Touched) -> bool {
        if touched.came.is_empty() || !self.watched.has_orphans() {
            return false;
        }
        let came = touched.came.iter().filter_map(|slot| facts.sad.get(*slot));
        let reqids: BTreeSet<u32> = came.map(|sa| sa.reqid).collect();
        let wanted = reqids.into_iter().filter(|reqid| self.watched.has_orphan_of(*reqid, facts)).collect::<Vec<_>>();
        for reqid in &wanted {
            self.watched.reqid_changed(*reqid, facts.now.before(AGE));
        }
        !wanted.is_empty()
    }

    fn judge(&mut self, facts: &Facts, say: &mut Say<'_>) {
        if let Some(until) = self.starts_until.filter(|until| facts.now < *until) {
            self.look_at(until, say);
            return;
        }
        self.starts_until = None;
        if !facts.owners_are_known() {
            // The next answer or dump has all of them looked at; a daemon that is in trouble is, in a while.
            self.watched.look_at_all();
            return;
        }
        self.watched.judge(facts);
        if self.watched.waits_for_daemon(facts) {
            say.want(Want::Ask(Question::Connections));
        }
        if let Some(at) = self.watched.next() {
            self.look_at(at.max(facts.now + PACE), say);
        }
    }

    fn tell(&mut self, facts: &Facts, say: &mut Say<'_>) {
        if !self.watched.has_orphans() {
            self.told = None;
            self.watched.was_told();
            say.over(CODE, HOST, (Source::Engine, words::OVER));
            return;
        }
        match self.told.map(|at| at + PACE).filter(|at| *at > facts.now) {
            Some(again) => say.look_again(again),
            None => {
                let draft = self.draft(facts);
                let first = self.told.replace(facts.now).is_none();
                self.watched.was_told();
                say.open(if first { draft.shown_by(self.lines(facts, say)) } else { draft });
            }
        }
    }

    fn draft(&self, facts: &Facts) -> Draft {
        let policies: Vec<_> = self.watched.orphans(facts).collect();
        let names = policies.iter().map(|policy| command::naming(policy, &facts.links));
        let affected = listing(0, 0, policies.len(), names);
        let dst = policies.first().map(|policy| policy.id.selector.dst);
        Draft::of(CODE, HOST, words::orphaned(&policies, &facts.links))
            .about(Subject { dst, ..Subject::default() })
            .affecting(affected)
    }

    fn lines(&self, facts: &Facts, say: &Say<'_>) -> Vec<Evidence> {
        let first = self.watched.orphans(facts).take(words::COMMANDS);
        let policies = first.map(|policy| say.line(Source::Xfrm, words::line(policy, &facts.links)));
        let asked = facts.ends.asked().map_or(facts.wall, |asked| facts.wall.before(facts.now.since(asked)));
        let asked = say.line(Source::Daemon, words::unknown(&facts.started.zone.moment(asked)));
        policies.chain([asked]).collect()
    }
}
