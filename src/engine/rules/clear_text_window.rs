//! `clear-text-window`: selectors that a policy protected have none, and their packets leave in clear. From events alone: what no event
//! told of has no beginning that could be named.

use std::collections::BTreeMap;
use std::time::Duration;

use super::words;
use crate::engine::Engine;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::slab::Slot;
use crate::engine::findings::{Draft, HOST};
use crate::engine::timers::Timer;
use crate::model::{
    Action, Affected, AskId, Boottime, Code, Effect, Evidence, KernelPolicy, PolicyDirection, PolicyId, Protocol,
    RealTime, Reason, Severity, Source, Subject,
};

/// Selectors whose peers have to call, or that nobody claims, are given up after this time: nobody may ever want them again.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(60);

/// A policy that went alone may be followed by its SA, or by another policy.
const SETTLES_AFTER: Duration = Duration::from_secs(1);

/// With more selectors than this, one counts as protected again by its own policy alone, not by a wider one.
const COMPARED: usize = 4096;

/// Selectors without a policy.
#[derive(Debug, Default)]
pub struct Window {
    bare: BTreeMap<PolicyId, Bare>,
    // Those that are told.
    told: usize,
    ever_told: usize,
    began: Option<(Boottime, RealTime)>,
    reason: Option<Reason>,
    given_up: usize,
    lines: Vec<Evidence>,
    touched: bool,
}

/// One of them.
#[derive(Debug)]
struct Bare {
    at: Boottime,
    wall: RealTime,
    reason: Reason,
    connection: Option<Slot<Connection>>,
    // Nothing is decided before this question about the log is answered: it may have been an order.
    after: AskId,
    told: bool,
}

impl Window {
    /// Connections whose selectors have none.
    pub fn connections(&self) -> impl Iterator<Item = Slot<Connection>> {
        self.bare.values().filter_map(|bare| bare.connection)
    }
}

impl Engine {
    /// FLUSHPOLICY: these were there.
    pub(in crate::engine) fn protection_flushed(&mut self, policies: &[KernelPolicy], out: &mut Vec<Effect>) {
        let protected: Vec<_> = policies.iter().copied().filter(protects).collect();
        if protected.is_empty() {
            return;
        }
        let text = format!("the kernel flushed all policies; {} of them protected what leaves", protected.len());
        self.bared(&protected, Reason::Flushed, text, out);
    }

    /// DELPOLICY, when it is out of the table.
    pub(in crate::engine) fn protection_deleted(&mut self, policy: &KernelPolicy, out: &mut Vec<Effect>) {
        if protects(policy) {
            self.bared(&[*policy], Reason::Deleted, format!("the policy {} was deleted", policy.id), out);
        }
    }

    fn bared(&mut self, policies: &[KernelPolicy], reason: Reason, text: String, out: &mut Vec<Effect>) {
        if !self.facts.joined {
            return;
        }
        let after = self.facts.catch_up(out);
        let line = self.facts.evidence(Source::Xfrm, text);
        for policy in policies {
            let connection = policy.template.and_then(|template| self.facts.claims.connection_of_reqid(template.reqid));
            let bare = Bare { at: self.facts.now, wall: self.facts.wall, reason, connection, after, told: false };
            self.rules.window.bare.entry(policy.id).or_insert(bare);
        }
        self.rules.window.lines.push(line);
        if reason == Reason::Deleted {
            self.facts.timers.set(self.facts.now + SETTLES_AFTER, Timer::Window);
        }
    }

    /// NEWPOLICY or UPDPOLICY: whether it protects, or stops, what was bare.
    pub(in crate::engine) fn protection_came(&mut self, policy: &KernelPolicy) {
        let window = &mut self.rules.window;
        if window.bare.is_empty() || !closes(policy) {
            return;
        }
        if window.bare.remove(&policy.id).is_none() && window.bare.len() <= COMPARED {
            window.bare.retain(|id, _| !covers(policy, id));
        }
        window.touched = true;
    }

    /// The log was read further: what waits for that may be decided.
    pub(in crate::engine) fn window_may_open(&mut self) {
        self.rules.window.touched |= !self.rules.window.bare.is_empty();
    }

    pub(super) fn judge_bare(&mut self, out: &mut Vec<Effect>) {
        if !std::mem::take(&mut self.rules.window.touched) {
            return;
        }
        let told = self.rules.window.told;
        self.decide_what_is_bare();
        let window = &mut self.rules.window;
        window.told = window.bare.values().filter(|bare| bare.told).count();
        if window.told > 0 && !self.facts.timers.has(Timer::Window) {
            self.facts.timers.set(self.facts.now + GIVEN_UP_AFTER, Timer::Window);
        }
        if window.bare.is_empty() {
            window.lines.clear();
        }
        match (told, window.told) {
            (0, 0) => {}
            (_, 0) => self.window_closes(out),
            (before, now) if now > before || window.given_up > 0 => self.tell_window(out),
            _ => {}
        }
    }

