//! What one receiver has still to be told, in order and bounded. It knows no clock but the one that it is shown.

mod entry;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use self::entry::SentAlert;
pub use self::entry::{LeftAlert, Put, WaitingAlert};
use super::alert::{Alert, AlertState};
use super::unkept::{Unkept, Wanting};

/// How many alerts may wait.
const MOST: usize = 1_000;

/// How many bytes they may have together.
const MOST_BYTES: usize = 16 << 20;

/// Number of the first alert of a run. What a run before left gets those before it.
const FIRST: u64 = 1 << 32;

/// How often one alert may be told.
#[derive(Clone, Copy, Debug)]
pub struct Rest {
    /// How long a finding must stay closed before 'resolved' is sent, and after that before it may fire again: what flaps is one alert with a
    /// count.
    pub turned: Duration,
    /// How long until it is sent that it only happened again.
    pub again: Duration,
}

/// What waits, and what was told.
#[derive(Debug)]
pub struct AlertQueue {
    rest: Rest,
    next: u64,
    waiting: BTreeMap<u64, WaitingAlert>,
    bytes: usize,
    /// At most two of one alert wait: that it began, and that it is over.
    of: HashMap<u64, Vec<u64>>,
    /// What the receiver believes.
    told: HashMap<u64, SentAlert>,
    /// What has changed since it was kept.
    unkept: Unkept,
}

impl AlertQueue {
    /// An empty one.
    pub fn new(rest: Rest) -> Self {
        Self {
            rest,
            next: FIRST,
            waiting: BTreeMap::new(),
            bytes: 0,
            of: HashMap::new(),
            told: HashMap::new(),
            unkept: Unkept::default(),
        }
    }

    /// Takes what a run before has told and left waiting, oldest first: all of it stands before what came since the start. Returns how
    /// many had to go because there was no room for them.
    pub fn restore(&mut self, told: Vec<LeftAlert>, waiting: Vec<LeftAlert>, now: Instant) -> u64 {
        let since = std::mem::take(&mut self.waiting);
        self.bytes = 0;
        self.of.clear();
        // What the receiver has heard in this run is newer.
        let heard: HashSet<u64> = self.told.keys().copied().collect();
        for LeftAlert { fingerprint, alert, .. } in told {
            self.told.entry(fingerprint).or_insert(SentAlert { alert, at: now, refused: false });
        }
        self.next = FIRST.saturating_sub(waiting.len() as u64);
        let mut dropped = 0;
        for LeftAlert { fingerprint, alert, bytes } in waiting {
            if heard.contains(&fingerprint) {
                continue;
            }
            if alert.status == AlertState::Resolved && self.last_of(fingerprint).is_none() {
                // It would not wait if its beginning had not been told.
                self.append(WaitingAlert { fingerprint, alert, bytes, since: now });
            } else {
                dropped += self.put(fingerprint, alert, bytes, now).dropped;
            }
        }
        dropped += self.drop_the_oldest();
        self.next = FIRST;
        for (_, WaitingAlert { fingerprint, alert, bytes, since }) in since {
            dropped += self.put(fingerprint, alert, bytes, since).dropped;
        }
        self.unkept.all();
        dropped
    }

    /// What has changed since it was kept.
    pub fn unkept(&mut self) -> &mut Unkept {
        &mut self.unkept
    }

    /// Takes that out, for being kept.
    pub fn take_unkept(&mut self) -> Wanting {
        let believed = |told: &SentAlert| told.alert.status == AlertState::Firing && !told.refused;
        let kept = |told: &SentAlert| believed(told).then(|| Arc::clone(&told.alert));
        let alert = |waiting: &WaitingAlert| Arc::clone(&waiting.alert);
        match self.unkept.take() {
            None => Wanting {
                all: true,
                waiting: self.waiting.iter().map(|(number, waiting)| (*number, Some(alert(waiting)))).collect(),
                told: self.told.iter().filter_map(|(print, told)| Some((*print, Some(kept(told)?)))).collect(),
            },
            Some((waiting, told)) => Wanting {
                all: false,
                waiting: waiting.into_iter().map(|number| (number, self.waiting.get(&number).map(alert))).collect(),
                told: told.into_iter().map(|print| (print, self.told.get(&print).and_then(kept))).collect(),
            },
        }
    }

    /// Puts an alert behind all others; where one that waits is of the same, that one says more now.
    pub fn put(&mut self, fingerprint: u64, alert: Arc<Alert>, bytes: usize, now: Instant) -> Put {
        if let Some((last, status)) = self.last_of(fingerprint) {
            // Not over after all; or over, where the receiver only waits for a count.
            let void = status != alert.status && (status == AlertState::Resolved || self.believes(fingerprint));
            if void {
                self.remove(last);
            }
        }
        match self.last_of(fingerprint) {
            Some((only, status)) if status == alert.status => {
                self.replace(only, alert, bytes);
                return Put { number: Some(only), dropped: self.drop_the_oldest() };
            }
            Some(_) => {}
            None if self.knows(fingerprint, &alert) => return Put::default(),
            None => {}
        }
        let number = self.append(WaitingAlert { fingerprint, alert, bytes, since: now });
        Put { number: Some(number), dropped: self.drop_the_oldest() }
    }

