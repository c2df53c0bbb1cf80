//! The page of the runbook.

use crate::engine::findings::Page;

pub(super) const PAGE: Page = Page {
    code: "acquire-unanswered",
    message: 0x366a233b_26fa49fd_a0a767df_88bf2e0b,
    title: "Traffic waits for an SA in vain",
    meaning: "Traffic asked for an SA, and none came.",
    impact: "These packets were dropped.",
    diagnosis: &["swanwatch explain CONNECTION", "{show-traffic}"],
    cure: "Look in the daemon's log how far the negotiation came, and see whether the peer answers IKE.",
};
