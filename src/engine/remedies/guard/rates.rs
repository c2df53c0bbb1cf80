//! How often each kind of remedy may act.

use std::time::Duration;

use super::backoff::Backoff;
use super::limit::RateLimit;
use crate::model::{RemedyKind, RemedyTarget};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// The bounds of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemedyRates {
    pub of_target: RateLimit,
    /// For all targets together: what the daemon can bear.
    pub pace: RateLimit,
    /// For all targets together, over a long time: what is more than this is no repair.
    pub hourly: RateLimit,
    /// At work at the same time.
    pub in_flight: usize,
    /// Between a failure and the next try.
    pub backoff: Backoff,
    /// Between a success and the next try.
    pub cool_down: Duration,
    /// After so many failures in a row a person has to look.
    pub patience: u32,
}

/// By whose bounds it goes: a tunnel that is brought up costs the daemon what a rekey does.
pub fn paced_as(kind: RemedyKind, target: &RemedyTarget) -> RemedyKind {
    match (kind, target) {
        (RemedyKind::Restart, RemedyTarget::Tunnel { .. }) => RemedyKind::Rekey,
        _ => kind,
    }
}

impl RemedyRates {
    /// The bounds of a kind.
    pub const fn of(kind: RemedyKind) -> Self {
        match kind {
            // A rekey costs the daemon a Diffie-Hellman exchange, and the peer as much.
            RemedyKind::Rekey => Self {
                of_target: RateLimit::new(6, HOUR),
                pace: RateLimit::new(5, SECOND),
                hourly: RateLimit::new(5000, HOUR),
                in_flight: 20,
                backoff: Backoff::seconds(30, 900),
                cool_down: Duration::from_secs(60),
                patience: 4,
            },
            // One SA is away while it is done: one direction at a time, and stop at the first surprise.
            RemedyKind::Reinstall => Self {
                of_target: RateLimit::new(4, HOUR),
                pace: RateLimit::new(2, SECOND),
                hourly: RateLimit::new(1000, HOUR),
                in_flight: 1,
                backoff: Backoff::seconds(60, 1800),
                cool_down: Duration::from_secs(300),
                patience: 2,
            },
            RemedyKind::Restart | RemedyKind::RestartHung => Self {
                of_target: RateLimit::new(5, HOUR),
                pace: RateLimit::new(1, Duration::from_secs(10)),
                hourly: RateLimit::new(5, HOUR),
                in_flight: 1,
                backoff: Backoff::seconds(10, 600),
                cool_down: Duration::from_secs(30),
                patience: 3,
            },
            // One run for all SAs of a device, and one for each that the daemon puts on it meanwhile.
            RemedyKind::Evacuate => Self {
                of_target: RateLimit::new(1000, HOUR),
                pace: RateLimit::new(2, SECOND),
                hourly: RateLimit::new(2000, HOUR),
                in_flight: 1,
                backoff: Backoff::seconds(10, 600),
                cool_down: Duration::ZERO,
                patience: 5,
            },
            // Refreshing is no new try.
            RemedyKind::Fence => Self {
                of_target: RateLimit::new(120, HOUR),
                pace: RateLimit::new(2, SECOND),
                hourly: RateLimit::new(3600, HOUR),
                in_flight: 1,
                backoff: Backoff::seconds(10, 600),
                cool_down: Duration::ZERO,
                patience: 10,
            },
        }
    }
}
