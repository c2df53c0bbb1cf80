//! Pages on tunnels and their SAs.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "sa-missing",
        message: 0x6de9ffff_936e4c06_b0f9795a_335d2cc4,
        title: "An SA is gone from the kernel",
        meaning: "The daemon believes in an SA that the kernel does not have: somebody deleted or flushed it.",
        impact: "What the peer sends is dropped, or nothing can be sent; IKE looks healthy.",
        diagnosis: &["swanwatch explain CONNECTION", "ip xfrm state"],
        cure: "Rekey the connection. Find who deletes SAs: another daemon, a script, an operator's ip xfrm state flush.",
    },
    Page {
        code: "sa-half-open",
        message: 0x887b9b79_5674497b_868a5242_8996b62b,
        title: "Only one direction of a tunnel is there",
        meaning: "The kernel holds one direction, and the daemon claims no pair.",
        impact: "Traffic passes one way at most.",
        diagnosis: &["swanwatch explain CONNECTION", "ip xfrm state"],
        cure: "A negotiation ended half-way: both ends' logs tell who refused. The SA goes with a restart of the daemon, or by ip xfrm state delete.",
    },
    Page {
        code: "sa-orphaned",
        message: 0xbdffbb6a_3c9c49d6_a300b22b_75ac0c45,
        title: "SAs that the daemon does not know",
        meaning: "The kernel has SAs that the daemon was asked about and does not know.",
        impact: "They take room on the NIC, and what a peer sends on them is still decrypted.",
        diagnosis: &["swanwatch sas", "ip xfrm state"],
        cure: "Somebody else made them, or a daemon that died left them. Once sure that nobody uses them: ip xfrm state delete, with the words of the advice.",
    },
    Page {
        code: "acquire-unanswered",
        message: 0x366a233b_26fa49fd_a0a767df_88bf2e0b,
        title: "Traffic waits for an SA in vain",
        meaning: "Traffic asked for an SA, and none came.",
        impact: "These packets were dropped.",
        diagnosis: &["swanwatch explain CONNECTION", "ipsec whack --trafficstatus"],
        cure: "See in the daemon's log how far the negotiation came, and whether the peer answers IKE.",
    },
];
