//! A condition that must hold for some windows in a row, three where nothing else is said, and fail for as long to be over.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::engine::facts::claims::Tunnel;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::traffic::TrafficWindow;
use crate::model::Evidence;

pub const WINDOWS: usize = 3;

/// A counter has to grow by this in a window, or a tunnel to send this in three, to be judged.
pub const VOLUME: u64 = 100;

/// What one window counted, and what is to be said of it.
#[derive(Clone, Debug)]
pub struct WindowSeen<T> {
    pub counted: T,
    /// The figures as a line of evidence.
    pub line: Evidence,
}

/// How long the condition has held or failed.
#[derive(Debug)]
pub struct Streak<T> {
    held: VecDeque<WindowSeen<T>>,
    failed: usize,
    open: bool,
    windows: usize,
}

impl<T> Default for Streak<T> {
    fn default() -> Self {
        Self::of(WINDOWS)
    }
}

impl<T> Streak<T> {
    /// It has to hold for so many windows.
    pub const fn of(windows: usize) -> Self {
        Self { held: VecDeque::new(), failed: 0, open: false, windows }
    }

    /// A window has ended in which the condition held, or did not. `enough` says of the last ones in which it held whether they open it.
    /// Whether it opened or closed.
    pub fn window(
        &mut self,
        seen: Option<WindowSeen<T>>,
        enough: impl FnOnce(&VecDeque<WindowSeen<T>>) -> bool,
    ) -> bool {
        let Some(seen) = seen else {
            self.failed += 1;
            if !self.open {
                self.held.clear();
            } else if self.failed >= self.windows {
                *self = Self::of(self.windows);
                return true;
            }
            return false;
        };
        self.failed = 0;
        if self.open {
            return false;
        }
        if self.held.len() == self.windows {
            self.held.pop_front();
        }
        self.held.push_back(seen);
        self.open = self.held.len() == self.windows && enough(&self.held);
        self.open
    }

    pub const fn is_open(&self) -> bool {
        self.open
    }

    /// The next window opens it, if it holds in that one, too.
    pub fn lacks_one(&self) -> bool {
        self.held.len() + 1 == self.windows
    }

    /// It is neither open nor on the way.
    pub fn is_idle(&self) -> bool {
        !self.open && self.held.is_empty()
    }

    /// The windows that opened it.
    pub const fn held(&self) -> &VecDeque<WindowSeen<T>> {
        &self.held
    }

    /// Their lines of evidence.
    pub fn evidence(&self) -> Vec<Evidence> {
        self.held.iter().map(|seen| seen.line.clone()).collect()
    }
}

/// At least 0.1 % of so many.
pub const fn is_a_share(part: u64, whole: u64) -> bool {
    part.saturating_mul(1000) >= whole
}

/// The tunnels that a window is judged of: those that carried or dropped something in it, and those that are watched.
pub fn tunnels_of<'a, W>(
    window: &'a TrafficWindow,
    watched: &BTreeMap<Slot<Tunnel>, W>,
) -> impl Iterator<Item = Slot<Tunnel>> + use<'a, W> {
    let mut still: BTreeSet<_> = watched.keys().copied().collect();
    for tunnel in &window.tunnels {
        still.remove(tunnel);
    }
    window.tunnels.iter().copied().chain(still)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Boottime, RealTime, Source};

    fn seen(counted: u64) -> Option<WindowSeen<u64>> {
        let (time, at, source) = (RealTime::default(), Boottime::default(), Source::Engine);
        Some(WindowSeen { counted, line: Evidence { time, at, source, text: counted.to_string() } })
    }

    fn enough(held: &VecDeque<WindowSeen<u64>>) -> bool {
        held.iter().map(|seen| seen.counted).sum::<u64>() >= 100
    }

    #[test]
    fn it_opens_after_three_windows_in_a_row_and_closes_after_three() {
        let mut streak = Streak::default();
        let turns = [seen(50), seen(50), None, seen(50), seen(10), seen(50), seen(1), None, seen(1), None, None, None];
        let changed: Vec<_> = turns.into_iter().map(|seen| streak.window(seen, enough)).collect();
        let turned: Vec<_> = changed.iter().enumerate().filter(|(_, changed)| **changed).map(|(at, _)| at).collect();
        assert_eq!(turned, [5, 11]);
        assert!(streak.is_idle());
    }

    #[test]
    fn only_the_last_three_windows_are_added_up() {
        let mut streak = Streak::default();
        for _ in 0..20 {
            assert!(!streak.window(seen(33), enough));
        }
        assert!(!streak.window(seen(33), enough) && streak.window(seen(34), enough));
        assert_eq!(streak.evidence().iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["33", "33", "34"]);
    }
}
