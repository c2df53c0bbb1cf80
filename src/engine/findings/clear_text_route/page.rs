//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "clear-text-route",
    message: 0x30a132c3_1fdb45c9_8f00b1da_be6db2ec,
    title: "Traffic leaves unprotected past a NIC",
    meaning: "The route of protected traffic goes by another device than the one that has its policy in packet offload. Nothing in the kernel stops that traffic.",
    impact: "Packets that should be encrypted leave in clear text.",
    diagnosis: &["swanwatch explain CONNECTION", "ip route get ADDRESS", "ip xfrm policy"],
    cure: "Route the traffic by the policy's device, or use crypto offload or none for the tunnel. Until then block the selector on the other device.",
};
