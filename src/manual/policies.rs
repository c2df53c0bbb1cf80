//! Pages on policies and clear text.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "clear-text-route",
        message: 0x30a132c3_1fdb45c9_8f00b1da_be6db2ec,
        title: "Traffic leaves unprotected past a NIC",
        meaning: "A policy is in packet offload on one device, and the route of what it protects leaves by another. Nothing in the kernel stops that traffic.",
        impact: "Packets that should be encrypted leave in clear text.",
        diagnosis: &["swanwatch explain CONNECTION", "ip route get ADDRESS", "ip xfrm policy"],
        cure: "Let the route leave by the policy's device, or take the tunnel to crypto offload or none. Until then: block the selector on the other device.",
    },
    Page {
        code: "policy-mismatch",
        message: 0x2159c026_edf74dd7_a7946670_b19f6087,
        title: "SA and policy disagree",
        meaning: "The SA is on the device and its policy is not, or the reverse; or the policy is gone; or the daemon's bypass for IKE is missing beside a policy on the device.",
        impact: "Packet offload needs both: packets are dropped, go by the CPU, or IKE itself is swallowed.",
        diagnosis: &["swanwatch explain CONNECTION", "ip -d xfrm policy", "ip -d xfrm state"],
        cure: "Rekey the connection; where that does not help, ipsec auto --replace NAME and --up NAME set both anew.",
    },
    Page {
        code: "clear-text-window",
        message: 0x7b6b1a00_a58e4825_9beea6f7_4e141e24,
        title: "Protected traffic had no policy",
        meaning: "Selectors that were protected had no policy for a time; the finding says from when to when.",
        impact: "Packets may have left in clear text in that time.",
        diagnosis: &["swanwatch explain clear-text-window", "journalctl -u ipsec -e"],
        cure: "Tell those whose traffic it was. A permanent policy that blocks (failureshunt=drop, negotiationshunt=hold) closes the window at the next restart.",
    },
];
