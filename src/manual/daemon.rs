//! Pages on the daemon's life.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "daemon-crashed",
        message: 0xfb265a6f_aba04979_b505a138_606d0e18,
        title: "The IKE daemon has crashed",
        meaning: "The process of the IKE daemon ended by a signal or an assertion, and nobody asked it to. The finding says by which, and what its SAs do meanwhile.",
        impact: "Nothing is rekeyed and no tunnel comes up. SAs that are in the kernel carry traffic until their hard limit, if nothing flushes them; a unit that flushes on restart lets traffic pass in clear or blocks it until the policies are back.",
        diagnosis: &["swanwatch explain daemon-crashed", "journalctl -u ipsec -e", "coredumpctl list pluto"],
        cure: "Start the daemon again where nobody does (systemctl restart ipsec). Keep the log up to the assertion and the core: they are what its developers need. A crash that follows a refused SA is cured with the refusal.",
    },
    Page {
        code: "daemon-hung",
        message: 0x1689f4ba_409d4194_ba56f10f_ff041c3d,
        title: "The IKE daemon hangs",
        meaning: "The process is there and does nothing: it is stopped, traced, waits in the kernel, or does not answer its control socket. The reason says which. One that is known by its control socket alone (it is in a container with a PID namespace of its own) counts as hung when it has answered nothing for three minutes.",
        impact: "As after a crash, nothing is rekeyed and no tunnel comes up; unlike a crash, no service manager notices.",
        diagnosis: &[
            "swanwatch explain daemon-hung",
            "cat /proc/$(pidof pluto)/status /proc/$(pidof pluto)/wchan",
            "cat /proc/$(pidof pluto)/stack",
        ],
        cure: "Stopped: kill -CONT. Traced: detach the debugger. Waiting in the kernel: look at what the NIC and its driver do (dmesg). Not answering: take a core (gcore), then restart it. In a container: look whether that is paused or starved, and restart it there; swanwatch does not.",
    },
    Page {
        code: "daemon-down",
        message: 0xc0b138a0_6a9b4828_8fef3842_c78322b1,
        title: "No IKE daemon runs",
        meaning: "The reason says why. orderly-stop: it ended in order, because somebody or the service manager asked it to; swanwatch check stays OK until the next boot. not-started: it is due and nothing has started it: its unit is enabled, or the configuration names it (daemon:), or the history saw it in the last seven days and it is still installed. failed: its unit failed. socket-gone: nobody listens any more at the control socket of a daemon that is known by that alone (it is in a container with a PID namespace of its own); why, is not seen from here.",
        impact: "No tunnel comes up. SAs that are in the kernel carry traffic until their limits without a rekey.",
        diagnosis: &[
            "swanwatch status",
            "systemctl status ipsec",
            "journalctl -u ipsec -e",
            "ipsec addconn --checkconfig",
        ],
        cure: "failed: the unit's log says why, mostly a mistake in ipsec.conf; then systemctl reset-failed ipsec && systemctl start ipsec. not-started: systemctl start ipsec, and systemctl enable ipsec so that the next boot does. orderly-stop: start it when the work on it is done. socket-gone: look at the container that runs it and at its log, and start it there; swanwatch does not restart it. Where none is meant to run: systemctl mask ipsec, or daemon: none in /etc/swanwatch/swanwatch.yaml.",
    },
    Page {
        code: "daemon-crash-loop",
        message: 0x49aa2b94_5ba44ddd_8386f751_a503cccd,
        title: "The IKE daemon crashes again and again",
        meaning: "The daemon has crashed several times within a short time, and each start ends like the one before.",
        impact: "No tunnel lives longer than from one crash to the next.",
        diagnosis: &["swanwatch explain daemon-crash-loop", "journalctl -u ipsec -e", "coredumpctl list pluto"],
        cure: "The last lines before each crash name what triggers it, mostly one connection: take it out (ipsec auto --delete NAME, or its file), and report the assertion.",
    },
    Page {
        code: "tunnel-not-restored",
        message: 0x3a0ce560_c9a442f7_81fa8bbc_6d753999,
        title: "A tunnel is not back after the daemon's death",
        meaning: "A permanent tunnel that was up before the daemon died is not up again 60 s after the daemon is.",
        impact: "What the tunnel protects does not pass, or passes in clear where no policy stops it.",
        diagnosis: &["swanwatch explain CONNECTION", "ipsec whack --trafficstatus"],
        cure: "ipsec whack --initiate --name CONNECTION --asynchronous; where it fails, its words are the cause. auto=start in its configuration makes the daemon itself do so.",
    },
];
