//! What came between two looks at a counter. A counter that is less than before was set back (a driver was loaded anew, an SA replaced, a
//! register ran over): what came between is not known then, and is not taken for traffic.

/// What an SA carried between two looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SaGrowth {
    /// Packets on the wire: outbound by sequence numbers, which count each segment of a GSO packet.
    pub wire: u64,
    /// Packets as the stack counts them.
    pub packets: u64,
    pub bytes: u64,
    /// Packets whose integrity check failed.
    pub integrity_failures: u64,
    /// Packets that the replay window refused.
    pub replay_drops: u64,
}

impl SaGrowth {
    /// Packets dropped.
    pub const fn dropped(&self) -> u64 {
        self.integrity_failures.saturating_add(self.replay_drops)
    }

    /// Nothing came at all.
    pub const fn is_nothing(&self) -> bool {
        let Self { wire, packets, bytes, integrity_failures, replay_drops } = *self;
        wire | packets | bytes | integrity_failures | replay_drops == 0
    }
}

/// The growth of one counter; none where it was set back, or was not read at both looks.
pub fn growth(before: Option<u64>, now: Option<u64>) -> Option<u64> {
    now?.checked_sub(before?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_that_was_set_back_has_no_growth() {
        assert_eq!(growth(Some(5), Some(7)), Some(2));
        // A driver loaded anew, and a register of 32 bits that ran over.
        assert_eq!(growth(Some(5), Some(2)), None);
        assert_eq!(growth(Some(u64::from(u32::MAX)), Some(3)), None);
        assert_eq!(growth(None, Some(7)), None);
    }
}
