//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const AUTH_FAILURES: Page = Page {
    code: "auth-failures",
    message: 0xf741253d_d1434b68_985a3d0d_ffab5b7d,
    title: "Packets fail their integrity check",
    meaning: "Some packets that arrive for a tunnel fail their integrity check, while others pass.",
    impact: "Loss. A peer's NIC may encrypt wrongly now and then.",
    diagnosis: &["swanwatch explain CONNECTION", "cat /proc/net/xfrm_stat"],
    cure: "Compare with the peer's offload off for this connection, there with {no-offload}; if that changes nothing, a device on the path damages packets.",
};

pub(super) const REPLAY_DROPS: Page = Page {
    code: "replay-drops",
    message: 0x25486797_30be49f8_ac36f3f5_175f7206,
    title: "Packets are refused by the replay window",
    meaning: "Packets of a tunnel arrive twice, or too late for its replay window, while others pass.",
    impact: "Loss, and with it slow TCP.",
    diagnosis: &["swanwatch explain CONNECTION", "ip -s xfrm state"],
    cure: "Look for a path that duplicates or reorders (bonds, QoS); {replay-window NUMBER} makes it wider, up to what the NIC takes.",
};
