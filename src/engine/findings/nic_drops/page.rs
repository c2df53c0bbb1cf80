//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "nic-drops",
    message: 0x1b3c7ee2_f7ae4b52_85f84e58_87845722,
    title: "A NIC drops packets of its SAs",
    meaning: "A device with offloaded SAs drops packets, some or all.",
    impact: "Loss on every tunnel over it.",
    diagnosis: &["swanwatch explain nic-drops:DEVICE", "ethtool -S DEVICE"],
    cure: "The counter that grows names the cause. A rekey makes new SAs; {no-offload} takes them off the NIC, 'swanwatch remedy DEVICE --kind evacuate' those in crypto mode at once.",
};
