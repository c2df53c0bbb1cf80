//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "device-unsafe",
    message: 0x1f004842_10904d90_9a0008d3_4ad329b4,
    title: "Offload on this device is dangerous",
    meaning: "Offload on this kind of device is known to be dangerous on this kernel: bonds on stable 6.12.",
    impact: "A change of the active slave can crash the kernel or lose SAs.",
    diagnosis: &["uname -r", "cat /proc/net/bonding/DEVICE"],
    cure: "Write {no-offload} for connections over the bond, or run another kernel.",
};
