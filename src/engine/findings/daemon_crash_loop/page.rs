//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "daemon-crash-loop",
    message: 0x49aa2b94_5ba44ddd_8386f751_a503cccd,
    title: "The IKE daemon crashes again and again",
    meaning: "The daemon has crashed several times in a short time, and each start ends like the one before.",
    impact: "No tunnel lasts longer than from one crash to the next.",
    diagnosis: &["swanwatch explain daemon-crash-loop", "journalctl {of-units} -e", "coredumpctl list {processes}"],
    cure: "The last lines before each crash name the trigger, mostly one connection: take it out of {configuration}, and of the daemon: '{unload NAME}'; and report the assertion.",
};
