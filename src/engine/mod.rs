//! The pure core: observations in, effects out. It knows no clock, no randomness and no I/O, and depends on no order of a hash map.
//!
//! A step is: the facts take what was seen, the findings hear of it and look at what it touched, the remedies go by both; then it is said
//! when to look again. Findings and remedies read the facts and cannot write them: what they want is granted when they have looked.

mod answers;
mod facts;
mod findings;
mod remedies;
mod timers;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod work;

pub use self::answers::Ranking;
pub use self::answers::Tally;
pub use self::findings::{Page, page};

use self::facts::Facts;
use self::findings::Findings;
use self::findings::book::Book;
use self::remedies::{Course, Remedies};
use crate::model::{Boottime, Effect, Observation};

/// So often in one step that is looked at which others have set or touched for now.
const ROUNDS: usize = 8;

/// What is known, what is wrong with it, and what is done about that.
#[derive(Debug, Default)]
pub struct Engine {
    facts: Facts,
    findings: Findings,
    remedies: Remedies,
    book: Book,
}

impl Engine {
    /// An engine that has seen nothing. Its first observation must be `What::Started`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one observation and appends what should be done to `out`. Returns when to wake it with `What::Woke` at the latest.
    pub fn step(&mut self, seen: &Observation, out: &mut Vec<Effect>) -> Option<Boottime> {
        let first = out.len();
        self.facts.take(seen, out);
        self.course(out, |course, out| course.take(&seen.what, out));
        self.hear(out);
        self.wake(out);
        self.facts.ask_what_is_wanted(out);
        self.look(out);
        self.join_if_whole(out);
        self.course(out, |course, out| course.go(first, out));
        self.facts.ask_what_is_wanted(out);
        self.next()
    }

    /// When there is something to do by then.
    fn next(&self) -> Option<Boottime> {
        let all = [self.facts.timers.next(), self.findings.next(), self.remedies.next(), self.book.forgets_at()];
        all.into_iter().flatten().min()
    }

    /// What happened is heard once, in its order.
    fn hear(&mut self, out: &mut Vec<Effect>) {
        while !self.facts.happened.is_empty() {
            for happened in std::mem::take(&mut self.facts.happened) {
                let mut wants = Vec::new();
                self.findings.hear(&happened, &self.facts, (&mut self.book, &mut wants), out);
                self.facts.grant(wants, out);
                self.course(out, |course, out| course.hear(&happened, out));
            }
        }
    }

    /// What its time has come for, and what that makes due at once. What is set again for now, again and again, has to wait for the next
    /// step: at the end of time every deadline is now.
    fn wake(&mut self, out: &mut Vec<Effect>) {
        for _ in 0..ROUNDS {
            if !self.facts.wake(out) {
                break;
            }
            self.hear(out);
        }
        if self.course(out, |course, out| course.wake(out))
            && let Some(step) = self.course(out, |course, _| course.fence_due())
        {
            let ask = self.facts.asks.next();
            self.remedies.fence_asked(ask, step, out);
        }
        let mut wants = Vec::new();
        self.findings.wake(&self.facts, (&mut self.book, &mut wants), out);
        self.facts.grant(wants, out);
        self.book.prune(self.facts.now);
    }

    /// Looks at what was touched, and at what that touches.
    fn look(&mut self, out: &mut Vec<Effect>) {
        if !self.facts.joined {
            return;
        }
        for _ in 0..ROUNDS {
            self.facts.ask_for_ways(out);
            let touched = self.facts.take_touched();
            self.course(out, |course, _| course.see_tunnels(&touched));
            let mut wants = Vec::new();
            self.findings.look(&self.facts, &touched, (&mut self.book, &mut wants), out);
            self.facts.grant(wants, out);
            self.hear(out);
            if !self.facts.is_touched() {
                break;
            }
        }
        if self.facts.is_time_to_forget() {
            let named = self.book.connections().chain(self.remedies.connections());
            let named = named.filter_map(|text| self.facts.connection_named(text));
            let spoken_of = named.chain(self.findings.undecided()).collect();
            self.facts.forget_what_is_over(&spoken_of);
        }
    }

    /// Once: when everything that can be known at the start is known.
    fn join_if_whole(&mut self, out: &mut Vec<Effect>) {
        if !self.facts.join_if_whole() {
            return;
        }
        self.hear(out);
        self.facts.death_before_join();
        self.course(out, |course, out| course.resume(out));
        self.facts.account_for_earlier(out);
        self.look(out);
        out.push(Effect::Joined);
        self.facts.ask_what_is_wanted(out);
    }

    /// The remedies look at what is known; what they want is done.
    fn course<T>(&mut self, out: &mut Vec<Effect>, go: impl FnOnce(&mut Course<'_>, &mut Vec<Effect>) -> T) -> T {
        let mut wants = Vec::new();
        let (facts, findings, book, remedies) = (&self.facts, &self.findings, &mut self.book, &mut self.remedies);
        let done = go(&mut Course { facts, findings, book, remedies, wants: &mut wants }, out);
        self.facts.grant(wants, out);
        done
    }
}
