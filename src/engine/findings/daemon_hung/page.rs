//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "daemon-hung",
    message: 0x1689f4ba_409d4194_ba56f10f_ff041c3d,
    title: "The IKE daemon hangs",
    meaning: "The process is there and does nothing: it is stopped, traced, waits in the kernel, or does not answer its control socket. The reason says which. A daemon in a container, of which swanwatch sees only the control socket, counts as hung when it has answered nothing for three minutes.",
    impact: "Nothing is rekeyed and no tunnel comes up, as after a crash; but no service manager notices.",
    diagnosis: &[
        "swanwatch explain daemon-hung",
        "cat /proc/$(pidof {process})/status /proc/$(pidof {process})/wchan",
        "cat /proc/$(pidof {process})/stack",
    ],
    cure: "Stopped: 'kill -CONT $(pidof {process})'. Traced: detach the debugger. Waiting in the kernel: look at the NIC and its driver ('dmesg'). Not answering: take a core ('gcore $(pidof {process})'), then 'systemctl restart ipsec'. In a container: see whether the container is paused or starved, and restart the daemon there; swanwatch does not.",
};
