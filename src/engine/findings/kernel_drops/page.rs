//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "kernel-drops",
    message: 0xbcbe98de_884b4039_804e944c_296f3221,
    title: "The kernel drops packets by policy, state or route",
    meaning: "For a minute one of the kernel's counters of IPsec errors has grown (the part of the finding's id behind the colon), and no other finding says why.",
    impact: "The packets that it counts are lost, though the tunnels are up.",
    diagnosis: &[
        "swanwatch explain kernel-drops:COUNTER",
        "cat /proc/net/xfrm_stat",
        "ip -d xfrm policy",
        "ip -d xfrm state",
    ],
    cure: "The counter names the cause, and the finding says what it means and, where policies and SAs decide it, whose packets they are: mend the mark, if_id, reqid, policy or route that it names.",
};
