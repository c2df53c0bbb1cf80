//! How long a daemon's main thread has been at work.

/// Nanoseconds that the main thread of a process has spent on a CPU (`/proc/PID/task/PID/schedstat`, Documentation/scheduler/sched-stats.rst).
/// None where the kernel does not tell (without CONFIG_SCHED_INFO) or the process is gone.
pub fn nanoseconds(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/schedstat")).ok()?;
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_for_a_process_that_works_and_is_none_for_one_that_is_not() {
        // The first thread of the test's own process need not work: only that it can be read is certain.
        assert!(nanoseconds(std::process::id()).is_some());
        assert_eq!(nanoseconds(u32::MAX), None);
    }
}
