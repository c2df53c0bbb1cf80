//! How many tries there may be in a span of time.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::Boottime;

/// So many in such a span: at least one, in at least a millisecond, and at most in a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    most: u32,
    within: Duration,
}

/// The tries of the last span, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitWindow {
    at: VecDeque<Boottime>,
}

impl RateLimit {
    const SHORTEST: Duration = Duration::from_millis(1);
    const LONGEST: Duration = Duration::from_secs(86_400);

    /// What would be nonsense becomes the nearest sense.
    pub const fn new(most: u32, within: Duration) -> Self {
        let most = if most == 0 { 1 } else { most };
        let micros = within.as_micros();
        let within = if micros < Self::SHORTEST.as_micros() {
            Self::SHORTEST
        } else if micros > Self::LONGEST.as_micros() {
            Self::LONGEST
        } else {
            within
        };
        Self { most, within }
    }

    #[cfg(test)]
    pub const fn most(self) -> u32 {
        self.most
    }

    /// In which span.
    #[cfg(test)]
    pub const fn within(self) -> Duration {
        self.within
    }
}

impl LimitWindow {
    /// With tries that are known from before.
    pub fn of(at: impl IntoIterator<Item = Boottime>) -> Self {
        let mut at: Vec<_> = at.into_iter().collect();
        at.sort_unstable();
        Self { at: at.into() }
    }

    /// One more, now.
    pub fn add(&mut self, limit: RateLimit, now: Boottime) {
        self.forget(limit, now);
        self.at.push_back(now);
    }

    /// None where there is room, else when there is.
    pub fn full_until(&self, limit: RateLimit, now: Boottime) -> Option<Boottime> {
        let is_inside = |at: &&Boottime| now.since(**at) < limit.within;
        let inside = self.at.iter().filter(is_inside).count();
        let over = (inside + 1).checked_sub(limit.most as usize).filter(|over| *over > 0)?;
        // So many of the oldest have to go.
        self.at.iter().filter(is_inside).nth(over - 1).map(|at| *at + limit.within)
    }

    /// Those that still count.
    pub fn iter(&self) -> impl Iterator<Item = Boottime> {
        self.at.iter().copied()
    }

    /// Drops what does not count any more. Whether nothing is left.
    pub fn forget(&mut self, limit: RateLimit, now: Boottime) -> bool {
        while self.at.front().is_some_and(|at| now.since(*at) >= limit.within) {
            self.at.pop_front();
        }
        self.at.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn never_are_there_more_than_the_limit_in_any_span(
            most in 0_u32..6,
            span in 0_u64..50,
            steps in prop::collection::vec(0_u64..40, 1..200),
        ) {
            let limit = RateLimit::new(most, Duration::from_millis(span));
            let (mut window, mut now, mut done) = (LimitWindow::default(), 0, Vec::new());
            for step in steps {
                now += step * 1000;
                let at = Boottime::from_micros(now);
                match window.full_until(limit, at) {
                    None => {
                        window.add(limit, at);
                        done.push(at);
                    }
                    // It is later, and then there is room.
                    Some(until) => {
                        prop_assert!(until > at);
                        prop_assert_eq!(window.full_until(limit, until), None);
                    }
                }
            }
            for first in &done {
                let inside = done.iter().filter(|at| **at >= *first && at.since(*first) < limit.within()).count();
                prop_assert!(inside <= limit.most() as usize);
            }
        }
    }

    #[test]
    fn nonsense_becomes_sense() {
        let limit = RateLimit::new(0, Duration::ZERO);
        assert_eq!((limit.most(), limit.within()), (1, RateLimit::SHORTEST));
        assert_eq!(RateLimit::new(1, Duration::MAX).within(), RateLimit::LONGEST);
    }
}
