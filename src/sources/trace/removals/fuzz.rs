//! A fuzz target: the kernel's records of requests.

use std::sync::LazyLock;

use super::probes::{POLICIES, POLICY, SA, SAS};
use super::records::Records;
use crate::fuzzing::{can_be_shown, comes_back};
use crate::model::Netns;
use crate::sources::trace::format::Format;
use crate::sources::trace::fuzz::LAYOUT;

/// As Linux 6.12 lays them out.
pub(super) static RECORDS: LazyLock<Records> = LazyLock::new(|| {
    let formats = [
        (SA, include_str!("samples/sa.format")),
        (SAS, include_str!("samples/sas.format")),
        (POLICY, include_str!("samples/policy.format")),
        (POLICIES, include_str!("samples/policies.format")),
    ];
    Records::with(formats.map(|(name, text)| (name, Format::parse(text))).to_vec(), Netns(1))
});

/// Pages of a kernel whose layout is known.
pub(crate) fn pages(bytes: &[u8]) {
    let Some(layout) = &*LAYOUT else { return };
    for (time, record) in layout.page(bytes).events {
        if let Some(removal) = RECORDS.read(time, record) {
            comes_back(&removal);
            can_be_shown(&removal.process, usize::MAX);
        }
    }
}
