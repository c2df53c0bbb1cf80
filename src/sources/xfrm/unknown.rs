//! What a newer kernel says and this version does not know: counted, and each kind named once.

use std::sync::atomic::{AtomicU64, Ordering};

/// Message types or attributes.
#[derive(Debug, Default)]
pub struct Unknown {
    met: AtomicU64,
    /// A bit for each number that was named.
    named: AtomicU64,
}

impl Unknown {
    pub const fn new() -> Self {
        Self { met: AtomicU64::new(0), named: AtomicU64::new(0) }
    }

    /// Counts one, and says whether it is the first of its number. From 63 on all are one, so that no more than 64 lines are written.
    pub fn is_news(&self, number: u16) -> bool {
        self.met.fetch_add(1, Ordering::Relaxed);
        let bit = 1 << u32::from(number).min(u64::BITS - 1);
        // It is known of nearly all: looking costs less than writing.
        self.named.load(Ordering::Relaxed) & bit == 0 && self.named.fetch_or(bit, Ordering::Relaxed) & bit == 0
    }

    /// All that were met.
    pub fn count(&self) -> u64 {
        self.met.load(Ordering::Relaxed)
    }
}

/// All that were met: the kernel is one, whoever reads what it says.
static ATTRIBUTES: Unknown = Unknown::new();

/// How many attributes of SAs and policies were passed over because this version does not know them.
pub fn attributes() -> u64 {
    ATTRIBUTES.count()
}

/// Passes an attribute over, and names it if it is the first of its kind.
#[cold]
pub fn pass_over(kind: u16) {
    if ATTRIBUTES.is_news(kind) {
        tracing::info!(target: "swanwatch::xfrm", kind, "the kernel gives SAs or policies an attribute that this version does not know: it is passed over");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_news_once_and_all_are_counted() {
        let unknown = Unknown::new();
        let news: Vec<_> =
            [42, 43, 42, 63, 64, 16_383, 43].into_iter().filter(|number| unknown.is_news(*number)).collect();
        assert_eq!((news, unknown.count()), (vec![42, 43, 63], 7));
    }
}
