//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "esp-blackhole",
    message: 0x243f2b30_56594e80_86d7f457_d1fcc9a1,
    title: "A tunnel carries nothing any more",
    meaning: "A tunnel carried traffic both ways before. Now one direction is silent while the other sends, or this end drops all packets that arrive. The reason says where they are lost.",
    impact: "Users of the tunnel have no connection, though IKE and every SA look healthy.",
    diagnosis: &["swanwatch explain CONNECTION", "tcpdump -n esp or udp port 4500", "cat /proc/net/xfrm_stat"],
    cure: "auth-failed: the peer's NIC encrypts wrongly; set {no-offload} there. no-answer: see whether ESP arrives at the peer. replay, no-state: rekey.",
};
