//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "tunnel-down",
    message: 0x21113380_cb0d49be_94aadc69_cbc80db7,
    title: "A tunnel is down",
    meaning: "A connection that should be up has no pair of SAs. The reason says whether the peer refused, did not answer, or failed to authenticate.",
    impact: "What it protects does not pass, or passes in clear where no policy stops it.",
    diagnosis: &["swanwatch explain CONNECTION", "{initiate-and-show CONNECTION}"],
    cure: "peer-refused: look at the peer's log, its kernel may have refused the SA. no-answer: UDP 500 and 4500 on the way. authentication, no-proposal: compare both configurations.",
};
