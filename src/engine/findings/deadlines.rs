//! When a finding looks again, as it remembers it itself: the engine only wakes, it does not say for whom.

use std::collections::BTreeSet;

use super::Say;
use crate::model::Boottime;

/// Times, each with what it is the time of.
#[derive(Debug)]
pub struct Deadlines<T = ()>(BTreeSet<(Boottime, T)>);

impl<T> Default for Deadlines<T> {
    fn default() -> Self {
        Self(BTreeSet::new())
    }
}

impl<T: Copy + Ord> Deadlines<T> {
    /// Looks at it at `at`, too.
    pub fn set(&mut self, at: Boottime, what: T, say: &mut Say<'_>) {
        self.0.insert((at, what));
        say.look_again(at);
    }

    /// What its time has come for, in order of time.
    pub fn take_due(&mut self, now: Boottime) -> Vec<T> {
        let mut due = Vec::new();
        while let Some((at, what)) = self.0.first().copied().filter(|(at, _)| *at <= now) {
            self.0.remove(&(at, what));
            due.push(what);
        }
        due
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
