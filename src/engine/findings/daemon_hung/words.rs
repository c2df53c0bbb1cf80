//! What is said of a daemon that does nothing.

use std::time::Duration;

use crate::engine::findings::Sentences;
use crate::model::{ProcessLook, Question, Reason};

/// Its process does nothing.
pub(super) fn process_hung(pid: u32, reason: Reason, unit: Option<&str>) -> Sentences {
    let rest = "nothing is rekeyed and no peer is answered; existing SAs still carry traffic";
    let restart = unit.map_or_else(|| "a restart".to_owned(), |unit| format!("'systemctl restart {unit}'"));
    match reason {
        Reason::Stopped => Sentences::of(
            format!("the IKE daemon (process {pid}) is stopped by a signal: {rest}"),
            format!("'kill -CONT {pid}' lets it run on"),
        ),
        Reason::Traced => Sentences::of(
            format!("the IKE daemon (process {pid}) is held by a debugger: {rest}"),
            "let the debugger continue or detach",
        ),
        Reason::Uninterruptible => Sentences::of(
            format!("the IKE daemon (process {pid}) waits in the kernel: {rest}"),
            format!("'cat /proc/{pid}/stack' shows what it waits for; a restart does not end such a wait"),
        ),
        _ => Sentences::of(
            format!("the IKE daemon (process {pid}) does not answer: {rest}"),
            format!(
                "'gdb -p {pid} -batch -ex bt' shows where it hangs; {restart} drops its SAs: do it when an outage is acceptable"
            ),
        ),
    }
}

/// One that is known by its control socket alone answers nothing.
pub(super) fn listener_hung(process: &str, socket: &str, silent: Duration) -> Sentences {
    let minutes = silent.as_secs() / 60;
    Sentences::of(
        format!(
            "the IKE daemon behind {socket} has answered nothing for {minutes} minutes: nothing is rekeyed and no peer is answered; \
             existing SAs still carry traffic"
        ),
        format!(
            "look at the container that runs it: it may be paused or starved, or {process} itself stuck (there: \
             'cat /proc/$(pidof {process})/status'); a restart drops its SAs: do it when an outage is acceptable"
        ),
    )
}

/// What the last look at its process found.
pub(super) fn look_line(look: ProcessLook) -> String {
    let ProcessLook { pid, state, unread } = look;
    format!(
        "process {pid}: state {state:?}; unread bytes: IKE {}, netlink {}; connections waiting on its control socket: {}",
        unread.ike, unread.netlink, unread.control
    )
}

/// What it did not answer.
pub(super) fn question_line(question: Question) -> String {
    let what = if question == Question::Brief { "its status" } else { "its tables" };
    format!("it was asked for {what} and did not answer")
}

/// For how long it has not.
pub(super) fn silence_line(silent: Duration) -> String {
    format!("it has not answered a question for {} s", silent.as_secs())
}

/// How many wait for it.
pub(super) fn waiting_line(waiting: u64) -> String {
    format!("connections waiting on its control socket: {waiting}")
}
