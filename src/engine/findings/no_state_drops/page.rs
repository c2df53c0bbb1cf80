//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "no-state-drops",
    message: 0xe290dcac_d03f4bfa_90a21c0e_2798d1ea,
    title: "Packets arrive for SAs that are not here",
    meaning: "A peer, or a stranger, sends ESP on SPIs that this host has not.",
    impact: "A peer's packets are lost; a stranger's cost a look-up.",
    diagnosis: &["tcpdump -n esp", "cat /proc/net/xfrm_stat"],
    cure: "A peer's address: restart that connection. Nobody's: it is harmless beyond its load.",
};
