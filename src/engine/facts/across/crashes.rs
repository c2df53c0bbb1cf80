//! A death out of order counts, until a process has lived for long enough.

use crate::engine::facts::Facts;
use crate::engine::facts::crashes::{Crashes, SPAN};
use crate::model::{Boottime, Evidence, Source};

impl Facts {
    /// The daemon died out of order.
    pub(super) fn crash_counts(&mut self, pid: u32, at: Boottime) {
        let text = format!("process {pid} died");
        let line = Evidence { at, ..self.evidence(Source::Process, text) };
        let crashes = &mut self.crashes;
        crashes.at.push_back(at);
        while crashes.at.front().is_some_and(|first| at.since(*first) > SPAN) {
            crashes.at.pop_front();
        }
        crashes.lines.push(line);
    }

    /// A process has lived for long enough: what was before it counts no more.
    pub(in crate::engine) fn crashes_are_over(&mut self) {
        self.crashes = Crashes::default();
    }
}
