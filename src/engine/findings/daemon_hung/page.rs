//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "daemon-hung",
    message: 0x1689f4ba_409d4194_ba56f10f_ff041c3d,
    title: "The IKE daemon hangs",
    meaning: "The process is there and does nothing: it is stopped, traced, waits in the kernel, or does not answer its control socket. The reason says which. One that is known by its control socket alone (it is in a container with a PID namespace of its own) counts as hung when it has answered nothing for three minutes.",
    impact: "As after a crash, nothing is rekeyed and no tunnel comes up; unlike a crash, no service manager notices.",
    diagnosis: &[
        "swanwatch explain daemon-hung",
        "cat /proc/$(pidof {process})/status /proc/$(pidof {process})/wchan",
        "cat /proc/$(pidof {process})/stack",
    ],
    cure: "Stopped: kill -CONT. Traced: detach the debugger. Waiting in the kernel: look at what the NIC and its driver do (dmesg). Not answering: take a core (gcore), then restart it. In a container: look whether that is paused or starved, and restart it there; swanwatch does not.",
};
