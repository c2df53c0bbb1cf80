//! The pages of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGES: [Page; 2] = [CLEAR_TEXT, BLACKHOLE];

const CLEAR_TEXT: Page = Page {
    code: "clear-text-route",
    message: 0x30a132c3_1fdb45c9_8f00b1da_be6db2ec,
    title: "Traffic leaves unprotected past a NIC",
    meaning: "The route of protected traffic goes by another device than the one that has its policy in packet offload. Nothing in the kernel stops that traffic. (Where the kernel says that it drops it, this is route-blackhole; where it says neither, the finding says so.)",
    impact: "Packets that should be encrypted leave in clear text.",
    diagnosis: &["swanwatch explain CONNECTION", "ip route get ADDRESS", "ip xfrm policy"],
    cure: "Route the traffic by the policy's device, or use crypto offload or none for the tunnel. Until then block the selector on the other device.",
};

const BLACKHOLE: Page = Page {
    code: "route-blackhole",
    message: 0xf4113463_f3a4425f_a1b5a165_00700920,
    title: "Traffic is dropped because its route passes a NIC by",
    meaning: "The route of protected traffic goes by another device than the one that has its policy in packet offload. This kernel drops such traffic and counts it as XfrmOutError; nothing leaves unencrypted.",
    impact: "What this host itself sends for the tunnel does not arrive.",
    diagnosis: &[
        "swanwatch explain CONNECTION",
        "ip route get ADDRESS",
        "ip xfrm policy",
        "grep XfrmOutError /proc/net/xfrm_stat",
    ],
    cure: "Route the traffic by the policy's device, or use crypto offload or none for the tunnel.",
};
