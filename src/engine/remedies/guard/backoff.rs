//! How long to wait after a failure: longer after each, and never at the same moment as everybody else.

use std::time::Duration;

/// The wait after each failure in a row: `first`, doubled each time, up to `most`; of either at least a second and at most a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    most: Duration,
}

/// Up to a quarter more, by lot; the lot is drawn from the run's seed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jitter {
    seed: u64,
}

impl Backoff {
    const SHORTEST: u64 = 1;
    const LONGEST: u64 = 86_400;

    /// In seconds. What would be nonsense becomes the nearest sense.
    pub const fn seconds(first: u64, most: u64) -> Self {
        let first = Self::sensible(first);
        let most = Self::sensible(most);
        let most = if most < first { first } else { most };
        Self { first: Duration::from_secs(first), most: Duration::from_secs(most) }
    }

    const fn sensible(seconds: u64) -> u64 {
        if seconds < Self::SHORTEST {
            Self::SHORTEST
        } else if seconds > Self::LONGEST {
            Self::LONGEST
        } else {
            seconds
        }
    }

    /// After so many failures in a row; nothing after none.
    pub fn after(self, failures: u32) -> Duration {
        let Some(doublings) = failures.checked_sub(1) else { return Duration::ZERO };
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.most)
    }
}

impl Jitter {
    /// From the run's seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The wait with its jitter: the same for the same seed, what and number.
    pub fn apply(self, wait: Duration, what: &str, number: u32) -> Duration {
        // FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/): a replay draws the same lots on every machine.
        let bytes = self.seed.to_le_bytes().into_iter().chain(what.bytes()).chain(number.to_le_bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        // Its upper bits are the better mixed ones.
        let lot = u32::try_from(hash >> 54).unwrap_or(0);
        wait + wait / 4 * lot / 1024
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_grows_and_stays_within_its_bounds(first in 0_u64..200_000, most in 0_u64..200_000, failures in 0_u32..100, seed: u64) {
            let backoff = Backoff::seconds(first, most);
            let (wait, longer) = (backoff.after(failures), backoff.after(failures + 1));
            prop_assert!(wait <= longer && longer <= Duration::from_secs(Backoff::LONGEST));
            prop_assert!(longer >= Duration::from_secs(Backoff::SHORTEST));
            let jittered = Jitter::new(seed).apply(longer, "t1", failures);
            prop_assert!(jittered >= longer && jittered <= longer + longer / 4);
            prop_assert_eq!(jittered, Jitter::new(seed).apply(longer, "t1", failures));
        }
    }

    #[test]
    fn neighbours_do_not_try_at_the_same_moment() {
        let jitter = Jitter::new(7);
        let waits: std::collections::BTreeSet<_> =
            (0..100).map(|number| jitter.apply(Duration::from_secs(30), &format!("t{number}"), 1)).collect();
        assert!(waits.len() > 80, "{}", waits.len());
    }

    #[test]
    fn it_doubles() {
        let backoff = Backoff::seconds(30, 300);
        let waits: Vec<u64> = (0..6).map(|failures| backoff.after(failures).as_secs()).collect();
        assert_eq!(waits, [0, 30, 60, 120, 240, 300]);
    }
}