    /// Drops what was wanted so, and what nobody may want again.
    fn decide_what_is_bare(&mut self) {
        let mut bare = std::mem::take(&mut self.rules.window.bare);
        let compare = bare.len() <= COMPARED;
        let (in_order, read_to) = (self.facts.ends_in_order(), self.facts.losses.log_read_to);
        let mut given_up = 0;
        bare.retain(|id, one| {
            if one.told {
                let keep = self.facts.is_still_missed(one);
                given_up += usize::from(!keep);
                return keep;
            }
            let settles = one.reason == Reason::Deleted && self.facts.now.since(one.at) < SETTLES_AFTER;
            if settles || one.after > read_to {
                return true;
            }
            let ordered = in_order || (one.reason == Reason::Deleted && !self.facts.is_missed(one));
            one.told = !(ordered || compare && self.facts.spd.iter().any(|(_, row)| covers(&row.policy, id)));
            one.told
        });
        let window = &mut self.rules.window;
        window.bare = bare;
        window.given_up += given_up;
        if let Some(first) = window.bare.values().filter(|one| one.told).min_by_key(|one| one.at) {
            window.began.get_or_insert((first.at, first.wall));
            window.reason.get_or_insert(first.reason);
        }
    }

    fn tell_window(&mut self, out: &mut Vec<Effect>) {
        let lines = std::mem::take(&mut self.rules.window.lines);
        let window = &mut self.rules.window;
        window.ever_told = window.ever_told.max(window.told);
        window.given_up = 0;
        let window = &self.rules.window;
        let (Some((_, since)), Some(reason)) = (window.began, window.reason) else { return };
        let told = || window.bare.iter().filter(|(_, one)| one.told);
        let connections: std::collections::BTreeSet<_> = told().filter_map(|(_, one)| one.connection).collect();
        let unit = self.facts.life.unit.as_ref().filter(|unit| unit.flushes_on_stop && self.facts.life.death.is_some());
        let words = words::clear_text_window(window.told, since, reason, unit.map(|unit| unit.unit.as_str()));
        let list = told().map(|(id, _)| id.selector.to_string());
        let draft = Draft {
            code: Code::ClearTextWindow,
            scope: HOST.to_owned(),
            reason,
            severity: Severity::Critical,
            subject: Subject::default(),
            affected: Affected::listing(0, connections.len() as u64, list),
            summary: words.summary,
            advice: words.advice,
            evidence: lines,
            again: false,
            speaks_of: std::collections::BTreeSet::new(),
        };
        self.book.open(draft, self.facts.now, self.facts.wall, out);
    }

    fn window_closes(&mut self, out: &mut Vec<Effect>) {
        let window = std::mem::take(&mut self.rules.window);
        // What waits for the log is a window of its own.
        self.rules.window.bare = window.bare;
        let Some((_, since)) = window.began else { return };
        let why = words::window_over(window.ever_told, window.given_up, since, self.facts.wall);
        let why = self.facts.evidence(Source::Xfrm, why);
        let id = crate::engine::book::id(Code::ClearTextWindow, HOST);
        self.book.close(&id, why, self.facts.now, out);
    }

    /// The connection was taken down, or unloaded, by order: nobody misses its policies.
    pub(super) fn unprotected_by_order(&mut self, connection: Slot<Connection>) {
        let window = &mut self.rules.window;
        let before = window.bare.len();
        window.bare.retain(|_, one| one.connection != Some(connection));
        let gone = before - window.bare.len();
        window.given_up += gone;
        window.touched |= gone > 0;
    }
}

impl Facts {
    /// A policy that went alone is missed where its connection should be up, or its SA stands.
    fn is_missed(&self, one: &Bare) -> bool {
        let Some(connection) = one.connection else { return false };
        let wanted = self.claims.connection_at(connection).is_some_and(|row| row.wanted);
        wanted || self.connection_stands(connection)
    }

    fn is_still_missed(&self, one: &Bare) -> bool {
        let given_time = self.now.since(one.at.max(self.life.found)) < GIVEN_UP_AFTER || self.life.death.is_some();
        let Some(connection) = one.connection else { return given_time };
        given_time || self.is_permanent((connection, None))
    }
}

/// It sends what leaves into an SA.
fn protects(policy: &KernelPolicy) -> bool {
    policy.id.direction == PolicyDirection::Out
        && policy.action == Action::Allow
        && policy.template.is_some_and(|template| matches!(template.protocol, Protocol::Esp | Protocol::Ah))
}

/// Nothing that it means leaves in clear.
fn closes(policy: &KernelPolicy) -> bool {
    protects(policy) || (policy.id.direction == PolicyDirection::Out && policy.action == Action::Block)
}

fn covers(policy: &KernelPolicy, bare: &PolicyId) -> bool {
    let id = &policy.id;
    closes(policy) && id.mark == bare.mark && id.if_id == bare.if_id && id.selector.covers(&bare.selector)
}
