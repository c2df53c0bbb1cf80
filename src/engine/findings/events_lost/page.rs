//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "events-lost",
    message: 0x9e48dbe8_a2b84080_bd921346_1d4981a7,
    title: "The kernel dropped events",
    meaning: "XFRM events came faster than they were read. Both tables are read again.",
    impact: "For a moment the tables may be out of date.",
    diagnosis: &["swanwatch status", "sysctl net.core.rmem_max"],
    cure: "Nothing, if it is rare. Otherwise raise net.core.rmem_max, or give the service CAP_NET_ADMIN.",
};
