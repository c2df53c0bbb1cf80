//! `clear-text-window`: selectors that a policy protected have none, and their packets leave in clear. From events alone: what no event
//! told of has no beginning that could be named.

mod bare;
mod page;
mod words;

use std::collections::BTreeSet;

use self::bare::{BareSelectors, GIVEN_UP_AFTER, ORDERED_WITHIN, SETTLES_AFTER, Selectors};
use super::deadlines::Deadlines;
use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::fence::Until;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::protection::{LostProtection, closes};
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::model::{Affected, Boottime, Code, Evidence, KernelPolicy, PolicyId, RealTime, Reason, Source};

const CODE: Code = Code::ClearTextWindow;
const SCOPE: &str = "host";

/// Policies of which it is looked for who took them out, and how many of those are shown.
const LOOKED_AT: usize = 64;
const SHOWN: usize = 4;

/// Selectors without a policy, and what is told of them.
#[derive(Debug, Default)]
pub(super) struct ClearTextWindow {
    bare: Selectors,
    window: UnprotectedSpan,
    lines: Vec<Evidence>,
    touched: bool,
    deadlines: Deadlines,
    /// When what the fence holds back may not be any more.
    expiries: Deadlines,
}

/// From the first selector that is told to the last.
#[derive(Debug, Default)]
struct UnprotectedSpan {
    told: SelectorCount,
    /// The first of its elements expires then, as it was told.
    held_until: Option<Until>,
    ever_told: usize,
    ever_held: bool,
    ever_open: bool,
    began: Option<(Boottime, RealTime)>,
    reason: Option<Reason>,
    given_up: usize,
}

/// Selectors without a policy.
#[derive(Clone, Copy, Debug, Default)]
struct SelectorCount {
    all: usize,
    /// Matching traffic does not leave: the fence holds it back.
    held: usize,
}

impl SelectorCount {
    const fn open(self) -> usize {
        self.all.saturating_sub(self.held)
    }
}

/// What the fence held back over all the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HeldByFence {
    Nothing,
    Part,
    All,
}

impl FindingRule for ClearTextWindow {
    fn codes(&self) -> &'static [Code] {
        &[CODE]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        match happened {
            Happened::ProtectionLost(lost) => self.bared(lost, facts, say),
            Happened::PolicySet(policy) => self.protected(policy),
            // What waits for that may be decided.
            Happened::LogRead | Happened::ConnectionsRead | Happened::FenceSet | Happened::TakenDownByDaemon => {
                self.touched |= !self.bare.is_empty()
            }
            Happened::PolicyRemovalNamed if self.window.told.all > 0 => self.tell(facts, say),
            // Nobody misses its policies.
            Happened::TakenDown(connection, _) => {
                let gone = self.bare.remove_of(*connection);
                self.window.given_up += gone;
                self.touched |= gone > 0;
            }
            _ => {}
        }
    }

    fn look(&mut self, facts: &Facts, _touched: &Touched, say: &mut Say<'_>) {
        let due =
            [&mut self.deadlines, &mut self.expiries].map(|all| !all.take_due(facts.now).is_empty()).contains(&true);
        self.touched |= due && !self.bare.is_empty();
        if !std::mem::take(&mut self.touched) {
            return;
        }
        let before = self.window.told;
        self.decide(facts);
        let now = self.window.told;
        if now.all > 0 && self.deadlines.is_empty() {
            self.deadlines.set(facts.now + GIVEN_UP_AFTER, (), say);
        }
        if self.bare.is_empty() {
            self.lines.clear();
        }
        match (before.all, now.all) {
            (0, 0) => {}
            (_, 0) => self.close(facts, say),
            (before_all, all) if all > before_all || self.window.given_up > 0 => self.tell(facts, say),
            _ if self.fence_changes(before, facts) => self.tell(facts, say),
            _ => {}
        }
    }

    fn undecided(&self) -> Vec<Slot<Connection>> {
        self.bare.connections().collect()
    }
}

impl ClearTextWindow {
    fn bared(&mut self, lost: &LostProtection, facts: &Facts, say: &mut Say<'_>) {
        for policy in &lost.policies {
            let reqid = policy.template.map_or(0, |template| template.reqid);
            let connection = facts.claims.connection_of_reqid(reqid);
            let (at, wall, reason, after) = (facts.now, facts.wall, lost.reason, lost.after);
            let index = policy.index;
            self.bare
                .insert(policy.id, BareSelectors { at, wall, reason, index, connection, reqid, after, told: false });
        }
        self.lines.push(say.line(Source::Xfrm, words::lost(lost)));
        if lost.reason == Reason::Deleted {
            self.deadlines.set(facts.now + SETTLES_AFTER, (), say);
        }
        if facts.log_proves_nothing() {
            self.deadlines.set(facts.now + ORDERED_WITHIN, (), say);
        }
    }

