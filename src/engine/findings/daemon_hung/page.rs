//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "daemon-hung",
    message: 0x1689f4ba_409d4194_ba56f10f_ff041c3d,
    title: "The IKE daemon hangs",
    meaning: "The process is there and does nothing. The reason says what is seen of its main thread over the whole time of the unanswered question: stopped (by a signal), traced (by a debugger), frozen (with its control group), uninterruptible (waits in the kernel, and nothing else wakes it), spins (has a processor all the time), sleeps (and what it waits for does not come), no-workers (it sleeps, and had hardly an idle worker thread when it was heard last: clients that wait without a time limit hold them), unresponsive (none of these, or the kernel does not tell). One that had no processor or no memory for its answer does not hang: see daemon-starved. A daemon in a container, of which swanwatch sees only the control socket, counts as hung when it has answered nothing for three minutes.",
    impact: "Nothing is rekeyed and no tunnel comes up, as after a crash; but no service manager notices.",
    diagnosis: &[
        "swanwatch explain daemon-hung",
        "p=$(pidof -s {processes}); cat /proc/$p/status /proc/$p/wchan",
        "cat /proc/$(pidof -s {processes})/stack",
        "pstree -alp $(pidof -s {processes})",
        "perf top -p $(pidof -s {processes})",
        "gdb -p $(pidof -s {processes}) -batch -ex 'thread apply all bt'",
    ],
    cure: "Stopped: 'kill -CONT $(pidof -s {processes})'. Traced: detach the debugger. Frozen: 'systemctl thaw UNIT' (UNIT is {unit}). Waiting in the kernel: look at the disk and the NIC and their drivers ('dmesg'). Sleeping: see what it waits for; a script that it began and that does not end can be ended. Spinning, sleeping or not answering: keep a backtrace or a core ('gcore $(pidof -s {processes})') for its developers, then 'systemctl restart UNIT'. No worker thread left: only a restart that ends with SIGKILL helps; then have whoever brings up tunnels wait with a time limit, and not a dozen at once. In a container: see whether the container is paused or starved, and restart the daemon there; swanwatch does not. Where in the kernel it sleeps is shown only where swanwatch may read it: the shipped unit has no CAP_SYS_PTRACE, the commands above show it to root.",
};
