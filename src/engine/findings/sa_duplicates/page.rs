//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "sa-duplicates",
    message: 0x0ba2ad92_b04447f5_8797a150_e5bbdab6,
    title: "A tunnel holds too many SAs",
    meaning: "One tunnel holds more pairs than a rekey explains, for over a minute: the finding says how fast they grow. Or, with reason two-pairs, it holds two for longer than a rekey takes (ten minutes; under IKEv1 its margin with its fuzz, 18 minutes by default): it says which pair carries which way.",
    impact: "Each takes room in the kernel and on the NIC, which fills up. Of two pairs each end may use another one: what is sent on a pair that the peer no longer has is lost.",
    diagnosis: &["swanwatch explain CONNECTION", "{show-traffic}"],
    cure: "The peer negotiates again and again: its kernel may refuse the SA. Its log says why; {unique-ids} with a peer that sends INITIAL_CONTACT removes the old ones. Of two pairs compare the SPIs at both ends, and remove the pair that one end lacks; where both ends bring the connection up, let one of them do it.",
};
