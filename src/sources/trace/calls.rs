//! Puts tries together where a kernel tells them in parts: the call, its return, whether the SA was then taken in software, the words in the
//! answer. All are of one thread, and in this order.
//!
//! A thread that moved left its records in the buffers of two CPUs, which are not read at once: so a record waits until all buffers were read
//! after it was made, and with them whatever its thread did before. Where records were lost, nothing is made of what was begun before that.

use std::collections::BTreeMap;
use std::time::Duration;

use super::records::{ThreadRecord, ToldRecord};
use crate::model::{Boottime, OffloadTry};

/// When the buffers are read again for records that were made while they were read.
const SOON: Duration = Duration::from_millis(1);
/// When a record is taken that nothing makes old enough: its clock is not ours.
const PATIENCE: Duration = Duration::from_millis(50);
/// How long a call that has returned waits for the rest.
const REST: Duration = Duration::from_millis(50);
/// How long a call may take: a device's firmware is given a minute.
const CALL: Duration = Duration::from_secs(60);
/// How many records and calls wait at most.
const ROOM: usize = 1024;
/// How many words wait for the end of the call that they were said in.
const SAID: usize = 8;

/// What has begun and not ended.
#[derive(Debug)]
pub struct Calls {
    /// The words of answers are told.
    answers: bool,
    /// By time, and then as they came; with when they are taken at the latest.
    waiting: BTreeMap<(u64, u64), (Boottime, ThreadRecord)>,
    /// When somebody should read again for them.
    again: Option<Boottime>,
    came: u64,
    open: BTreeMap<u32, Call>,
}

#[derive(Debug)]
struct Call {
    tried: Box<OffloadTry>,
    /// Where the SA is in memory.
    sa: u64,
    begun: u64,
    until: Boottime,
    /// When, and with what.
    ended: Option<(u64, i32)>,
    in_software: bool,
    /// What was said in it, and when.
    said: Vec<(u64, String)>,
    /// The words in the answer.
    answer: Option<String>,
}

impl Calls {
    pub fn new(answers: bool) -> Self {
        Self { answers, waiting: BTreeMap::new(), again: None, came: 0, open: BTreeMap::new() }
    }

    /// Takes a record that was read at `now`; what can be told already goes to `out`: tries, and words to threads.
    pub fn take(&mut self, entry: ThreadRecord, now: Boottime, out: &mut Vec<ThreadRecord>) {
        self.came = self.came.wrapping_add(1);
        self.waiting.insert((entry.time, self.came), (now + PATIENCE, entry));
        self.again = Some(now + SOON);
        while self.waiting.len() > ROOM {
            self.next(now, out);
        }
    }

    /// Records that were made before that time are lost: what was begun before may have ended in one of them.
    pub fn lost_before(&mut self, time: u64, out: &mut Vec<ThreadRecord>) {
        let begun = self.open.iter().filter(|(_, call)| call.begun < time && call.ended.is_none());
        let begun: Vec<u32> = begun.map(|(thread, _)| *thread).collect();
        begun.into_iter().for_each(|thread| self.forget(thread, out));
        self.waiting.retain(|(at, _), (_, entry)| *at >= time || matches!(entry.told, ToldRecord::Words(_)));
    }

    /// When somebody has waited long enough, or the buffers should be read again.
    pub fn due(&self) -> Option<Boottime> {
        let again = self.again.filter(|_| !self.waiting.is_empty());
        self.open.values().map(|call| call.until).chain(again).min()
    }

    /// All buffers have been read since `time`, in nanoseconds of the trace clock: what was made before that is whole.
    pub fn all_read_since(&mut self, time: u64, now: Boottime, out: &mut Vec<ThreadRecord>) {
        while self.waiting.first_key_value().is_some_and(|((at, _), (until, _))| *at <= time || *until <= now) {
            self.next(now, out);
        }
        self.again = Some(now + SOON);
    }

    /// Tells what has waited long enough.
    pub fn waited(&mut self, now: Boottime, out: &mut Vec<ThreadRecord>) {
        let late: Vec<u32> =
            self.open.iter().filter(|(_, call)| call.until <= now).map(|(thread, _)| *thread).collect();
        late.into_iter().for_each(|thread| self.tell(thread, out));
    }

    fn next(&mut self, now: Boottime, out: &mut Vec<ThreadRecord>) {
        let Some((_, (_, ThreadRecord { time, thread, told }))) = self.waiting.pop_first() else { return };
        match told {
            ToldRecord::Begun(tried, sa) => {
                self.tell(thread, out);
                if self.open.len() >= ROOM {
                    self.forget_oldest(out);
                }
                let call = Call {
                    tried,
                    sa,
                    begun: time,
                    until: now + CALL,
                    ended: None,
                    in_software: false,
                    said: Vec::new(),
                    answer: None,
                };
                self.open.insert(thread, call);
            }
            ToldRecord::Ended(result) => {
                let Some(call) = self.open.get_mut(&thread) else { return };
                let again = call.ended.replace((time, result)).is_some();
                call.until = now + REST;
                if again {
                    // Of a call whose beginning was not seen.
                    self.forget(thread, out);
                } else if result != 0 && !self.answers {
                    self.tell(thread, out);
                }
            }
            ToldRecord::InSoftware(sa) => {
                let Some(call) = self.open.get_mut(&thread) else { return };
                if call.sa == sa && call.ended.is_some_and(|(_, result)| result == 0) {
                    call.in_software = true;
                    if !self.answers {
                        self.tell(thread, out);
                    }
                }
            }
            ToldRecord::Answered(text) => {
                let Some(call) = self.open.get_mut(&thread) else { return };
                call.answer = text;
                self.tell(thread, out);
            }
            ToldRecord::Words(text) => {
                let open = self.open.get_mut(&thread).filter(|call| call.ended.is_none() && call.said.len() < SAID);
                match open {
                    Some(call) => call.said.push((time, text)),
                    None => out.push(ThreadRecord { time, thread, told: ToldRecord::Words(text) }),
                }
            }
            told @ ToldRecord::Try(_) => out.push(ThreadRecord { time, thread, told }),
        }
    }

    /// A call of the thread is over; it is told where nothing came of it. What was said in it is about it, and about nothing else.
    fn tell(&mut self, thread: u32, out: &mut Vec<ThreadRecord>) {
        // One that was not seen to return has no result.
        let failed = |call: &Call| call.ended.filter(|(_, result)| *result != 0 || call.in_software);
        let Some((time, result)) = self.open.get(&thread).and_then(failed) else { return self.forget(thread, out) };
        let Some(mut call) = self.open.remove(&thread) else { return };
        call.tried.errno = result.unsigned_abs();
        call.tried.text = call.answer.or(call.said.pop().map(|(_, text)| text));
        out.push(ThreadRecord { time, thread, told: ToldRecord::Try(call.tried) });
    }

    /// Nothing is known of a call of the thread, but what was said.
    fn forget(&mut self, thread: u32, out: &mut Vec<ThreadRecord>) {
        let said = self.open.remove(&thread).into_iter().flat_map(|call| call.said);
        out.extend(said.map(|(time, text)| ThreadRecord { time, thread, told: ToldRecord::Words(text) }));
    }

    fn forget_oldest(&mut self, out: &mut Vec<ThreadRecord>) {
        let oldest = self.open.iter().min_by_key(|(_, call)| call.begun).map(|(thread, _)| *thread);
        oldest.into_iter().for_each(|thread| self.forget(thread, out));
    }
}

#[cfg(test)]
mod tests;
