//! How long a daemon has been at work.

use crate::daemons::WorkThreads;

/// Nanoseconds that a process has spent on a CPU (`/proc/PID/task/TID/schedstat`, Documentation/scheduler/sched-stats.rst): its main thread,
/// or all of its threads where the main one only waits. None where the kernel does not tell (without CONFIG_SCHED_INFO) or the process is gone.
pub fn nanoseconds(pid: u32, threads: WorkThreads) -> Option<u64> {
    if threads == WorkThreads::Main {
        return of_thread(pid, &pid.to_string());
    }
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten();
    let each = tasks.filter_map(|task| of_thread(pid, task.file_name().to_str()?));
    // One that has ended meanwhile takes its time with it.
    each.reduce(u64::saturating_add)
}

fn of_thread(pid: u32, thread: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/task/{thread}/schedstat")).ok()?;
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_for_a_process_that_works_and_is_none_for_one_that_is_not() {
        // The first thread of the test's own process need not work: only that it can be read is certain.
        let own = std::process::id();
        let main = nanoseconds(own, WorkThreads::Main).unwrap();
        // This thread has worked, too.
        assert!(nanoseconds(own, WorkThreads::All).unwrap() > main);
        assert_eq!([WorkThreads::Main, WorkThreads::All].map(|threads| nanoseconds(u32::MAX, threads)), [None, None]);
    }
}
