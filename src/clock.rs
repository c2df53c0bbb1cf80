//! The one place that reads a clock.

use rustix::time::{ClockId, clock_gettime};

use crate::model::{Boottime, RealTime};

/// `CLOCK_BOOTTIME` now.
pub fn boottime() -> Boottime {
    let now = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let micros = u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000;
    Boottime::from_micros(seconds.saturating_mul(1_000_000).saturating_add(micros))
}

/// `CLOCK_REALTIME` now.
pub fn real_time() -> RealTime {
    let now = clock_gettime(ClockId::Realtime);
    RealTime::from_micros(now.tv_sec.saturating_mul(1_000_000).saturating_add(now.tv_nsec / 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boottime_does_not_go_back() {
        let first = boottime();
        assert!(boottime() >= first);
    }
}
