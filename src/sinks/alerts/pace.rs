//! How long everything takes at most, and how often it is tried.

use std::time::Duration;

use super::queue::Rest;

/// The times of delivery.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How often one alert may be told.
    pub rest: Rest,
    /// How long, at the start, what a run before left is waited for, so that it goes first.
    pub begin: Duration,
    /// How long one delivery may take.
    pub patience: Duration,
    /// After a failure; doubled with each that follows.
    pub first_retry: Duration,
    /// Never longer than this.
    pub last_retry: Duration,
    /// How often an Alertmanager hears of what still fires, and everything is compared with what receivers believe.
    pub resend: Duration,
    /// How long after the start what was told by a run before and is not found again counts as over.
    pub settle: Duration,
}

/// The next pause after a failure.
#[derive(Debug)]
pub struct Retry {
    next: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            rest: Rest { turned: seconds(30), again: seconds(300) },
            begin: seconds(1),
            patience: seconds(10),
            first_retry: seconds(1),
            last_retry: seconds(60),
            resend: seconds(60),
            // The first join, and the longest that a rule waits before it opens.
            settle: seconds(180),
        }
    }
}

impl Pace {
    /// How long an Alertmanager believes that an alert fires: until some resends have failed, as Prometheus does it.
    pub fn belief(&self) -> Duration {
        (self.resend + self.last_retry) * 3
    }

    /// Where there was no failure yet.
    pub const fn retry(&self) -> Retry {
        Retry { next: self.first_retry }
    }
}

impl Retry {
    /// How long to wait now.
    pub fn pause(&mut self, pace: &Pace) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(pace.last_retry);
        pause
    }
}
