//! A daemon that was known by its control socket alone, and is gone. Why it is gone nobody here can see, so it never counts as crashed.

use std::time::Duration;

use crate::model::ListenerEnd;

/// Without any answer for so long, it hangs: a container may be paused for a moment, or starved.
pub const HANGS_AFTER: Duration = Duration::from_secs(180);

/// A listener that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostListener {
    pub socket: String,
    /// How its end showed.
    pub how: ListenerEnd,
    /// Its log had said that it would end.
    pub announced: bool,
}
