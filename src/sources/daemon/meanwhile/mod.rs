//! What a daemon does while a question waits for its answer: looked at once a second, and only then.
//!
//! All of it is in procfs and the control groups' files, and most of it anybody may read. In what the daemon sleeps the kernel tells only
//! those who may trace it (ptrace(2), `PTRACE_MODE_READ_FSCREDS`).

mod calls;
mod children;
mod groups;
mod place;
mod pressure;
mod thread;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use self::children::Children;
use self::groups::Groups;
use self::place::Places;
use self::pressure::{Grown, Kind};
use self::thread::Thread;
use crate::model::Silence;

/// The process that asks, once it has begun; 0 before.
pub(super) type Asker = Arc<AtomicU32>;

/// Follows a daemon from the call on.
#[derive(Debug)]
pub(super) struct Meanwhile {
    pid: u32,
    thread: Thread,
    /// Ticks that all of its threads had, at the call.
    all_ticks: Option<u64>,
    groups: Groups,
    places: Places,
    children: Children,
    busy: Grown,
    disk: Grown,
    /// Of this host, where the daemon has no group of its own.
    memory: Grown,
    asker: Asker,
    asking: Option<Thread>,
    ourselves: Option<Thread>,
}

impl Meanwhile {
    /// From now on. None where the process is gone.
    pub(super) fn begin(pid: u32, asker: Asker) -> Option<Self> {
        let own = std::process::id();
        let thread = Thread::of(pid)?;
        let mut meanwhile = Self {
            pid,
            all_ticks: thread::ticks_of_all(pid),
            thread,
            groups: Groups::of(pid),
            places: Places::of(pid),
            children: Children::of(pid),
            busy: Grown::of_host(Kind::Processor),
            disk: Grown::of_host(Kind::Disk),
            memory: Grown::of_host(Kind::Memory),
            asker,
            asking: None,
            ourselves: Thread::of(own),
        };
        meanwhile.look();
        Some(meanwhile)
    }

    /// Looks. What is gone meanwhile adds nothing.
    pub(super) fn look(&mut self) {
        if self.asking.is_none() {
            self.asking = match self.asker.load(Ordering::Relaxed) {
                0 => None,
                pid => Thread::of(pid),
            };
        }
        for other in [&mut self.asking, &mut self.ourselves].into_iter().flatten() {
            other.look();
        }
        if self.thread.look().is_some_and(thread::State::sleeps) {
            self.places.look();
        }
        self.children.look();
    }

    /// What was seen so far; `over` is the time since the call in microseconds.
    pub(super) fn silence(&self, over: u64) -> Silence {
        let all = thread::ticks_of_all(self.pid).zip(self.all_ticks).map(|(now, then)| now.saturating_sub(then));
        let others = all.zip(self.thread.ticks()).map(|(all, main)| thread::micros_of_ticks(all.saturating_sub(main)));
        let asking = self.asking.as_ref().and_then(Thread::waited_in_all).unwrap_or(0);
        let ourselves = self.ourselves.as_ref().and_then(Thread::waited).unwrap_or(0);
        Silence {
            pid: self.pid,
            over,
            looks: self.thread.looks(),
            worked: self.thread.worked(),
            waited: self.thread.waited(),
            others_worked: others,
            throttled: self.groups.throttled(),
            memory: self.groups.memory().or_else(|| self.memory.grown()),
            busy: self.busy.grown(),
            disk: self.disk.grown(),
            asker_waited: asking.max(ourselves).min(over),
            place: self.places.usual(),
            children: self.children.usual(),
            frozen: self.groups.is_frozen(),
        }
    }
}

#[cfg(test)]
mod tests;
