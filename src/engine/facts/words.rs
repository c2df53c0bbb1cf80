//! What the kernel says to the daemon without naming an SA, and whose refusal it is about: only the order in time tells.

use std::collections::VecDeque;
use std::time::Duration;

use super::claims::Connection;
use super::latest::keep_latest;
use super::slab::Slot;
use crate::model::{Boottime, KernelWords};

/// The kernel answers before the daemon writes its line. No refusal is judged sooner than this after its line, so that by then everybody is
/// known whom the words may be about.
pub const MOMENT: Duration = Duration::from_millis(500);

/// More than a daemon asks the kernel for in two such moments; the oldest go first.
const KEPT: usize = 1024;

/// What the kernel said about a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spoken<'a> {
    Nothing,
    About(&'a str),
    /// It said this when others were refused, too: about one of them, or about this.
    AboutSomebody(Vec<&'a str>),
}

/// Words, and between which times they were said.
#[derive(Debug)]
struct Utterance {
    not_before: Boottime,
    not_after: Boottime,
    words: KernelWords,
}

/// The latest words, and the latest refusals that came without words of their own.
#[derive(Debug, Default)]
pub struct LatestWords {
    said: VecDeque<Utterance>,
    wordless: VecDeque<(Boottime, Slot<Connection>)>,
}

impl LatestWords {
    pub(super) fn say(&mut self, heard: Boottime, words: KernelWords) {
        let not_after = words.at.map_or(heard, |at| at.min(heard));
        let not_before = if words.at.is_some() { not_after } else { heard.before(MOMENT) };
        keep_latest(&mut self.said, Utterance { not_before, not_after, words }, KEPT);
    }

    /// The daemon wrote its line on a refusal.
    pub(super) fn refuse(&mut self, at: Boottime, connection: Slot<Connection>) {
        keep_latest(&mut self.wordless, (at, connection), KEPT);
    }

    /// What was refused then has words of its own: all others are about somebody else.
    pub(super) fn has_own(&mut self, at: Boottime, connection: Slot<Connection>) {
        self.wordless.retain(|one| *one != (at, connection));
    }

    /// Whether another connection was refused something at about that time, and is not known to have words of its own.
    pub fn another_was_refused(&self, connection: Slot<Connection>, at: Boottime) -> bool {
        let near = |line: Boottime| line.since(at) < MOMENT && at.since(line) < MOMENT;
        self.wordless.iter().any(|(line, other)| *other != connection && near(*line))
    }

    /// What was said to this process about what was refused to this connection then.
    pub fn about(&self, pid: u32, connection: Slot<Connection>, at: Boottime) -> Spoken<'_> {
        let near = || self.said.iter().filter(|one| one.words.pid == pid && one.may_be_just_before(at));
        let Some(last) = near().max_by_key(|one| one.not_after) else { return Spoken::Nothing };
        let is_anothers = |one: &Utterance| {
            self.wordless.iter().any(|(line, other)| *other != connection && one.may_be_just_before(*line))
        };
        if near().any(is_anothers) {
            return Spoken::AboutSomebody(near().map(|one| one.words.text.as_str()).collect());
        }
        Spoken::About(&last.words.text)
    }
}

impl Utterance {
    fn may_be_just_before(&self, line: Boottime) -> bool {
        self.not_before <= line && line.since(self.not_after) < MOMENT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Slot<Connection> = Slot::FIRST;
    const OTHER: Slot<Connection> = Slot::NONE;
    const PID: u32 = 7;

    fn at(milliseconds: u64) -> Boottime {
        Boottime::from_micros(milliseconds * 1000)
    }

    fn said(words: &[(u64, &str)]) -> LatestWords {
        let mut said = LatestWords::default();
        for (time, text) in words {
            let at = at(*time);
            said.say(at + MOMENT, KernelWords { at: Some(at), ..KernelWords::now(PID, (*text).to_owned()) });
        }
        said
    }

    #[test]
    fn words_just_before_the_line_are_about_it() {
        let mut words = said(&[(100, "old"), (1000, "first"), (1001, "its"), (1004, "later")]);
        words.refuse(at(1003), ONE);
        assert_eq!(words.about(PID, ONE, at(1003)), Spoken::About("its"));
        assert_eq!(words.about(PID + 1, ONE, at(1003)), Spoken::Nothing);
        assert_eq!(words.about(PID, ONE, at(2000)), Spoken::Nothing);
    }

    #[test]
    fn words_in_the_time_of_two_refusals_are_of_neither() {
        let mut words = said(&[(1000, "a"), (1300, "b")]);
        words.refuse(at(1001), ONE);
        words.refuse(at(1301), OTHER);
        assert_eq!(words.about(PID, ONE, at(1001)), Spoken::AboutSomebody(vec!["a"]));
        assert_eq!(words.about(PID, OTHER, at(1301)), Spoken::AboutSomebody(vec!["a", "b"]));
        // The other one turns out to have words of its own.
        words.has_own(at(1301), OTHER);
        assert_eq!(words.about(PID, ONE, at(1001)), Spoken::About("a"));
    }

    #[test]
    fn refusals_far_from_each_other_keep_their_words() {
        let mut words = said(&[(1000, "a"), (1501, "b")]);
        words.refuse(at(1001), ONE);
        words.refuse(at(1503), OTHER);
        assert_eq!(words.about(PID, ONE, at(1001)), Spoken::About("a"));
        assert_eq!(words.about(PID, OTHER, at(1503)), Spoken::About("b"));
    }

    #[test]
    fn a_flood_of_words_is_forgotten() {
        let mut words = LatestWords::default();
        for time in 0..3 * KEPT as u64 {
            words.say(at(time), KernelWords::now(PID, "x".to_owned()));
            words.refuse(at(time), ONE);
        }
        assert_eq!((words.said.len(), words.wordless.len()), (KEPT, KEPT));
    }
}
