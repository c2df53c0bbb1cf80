//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "policies-orphaned",
    message: 0xc1b430d1_dfee44a7_a3346194_7a23dbc0,
    title: "Policies that are nobody's drop packets",
    meaning: "The kernel has policies that want an SA, and for ten seconds there has been no SA for them and no connection that the daemon has loaded and routed, asked for that; nor does another IKE daemon run here whose they may be.",
    impact: "What they take is dropped: what comes in clear, and what leaves, for which nobody brings an SA.",
    diagnosis: &["ip -d xfrm policy", "swanwatch explain policies-orphaned:host", "cat /proc/net/xfrm_stat"],
    cure: "A daemon left them behind (some releases those with an if_id), or somebody made them by hand and no SAs with them. The advice has 'ip xfrm policy delete' for the first ones; 'affected' has the words for each. If they are wanted, load their connection, or add their SAs.",
};
