//! What was seen, kept for `explain`: bounded, and of each thing only what a person would want to read.

use std::collections::VecDeque;

use super::names::Name;
use crate::model::{Boottime, Evidence, RealTime, SaId, Source};

/// How many lines are kept. Old ones go first.
const KEPT: usize = 4096;

/// One line with what it is about.
#[derive(Debug)]
pub struct StoryLine {
    pub line: Evidence,
    /// The connection, if it is about one.
    pub connection: Option<Name>,
    /// The SA, if it is about one.
    pub sa: Option<SaId>,
}

/// The lines, oldest first.
#[derive(Debug, Default)]
pub struct StoryLines {
    lines: VecDeque<StoryLine>,
}

impl StoryLines {
    /// Adds a line.
    pub fn tell(&mut self, line: StoryLine) {
        if self.lines.len() >= KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// The connections that lines are about.
    pub fn connections(&self) -> impl Iterator<Item = Name> {
        self.lines.iter().filter_map(|line| line.connection)
    }

    /// The lines that a question is about.
    pub fn about(&self, wanted: impl Fn(&StoryLine) -> bool) -> Vec<Evidence> {
        let mut lines: Vec<_> = self.lines.iter().filter(|line| wanted(line)).map(|line| line.line.clone()).collect();
        // The log's past arrives after what the kernel had already shown.
        lines.sort_by_key(|line| line.time);
        lines
    }
}

/// A line of evidence.
pub fn evidence(time: RealTime, at: Boottime, source: Source, text: impl Into<String>) -> Evidence {
    Evidence { time, at, source, text: text.into() }
}
