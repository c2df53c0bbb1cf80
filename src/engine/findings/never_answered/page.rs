//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "never-answered",
    message: 0xbbce1e57_ba3d4228_a0a8d597_33ac5957,
    title: "A tunnel has never received a packet",
    meaning: "A tunnel that should be up has sent 300 packets over ten minutes, and since it first came up, over all its pairs, never received one. It is told once a week at most, and one packet ends it for good.",
    impact: "Nobody reaches anything through it, though IKE and the SAs look healthy.",
    diagnosis: &["swanwatch explain CONNECTION", "ip -s xfrm state", "ip -s -s link show type xfrm"],
    cure: "In this order: the peer's counters; a firewall that drops ESP or UDP 4500; a NAT that changes what should go into the tunnel; the way back from the hosts behind the peer; the xfrm interface between. A service that goes one way alone is said to be so by 'one_way: true' for it under 'connections:' in swanwatch.yaml.",
};
