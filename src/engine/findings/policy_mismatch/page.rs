//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "policy-mismatch",
    message: 0x2159c026_edf74dd7_a7946670_b19f6087,
    title: "SA and policy disagree",
    meaning: "The SA is on the device and its policy is not, or the reverse; or the policy is gone; or the daemon's bypass policy for IKE is missing while a policy is on the device.",
    impact: "Packets are dropped or handled by the CPU, or IKE itself does not pass: packet offload needs both.",
    diagnosis: &["swanwatch explain CONNECTION", "ip -d xfrm policy", "ip -d xfrm state"],
    cure: "Rekey the connection; where that does not help, '{take-away NAME}', then '{bring-up NAME}', installs both again.",
};
