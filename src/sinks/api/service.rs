//! What every answer is made from.

use std::path::PathBuf;
use std::time::Duration;

use crate::sinks::{Desk, EventHub};

/// What every answer is made from.
#[derive(Clone, Debug)]
pub(super) struct ApiService {
    pub(super) desk: Desk,
    pub(super) hub: EventHub,
    /// The file with what was found before.
    pub(super) history: Option<PathBuf>,
    /// To send a request and take its answer, or the next piece of a long one.
    pub(super) patience: Duration,
    /// Between two signs of life to a reader of events.
    pub(super) heartbeat: Duration,
}
