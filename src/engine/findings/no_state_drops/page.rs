//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "no-state-drops",
    message: 0xe290dcac_d03f4bfa_90a21c0e_2798d1ea,
    title: "Packets arrive for SAs that are not here",
    meaning: "A peer, or a stranger, sends ESP with SPIs that this host does not have.",
    impact: "A peer's packets are lost; a stranger's cost only a look-up.",
    diagnosis: &["tcpdump -n esp", "cat /proc/net/xfrm_stat"],
    cure: "If a peer sends them, rekey or restart that connection. A stranger's packets are harmless beyond their load.",
};
