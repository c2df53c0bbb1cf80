//! Which words belong to which try.
//!
//! The probe reads the words of its call itself, so a try has them whatever else happens. The tracepoint tells the same words once
//! more, just before: they must not be told as words about something else. Records of one thread may come out of two CPUs' buffers in
//! any order, so words wait for a moment.

use std::collections::VecDeque;
use std::time::Duration;

use super::records::{ThreadRecord, ToldRecord};
use crate::model::{Boottime, OffloadTry};

/// How long words wait for their try, and a try for its words. A driver that asks its firmware takes milliseconds.
const PATIENCE: Duration = Duration::from_millis(100);
/// How many of each wait at most.
const ROOM: usize = 256;

/// Words that belong to no try, or a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paired {
    /// A try, with its words.
    Try(Box<OffloadTry>),
    /// Words to a thread about something else, and when they were said, in nanoseconds of the trace clock.
    Words { thread: u32, time: u64, text: String },
}

#[derive(Debug, Default)]
pub struct Pairing {
    /// The probe cannot read words.
    wordless: bool,
    words: VecDeque<Waiting>,
    tries: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    until: Boottime,
    time: u64,
    thread: u32,
    text: String,
}

impl Pairing {
    /// `wordless`: the probe of this kernel does not read words.
    pub fn new(wordless: bool) -> Self {
        Self { wordless, ..Self::default() }
    }

    /// Takes a record that was read at `now`; what can be told already goes to `out`.
    pub fn take(&mut self, entry: ThreadRecord, now: Boottime, out: &mut Vec<Paired>) {
        let ThreadRecord { time, thread, told } = entry;
        match told {
            ToldRecord::Try(mut tried) => {
                if self.wordless && tried.errno != 0 {
                    tried.text = self.last_words(thread, time);
                }
                if let Some(text) = tried.text.clone() {
                    self.words.retain(|words| !words.is_before(thread, time) || words.text != text);
                    self.tries.push_back(Waiting { until: now + PATIENCE, time, thread, text });
                }
                out.push(Paired::Try(tried));
            }
            // Parts of a try: calls.rs has made tries of them.
            ToldRecord::Begun(..) | ToldRecord::Ended(_) | ToldRecord::InSoftware(_) | ToldRecord::Answered(_) => {}
            ToldRecord::Words(text) => {
                let belongs = |tried: &Waiting| tried.is_after(thread, time) && tried.text == text;
                if !self.tries.iter().any(belongs) {
                    self.words.push_back(Waiting { until: now + PATIENCE, time, thread, text });
                }
            }
        }
        if self.tries.len() > ROOM {
            self.tries.pop_front();
        }
        if self.words.len() > ROOM {
            out.extend(self.words.pop_front().map(Waiting::told));
        }
    }

    /// When somebody has waited long enough.
    pub fn due(&self) -> Option<Boottime> {
        self.words.front().map(|words| words.until)
    }

    /// Tells the words that have waited long enough.
    pub fn waited(&mut self, now: Boottime, out: &mut Vec<Paired>) {
        while self.words.front().is_some_and(|words| words.until <= now) {
            out.extend(self.words.pop_front().map(Waiting::told));
        }
        while self.tries.front().is_some_and(|tried| tried.until <= now) {
            self.tries.pop_front();
        }
    }

    /// The words directly before that moment.
    fn last_words(&self, thread: u32, time: u64) -> Option<String> {
        let before = self.words.iter().filter(|words| words.is_before(thread, time));
        before.max_by_key(|words| words.time).map(|words| words.text.clone())
    }
}

impl Waiting {
    /// These words came shortly before that.
    fn is_before(&self, thread: u32, time: u64) -> bool {
        self.thread == thread && self.time <= time && u128::from(time - self.time) < PATIENCE.as_nanos()
    }

    /// This try came shortly after that.
    fn is_after(&self, thread: u32, time: u64) -> bool {
        self.thread == thread && self.time >= time && u128::from(self.time - time) < PATIENCE.as_nanos()
    }

    fn told(self) -> Paired {
        Paired::Words { thread: self.thread, time: self.time, text: self.text }
    }
}
