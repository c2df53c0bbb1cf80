//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "policy-mismatch",
    message: 0x2159c026_edf74dd7_a7946670_b19f6087,
    title: "SA and policy disagree",
    meaning: "The SA is on the device and its policy is not, or the reverse; or the policy is gone; or the daemon's bypass for IKE is missing beside a policy on the device.",
    impact: "Packet offload needs both: packets are dropped, go by the CPU, or IKE itself is swallowed.",
    diagnosis: &["swanwatch explain CONNECTION", "ip -d xfrm policy", "ip -d xfrm state"],
    cure: "Rekey the connection; where that does not help, ipsec auto --replace NAME and --up NAME set both anew.",
};
