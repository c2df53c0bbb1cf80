//! What the windows counted in which a tunnel was silent, and why it is so.

use std::collections::VecDeque;

use crate::engine::findings::streak::{Streak, VOLUME, WindowSeen};
use crate::model::{Direction, Reason};

/// What one window of it counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SilentWindow {
    /// Packets the other way, or packets that came and were dropped: what should have had an effect.
    pub(super) packets: u64,
    pub(super) failed: u64,
    pub(super) replayed: u64,
    /// Dropped by the NIC.
    pub(super) nic: u64,
    /// Dropped by the NIC on the way out, so that no answer can come.
    pub(super) unsent: u64,
    /// On SAs that the kernel has not.
    pub(super) stateless: u64,
}

/// So much that something should have had an effect.
pub(super) fn enough(held: &VecDeque<WindowSeen<SilentWindow>>) -> bool {
    held.iter().map(|seen| seen.counted.packets).fold(0, u64::saturating_add) >= VOLUME
}

/// What happened in each of the windows, and to a tenth of the packets at least, is why; and which way the packets go that are lost.
pub(super) fn why(direction: Direction, streak: &Streak<SilentWindow>) -> (Direction, Reason) {
    let counted = || streak.held().iter().map(|seen| &seen.counted);
    let sum = |of: fn(&SilentWindow) -> u64| counted().map(of).fold(0, u64::saturating_add);
    let always = |of: fn(&SilentWindow) -> u64| counted().all(|counted| of(counted) > 0);
    let explains = |of| always(of) && sum(of).saturating_mul(10) >= sum(|counted| counted.packets);
    // Counted on this very SA, and nothing else came: who sends much may be answered little.
    let is_all = |of| always(of) && (explains(of) || sum(of) >= VOLUME);
    let reason = match direction {
        Direction::In if is_all(|counted| counted.failed) => Reason::AuthFailed,
        Direction::In if is_all(|counted| counted.replayed) => Reason::Replay,
        _ if explains(|counted| counted.nic) => Reason::NicDrop,
        Direction::In if explains(|counted| counted.unsent) => return (Direction::Out, Reason::NicDrop),
        Direction::In if explains(|counted| counted.stateless) => Reason::NoState,
        Direction::In => Reason::NoAnswer,
        Direction::Out => Reason::Unknown,
    };
    (direction, reason)
}