    /// Whether the policy protects, or stops, what was bare.
    fn protected(&mut self, policy: &KernelPolicy) {
        if !self.bare.is_empty() && closes(policy) {
            self.bare.cover(policy);
            self.touched = true;
        }
    }

    /// Drops what was wanted so, and what nobody may want again.
    fn decide(&mut self, facts: &Facts) {
        let window = &mut self.window;
        window.given_up += self.bare.decide(facts);
        let told = self.bare.told();
        window.told = told.fold(SelectorCount::default(), |count, (id, _)| {
            let held = facts.fence.holds(&id.selector, facts.now).is_some();
            SelectorCount { all: count.all + 1, held: count.held + usize::from(held) }
        });
        if let Some((_, first)) = self.bare.told().min_by_key(|(_, one)| one.at) {
            window.began.get_or_insert((first.at, first.wall));
            window.reason.get_or_insert(first.reason);
        }
    }

    /// Whether more leaves than before, nothing any more, or for longer not than was told.
    fn fence_changes(&self, before: SelectorCount, facts: &Facts) -> bool {
        let (open, was_open) = (self.window.told.open(), before.open());
        let has_passed = self.window.held_until.is_some_and(|until| until.at <= facts.now);
        open > was_open || (open == 0 && was_open > 0) || has_passed
    }

    fn tell(&mut self, facts: &Facts, say: &mut Say<'_>) {
        let held = |id: &PolicyId| facts.fence.holds(&id.selector, facts.now);
        let until = self.bare.told().filter_map(|(id, _)| held(id)).min();
        until.into_iter().for_each(|until| self.expiries.set(until.at, (), say));
        let window = &mut self.window;
        let SelectorCount { all, held: of_fence } = window.told;
        window.ever_told = window.ever_told.max(all);
        window.given_up = 0;
        let (Some((_, since)), Some(reason)) = (window.began, window.reason) else { return };
        let clock = until.map(|until| facts.started.zone.clock(until.wall)).unwrap_or_default();
        let fence_acts = of_fence > 0 || window.held_until.is_some();
        window.held_until = until;
        window.ever_held |= of_fence > 0;
        window.ever_open |= of_fence < all;
        let told = window.told;
        let unit = facts.life.unit.as_ref().filter(|unit| unit.flushes_on_stop && facts.life.death.is_some());
        let unit = unit.map(|unit| unit.unit.as_str());
        let words = words::clear_text_window(
            &facts.life.behaviour,
            told,
            (&facts.started.zone.moment(since), &clock),
            reason,
            unit,
        );
        let fence = fence_acts.then(|| say.line(Source::Remedy, words::fence(told, &clock)));
        let lines = std::mem::take(&mut self.lines).into_iter().chain(fence).chain(self.removers(facts));
        let draft = Draft::of(CODE, SCOPE, words).because(reason).affecting(self.affected(facts)).shown_by(lines);
        say.open(if told.open() > 0 { draft.critical() } else { draft });
    }

    /// Who had the first of these policies taken out, where it was not the daemon.
    fn removers(&self, facts: &Facts) -> Vec<Evidence> {
        let mut lines: Vec<Evidence> = Vec::new();
        let first = self.bare.told().take(LOOKED_AT);
        let of = first.filter_map(|(id, one)| facts.remover_of_policy((id, one.index), one.reason, one.at));
        of.for_each(|line| {
            if lines.len() < SHOWN && !lines.contains(&line) {
                lines.push(line)
            }
        });
        lines
    }

    /// What leaves comes first; what does not is marked where both are there.
    fn affected(&self, facts: &Facts) -> Affected {
        let connections: BTreeSet<_> = self.bare.told().filter_map(|(_, one)| one.connection).collect();
        let is_held = |id: &PolicyId| facts.fence.holds(&id.selector, facts.now).is_some();
        let (held, open): (Vec<&PolicyId>, Vec<_>) = self.bare.told().map(|(id, _)| id).partition(|id| is_held(id));
        let held = held.iter().map(|id| match open.len() {
            0 => id.selector.to_string(),
            _ => words::held(&id.selector.to_string()),
        });
        let open = open.iter().map(|id| id.selector.to_string());
        Affected::listing(0, connections.len() as u64, open.chain(held))
    }

    fn close(&mut self, facts: &Facts, say: &mut Say<'_>) {
        // What waits for the log is a window of its own.
        let window = std::mem::take(&mut self.window);
        self.lines.clear();
        let Some((_, since)) = window.began else { return };
        let held = match (window.ever_held, window.ever_open) {
            (false, _) => HeldByFence::Nothing,
            (true, true) => HeldByFence::Part,
            (true, false) => HeldByFence::All,
        };
        let zone = &facts.started.zone;
        let times = (&*zone.moment(since), &*zone.moment(facts.wall));
        let why = words::over(window.ever_told, window.given_up, held, times);
        say.close(CODE, SCOPE, say.line(Source::Xfrm, why));
    }
}
