//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "device-unsafe",
    message: 0x1f004842_10904d90_9a0008d3_4ad329b4,
    title: "Offload on this device may be dangerous",
    meaning: "Some kernels hand the bond itself to the driver of its interface (stable 6.12 from 6.12.37 on), and whether this one does cannot be asked of it. Kernels that name the device in the call (Linux 6.16) do not, and are not told of.",
    impact: "Where the kernel does, an SA corrupts memory, and a change of the active slave can crash the host or lose SAs.",
    diagnosis: &["uname -r", "cat /proc/net/bonding/DEVICE"],
    cure: "Write {no-offload} for connections over the bond, or run another kernel.",
};
