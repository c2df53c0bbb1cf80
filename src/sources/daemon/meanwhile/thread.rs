//! One thread's time: on a processor, waiting for one, and what it was seen doing.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::Instant;

use crate::model::{Looks, micros};
use crate::sources::process::procfs;

/// Longer than any line that is read here.
const MOST: usize = 1024;

/// Third field of `stat` (proc(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ThreadState {
    Running,
    Asleep,
    Uninterruptible,
    Other,
}

impl ThreadState {
    pub(super) fn sleeps(self) -> bool {
        matches!(self, Self::Asleep | Self::Uninterruptible)
    }
}

/// What was read at one moment, in microseconds.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at: u64,
    state: ThreadState,
    ticks: u64,
    schedule: Option<Schedule>,
}

/// `schedstat`: Documentation/scheduler/sched-stats.rst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Schedule {
    worked: u64,
    /// The kernel adds a wait only when it is over.
    waited: u64,
    /// How often it got a processor.
    turns: u64,
}

/// The main thread of a process. Its files are held open: once it is gone its number may be another's, but they are not.
#[derive(Debug)]
pub(super) struct MainThread {
    /// While the host sleeps nobody waits for a processor, and this clock stands.
    began: Instant,
    stat: File,
    schedstat: Option<File>,
    looks: Looks,
    sum: Option<Sum>,
}

/// The differences from the first sample to the last.
#[derive(Debug)]
struct Sum {
    first: Sample,
    last: Sample,
    /// Waits that are over.
    settled: u64,
    /// In which it was ready to run and got no turn: the kernel has not added it yet.
    open: u64,
}

impl MainThread {
    /// None where there is no such process.
    pub(super) fn of(pid: u32) -> Option<Self> {
        let open = |name: &str| File::open(format!("/proc/{pid}/task/{pid}/{name}")).ok();
        let (stat, schedstat) = (open("stat")?, open("schedstat"));
        Some(Self { began: Instant::now(), stat, schedstat, looks: Looks::default(), sum: None })
    }

    /// Looks at it; none where it is gone.
    pub(super) fn look(&mut self) -> Option<ThreadState> {
        let (state, ticks) = parse_stat(&read(&self.stat)?)?;
        let schedule = self.schedstat.as_ref().and_then(read).and_then(|text| parse_schedule(&text));
        let sample = Sample { at: micros(self.began.elapsed()), state, ticks, schedule };
        let count = match state {
            ThreadState::Running => &mut self.looks.running,
            ThreadState::Asleep => &mut self.looks.asleep,
            ThreadState::Uninterruptible => &mut self.looks.uninterruptible,
            ThreadState::Other => &mut self.looks.other,
        };
        *count = count.saturating_add(1);
        match &mut self.sum {
            Some(sum) => sum.add(sample),
            None => self.sum = Some(Sum { first: sample, last: sample, settled: 0, open: 0 }),
        }
        Some(state)
    }

    pub(super) fn looks(&self) -> Looks {
        self.looks
    }

    /// Microseconds on a processor.
    pub(super) fn worked(&self) -> Option<u64> {
        let sum = self.sum.as_ref()?;
        match (sum.first.schedule, sum.last.schedule) {
            (Some(first), Some(last)) => Some(last.worked.saturating_sub(first.worked)),
            _ => Some(micros_of_ticks(sum.ticks())),
        }
    }

    /// Microseconds ready to run and without a processor.
    pub(super) fn waited(&self) -> Option<u64> {
        self.sum.as_ref()?.waited()
    }

    /// The same since it was begun, by whoever followed it at once.
    pub(super) fn waited_in_all(&self) -> Option<u64> {
        let sum = self.sum.as_ref()?;
        Some(sum.last.schedule?.waited.saturating_add(sum.open))
    }

    /// The same as `worked`, in ticks.
    pub(super) fn ticks(&self) -> Option<u64> {
        self.sum.as_ref().map(Sum::ticks)
    }
}

impl Sum {
    fn add(&mut self, sample: Sample) {
        let before = std::mem::replace(&mut self.last, sample);
        let (Some(then), Some(now)) = (before.schedule, sample.schedule) else { return };
        let time = sample.at.saturating_sub(before.at);
        if now.turns != then.turns {
            // What had been open is in it now.
            self.settled = self.settled.saturating_add(now.waited.saturating_sub(then.waited).max(self.open));
            self.open = 0;
        } else if (before.state, sample.state) == (ThreadState::Running, ThreadState::Running) {
            // All the time on one turn, or before the next: what it did not work it waited, for whatever took the processor.
            self.open = self.open.saturating_add(time.saturating_sub(now.worked.saturating_sub(then.worked)));
        }
    }

    fn waited(&self) -> Option<u64> {
        self.last.schedule?;
        // A wait may have begun before.
        let time = self.last.at.saturating_sub(self.first.at);
        Some(self.settled.saturating_add(self.open).min(time))
    }

