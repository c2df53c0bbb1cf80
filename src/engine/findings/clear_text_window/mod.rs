//! `clear-text-window`: selectors that a policy protected have none, and their packets leave in clear. From events alone: what no event
//! told of has no beginning that could be named.

mod bare;
mod page;
mod words;

use std::collections::BTreeSet;
use std::time::Duration;

use self::bare::{Bare, Selectors};
use super::deadlines::Deadlines;
use super::{Draft, Finding, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::protection::{Lost, closes};
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::model::{Affected, Boottime, Code, Evidence, KernelPolicy, RealTime, Reason, Source};

const CODE: Code = Code::ClearTextWindow;
const SCOPE: &str = "host";

/// Selectors whose peers have to call, or that nobody claims, are given up after this time: nobody may ever want them again.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(60);

/// A policy that went alone may be followed by its SA, or by another policy.
const SETTLES_AFTER: Duration = Duration::from_secs(1);

/// Selectors without a policy, and what is told of them.
#[derive(Debug, Default)]
pub(super) struct ClearTextWindow {
    bare: Selectors,
    window: Window,
    lines: Vec<Evidence>,
    touched: bool,
    deadlines: Deadlines,
}

/// From the first selector that is told to the last.
#[derive(Debug, Default)]
struct Window {
    told: usize,
    ever_told: usize,
    began: Option<(Boottime, RealTime)>,
    reason: Option<Reason>,
    given_up: usize,
}

impl Finding for ClearTextWindow {
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
            Happened::LogRead => self.touched |= !self.bare.is_empty(),
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
        let due = !self.deadlines.take_due(facts.now).is_empty();
        self.touched |= due && !self.bare.is_empty();
        if !std::mem::take(&mut self.touched) {
            return;
        }
        let before = self.window.told;
        self.decide(facts);
        let now = self.window.told;
        if now > 0 && self.deadlines.is_empty() {
            self.deadlines.set(facts.now + GIVEN_UP_AFTER, (), say);
        }
        if self.bare.is_empty() {
            self.lines.clear();
        }
        match (before, now) {
            (0, 0) => {}
            (_, 0) => self.close(facts, say),
            (before, now) if now > before || self.window.given_up > 0 => self.tell(facts, say),
            _ => {}
        }
    }

    fn undecided(&self) -> Vec<Slot<Connection>> {
        self.bare.connections().collect()
    }
}

impl ClearTextWindow {
    fn bared(&mut self, lost: &Lost, facts: &Facts, say: &mut Say<'_>) {
        for policy in &lost.policies {
            let connection = policy.template.and_then(|template| facts.claims.connection_of_reqid(template.reqid));
            let (at, wall, reason, after) = (facts.now, facts.wall, lost.reason, lost.after);
            self.bare.insert(policy.id, Bare { at, wall, reason, connection, after, told: false });
        }
        self.lines.push(say.line(Source::Xfrm, words::lost(lost)));
        if lost.reason == Reason::Deleted {
            self.deadlines.set(facts.now + SETTLES_AFTER, (), say);
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
        window.told = self.bare.told().count();
        if let Some((_, first)) = self.bare.told().min_by_key(|(_, one)| one.at) {
            window.began.get_or_insert((first.at, first.wall));
            window.reason.get_or_insert(first.reason);
        }
    }

    fn tell(&mut self, facts: &Facts, say: &mut Say<'_>) {
        let lines = std::mem::take(&mut self.lines);
        let window = &mut self.window;
        window.ever_told = window.ever_told.max(window.told);
        window.given_up = 0;
        let (Some((_, since)), Some(reason)) = (window.began, window.reason) else { return };
        let connections: BTreeSet<_> = self.bare.told().filter_map(|(_, one)| one.connection).collect();
        let unit = facts.life.unit.as_ref().filter(|unit| unit.flushes_on_stop && facts.life.death.is_some());
        let words = words::clear_text_window(window.told, since, reason, unit.map(|unit| unit.unit.as_str()));
        let list = self.bare.told().map(|(id, _)| id.selector.to_string());
        let affected = Affected::listing(0, connections.len() as u64, list);
        say.open(Draft::of(CODE, SCOPE, words).because(reason).critical().affecting(affected).shown_by(lines));
    }

    fn close(&mut self, facts: &Facts, say: &mut Say<'_>) {
        // What waits for the log is a window of its own.
        let window = std::mem::take(&mut self.window);
        self.lines.clear();
        let Some((_, since)) = window.began else { return };
        let why = words::over(window.ever_told, window.given_up, since, facts.wall);
        say.close(CODE, SCOPE, say.line(Source::Xfrm, why));
    }
}
