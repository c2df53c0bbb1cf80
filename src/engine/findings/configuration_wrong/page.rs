//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "configuration-wrong",
    message: 0x3c1f7d52_9ae44b06_8d5e6f20_c9b1a874,
    title: "The configuration of swanwatch is wrong",
    meaning: "The configuration file cannot be read, or has an unknown key or value; the finding says where, with line and column. At a start (critical) swanwatch then watches with its defaults; of the last valid file it keeps the receivers of alerts, the address of the metrics and the history. When a running service reads the file again (warning), the previous configuration stays in force. Where the file is valid and the system refuses the address of the metrics (warning), all the rest is in force.",
    impact: "At a start: no remedy acts by itself, not even the restart of a dead daemon; remedies requested by hand ('swanwatch remedy') act, and those that the last run left half done are finished. The file's settings for the daemon's place, offload and connections are not used.",
    diagnosis: &["swanwatch check-config", "swanwatch check-config /etc/swanwatch/NAME.yaml", "swanwatch status"],
    cure: "Correct the file until 'swanwatch check-config' says ok, then 'systemctl reload swanwatch' (or swanwatch@NAME). Where sources have to be started anew for it, the service ends with status 75 and systemd starts it again.",
};
