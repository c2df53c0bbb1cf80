//! Alerts in the queue: left by a run before, waiting, and sent.

use std::sync::Arc;

use tokio::time::Instant;

use crate::sinks::alerts::alert::Alert;

/// What a run before left of an alert.
#[derive(Debug)]
pub struct LeftAlert {
    pub fingerprint: u64,
    /// What to say, or what was said.
    pub alert: Arc<Alert>,
    /// Its length.
    pub bytes: usize,
}

/// One alert that waits.
#[derive(Clone, Debug)]
pub struct WaitingAlert {
    pub fingerprint: u64,
    pub alert: Arc<Alert>,
    pub(super) bytes: usize,
    pub(super) since: Instant,
}

/// One alert that the receiver was sent.
#[derive(Debug)]
pub(super) struct SentAlert {
    pub(super) alert: Arc<Alert>,
    pub(super) at: Instant,
    /// It was refused: told to nobody, and not to be tried again.
    pub(super) refused: bool,
}

/// What became of an alert that was put in.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Put {
    /// Its number; none where the receiver knows it already.
    pub number: Option<u64>,
    /// How many had to go because there was no room for them.
    pub dropped: u64,
}
