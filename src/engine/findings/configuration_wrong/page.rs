//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "configuration-wrong",
    message: 0x3c1f7d52_9ae44b06_8d5e6f20_c9b1a874,
    title: "The configuration of swanwatch is wrong",
    meaning: "The configuration file cannot be read, or says what is not known; the finding says where, with line and column. At a start (critical) swanwatch then watches as if there were no file, and tells the receivers of alerts, the metrics' address and the history of the last file that was right. Read again by a running service (warning), what the file said before stays in force. Where the file is right and the system refuses the address of its metrics (warning), all the rest is in force.",
    impact: "At a start: no remedy acts by itself, not even the restart of a dead daemon; what is ordered by hand (swanwatch remedy) is done, and what a run before left half done is mended. What the file says of the daemon's place, of offload and of connections is not looked at.",
    diagnosis: &["swanwatch check-config", "swanwatch check-config /etc/swanwatch/NAME.yaml", "swanwatch status"],
    cure: "Mend the file until check-config says ok, then systemctl reload swanwatch (or swanwatch@NAME). Where sources have to be started anew for it, the service ends with status 75 and systemd starts it again.",
};
