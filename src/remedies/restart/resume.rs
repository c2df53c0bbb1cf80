//! SIGCONT to a process that is merely stopped.

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::model::{RunState, StepResult};
use crate::sources::process::procfs::StatFile;

/// Lets the process with this number and this start go on, where it is stopped by a signal. One that is traced is left alone.
pub fn resume(pid: u32, start_ticks: u64) -> StepResult {
    let refused = |why: String| StepResult::Refused(why);
    let Some(number) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return refused(format!("there is no process {pid}"));
    };
    // Held first, looked at then: from here on the number cannot come to mean another process.
    let held = match pidfd_open(number, PidfdFlags::empty()) {
        Ok(held) => held,
        Err(error) => return refused(format!("process {pid}: {error}")),
    };
    let stat = match StatFile::open(pid).and_then(|file| file.read()) {
        Ok(stat) => stat,
        Err(error) => return refused(format!("process {pid}: {error}")),
    };
    if stat.start_ticks != start_ticks {
        return refused(format!("process {pid} is another one by now"));
    }
    match stat.state {
        RunState::Stopped => {}
        RunState::Traced => return refused(format!("process {pid} is held by a debugger")),
        _ => return refused(format!("process {pid} is not stopped any more")),
    }
    match pidfd_send_signal(&held, Signal::CONT) {
        Ok(()) => StepResult::Done(format!("process {pid} was sent SIGCONT")),
        Err(error) => StepResult::Failed(format!("SIGCONT to process {pid}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use rustix::process::kill_process;

    use super::*;

    /// A child that has stopped itself, and its start.
    fn stopped() -> (Child, u64) {
        let child = Command::new("/bin/sh").args(["-c", "kill -STOP $$; exit 7"]).spawn().unwrap();
        let pid = Pid::from_child(&child);
        rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::UNTRACED).unwrap();
        let stat = StatFile::open(child.id()).unwrap().read().unwrap();
        assert_eq!(stat.state, RunState::Stopped);
        (child, stat.start_ticks)
    }

    #[test]
    fn a_stopped_process_goes_on() {
        let (mut child, start) = stopped();
        assert!(matches!(resume(child.id(), start), StepResult::Done(_)));
        assert_eq!(child.wait().unwrap().code(), Some(7));
    }

    #[test]
    fn another_process_with_the_same_number_and_one_that_runs_are_left_alone() {
        let (mut child, start) = stopped();
        assert!(matches!(resume(child.id(), start + 1), StepResult::Refused(_)));
        kill_process(Pid::from_child(&child), Signal::CONT).unwrap();
        child.wait().unwrap();
        assert!(matches!(resume(child.id(), start), StepResult::Refused(_)));
        let own = StatFile::open(std::process::id()).unwrap().read().unwrap();
        assert!(matches!(resume(std::process::id(), own.start_ticks), StepResult::Refused(_)));
    }
}
