//! What a tunnel carries, window by window.

use super::growth::SaGrowth;
use crate::model::Direction;

/// What a tunnel carried in the window that is being looked at, and whether it ever carried anything each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// The sampling that ends the window of these numbers.
    pub sampling: u32,
    /// Packets sent.
    pub sent: u32,
    /// Packets received and delivered.
    pub received: u32,
    /// Packets received whose integrity check failed.
    pub failed: u32,
    /// Packets received that the replay window refused.
    pub replayed: u32,
    /// It has sent something in a window before.
    pub ever_sent: bool,
    /// It has received something in a window before.
    pub ever_received: bool,
}

impl Flow {
    /// Adds what one of its SAs carried in the window that ends with this sampling. Whether it is the first to do so.
    pub fn add(&mut self, sampling: u32, direction: Direction, grown: &SaGrowth) -> bool {
        let first = self.sampling != sampling;
        if first {
            *self = self.next(sampling);
        }
        let add = |place: &mut u32, more: u64| *place = place.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
        match direction {
            Direction::Out => add(&mut self.sent, grown.wire),
            Direction::In => add(&mut self.received, grown.wire),
        }
        add(&mut self.failed, grown.integrity_failures);
        add(&mut self.replayed, grown.replay_drops);
        first
    }

    /// The window that ends with this sampling; empty where it carried nothing then.
    pub const fn window(&self, sampling: u32) -> Self {
        if self.sampling == sampling { *self } else { self.next(sampling) }
    }

    /// An empty window; what it carried until then it has carried.
    const fn next(&self, sampling: u32) -> Self {
        let (ever_sent, ever_received) = self.ways();
        Self { sampling, sent: 0, received: 0, failed: 0, replayed: 0, ever_sent, ever_received }
    }

    /// Whether it has sent, and received, anything until the end of this window.
    pub const fn ways(&self) -> (bool, bool) {
        (self.ever_sent || self.sent > 0, self.ever_received || self.received > 0)
    }

    /// It had carried both ways before this window.
    pub const fn carried_both_ways(&self) -> bool {
        self.ever_sent && self.ever_received
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(wire: u64) -> SaGrowth {
        SaGrowth { wire, packets: wire, ..SaGrowth::default() }
    }

    #[test]
    fn two_sas_of_a_rekey_are_one_flow_and_a_new_window_begins_empty() {
        let mut flow = Flow::default();
        assert!(flow.add(3, Direction::Out, &grown(40)));
        assert!(!flow.add(3, Direction::Out, &grown(2)));
        assert_eq!((flow.window(3).sent, flow.window(4).sent), (42, 0));
        assert!(flow.add(4, Direction::In, &grown(u64::MAX)));
        assert_eq!((flow.sent, flow.received, flow.ever_sent, flow.carried_both_ways()), (0, u32::MAX, true, false));
    }
}