    /// Until the rest has room. Returns how many had to go.
    fn drop_the_oldest(&mut self) -> u64 {
        let mut dropped = 0;
        while self.waiting.len() > MOST || self.bytes > MOST_BYTES {
            let Some((&oldest, _)) = self.waiting.first_key_value() else { break };
            self.remove(oldest);
            dropped += 1;
        }
        dropped
    }

    /// The receiver has nothing to learn from it.
    fn knows(&self, fingerprint: u64, alert: &Alert) -> bool {
        match self.told.get(&fingerprint) {
            Some(told) if told.alert.status == AlertState::Resolved => alert.status == AlertState::Resolved,
            Some(told) => told.alert.says_the_same_as(alert),
            // Nobody has heard of it, and nobody needs to hear that it is over.
            None => alert.status == AlertState::Resolved,
        }
    }

    fn last_of(&self, fingerprint: u64) -> Option<(u64, AlertState)> {
        let last = *self.of.get(&fingerprint)?.last()?;
        Some((last, self.waiting.get(&last)?.alert.status))
    }

    /// The first that may be told now; else when to come back.
    pub fn next(&self, now: Instant) -> Result<WaitingAlert, Option<Instant>> {
        let mut soonest: Option<Instant> = None;
        for waiting in self.waiting.values() {
            let due = self.due(waiting);
            if due.is_none_or(|due| due <= now) {
                return Ok(waiting.clone());
            }
            soonest = soonest.into_iter().chain(due).min();
        }
        Err(soonest)
    }

    /// All that wait, in order: when it may be told (none: at once), and whether nothing of the same alert waits before it.
    pub fn in_order(&self) -> impl Iterator<Item = (&WaitingAlert, Option<Instant>, bool)> {
        self.waiting.iter().map(|(number, waiting)| {
            let is_first = self.of.get(&waiting.fingerprint).and_then(|numbers| numbers.first()) == Some(number);
            (waiting, self.due(waiting), is_first)
        })
    }

    /// The receiver has it, or will never take it. What came meanwhile under the same number still waits.
    pub fn done(&mut self, waiting: &WaitingAlert, refused: bool, now: Instant) {
        self.told.insert(waiting.fingerprint, SentAlert { alert: Arc::clone(&waiting.alert), at: now, refused });
        self.unkept.told(waiting.fingerprint);
        self.forget(now);
        let is_it =
            |number: &&u64| self.waiting.get(*number).is_some_and(|found| Arc::ptr_eq(&found.alert, &waiting.alert));
        if let Some(number) = self.of.get(&waiting.fingerprint).and_then(|numbers| numbers.iter().find(is_it)).copied()
        {
            self.remove(number);
        }
    }

    /// What the receiver believes to fire, because it took it.
    pub fn believed(&self) -> impl Iterator<Item = (u64, &Arc<Alert>)> {
        let firing = self.told.iter().filter(|(_, told)| told.alert.status == AlertState::Firing && !told.refused);
        firing.map(|(fingerprint, told)| (*fingerprint, &told.alert))
    }

    /// Whether it was told that this fires.
    pub fn believes(&self, fingerprint: u64) -> bool {
        self.told.get(&fingerprint).is_some_and(|told| told.alert.status == AlertState::Firing)
    }

    /// Whether something of this alert waits.
    pub fn has(&self, fingerprint: u64) -> bool {
        self.of.contains_key(&fingerprint)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// How many more may wait.
    pub fn room(&self) -> usize {
        MOST.saturating_sub(self.waiting.len())
    }

    fn due(&self, waiting: &WaitingAlert) -> Option<Instant> {
        if waiting.alert.status == AlertState::Resolved {
            return Some(waiting.since + self.rest.turned);
        }
        let told = self.told.get(&waiting.fingerprint)?;
        let rest = if told.alert.status == AlertState::Firing { self.rest.again } else { self.rest.turned };
        Some(told.at + rest)
    }

    /// What is over for so long that nothing waits for it.
    fn forget(&mut self, now: Instant) {
        let rest = self.rest.again;
        self.told.retain(|_, told| told.alert.status == AlertState::Firing || now.duration_since(told.at) < rest);
    }

    /// Puts it behind all others. Returns its number.
    fn append(&mut self, waiting: WaitingAlert) -> u64 {
        let number = self.next;
        self.next += 1;
        self.insert(number, waiting);
        number
    }

    fn insert(&mut self, number: u64, waiting: WaitingAlert) {
        self.unkept.waits(number);
        self.bytes += waiting.bytes;
        self.of.entry(waiting.fingerprint).or_default().push(number);
        self.waiting.insert(number, waiting);
    }

    fn replace(&mut self, number: u64, alert: Arc<Alert>, bytes: usize) {
        self.unkept.waits(number);
        if let Some(waiting) = self.waiting.get_mut(&number) {
            self.bytes = self.bytes - waiting.bytes + bytes;
            waiting.alert = alert;
            waiting.bytes = bytes;
        }
    }

    fn remove(&mut self, number: u64) {
        let Some(gone) = self.waiting.remove(&number) else { return };
        self.unkept.waits(number);
        self.bytes -= gone.bytes;
        if let Some(numbers) = self.of.get_mut(&gone.fingerprint) {
            numbers.retain(|kept| *kept != number);
            if numbers.is_empty() {
                self.of.remove(&gone.fingerprint);
            }
        }
    }
}

#[cfg(test)]
mod tests;
