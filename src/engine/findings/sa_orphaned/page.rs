//! The pages of the runbook.

use crate::engine::findings::Page;

pub(super) const ORPHANED: Page = Page {
    code: "sa-orphaned",
    message: 0xbdffbb6a_3c9c49d6_a300b22b_75ac0c45,
    title: "SAs that the daemon does not know",
    meaning: "The kernel has SAs that the daemon was asked about and does not know.",
    impact: "They take room on the NIC, and what a peer sends on them is still decrypted.",
    diagnosis: &["swanwatch sas", "ip xfrm state"],
    cure: "Somebody else made them, or a daemon that died left them. Once sure that nobody uses them: ip xfrm state delete, with the words of the advice.",
};

pub(super) const HALF_OPEN: Page = Page {
    code: "sa-half-open",
    message: 0x887b9b79_5674497b_868a5242_8996b62b,
    title: "Only one direction of a tunnel is there",
    meaning: "The kernel holds one direction, and the daemon claims no pair.",
    impact: "Traffic passes one way at most.",
    diagnosis: &["swanwatch explain CONNECTION", "ip xfrm state"],
    cure: "A negotiation ended half-way: both ends' logs tell who refused. The SA goes with a restart of the daemon, or by ip xfrm state delete.",
};
