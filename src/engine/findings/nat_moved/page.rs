//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "nat-moved",
    message: 0x3bbc4eba_ecc34cf3_aaf7b4b1_4ece0dd9,
    title: "A peer's NAT has moved it, and what is sent goes to the old place",
    meaning: "The kernel saw packets of an inbound SA, whole and authentic, that came in UDP from another address or port than the SA names, and 15 seconds after the first the outbound SA of the pair still sends to the old one. The kernel tells of it and changes nothing; a daemon that does not hear it learns of it from the peer's own IKE messages, if at all. It is over when the outbound SA sends there, when a new pair took its place or the pair is gone, or when packets have come from the old place for a minute. A NIC that takes the packets over altogether (packet offload) lets nobody know.",
    impact: "What this gateway sends to the peer is lost, mostly its IKE messages, too; what the peer sends arrives. Only where the NAT still forwards the old port is nothing lost.",
    diagnosis: &["swanwatch explain CONNECTION", "ip -s xfrm state", "ip xfrm monitor"],
    cure: "The peer has to speak first: have it make its IKE SA anew: over there '{take-down NAME}', then '{bring-up NAME}'. {mobike} at both ends lets a peer that notices have its SAs moved (IKEv2 alone). Where it comes again and again, the NAT before the peer forgets or is restarted: let the peer send keepalives more often.",
};
