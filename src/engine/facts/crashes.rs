//! Deaths out of order: how many, how close together, and whether the service manager has given up.

use std::collections::VecDeque;
use std::time::Duration;

use super::lines::LastLines;
use crate::model::Boottime;

/// Deaths count together for this long, and a process that lives for as long ends the loop.
pub const SPAN: Duration = Duration::from_secs(300);

/// So many deaths are a loop.
const DEATHS: usize = 3;

/// The last deaths.
#[derive(Debug, Default)]
pub struct Crashes {
    pub(super) at: VecDeque<Boottime>,
    gave_up: bool,
    /// What speaks for them.
    pub lines: LastLines,
}

impl Crashes {
    /// Whether they are a loop.
    pub fn is_loop(&self) -> bool {
        self.gave_up || self.at.len() >= DEATHS
    }

    /// How many there were in the span.
    pub fn count(&self) -> usize {
        self.at.len()
    }

    /// The service manager does not start it any more.
    pub const fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// The service manager gives up. Whether that is new.
    pub(super) const fn give_up(&mut self) -> bool {
        !std::mem::replace(&mut self.gave_up, true)
    }
}
