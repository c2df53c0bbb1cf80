//! What was tried on one target.

use std::collections::BTreeMap;

use super::limit::{LimitWindow, RateLimit};
use crate::model::{Boottime, RemedyKind, RemedyTarget, Tries};

/// Its tries, and when the next one may be. Each kind has its own: where one is spent another has its turn at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TryRecord {
    /// Tries of the last hour, by what they are counted as.
    tries: BTreeMap<RemedyKind, LimitWindow>,
    /// By kind, where the last try did not help.
    failures: BTreeMap<RemedyKind, InARow>,
    /// It helped a short while ago: none of any kind before this.
    pub rests_until: Boottime,
}

/// Tries that did not help, one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InARow {
    pub count: u32,
    /// No other one before this.
    pub not_before: Boottime,
}

/// Whatever the reason: the daemon is restarted.
const fn counted_as(kind: RemedyKind) -> RemedyKind {
    match kind {
        RemedyKind::RestartHung => RemedyKind::Restart,
        _ => kind,
    }
}

impl TryRecord {
    /// As it was kept. A release that did not tell the kinds apart means all of them.
    pub fn recalled(kept: &Tries) -> Self {
        let of_each = |at: &[Boottime]| LimitWindow::of(at.iter().copied());
        let tries = match kept.tried.is_empty() {
            true => RemedyKind::ALL.into_iter().map(|kind| (counted_as(kind), of_each(&kept.at))).collect(),
            false => kept.tried.iter().map(|(kind, at)| (*kind, of_each(at))).collect(),
        };
        let waits = |kind| kept.waits.get(&kind).copied().unwrap_or(kept.not_before);
        let failures: BTreeMap<_, _> = match (kept.failures, kept.failed.is_empty()) {
            (0, _) => BTreeMap::new(),
            (failures, true) => RemedyKind::ALL.into_iter().map(|kind| (kind, failures)).collect(),
            (_, false) => kept.failed.clone(),
        };
        let rests_until = if failures.is_empty() { kept.not_before } else { Boottime::default() };
        let in_a_row = |(kind, count)| (kind, InARow { count, not_before: waits(kind) });
        Self { tries, failures: failures.into_iter().map(in_a_row).collect(), rests_until }
    }

    /// One more try.
    pub fn begins(&mut self, kind: RemedyKind, limit: RateLimit, now: Boottime) {
        self.tries.entry(counted_as(kind)).or_default().add(limit, now);
    }

    /// None where there is room for a try of this kind, else when there is.
    pub fn full_until(&self, kind: RemedyKind, limit: RateLimit, now: Boottime) -> Option<Boottime> {
        self.tries.get(&counted_as(kind))?.full_until(limit, now)
    }

    /// What did not help of this kind.
    pub fn failures_of(&self, kind: RemedyKind) -> InARow {
        self.failures.get(&kind).copied().unwrap_or_default()
    }

    /// It did not help: `wait` says for how long after so many.
    pub fn failed(&mut self, kind: RemedyKind, wait: impl FnOnce(u32) -> Boottime) {
        let row = self.failures.entry(kind).or_default();
        row.count = row.count.saturating_add(1);
        row.not_before = wait(row.count);
    }

    /// Failures count anew.
    pub fn forgive(&mut self) {
        self.failures.clear();
    }

    /// Drops what does not count any more. Whether nothing is left.
    pub fn forget(&mut self, limit: RateLimit, now: Boottime) -> bool {
        self.tries.retain(|_, window| !window.forget(limit, now));
        self.tries.is_empty() && self.failures.is_empty() && self.rests_until <= now
    }

    /// As it is to be kept.
    pub fn to_keep(&self, target: &RemedyTarget) -> Tries {
        let tried: BTreeMap<_, Vec<_>> =
            self.tries.iter().map(|(kind, window)| (*kind, window.iter().collect())).collect();
        let mut at: Vec<_> = tried.values().flatten().copied().collect();
        at.sort_unstable();
        let of_each = self.failures.values();
        Tries {
            target: target.clone(),
            at,
            tried,
            failures: of_each.clone().map(|row| row.count).max().unwrap_or_default(),
            failed: self.failures.iter().map(|(kind, row)| (*kind, row.count)).collect(),
            not_before: of_each.map(|row| row.not_before).max().unwrap_or(self.rests_until),
            waits: self.failures.iter().map(|(kind, row)| (*kind, row.not_before)).collect(),
        }
    }
}
