//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "clear-text-route",
    message: 0x30a132c3_1fdb45c9_8f00b1da_be6db2ec,
    title: "Traffic leaves unprotected past a NIC",
    meaning: "A policy is in packet offload on one device, and the route of what it protects leaves by another. Nothing in the kernel stops that traffic.",
    impact: "Packets that should be encrypted leave in clear text.",
    diagnosis: &["swanwatch explain CONNECTION", "ip route get ADDRESS", "ip xfrm policy"],
    cure: "Let the route leave by the policy's device, or take the tunnel to crypto offload or none. Until then: block the selector on the other device.",
};
