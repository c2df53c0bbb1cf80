//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "tunnel-not-restored",
    message: 0x3a0ce560_c9a442f7_81fa8bbc_6d753999,
    title: "A tunnel is not back after the daemon's death",
    meaning: "A permanent tunnel that was up before the daemon died is not up again 60 s after the daemon is.",
    impact: "Its traffic does not pass, or passes unencrypted where no policy stops it.",
    diagnosis: &["swanwatch explain CONNECTION", "{show-traffic}"],
    cure: "'{initiate-and-show CONNECTION}' brings it up, or says why it cannot. {start-always} in its configuration makes the daemon bring it up itself.",
};
