//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "sa-missing",
    message: 0x6de9ffff_936e4c06_b0f9795a_335d2cc4,
    title: "An SA is gone from the kernel",
    meaning: "The daemon believes in an SA that the kernel does not have: it was deleted or flushed outside the daemon.",
    impact: "The tunnel receives nothing, or can send nothing; IKE looks healthy.",
    diagnosis: &["swanwatch explain CONNECTION", "ip xfrm state"],
    cure: "Rekey the connection: '{rekey CONNECTION}'. Find who deletes SAs: another daemon, a script, an operator's 'ip xfrm state flush'.",
};
