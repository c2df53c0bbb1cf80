//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "sa-duplicates",
    message: 0x0ba2ad92_b04447f5_8797a150_e5bbdab6,
    title: "A tunnel holds too many SAs",
    meaning: "One tunnel holds more pairs than a rekey explains, for over a minute. The finding says how fast they grow.",
    impact: "Each takes room in the kernel and on the NIC, which fills up.",
    diagnosis: &["swanwatch explain CONNECTION", "{show-traffic}"],
    cure: "The peer negotiates again and again: its kernel may refuse the SA. Its log says why; {unique-ids} with a peer that sends INITIAL_CONTACT removes the old ones.",
};
