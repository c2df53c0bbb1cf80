//! What is said of a daemon that does nothing.

use std::time::Duration;

use crate::daemons::{Advice, Behaviour};
use crate::engine::findings::Sentences;
use crate::engine::findings::silence::{in_seconds, part};
use crate::model::{ProcessLook, Question, Reason, Silence, SleepPlace};

/// Its process does nothing.
pub(super) fn process_hung(pid: u32, reason: Reason, unit: Option<&str>, silence: Option<&Silence>) -> Sentences {
    let rest = "nothing is rekeyed and no peer is answered; existing SAs still carry traffic";
    let restart = unit.map_or_else(|| "a restart".to_owned(), |unit| format!("'systemctl restart {unit}'"));
    let restart = format!("{restart} drops its SAs: do it when an outage is acceptable");
    match reason {
        Reason::Stopped => Sentences::of(
            format!("the IKE daemon (process {pid}) is stopped by a signal: {rest}"),
            format!("'kill -CONT {pid}' lets it run on"),
        ),
        Reason::Traced => Sentences::of(
            format!("the IKE daemon (process {pid}) is held by a debugger: {rest}"),
            "let the debugger continue or detach",
        ),
        Reason::Frozen => Sentences::of(
            format!("the IKE daemon (process {pid}) is frozen with its control group: {rest}"),
            match unit {
                Some(unit) => format!("'systemctl thaw {unit}' lets it run on"),
                None => format!("write 0 into cgroup.freeze of the control group that 'cat /proc/{pid}/cgroup' shows"),
            },
        ),
        Reason::Uninterruptible => Sentences::of(
            format!("the IKE daemon (process {pid}) waits in the kernel{}: {rest}", where_it_is(silence)),
            format!(
                "'cat /proc/{pid}/stack' shows what it waits for: a disk, a device, a lock ('dmesg' may name it); a restart does not end \
                 such a wait"
            ),
        ),
        Reason::Spins => Sentences::of(
            format!("the IKE daemon (process {pid}) works without an end and does not answer: {rest}"),
            format!(
                "'perf top -p {pid}' shows in what it spins, 'gdb -p {pid} -batch -ex \"thread apply all bt\"' from where; {restart}"
            ),
        ),
        Reason::Sleeps => Sentences::of(
            format!("the IKE daemon (process {pid}) sleeps{} and does not answer: {rest}", where_it_is(silence)),
            match silence.and_then(|silence| silence.children.first()) {
                Some(child) => format!(
                    "most likely it waits for process {} ({}), which it began: see what that does ('pstree -alp {pid}') and end it if it \
                     hangs ('kill {}'); {restart}",
                    child.pid, child.name, child.pid
                ),
                None => format!(
                    "'cat /proc/{pid}/wchan /proc/{pid}/syscall' shows what it waits for, 'gdb -p {pid} -batch -ex \"thread apply all \
                     bt\"' who called that; {restart}"
                ),
            },
        ),
        _ => Sentences::of(
            format!("the IKE daemon (process {pid}) does not answer: {rest}"),
            format!("'gdb -p {pid} -batch -ex \"thread apply all bt\"' shows where it hangs; {restart}"),
        ),
    }
}

/// All that could answer wait for somebody.
pub(super) fn no_workers(daemon: &Behaviour, pid: u32, unit: Option<&str>) -> Sentences {
    let restart = match unit {
        Some(unit) => format!(
            "'systemctl restart {unit}', which kills it when its time to stop is over (90 s, unless the unit has another)"
        ),
        None => format!("'kill -KILL {pid}', and then a start"),
    };
    let stays = match daemon.flushes_at_start {
        Some(false) => "; its SAs stay in the kernel and carry traffic until they are negotiated anew or expire",
        _ => "; that drops its SAs: do it when an outage is acceptable",
    };
    Sentences::of(
        format!(
            "the IKE daemon (process {pid}) has no worker thread left and answers nobody: nothing is rekeyed and no peer is answered; \
             existing SAs still carry traffic"
        ),
        format!(
            "each client that brings up a tunnel whose peer does not answer, and waits without a time limit, holds one of them; a dozen at \
             once hold all ('{}' has a limit). To end the clients does not help any more, and it does not end when it is told to: only \
             {restart}{stays}",
            daemon.advice(Advice::InitiateAndShow("CONNECTION"))
        ),
    )
}

/// How many it had when it was heard last.
pub(super) fn idle_line(idle: u32) -> String {
    format!("when it answered last, {} idle", counted_are(idle))
}

fn counted_are(idle: u32) -> String {
    match idle {
        0 => "none of its worker threads was".to_owned(),
        1 => "1 of its worker threads was".to_owned(),
        idle => format!("{idle} of its worker threads were"),
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

/// What its other threads and its children did meanwhile.
pub(super) fn others_line(silence: &Silence) -> Option<String> {
    let threads = silence.others_worked.filter(|worked| *worked >= silence.over / 10);
    let threads = threads.map(|worked| format!("its other threads had {} of processors", in_seconds(worked)));
    let children: Vec<_> = silence.children.iter().map(|child| format!("{} ({})", child.pid, child.name)).collect();
    let children =
        (!children.is_empty()).then(|| format!("processes that it began and that still run: {}", children.join(", ")));
    let disk = silence.disk.filter(|disk| *disk >= silence.over / 2);
    let disk = disk.map(|disk| format!("this host's disks held everything up for {}", part(disk, silence.over)));
    let all: Vec<_> = threads.into_iter().chain(children).chain(disk).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// For how long it has not.
pub(super) fn silence_line(silent: Duration) -> String {
    format!("it has not answered a question for {} s", silent.as_secs())
}

/// How many wait for it.
pub(super) fn waiting_line(waiting: u64) -> String {
    format!("connections waiting on its control socket: {waiting}")
}

fn where_it_is(silence: Option<&Silence>) -> String {
    match silence.and_then(|silence| silence.place.as_ref()) {
        Some(SleepPlace { call: Some(call), function: Some(function) }) => {
            format!(" in the system call {call} ({function})")
        }
        Some(SleepPlace { call: Some(call), function: None }) => format!(" in the system call {call}"),
        Some(SleepPlace { call: None, function: Some(function) }) => format!(" in {function}"),
        _ => String::new(),
    }
}
