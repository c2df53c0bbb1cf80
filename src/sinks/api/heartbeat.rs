//! Signs of life to a reader of events, and whether it reads at all.

use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use hyper::body::Bytes;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::sys::unread_by_peer;

/// A comment: readers leave it out (WHATWG HTML §9.2.6).
pub(super) const COMMENT: Bytes = Bytes::from_static(b": alive\n\n");

/// One that at so many looks in a row has something unread does not read.
const LOOKS: u32 = 4;

/// Ticks.
pub(super) fn every(period: Duration) -> Interval {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Returns when the client at the other end has not caught up at several looks in a row: with a sign of life at each, it does not read. A reader that
/// comes back goes on where it was (`Last-Event-ID`). Never where the connection does not tell.
pub(super) async fn does_not_read(line: Option<&OwnedFd>, period: Duration) {
    let Some(line) = line else { return std::future::pending().await };
    let (mut ticks, mut behind) = (every(period), 0);
    while behind < LOOKS {
        ticks.tick().await;
        behind = if unread_by_peer(line.as_fd()).is_ok_and(|bytes| bytes > 0) { behind + 1 } else { 0 };
    }
}
