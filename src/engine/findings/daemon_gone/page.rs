//! The pages of the runbook.

use crate::engine::findings::Page;

pub(super) const CRASHED: Page = Page {
    code: "daemon-crashed",
    message: 0xfb265a6f_aba04979_b505a138_606d0e18,
    title: "The IKE daemon has crashed",
    meaning: "The process of the IKE daemon was ended by a signal or an assertion, and nobody asked for it. The finding says by which, and whether its SAs still carry traffic.",
    impact: "Nothing is rekeyed and no tunnel comes up. SAs that are in the kernel carry traffic until their hard limit, if nothing flushes them; where the unit flushes on restart, traffic passes unencrypted or is blocked until the policies are back.",
    diagnosis: &["swanwatch explain daemon-crashed", "journalctl {of-units} -e", "coredumpctl list {processes}"],
    cure: "If systemd does not start it again: 'systemctl restart UNIT' (UNIT is {unit}). Keep the log up to the assertion and the core: its developers need them. If the crash follows a refused SA, cure the refusal.",
};

pub(super) const DOWN: Page = Page {
    code: "daemon-down",
    message: 0xc0b138a0_6a9b4828_8fef3842_c78322b1,
    title: "No IKE daemon runs",
    meaning: "The reason says why. orderly-stop: it was shut down cleanly, by a person or the service manager; 'swanwatch check' stays OK until the next boot. not-started: it should run and nothing has started it: its unit is enabled, or the configuration names it ('daemon:'), or the history saw it in the last seven days and it is still installed. failed: its unit failed. socket-gone: nothing listens any more at the control socket of a daemon in a container, of which swanwatch sees nothing else; the cause cannot be seen from here.",
    impact: "No tunnel comes up. SAs in the kernel carry traffic until their limits, and nothing renews them.",
    diagnosis: &["swanwatch status", "systemctl status {units}", "journalctl {of-units} -e", "{check-configuration}"],
    cure: "failed: the unit's log says why, mostly a mistake in {configuration}; once that is fixed, 'systemctl reset-failed UNIT && systemctl start UNIT' (UNIT is {unit}). not-started: 'systemctl start UNIT', and 'systemctl enable UNIT' so that the next boot does. orderly-stop: start it when the work on it is done. socket-gone: look at the container that runs it and at its log, and start it there; swanwatch does not restart it. If none should run: 'systemctl mask UNIT', or 'daemon: none' in /etc/swanwatch/swanwatch.yaml.",
};
