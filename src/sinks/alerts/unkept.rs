//! What of a queue has changed since it was kept: numbers, never more than a few times what waits, however long nothing can be kept.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::alert::Alert;

/// Beyond this it is everything.
const MOST: usize = 4_096;

/// Numbers of what has changed.
#[derive(Debug)]
pub struct Unkept {
    /// None: everything.
    some: Option<(BTreeSet<u64>, BTreeSet<u64>)>,
}

/// What is to be kept: alerts by number, none where nothing is to be there any more.
#[derive(Debug)]
pub struct Wanting {
    /// It is everything.
    pub all: bool,
    pub waiting: Vec<(u64, Option<Arc<Alert>>)>,
    /// What the receiver believes to fire.
    pub told: Vec<(u64, Option<Arc<Alert>>)>,
}

impl Default for Unkept {
    /// Nothing was ever kept.
    fn default() -> Self {
        Self { some: None }
    }
}

impl Unkept {
    /// What waits under this number is another, or gone.
    pub fn waits(&mut self, number: u64) {
        self.change(|(waiting, _)| waiting.insert(number));
    }

    /// What was told of this alert is another, or means nothing any more.
    pub fn told(&mut self, fingerprint: u64) {
        self.change(|(_, told)| told.insert(fingerprint));
    }

    /// Nothing is known of what was kept.
    pub fn all(&mut self) {
        self.some = None;
    }

    /// Everything is kept.
    pub fn is_empty(&self) -> bool {
        self.some.as_ref().is_some_and(|(waiting, told)| waiting.is_empty() && told.is_empty())
    }

    /// Takes them out, those of what waits and those of what was told; none where it is everything.
    pub fn take(&mut self) -> Option<(BTreeSet<u64>, BTreeSet<u64>)> {
        self.some.replace(Default::default())
    }

    fn change(&mut self, change: impl FnOnce(&mut (BTreeSet<u64>, BTreeSet<u64>)) -> bool) {
        if let Some(some) = &mut self.some {
            change(some);
            if some.0.len() + some.1.len() > MOST {
                self.some = None;
            }
        }
    }
}
