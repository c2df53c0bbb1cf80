//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "sa-expiring",
    message: 0x79f13338_18994672_bdaafef9_a58fa278,
    title: "An SA ends and has no successor",
    meaning: "An SA is close to its limit of time, bytes, packets or sequence numbers, and no successor is being negotiated.",
    impact: "At the limit the kernel removes it, and the tunnel carries nothing.",
    diagnosis: &["swanwatch explain CONNECTION", "ip -s xfrm state"],
    cure: "Rekey it now: '{rekey CONNECTION}'. Then find out why the daemon did not: it may hang.",
};