    fn ticks(&self) -> u64 {
        self.last.ticks.saturating_sub(self.first.ticks)
    }
}

/// Ticks that all threads of a process had (14th and 15th field of `/proc/PID/stat`).
pub(super) fn ticks_of_all(pid: u32) -> Option<u64> {
    let file = File::open(procfs::path(pid, "stat")).ok()?;
    parse_stat(&read(&file)?).map(|(_, ticks)| ticks)
}

pub(super) fn micros_of_ticks(ticks: u64) -> u64 {
    ticks.saturating_mul(1_000_000) / rustix::param::clock_ticks_per_second().max(1)
}

/// The beginning of a file, as it is now.
pub(super) fn read(file: &File) -> Option<String> {
    let mut bytes = [0; MOST];
    let length = file.read_at(&mut bytes, 0).ok()?;
    Some(String::from_utf8_lossy(bytes.get(..length)?).into_owned())
}

fn parse_stat(text: &str) -> Option<(ThreadState, u64)> {
    // The name before it may hold anything.
    let mut fields = text.get(text.rfind(')')? + 1..)?.split_ascii_whitespace();
    let state = match fields.next()? {
        "R" => ThreadState::Running,
        "S" => ThreadState::Asleep,
        "D" => ThreadState::Uninterruptible,
        _ => ThreadState::Other,
    };
    let user: u64 = fields.nth(10)?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((state, user.saturating_add(system)))
}

/// None where the kernel keeps no such account: then all of it is 0 (fs/proc/base.c, `proc_pid_schedstat`).
fn parse_schedule(text: &str) -> Option<Schedule> {
    let mut fields = text.split_ascii_whitespace().map(|field| field.parse::<u64>().ok());
    let (worked, waited, turns) = (fields.next()??, fields.next()??, fields.next()??);
    (turns > 0).then_some(Schedule { worked: worked / 1_000, waited: waited / 1_000, turns })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    fn sample(second: u64, state: ThreadState, worked: u64, waited: u64, turns: u64) -> Sample {
        let schedule = Some(Schedule { worked: worked * SECOND, waited: waited * SECOND, turns });
        Sample { at: second * SECOND, state, ticks: 0, schedule }
    }

    fn waited(samples: &[Sample]) -> Option<u64> {
        let first = samples[0];
        let mut sum = Sum { first, last: first, settled: 0, open: 0 };
        samples[1..].iter().for_each(|sample| sum.add(*sample));
        sum.waited().map(|waited| waited / SECOND)
    }

    #[test]
    fn a_wait_counts_while_it_lasts_and_not_twice_when_it_is_over() {
        use ThreadState::{Asleep, Running};
        let wait = [sample(0, Running, 5, 9, 3), sample(1, Running, 5, 9, 3), sample(2, Running, 5, 9, 3)];
        assert_eq!(waited(&wait), Some(2));
        let over = [&wait[..], &[sample(3, Running, 5, 12, 4)]].concat();
        assert_eq!(waited(&over), Some(3));
        // It had begun to wait before.
        assert_eq!(waited(&[sample(0, Running, 5, 0, 3), sample(1, Running, 5, 100, 4)]), Some(1));
        // It has a processor all the time, or wants none.
        assert_eq!(waited(&[sample(0, Running, 5, 0, 3), sample(4, Running, 9, 0, 3)]), Some(0));
        assert_eq!(waited(&[sample(0, Asleep, 5, 0, 3), sample(4, Asleep, 5, 0, 3)]), Some(0));
        assert_eq!(waited(&[sample(0, Asleep, 5, 0, 3), sample(4, Running, 5, 0, 3)]), Some(0));
        let none = Sample { schedule: None, ..wait[0] };
        assert_eq!(waited(&[none, none]), None);
    }

    #[test]
    fn lines_are_read_and_torn_ones_are_none() {
        let text = "77 (a) R (b) D 12 77 77 0 -1 4194560 1 2 3 4 50 6 7 8 20 0 1 0 98765 1000";
        assert_eq!(parse_stat(text), Some((ThreadState::Uninterruptible, 56)));
        for cut in 0..text.find(" 6 7").unwrap() {
            assert_eq!(parse_stat(&text[..cut]), None, "{cut}");
        }
        assert_eq!(parse_schedule("9000 8000 7\n"), Some(Schedule { worked: 9, waited: 8, turns: 7 }));
        for text in ["", "0 0 0\n", "1 2", "x 2 3"] {
            assert_eq!(parse_schedule(text), None, "{text}");
        }
    }

    #[test]
    fn a_thread_that_is_gone_is_none() {
        assert!(MainThread::of(u32::MAX).is_none());
        let mut child = std::process::Command::new("sleep").arg("100").spawn().unwrap();
        let mut thread = MainThread::of(child.id()).unwrap();
        assert!(thread.look().is_some());
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(thread.look(), None);
        assert_eq!(thread.looks().all(), 1);
    }
}
