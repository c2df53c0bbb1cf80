//! What was tried on one target.

use super::limit::Window;
use crate::model::{Boottime, RemedyTarget, Tries};

/// Its tries, and when the next one may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Tries of the last hour.
    pub tries: Window,
    /// How many in a row did not help.
    pub failures: u32,
    /// Not before this: it failed or helped a short while ago.
    pub not_before: Boottime,
}

// === impl Record ===

impl Record {
    /// As it was kept.
    pub fn recalled(tries: &Tries) -> Self {
        let Tries { at, failures, not_before, .. } = tries;
        Self { tries: Window::of(at.iter().copied()), failures: *failures, not_before: *not_before }
    }

    /// As it is to be kept.
    pub fn to_keep(&self, target: &RemedyTarget) -> Tries {
        Tries {
            target: target.clone(),
            at: self.tries.iter().collect(),
            failures: self.failures,
            not_before: self.not_before,
        }
    }
}
