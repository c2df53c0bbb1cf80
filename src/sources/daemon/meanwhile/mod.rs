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
use self::groups::ControlGroups;
use self::place::SleepPlaces;
use self::pressure::{PressureGrowth, PressureKind};
use self::thread::MainThread;
use crate::model::Silence;

/// The process that asks, once it has begun; 0 before.
pub(super) type Asker = Arc<AtomicU32>;

/// Follows a daemon from the call on.
#[derive(Debug)]
pub(super) struct Meanwhile {
    pid: u32,
    thread: MainThread,
    /// Ticks that all of its threads had, at the call.
    all_ticks: Option<u64>,
    groups: ControlGroups,
    places: SleepPlaces,
    children: Children,
    busy: PressureGrowth,
    disk: PressureGrowth,
    /// Of this host, where the daemon has no group of its own.
    memory: PressureGrowth,
    asker: Asker,
    asking: Option<MainThread>,
    ourselves: Option<MainThread>,
}

impl Meanwhile {
    /// From now on. None where the process is gone.
    pub(super) fn begin(pid: u32, asker: Asker) -> Option<Self> {
        let own = std::process::id();
        let thread = MainThread::of(pid)?;
        let mut meanwhile = Self {
            pid,
            all_ticks: thread::ticks_of_all(pid),
            thread,
            groups: ControlGroups::of(pid),
            places: SleepPlaces::of(pid),
            children: Children::of(pid),
            busy: PressureGrowth::of_host(PressureKind::Processor),
            disk: PressureGrowth::of_host(PressureKind::Disk),
            memory: PressureGrowth::of_host(PressureKind::Memory),
            asker,
            asking: None,
            ourselves: MainThread::of(own),
        };
        meanwhile.look();
        Some(meanwhile)
    }

    /// Looks. What is gone meanwhile adds nothing.
    pub(super) fn look(&mut self) {
        if self.asking.is_none() {
            self.asking = match self.asker.load(Ordering::Relaxed) {
                0 => None,
                pid => MainThread::of(pid),
            };
        }
        for other in [&mut self.asking, &mut self.ourselves].into_iter().flatten() {
            other.look();
        }
        if self.thread.look().is_some_and(thread::ThreadState::sleeps) {
            self.places.look();
        }
        self.children.look();
    }

    /// What was seen so far; `over` is the time since the call in microseconds.
    pub(super) fn silence(&self, over: u64) -> Silence {
        let all = thread::ticks_of_all(self.pid).zip(self.all_ticks).map(|(now, then)| now.saturating_sub(then));
        let others = all.zip(self.thread.ticks()).map(|(all, main)| thread::micros_of_ticks(all.saturating_sub(main)));
        let asking = self.asking.as_ref().and_then(MainThread::waited_in_all).unwrap_or(0);
        let ourselves = self.ourselves.as_ref().and_then(MainThread::waited).unwrap_or(0);
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
