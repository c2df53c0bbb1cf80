//! Lines of evidence that findings quote: facts append, and each reader remembers how far it has read.

use std::collections::VecDeque;

use crate::model::Evidence;

/// More than a finding shows.
const KEPT: usize = 32;

/// The last lines, in the order in which they came.
#[derive(Debug, Default)]
pub struct LastLines {
    kept: VecDeque<Evidence>,
    forgotten: usize,
}

impl LastLines {
    /// One more.
    pub fn push(&mut self, line: Evidence) {
        if self.kept.len() >= KEPT {
            self.kept.pop_front();
            self.forgotten += 1;
        }
        self.kept.push_back(line);
    }

    /// How many there were, the forgotten ones included.
    pub fn count(&self) -> usize {
        self.forgotten + self.kept.len()
    }

    /// Those that whoever has read `read` of them has not.
    pub fn after(&self, read: usize) -> impl Iterator<Item = &Evidence> {
        self.kept.iter().skip(read.saturating_sub(self.forgotten))
    }
}

impl Extend<Evidence> for LastLines {
    fn extend<T: IntoIterator<Item = Evidence>>(&mut self, lines: T) {
        lines.into_iter().for_each(|line| self.push(line));
    }
}

impl From<Evidence> for LastLines {
    fn from(line: Evidence) -> Self {
        let mut lines = Self::default();
        lines.push(line);
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Boottime, RealTime, Source};

    fn line(number: usize) -> Evidence {
        let text = number.to_string();
        Evidence { time: RealTime::default(), at: Boottime::default(), source: Source::Engine, text }
    }

    fn texts(lines: &LastLines, read: usize) -> Vec<usize> {
        lines.after(read).map(|line| line.text.parse().unwrap()).collect()
    }

    #[test]
    fn each_reader_gets_what_came_since_as_far_as_it_is_kept() {
        let mut lines = LastLines::from(line(0));
        lines.extend((1..4).map(line));
        assert_eq!((lines.count(), texts(&lines, 0), texts(&lines, 3)), (4, vec![0, 1, 2, 3], vec![3]));
        assert_eq!(texts(&lines, 4), [] as [usize; 0]);
        lines.extend((4..KEPT + 10).map(line));
        assert_eq!(lines.count(), KEPT + 10);
        assert_eq!(texts(&lines, 4), (10..KEPT + 10).collect::<Vec<_>>());
        assert_eq!(texts(&lines, KEPT + 9), [KEPT + 9]);
    }
}
