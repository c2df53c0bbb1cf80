//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "offload-capacity",
    message: 0x697ba3b7_e5254d44_b701e3f4_c59c8ddb,
    title: "A NIC is full",
    meaning: "A device refuses an SA of a kind that it took before: its table is full, or its hash table has no place for this one.",
    impact: "Further tunnels stay down, or in software where the daemon falls back. Some daemons take healthy tunnels of the same IKE SA down with it.",
    diagnosis: &["swanwatch sas --device DEVICE", "swanwatch explain offload-capacity:DEVICE"],
    cure: "Take connections off the NIC until the others fit, each with {no-offload}; shorter lifetimes free old SAs sooner. sa-duplicates on the same host says which tunnel wastes room.",
};
