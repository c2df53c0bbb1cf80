//! The guard that every remedy passes: one at a time for each target, limits, back-off with jitter, a cool-down after success, and an end
//! instead of trying for ever. It decides on times that it is told and nothing else.

mod backoff;
mod limit;
mod permit;
mod rates;
mod record;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use self::permit::{OrderedBy, is_permitted};
pub use self::rates::{RemedyRates, paced_as};

use self::backoff::Jitter;
use self::limit::LimitWindow;
use self::record::TryRecord;
use crate::model::{Boottime, RemedyKind, RemedyTarget, Tries};

/// Everything that was tried lately, and what is at work.
#[derive(Debug, Default)]
pub struct Guard {
    jitter: Jitter,
    records: BTreeMap<RemedyTarget, TryRecord>,
    /// Targets at work.
    busy: BTreeMap<RemedyTarget, RemedyKind>,
    paces: BTreeMap<RemedyKind, LimitWindow>,
    hours: BTreeMap<RemedyKind, LimitWindow>,
}

/// Whether it may be tried now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardVerdict {
    Go,
    /// Later; at the latest then it is to be asked again. Without a time: when something ends.
    Wait(Option<Boottime>, Hold),
    /// No more: it did not help so often in a row.
    GivenUp(u32),
}

/// What it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Another remedy is at work on the same target.
    Busy,
    /// As many of its kind are at work as may be.
    InFlight,
    /// It failed a short while ago.
    BackOff,
    /// It helped a short while ago.
    CoolDown,
    /// It was tried as often as it may be in an hour.
    OfTarget,
    /// As many of its kind began as may begin in so short a time.
    Pace,
    /// As many of its kind began as may begin in an hour.
    Hourly,
}

impl Guard {
    /// With the run's seed, and what was tried before.
    pub fn new(seed: u64, tries: &[Tries]) -> Self {
        let records = tries.iter().map(|tries| (tries.target.clone(), TryRecord::recalled(tries))).collect();
        Self { jitter: Jitter::new(seed), records, ..Self::default() }
    }

    /// Whether a remedy may be tried now. Asking changes nothing.
    pub fn may(&self, kind: RemedyKind, target: &RemedyTarget, now: Boottime) -> GuardVerdict {
        let kind = paced_as(kind, target);
        let rates = RemedyRates::of(kind);
        if let Some(record) = self.records.get(target) {
            let failures = record.failures_of(kind);
            if failures.count >= rates.patience {
                return GuardVerdict::GivenUp(failures.count);
            }
            for (until, hold) in [(failures.not_before, Hold::BackOff), (record.rests_until, Hold::CoolDown)] {
                if now < until {
                    return GuardVerdict::Wait(Some(until), hold);
                }
            }
            if let Some(until) = record.full_until(kind, rates.of_target, now) {
                return GuardVerdict::Wait(Some(until), Hold::OfTarget);
            }
        }
        if self.busy.contains_key(target) {
            return GuardVerdict::Wait(None, Hold::Busy);
        }
        if self.busy.values().filter(|other| **other == kind).count() >= rates.in_flight {
            return GuardVerdict::Wait(None, Hold::InFlight);
        }
        let full = |windows: &BTreeMap<RemedyKind, LimitWindow>, limit| windows.get(&kind)?.full_until(limit, now);
        if let Some(until) = full(&self.hours, rates.hourly) {
            return GuardVerdict::Wait(Some(until), Hold::Hourly);
        }
        match full(&self.paces, rates.pace) {
            Some(until) => GuardVerdict::Wait(Some(until), Hold::Pace),
            None => GuardVerdict::Go,
        }
    }

    /// It is tried now, after `may` said so.
    pub fn begin(&mut self, kind: RemedyKind, target: &RemedyTarget, now: Boottime) {
        let kind = paced_as(kind, target);
        let rates = RemedyRates::of(kind);
        self.busy.insert(target.clone(), kind);
        self.records.entry(target.clone()).or_default().begins(kind, rates.of_target, now);
        self.paces.entry(kind).or_default().add(rates.pace, now);
        self.hours.entry(kind).or_default().add(rates.hourly, now);
    }

    pub fn helped(&mut self, kind: RemedyKind, target: &RemedyTarget, now: Boottime) {
        let kind = paced_as(kind, target);
        self.busy.remove(target);
        let record = self.records.entry(target.clone()).or_default();
        record.forgive();
        record.rests_until = now + RemedyRates::of(kind).cool_down;
    }

    /// It did not help.
    pub fn failed(&mut self, kind: RemedyKind, target: &RemedyTarget, now: Boottime) {
        let kind = paced_as(kind, target);
        self.busy.remove(target);
        let (backoff, jitter) = (RemedyRates::of(kind).backoff, self.jitter);
        let record = self.records.entry(target.clone()).or_default();
        record.failed(kind, |count| now + jitter.apply(backoff.after(count), &target.to_string(), count));
    }

    /// Nothing was done after all: no try, no failure.
    pub fn left_alone(&mut self, target: &RemedyTarget) {
        self.busy.remove(target);
    }

    /// A person has looked, or what was wrong is over: failures count anew. Limits stay.
    pub fn forgive(&mut self, target: &RemedyTarget) {
        if let Some(record) = self.records.get_mut(target) {
            record.forgive();
        }
    }

    /// What has to be kept over a restart.
    pub fn kept(&mut self, now: Boottime) -> Vec<Tries> {
        let hour = RemedyRates::of(RemedyKind::Rekey).of_target;
        self.records.retain(|_, record| !record.forget(hour, now));
        self.records.iter().map(|(target, record)| record.to_keep(target)).collect()
    }

    /// Targets at work, for tests.
    #[cfg(test)]
    pub fn busy(&self) -> std::collections::BTreeSet<&RemedyTarget> {
        self.busy.keys().collect()
    }
}
