//! The pages of the runbook.

use crate::engine::findings::Page;

pub(super) const ORPHANED: Page = Page {
    code: "sa-orphaned",
    message: 0xbdffbb6a_3c9c49d6_a300b22b_75ac0c45,
    title: "SAs that the daemon does not know",
    meaning: "The kernel has SAs that the daemon does not know, even when asked about them.",
    impact: "They take room on the NIC, and packets that a peer sends on them are still decrypted.",
    diagnosis: &["swanwatch sas", "ip xfrm state"],
    cure: "They were made outside the daemon, or left by a daemon that died. If nobody uses them, 'ip xfrm state delete' removes each; the advice has the whole command.",
};

pub(super) const HALF_OPEN: Page = Page {
    code: "sa-half-open",
    message: 0x887b9b79_5674497b_868a5242_8996b62b,
    title: "Only one direction of a tunnel is there",
    meaning: "The kernel has one direction only, and the daemon has no Child SA pair.",
    impact: "Traffic passes one way at most.",
    diagnosis: &["swanwatch explain CONNECTION", "ip xfrm state"],
    cure: "A negotiation ended half-way: the logs of both ends say who refused. The SA goes with a restart of the daemon, or by 'ip xfrm state delete'.",
};
