//! Policies whose owner is looked for, and those that have none. Each has its time: SA, policy and the daemon's word come one after the
//! other.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::policy_owners::{PolicyOwner, Serving};
use crate::model::{Boottime, KernelPolicy, PolicyId};

/// A policy is not called nobody's sooner.
pub(super) const AGE: Duration = Duration::from_secs(10);

/// Those that came within the same moment are looked at, and told, together.
pub(super) const LOOKED_AT: Duration = Duration::from_secs(11);

/// A policy whose owner is looked for.
#[derive(Debug)]
struct WatchedPolicy {
    policy: KernelPolicy,
    /// It has been as it is since then.
    since: Boottime,
    /// It came then, or an SA of its reqid came or went.
    changed: bool,
}

#[derive(Debug)]
pub(super) struct Watched {
    /// Policies that came, and reqids of which an SA came or went.
    came: BTreeMap<PolicyId, Boottime>,
    reqids: BTreeMap<u32, Boottime>,
    /// Every policy is to be looked at.
    all: bool,
    /// Without an owner since then, as far as was known then.
    suspects: BTreeMap<PolicyId, Boottime>,
    orphans: BTreeSet<PolicyId>,
    /// The orphans are others than were told.
    changed: bool,
}

impl Default for Watched {
    /// What stood before anybody watched is looked at, too.
    fn default() -> Self {
        Self {
            came: BTreeMap::new(),
            reqids: BTreeMap::new(),
            all: true,
            suspects: BTreeMap::new(),
            orphans: BTreeSet::new(),
            changed: false,
        }
    }
}

impl Watched {
    pub(super) fn came(&mut self, policy: PolicyId, now: Boottime) {
        self.came.insert(policy, now);
    }

    pub(super) fn reqid_changed(&mut self, reqid: u32, at: Boottime) {
        self.reqids.insert(reqid, at);
    }

    /// It is gone, or somebody's.
    pub(super) fn forget(&mut self, policy: &PolicyId) {
        self.came.remove(policy);
        self.suspects.remove(policy);
        self.changed |= self.orphans.remove(policy);
    }

    /// All are gone.
    pub(super) fn forget_all(&mut self) {
        self.came.clear();
        self.suspects.clear();
        self.changed |= !std::mem::take(&mut self.orphans).is_empty();
    }

    /// Whoever did not know them is no more.
    pub(super) fn doubt(&mut self) {
        self.suspects.clear();
        self.all = true;
    }

    pub(super) fn look_at_all(&mut self) {
        self.all = true;
    }

    pub(super) fn is_all_to_be_looked_at(&self) -> bool {
        self.all
    }

    pub(super) fn is_changed(&self) -> bool {
        self.changed
    }

    pub(super) fn was_told(&mut self) {
        self.changed = false;
    }

    pub(super) fn has_orphans(&self) -> bool {
        !self.orphans.is_empty()
    }

    pub(super) fn has_orphan_of(&self, reqid: u32, facts: &Facts) -> bool {
        facts.spd.with_reqid(reqid).any(|policy| self.orphans.contains(&policy.id))
    }

    /// In the order of their selectors.
    pub(super) fn orphans<'a>(&'a self, facts: &'a Facts) -> impl Iterator<Item = &'a KernelPolicy> {
        self.orphans.iter().filter_map(|id| Some(&facts.spd.get(facts.spd.find(id)?)?.policy))
    }

    /// The daemon was not asked since some of them have no owner.
    pub(super) fn waits_for_daemon(&self, facts: &Facts) -> bool {
        self.suspects.values().any(|since| facts.ends.asked().is_none_or(|asked| asked < *since))
    }

    /// When the next of them is old enough.
    pub(super) fn next(&self) -> Option<Boottime> {
        let all = [&self.came, &self.suspects].into_iter().flat_map(BTreeMap::values).chain(self.reqids.values());
        all.min().map(|since| *since + LOOKED_AT)
    }

    /// Looks for the owners of those whose time has come, and of all that had none.
    pub(super) fn judge(&mut self, facts: &Facts) {
        let mut serving: Option<Serving> = None;
        let asked = facts.ends.asked();
        for WatchedPolicy { policy, since, changed } in self.take_due(facts) {
            let by_daemon = facts.owner_by_daemon(&policy);
            // Every SA is looked at once, and only where the daemon's word does not decide.
            let mut is_served = || {
                let serving = serving.get_or_insert_with(|| facts.serving());
                policy.template.is_some_and(|template| serving.has(&template))
            };
            // What the daemon said before its SA went may be true no more.
            let is_old_word = changed && asked.is_none_or(|asked| asked < since) && !facts.pair_stands_for(&policy);
            if by_daemon == PolicyOwner::Found && !is_old_word || is_served() {
                self.forget(&policy.id);
            } else if by_daemon == PolicyOwner::Open {
                self.came.insert(policy.id, facts.now);
            } else if !self.orphans.contains(&policy.id) {
                self.suspects.entry(policy.id).or_insert(since);
            }
        }
        // Nobody's are those of which the daemon was asked since, and that are no newcomers.
        let Some(asked) = asked else { return };
        let is_orphan = |since: Boottime| facts.now.since(since) >= AGE && asked >= since;
        let (orphans, suspects) = std::mem::take(&mut self.suspects).into_iter().partition(|(_, at)| is_orphan(*at));
        self.suspects = suspects;
        let orphans: BTreeMap<PolicyId, Boottime> = orphans;
        self.changed |= !orphans.is_empty();
        self.orphans.extend(orphans.into_keys());
    }

    fn take_due(&mut self, facts: &Facts) -> Vec<WatchedPolicy> {
        let is_due = |seen: Boottime| facts.now.since(seen) >= AGE;
        let (mut due, later): (BTreeMap<_, _>, _) =
            std::mem::take(&mut self.came).into_iter().partition(|(_, seen)| is_due(*seen));
        self.came = later;
        let (reqids, later): (BTreeMap<_, _>, _) =
            std::mem::take(&mut self.reqids).into_iter().partition(|(_, seen)| is_due(*seen));
        self.reqids = later;
        for (reqid, seen) in reqids {
            for policy in facts.spd.with_reqid(reqid) {
                due.entry(policy.id).or_insert(seen);
            }
        }
        let all = std::mem::take(&mut self.all);
        if all || !self.suspects.is_empty() {
            self.forget_what_went_silently(facts);
            let rows = facts.spd.iter().map(|(_, row)| row.policy).filter(|policy| policy.template.is_some());
            let rows = rows.filter(|policy| !self.came.contains_key(&policy.id));
            let of = |policy: KernelPolicy| {
                let since = due.get(&policy.id).copied();
                WatchedPolicy { policy, since: since.unwrap_or(facts.now), changed: since.is_some() }
            };
            return rows.map(of).collect();
        }
        let rows = due.iter().filter_map(|(id, since)| Some((facts.spd.find(id)?, *since)));
        rows.filter_map(|(slot, since)| {
            Some(WatchedPolicy { policy: facts.spd.get(slot)?.policy, since, changed: true })
        })
        .collect()
    }

    /// Of these no event told.
    fn forget_what_went_silently(&mut self, facts: &Facts) {
        let is_there = |id: &PolicyId| facts.spd.find(id).is_some();
        self.suspects.retain(|id, _| is_there(id));
        let before = self.orphans.len();
        self.orphans.retain(is_there);
        self.changed |= self.orphans.len() != before;
    }
}
