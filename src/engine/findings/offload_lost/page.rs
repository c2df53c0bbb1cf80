//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "offload-lost",
    message: 0xb98a8ceb_a3164fe2_becd5b64_443a9ae1,
    title: "A NIC has dropped its SAs",
    meaning: "The link went down, or the device was reset or removed, and its SAs are gone. The kernel sends no XFRM event for that, so the daemon does not know.",
    impact: "The connections listed carry nothing until they are rekeyed; IKE looks healthy.",
    diagnosis: &["swanwatch explain offload-lost:DEVICE", "ip -s link show DEVICE", "dmesg | grep DEVICE"],
    cure: "Rekey each connection listed: '{rekey CONNECTION}'. Find out why the link went down.",
};
