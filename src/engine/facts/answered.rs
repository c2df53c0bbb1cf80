//! Tunnels that have received something, ever: kept over restarts of swanwatch and of the host.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::{Boottime, Remembered};

/// More names than a gateway has connections: what does not fit is judged as one that is new.
const MOST: usize = 20_000;

/// A tunnel that was never answered is told once in this time.
const TOLD_EVERY: Duration = Duration::from_secs(7 * 24 * 3600);

/// By connection and instance as people read them: a tunnel goes and comes, and so does swanwatch.
#[derive(Debug, Default)]
pub struct Answered {
    names: BTreeSet<String>,
    told: BTreeMap<String, Boottime>,
}

impl Answered {
    /// What an earlier run kept. The times are of this boot, or there are none.
    pub fn recall(&mut self, kept: &Remembered) {
        self.names.extend(kept.answered.iter().take(MOST).cloned());
        self.told.extend(kept.unanswered_told.iter().take(MOST).map(|(name, at)| (name.clone(), *at)));
    }

    /// It has received something.
    pub fn insert(&mut self, name: String) {
        self.told.remove(&name);
        if self.names.len() < MOST {
            self.names.insert(name);
        }
    }

    /// It has, in this run or an earlier one.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// It is told now that it never has.
    pub fn tell(&mut self, name: String, now: Boottime) {
        self.told.retain(|_, at| now.since(*at) < TOLD_EVERY);
        if self.told.len() < MOST {
            self.told.insert(name, now);
        }
    }

    /// That was told within a week.
    pub fn was_told(&self, name: &str, now: Boottime) -> bool {
        self.told.get(name).is_some_and(|at| now.since(*at) < TOLD_EVERY)
    }

    /// To be kept.
    pub fn names(&self) -> Vec<String> {
        self.names.iter().cloned().collect()
    }

    /// To be kept.
    pub fn told(&self, now: Boottime) -> BTreeMap<String, Boottime> {
        let lately = self.told.iter().filter(|(_, at)| now.since(**at) < TOLD_EVERY);
        lately.map(|(name, at)| (name.clone(), *at)).collect()
    }
}
