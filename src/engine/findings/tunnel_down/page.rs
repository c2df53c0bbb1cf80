//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "tunnel-down",
    message: 0x21113380_cb0d49be_94aadc69_cbc80db7,
    title: "A tunnel is down",
    meaning: "A connection that should be up has no Child SA pair. The reason says whether the peer refused, did not answer, or failed to authenticate, or whether this host's own address is gone.",
    impact: "Its traffic does not pass, or passes unencrypted where no policy stops it.",
    diagnosis: &["swanwatch explain CONNECTION", "{initiate-and-show CONNECTION}"],
    cure: "peer-refused: look at the peer's log, its kernel may have refused the SA. no-answer: see whether UDP ports 500 and 4500 reach the peer. authentication, no-proposal: compare both configurations. With IKEv1, silence is a refusal too: at the first encrypted message it is about secrets and IDs (behind a NAT, see also whether UDP port 4500 passes, which begins with this message), in Quick Mode about subnets, algorithms and PFS. peer-deleted: the peer's log tells why. address-gone: bring the address back, then {back-up CONNECTION}.",
};
