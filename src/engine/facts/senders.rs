//! Who sends packets that the kernel drops: what was counted last, and when it may be counted again.

use std::time::Duration;

use crate::model::{AskId, Boottime, RealTime, Senders};

/// Between two counts: whoever sends such packets has the kernel count them for no more than a part of the time.
pub const EVERY: Duration = Duration::from_secs(600);

/// A count that is this old says nothing of what is dropped now.
const TELLS_FOR: Duration = Duration::from_secs(660);

/// The last count.
#[derive(Debug, Default)]
pub struct NamedSenders {
    asked: u64,
    asked_at: Option<Boottime>,
    open: Option<AskId>,
    counted: Option<Counted>,
}

/// What was counted when.
#[derive(Debug)]
pub struct Counted {
    pub senders: Senders,
    pub at: Boottime,
    pub wall: RealTime,
}

impl NamedSenders {
    /// The next question, where it may be asked now.
    pub(super) fn ask(&mut self, now: Boottime) -> Option<AskId> {
        if self.asked_at.is_some_and(|asked| now.since(asked) < EVERY) {
            return None;
        }
        self.asked += 1;
        let ask = AskId::of_senders(self.asked);
        (self.asked_at, self.open) = (Some(now), Some(ask));
        Some(ask)
    }

    /// Takes an answer to the question that is open.
    pub(super) fn answered(&mut self, ask: AskId, counted: Option<Counted>) -> bool {
        if self.open != Some(ask) {
            return false;
        }
        self.open = None;
        self.counted = counted;
        self.counted.is_some()
    }

    /// What was counted a short while ago.
    pub fn counted(&self, now: Boottime) -> Option<&Counted> {
        self.counted.as_ref().filter(|counted| now.since(counted.at) < TELLS_FOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_count_in_ten_minutes_and_the_answer_to_it_alone() {
        let at = |seconds: u64| Boottime::from_micros(seconds * 1_000_000);
        let mut table = NamedSenders::default();
        let first = table.ask(at(100)).unwrap();
        assert_eq!([101, 699].map(|second| table.ask(at(second))), [None; 2]);
        let counted = |second| Counted { senders: Senders::default(), at: at(second), wall: RealTime::default() };
        assert!(!table.answered(AskId(1), Some(counted(110))));
        assert!(table.answered(first, Some(counted(110))) && table.counted(at(111)).is_some());
        assert!(!table.answered(first, Some(counted(111))), "one question has one answer");
        assert!(table.counted(at(800)).is_none(), "too old");
        assert!(table.ask(at(700)).is_some_and(|second| second != first));
    }
}
