//! What journald left out of the daemon's lines over its rate limit, as it is said in coverage.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::{RealTime, SourceState};

/// For so long after journald's last note the log counts as known in part only. While it leaves out lines, it writes a note at most
/// once in `RateLimitIntervalSec=` (30 s where nothing else is configured).
const SHOWN: Duration = Duration::from_secs(120);

/// All that was left out since the daemon's start.
#[derive(Debug, Default)]
pub struct Gaps {
    lines: u64,
    last: Option<RealTime>,
    shown_until: Option<Instant>,
}

impl Gaps {
    /// Takes a note; `is_news` unless it was written before anybody watched.
    pub fn take(&mut self, lines: Option<u64>, time: Option<RealTime>, is_news: bool) {
        // Where the number cannot be read it was at least one.
        self.lines = self.lines.saturating_add(lines.unwrap_or(1));
        self.last = time.or(self.last);
        if is_news {
            self.shown_until = Some(Instant::now() + SHOWN);
        }
    }

    /// When the state changes by itself.
    pub fn due(&self) -> Option<Instant> {
        self.shown_until
    }

    /// How well the log is known at `now`, and what there is to say of it.
    pub fn say(&mut self, now: Instant) -> (SourceState, String) {
        self.shown_until = self.shown_until.filter(|until| *until > now);
        let state = if self.shown_until.is_some() { SourceState::Degraded } else { SourceState::Ok };
        if self.lines == 0 {
            return (state, String::new());
        }
        let when = self.last.map(|time| format!(", the last at {time:.0}")).unwrap_or_default();
        let lines = if self.lines == 1 { "line" } else { "lines" };
        let told = format!(
            "; what the daemon said is known in part only: over its rate limit the journal left out {} {lines}{when} (raise RateLimitBurst= in journald.conf)",
            self.lines
        );
        (state, told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_degrades_for_a_while_and_stays_said() {
        let mut gaps = Gaps::default();
        assert_eq!(gaps.say(Instant::now()), (SourceState::Ok, String::new()));
        gaps.take(Some(55), Some(RealTime::from_micros(1_795_370_425_000_000)), true);
        let due = gaps.due().unwrap();
        let (state, told) = gaps.say(due - Duration::from_secs(1));
        assert_eq!(state, SourceState::Degraded);
        assert!(told.contains("left out 55 lines, the last at 2026-11-22T18:00:25Z"), "{told}");
        assert_eq!(gaps.say(due), (SourceState::Ok, told));
        assert_eq!(gaps.due(), None);
    }

    #[test]
    fn the_past_degrades_nothing_and_no_number_is_too_large() {
        let mut gaps = Gaps::default();
        gaps.take(None, None, false);
        let (state, told) = gaps.say(Instant::now());
        assert!(state == SourceState::Ok && told.contains("left out 1 line (raise"), "{told}");
        gaps.take(Some(u64::MAX), None, false);
        assert!(gaps.say(Instant::now()).1.contains("left out 18446744073709551615 lines"));
    }
}
