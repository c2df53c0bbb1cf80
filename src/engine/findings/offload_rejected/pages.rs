//! The pages of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "offload-rejected",
        message: 0xee18298f_9ad5454c_92b7ee16_44b70dc0,
        title: "The kernel refuses an SA for its offload",
        meaning: "The kernel or the driver refused an SA because of its offload, and the negotiation failed. The reason names the condition, where the kernel's words leave only one.",
        impact: "The tunnel does not come up. The peer sees only that its proposal was refused (TS_UNACCEPTABLE), and may retry for ever.",
        diagnosis: &["swanwatch explain CONNECTION", "swanwatch probe DEVICE", "swanwatch probe --connections"],
        cure: "The advice has the line for {configuration}; /usr/share/doc/swanwatch/contrib/docs/reasons.md has every condition with its cure. {no-offload} always works, on the CPU.",
    },
    Page {
        code: "sa-add-failed",
        message: 0x6c4ba85a_62dc4cf3_afbc2793_51c531b8,
        title: "The kernel refuses an SA",
        meaning: "The kernel refused to add an SA, for a cause that is not offload.",
        impact: "The tunnel does not come up, or not in this direction.",
        diagnosis: &["swanwatch explain CONNECTION", "lsmod | grep -e esp -e xfrm", "cat /proc/crypto"],
        cure: "The kernel's words are in the evidence: mostly an algorithm or a module that this kernel lacks, or an SPI that is taken.",
    },
];
