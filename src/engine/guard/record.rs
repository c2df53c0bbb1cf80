//! What was tried on one target.

use std::collections::BTreeMap;

use super::limit::Window;
use crate::model::{Boottime, RemedyKind, RemedyTarget, Tries};

/// Its tries, and when the next one may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Tries of the last hour.
    pub tries: Window,
    /// How many in a row did not help, by kind: where one is given up another has its turn.
    pub failures: BTreeMap<RemedyKind, u32>,
    /// Not before this: it failed or helped a short while ago.
    pub not_before: Boottime,
}

// === impl Record ===

impl Record {
    /// As it was kept.
    pub fn recalled(tries: &Tries) -> Self {
        let Tries { at, failures, failed, not_before, .. } = tries;
        let failures = match (failures, failed.is_empty()) {
            (0, _) => BTreeMap::new(),
            (failures, true) => RemedyKind::ALL.into_iter().map(|kind| (kind, *failures)).collect(),
            (_, false) => failed.clone(),
        };
        Self { tries: Window::of(at.iter().copied()), failures, not_before: *not_before }
    }

    /// How many of this kind did not help in a row.
    pub fn failures_of(&self, kind: RemedyKind) -> u32 {
        self.failures.get(&kind).copied().unwrap_or_default()
    }

    /// As it is to be kept.
    pub fn to_keep(&self, target: &RemedyTarget) -> Tries {
        Tries {
            target: target.clone(),
            at: self.tries.iter().collect(),
            failures: self.failures.values().copied().max().unwrap_or_default(),
            failed: self.failures.clone(),
            not_before: self.not_before,
        }
    }
}
