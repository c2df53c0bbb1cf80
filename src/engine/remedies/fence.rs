//! The fence: while policies with an ESP template are there, their address pairs are kept from leaving in clear, by elements that expire
//! unless they are set again. A policy that is deleted alone takes its pair away; a flush and a death do not, and that is what it is for.

use std::collections::BTreeSet;
use std::time::Duration;

use super::state::RemedyWake;
use super::{Course, words};
use crate::engine::facts::Facts;
use crate::engine::facts::fence::{FenceChange, pair_of};
use crate::engine::facts::want::Want;
use crate::model::{
    Action, AddressPair, AskId, Coverage, Effect, KernelPolicy, Outcome, PolicyDirection, PolicyId, Protocol, RemedyId,
    RemedyKind, Selector, Source, SourceState, Step, StepResult,
};

/// Elements expire after this time.
const LASTS: u32 = 120;

/// They are set again after this time: two of three may fail.
const AGAIN: Duration = Duration::from_secs(40);

/// Changes that come close together are one.
const TOGETHER: Duration = Duration::from_millis(200);

/// More pairs than this are not fenced: finding those inside of others takes the square of their number.
const MOST: usize = 4096;

impl super::Remedies {
    /// The change of the fence is asked for by this question.
    pub fn fence_asked(&mut self, ask: AskId, step: Step, out: &mut Vec<Effect>) {
        self.fence.asked = Some(ask);
        out.push(Effect::Act { ask, remedy: RemedyId::default(), step });
    }
}

impl Course<'_> {
    /// A policy came or changed, everything is known now, or the configuration is another one.
    pub fn fence_changed(&mut self) {
        if self.facts.joined && (self.facts.is_fencing() || !self.remedies.fence.standing.is_empty()) {
            self.remedies.timers.set(self.facts.now + TOGETHER, RemedyWake::Fence);
        }
    }

    /// A policy was deleted, alone.
    pub fn fence_loses(&mut self, policy: &KernelPolicy) {
        if is_outbound_esp(policy) {
            self.remedies.fence.gone.insert(pair_of(&policy.id.selector));
            self.fence_changed();
        }
    }

    /// What the fence becomes now; the question for it is `fence_asked`'s.
    pub fn fence_due(&mut self) -> Option<Step> {
        self.remedies.timers.clear(RemedyWake::Fence);
        // One change after the other.
        if self.remedies.fence.asked.is_some() {
            self.remedies.timers.set(self.facts.now + TOGETHER, RemedyWake::Fence);
            return None;
        }
        let gone = std::mem::take(&mut self.remedies.fence.gone);
        let (protect, release) = if self.facts.is_fencing() {
            self.remedies.timers.set(self.facts.now + AGAIN, RemedyWake::Fence);
            let protect = self.facts.pairs_to_fence();
            let standing = &self.remedies.fence.standing;
            let release: BTreeSet<_> =
                gone.into_iter().filter(|pair| standing.contains(pair) && !protect.contains(pair)).collect();
            (protect, release)
        } else {
            (BTreeSet::new(), std::mem::take(&mut self.remedies.fence.standing))
        };
        if protect.is_empty() && release.is_empty() {
            return None;
        }
        let fence = &mut self.remedies.fence;
        fence.standing.extend(&protect);
        fence.standing.retain(|pair| !release.contains(pair));
        let (protect, release) = (protect.into_iter().collect(), release.into_iter().collect());
        Some(Step::Fence { protect, release, lasts: LASTS })
    }

    /// Whether it was a change of the fence.
    pub(super) fn fence_ended(&mut self, outcome: &Outcome) -> bool {
        if self.remedies.fence.asked != Some(outcome.ask) {
            return false;
        }
        self.remedies.fence.asked = None;
        let (state, detail) = match &outcome.result {
            StepResult::Done(text) => (SourceState::Ok, words::fence_stands(text, self.facts.not_fenced())),
            result => (SourceState::Degraded, words::fence_fails(result)),
        };
        self.wants.push(Want::Cover(Coverage { source: Source::Remedy, state, detail }));
        self.wants.extend(changed(outcome).map(Want::Fenced));
        true
    }
}

/// What stands another way than before. Where a step has not succeeded nobody knows what stands: somebody may have taken the table away.
fn changed(outcome: &Outcome) -> Option<FenceChange> {
    let Step::Fence { protect, release, lasts } = &outcome.step else { return None };
    if !matches!(outcome.result, StepResult::Done(_)) {
        return Some(FenceChange::Unknown);
    }
    let (protect, release) = (protect.clone(), release.clone());
    let (lasts, ago) = (Duration::from_secs(u64::from(*lasts)), Duration::from_micros(outcome.took));
    Some(FenceChange::Set { protect, release, lasts, ago })
}

impl Facts {
    fn is_fencing(&self) -> bool {
        self.started.settings.act.contains(&RemedyKind::Fence)
    }

    fn pairs_to_fence(&self) -> BTreeSet<AddressPair> {
        let passes = self.let_through();
        let policies = self.spd.iter().map(|(_, row)| &row.policy);
        let fenced = policies.filter(|policy| can_be_fenced(policy, &passes));
        fenced.map(|policy| pair_of(&policy.id.selector)).take(MOST).collect()
    }

    /// Policies that protect packets which are not fenced.
    fn not_fenced(&self) -> usize {
        let passes = self.let_through();
        let policies = || self.spd.iter().map(|(_, row)| &row.policy).filter(|policy| is_outbound_esp(policy));
        let fenced = policies().filter(|policy| can_be_fenced(policy, &passes)).count().min(MOST);
        policies().count().saturating_sub(fenced)
    }

    /// Packets that are meant to pass in clear.
    fn let_through(&self) -> Vec<Selector> {
        let passes = |policy: &&KernelPolicy| {
            policy.template.is_none()
                && policy.action == Action::Allow
                && policy.id.direction == PolicyDirection::Out
                && policy.id.selector.protocol == 0
        };
        let policies = self.spd.iter().map(|(_, row)| &row.policy);
        policies.filter(passes).map(|policy| policy.id.selector).collect()
    }
}

fn can_be_fenced(policy: &KernelPolicy, passes: &[Selector]) -> bool {
    let PolicyId { selector, mark, if_id, .. } = &policy.id;
    let whole = selector.protocol == 0 && selector.src_port.1 == 0 && selector.dst_port.1 == 0;
    // Routes choose what goes into a route-based tunnel, and its addresses say nothing.
    let by_route = *if_id != 0 || mark.mask != 0 || selector.ifindex != 0;
    let all_of_it = !passes.iter().any(|pass| selector.covers(pass) || pass.covers(selector));
    is_outbound_esp(policy) && whole && !by_route && selector.dst_prefix > 0 && all_of_it
}

fn is_outbound_esp(policy: &KernelPolicy) -> bool {
    policy.id.direction == PolicyDirection::Out
        && policy.template.is_some_and(|template| template.protocol == Protocol::Esp)
}
