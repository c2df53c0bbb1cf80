//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "hw-sw-mismatch",
    message: 0xefba7bcd_23fa48b1_adae4471_bc2174de,
    title: "Counters contradict the SAs",
    meaning: "SAs are offloaded and the counters say that the CPU does the work, or the reverse.",
    impact: "Load is where nobody expects it; in the worst case the NIC holds SAs that the kernel does not know.",
    diagnosis: &["swanwatch explain hw-sw-mismatch:DEVICE", "swanwatch explain --measure SPI", "ethtool -S DEVICE"],
    cure: "See that packets leave and arrive by the device itself (no bridge, tc or XDP between); a rekey makes new SAs, and 'swanwatch remedy DEVICE --kind evacuate' takes them off the device for an hour.",
};
