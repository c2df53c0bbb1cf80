//! Threads and the processes that they are of.

use std::collections::BTreeSet;
use std::fs;

/// Threads that a filter names at most: it has to stay below a page of text.
const MOST: usize = 128;

/// A process and the threads that it has now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Threads {
    pub pid: u32,
    threads: BTreeSet<u32>,
}

impl Threads {
    /// Of that process. Its first thread is among them even where it is gone.
    pub fn of(pid: u32) -> Self {
        let entries = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let others = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        Self { pid, threads: std::iter::once(pid).chain(others.take(MOST - 1)).collect() }
    }

    pub fn has(&self, thread: u32) -> bool {
        self.threads.contains(&thread)
    }

    pub fn list(&self) -> Vec<u32> {
        self.threads.iter().copied().collect()
    }
}

/// The process of a thread (`Tgid` in proc_pid_status(5)); none where both are gone by now.
pub fn process_of(thread: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("Tgid:")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_leads_to_its_process() {
        let own = std::process::id();
        let thread = rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs();
        assert_eq!(process_of(thread), Some(own));
        assert_eq!(process_of(u32::MAX), None);
        let threads = Threads::of(own);
        assert!(threads.has(own) && threads.has(thread) && !threads.has(u32::MAX));
        assert_eq!(Threads::of(u32::MAX).list(), [u32::MAX]);
    }
}
