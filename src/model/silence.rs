//! What a daemon did while a question waited for its answer: differences over that time, and many looks, never one.

use serde::{Deserialize, Serialize};

/// What the daemon's main thread, which answers, did from a call on that it has not answered. Times are microseconds; none where the kernel
/// does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    pub pid: u32,
    /// From the call to this look.
    pub over: u64,
    /// How often it was seen doing what.
    pub looks: Looks,
    /// On a processor (first field of `/proc/PID/task/TID/schedstat`; without it `utime` and `stime` of its `stat`).
    pub worked: Option<u64>,
    /// Ready to run, and without a processor: the run delay (second field of `schedstat`, Documentation/scheduler/sched-stats.rst), and what
    /// it has not got a processor after yet, which the kernel adds only then.
    pub waited: Option<u64>,
    /// What its other threads had of processors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others_worked: Option<u64>,
    /// In which its control group, or one above, had used up its quota (`throttled_usec` of `cpu.stat`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttled: Option<u64>,
    /// In which nobody in its control group went on for want of memory (`full` of `memory.pressure`); of the host where it has no group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// In which somebody on this host waited for a processor (`some` of `/proc/pressure/cpu`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy: Option<u64>,
    /// In which nobody on this host went on for want of its disks (`full` of `/proc/pressure/io`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<u64>,
    /// In which whoever asks waited for a processor himself: the question may have come late.
    #[serde(default)]
    pub asker_waited: u64,
    /// Where in the kernel it slept at most of the looks; none where it did not, or that may not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<SleepPlace>,
    /// Processes that it began itself, and that ran at most of the looks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<ChildProcess>,
    /// Its control group is frozen (`cgroup.events`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub frozen: bool,
}

/// How often a thread was seen in which state (proc(5), third field of `stat`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looks {
    /// R: it runs, or could.
    pub running: u32,
    /// S: it sleeps until something wakes it.
    pub asleep: u32,
    /// D: it sleeps, and nothing but what it waits for wakes it.
    pub uninterruptible: u32,
    /// T, t, Z, X.
    pub other: u32,
}

impl Looks {
    pub const fn all(self) -> u32 {
        self.running.saturating_add(self.asleep).saturating_add(self.uninterruptible).saturating_add(self.other)
    }
}

/// Where in the kernel a thread sleeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SleepPlace {
    /// The kernel's function (`/proc/PID/wchan`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The system call (`/proc/PID/syscall`), by its name, or by its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
}

/// A process that the daemon began, or the last of those that each began the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildProcess {
    pub pid: u32,
    /// Programs from the daemon's own child down to it, as `/proc/PID/comm` has them (`sh > updown`).
    pub name: String,
}
