//! Counts of what came over netlink and was not used.

use std::sync::atomic::{AtomicU64, Ordering};

use super::unknown::{self, Unknown};

/// What was skipped so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Datagrams that another process sent to our socket.
    pub foreign: u64,
    /// Messages that could not be understood as the SA or policy that they may have been.
    pub malformed: u64,
    /// Messages of a type that this version does not know.
    pub unknown: u64,
    /// Attributes of SAs and policies that it does not know.
    pub attributes: u64,
}

/// The counters behind `Skipped`, shared by the tasks.
#[derive(Debug, Default)]
pub struct SkipCounters {
    foreign: AtomicU64,
    malformed: AtomicU64,
    unknown: Unknown,
}

impl SkipCounters {
    pub fn now(&self) -> Skipped {
        Skipped {
            foreign: self.foreign.load(Ordering::Relaxed),
            malformed: self.malformed.load(Ordering::Relaxed),
            unknown: self.unknown.count(),
            attributes: unknown::attributes(),
        }
    }

    /// A datagram of another process.
    pub fn foreign(&self, sender: u32) {
        if counts_to_power_of_two(&self.foreign) {
            tracing::warn!(target: "swanwatch::xfrm", sender, total = self.now().foreign, "dropped a message that another process sent");
        }
    }

    /// A message that may have been an SA or a policy.
    pub fn malformed(&self, error: &dyn std::error::Error) {
        if counts_to_power_of_two(&self.malformed) {
            tracing::warn!(target: "swanwatch::xfrm", %error, total = self.now().malformed, "did not understand a message of the kernel");
        }
    }

    /// A message of an unknown type.
    pub fn unknown(&self, kind: u16) {
        if self.unknown.is_news(kind) {
            tracing::info!(target: "swanwatch::xfrm", kind, "the kernel sends messages of a type that this version does not know: they are passed over");
        }
    }
}

/// Counts, and says whether to log: at 1, 2, 4, 8, … so that a flood writes no log.
fn counts_to_power_of_two(counter: &AtomicU64) -> bool {
    (counter.fetch_add(1, Ordering::Relaxed) + 1).is_power_of_two()
}
