//! The pages of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "sa-not-offloaded",
        message: 0x21003a4f_24ec4c17_a3d7ab5a_9196a52d,
        title: "An SA is encrypted by the CPU",
        meaning: "Offload was expected for this SA, and it is in software. The reason says why.",
        impact: "The CPU does the work: less throughput, more load. Where offload is required by configuration, this is critical.",
        diagnosis: &["swanwatch explain CONNECTION", "ethtool -k DEVICE | grep esp", "swanwatch probe DEVICE"],
        cure: "The advice has the line to change; /usr/share/doc/swanwatch/contrib/docs/reasons.md has every condition with its cure.",
    },
    Page {
        code: "offload-downgraded",
        message: 0x6b00387d_0ab046cc_8e7ab59e_0041b607,
        title: "Crypto offload instead of packet offload",
        meaning: "Packet offload was expected, and the SA has crypto offload.",
        impact: "The CPU still handles every packet; only the cipher is on the NIC.",
        diagnosis: &["swanwatch explain CONNECTION", "swanwatch probe DEVICE --packet"],
        cure: "The kernel's refusal of packet offload is in the evidence. {crypto-offload} asks for the offload that is there.",
    },
];
