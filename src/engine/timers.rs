//! Deadlines of one who asked; all of them together say when to wake.

use std::collections::BTreeSet;

use crate::model::Boottime;

/// All deadlines of one who asked.
#[derive(Debug)]
pub struct Timers<T> {
    by_time: BTreeSet<(Boottime, T)>,
    by_timer: BTreeSet<(T, Boottime)>,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self { by_time: BTreeSet::new(), by_timer: BTreeSet::new() }
    }
}

impl<T: Copy + Ord> Timers<T> {
    /// Look at it again at `at`, too.
    pub fn set(&mut self, at: Boottime, timer: T) {
        self.by_time.insert((at, timer));
        self.by_timer.insert((timer, at));
    }

    /// The next deadline.
    pub fn next(&self) -> Option<Boottime> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// The timers whose time has come, in their order.
    pub fn take_due(&mut self, now: Boottime) -> Vec<T> {
        let mut due = Vec::new();
        while let Some((at, timer)) = self.by_time.first().copied().filter(|(at, _)| *at <= now) {
            self.by_time.remove(&(at, timer));
            self.by_timer.remove(&(timer, at));
            due.push(timer);
        }
        due
    }

    /// How many are set.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.by_time.len()
    }

    /// Whether this is set.
    pub fn has(&self, timer: T) -> bool {
        self.deadlines(timer).next().is_some()
    }

    /// Forgets every deadline of this.
    pub fn clear(&mut self, timer: T) {
        let deadlines: Vec<_> = self.deadlines(timer).collect();
        for at in deadlines {
            self.by_timer.remove(&(timer, at));
            self.by_time.remove(&(at, timer));
        }
    }

    fn deadlines(&self, timer: T) -> impl Iterator<Item = Boottime> {
        self.by_timer
            .range((timer, Boottime::default())..)
            .take_while(move |(other, _)| *other == timer)
            .map(|(_, at)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_may_have_several_deadlines_and_loses_all_at_once() {
        let (mut timers, at) = (Timers::default(), Boottime::from_micros);
        for (time, timer) in [(5, 1), (9, 1), (7, 2)] {
            timers.set(at(time), timer);
        }
        assert!(timers.take_due(at(4)).is_empty());
        assert_eq!(timers.take_due(at(5)), [1]);
        assert!(timers.has(1));
        timers.clear(1);
        assert!(!timers.has(1));
        assert_eq!(timers.next(), Some(at(7)));
    }
}
