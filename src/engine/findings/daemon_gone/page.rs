//! The pages of the runbook.

use crate::engine::findings::Page;

pub(super) const CRASHED: Page = Page {
    code: "daemon-crashed",
    message: 0xfb265a6f_aba04979_b505a138_606d0e18,
    title: "The IKE daemon has crashed",
    meaning: "The process of the IKE daemon ended by a signal or an assertion, and nobody asked it to. The finding says by which, and what its SAs do meanwhile.",
    impact: "Nothing is rekeyed and no tunnel comes up. SAs that are in the kernel carry traffic until their hard limit, if nothing flushes them; a unit that flushes on restart lets traffic pass in clear or blocks it until the policies are back.",
    diagnosis: &["swanwatch explain daemon-crashed", "journalctl -u ipsec -e", "coredumpctl list {process}"],
    cure: "Start the daemon again where nobody does (systemctl restart ipsec). Keep the log up to the assertion and the core: they are what its developers need. A crash that follows a refused SA is cured with the refusal.",
};

pub(super) const DOWN: Page = Page {
    code: "daemon-down",
    message: 0xc0b138a0_6a9b4828_8fef3842_c78322b1,
    title: "No IKE daemon runs",
    meaning: "The reason says why. orderly-stop: it ended in order, because somebody or the service manager asked it to; swanwatch check stays OK until the next boot. not-started: it is due and nothing has started it: its unit is enabled, or the configuration names it (daemon:), or the history saw it in the last seven days and it is still installed. failed: its unit failed. socket-gone: nobody listens any more at the control socket of a daemon that is known by that alone (it is in a container with a PID namespace of its own); why, is not seen from here.",
    impact: "No tunnel comes up. SAs that are in the kernel carry traffic until their limits without a rekey.",
    diagnosis: &["swanwatch status", "systemctl status ipsec", "journalctl -u ipsec -e", "{check-configuration}"],
    cure: "failed: the unit's log says why, mostly a mistake in {configuration}; then systemctl reset-failed ipsec && systemctl start ipsec. not-started: systemctl start ipsec, and systemctl enable ipsec so that the next boot does. orderly-stop: start it when the work on it is done. socket-gone: look at the container that runs it and at its log, and start it there; swanwatch does not restart it. Where none is meant to run: systemctl mask ipsec, or daemon: none in /etc/swanwatch/swanwatch.yaml.",
};
