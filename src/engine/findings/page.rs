//! What a person reads about a code beyond its two sentences. The runbooks, the journal's catalog and the rules for Prometheus are
//! written from these pages.

/// One page.
#[derive(Debug)]
pub struct Page {
    /// The finding's code.
    pub code: &'static str,
    /// MESSAGE_ID in the journal. It never changes.
    pub message: u128,
    /// What is true, in a few words.
    #[cfg_attr(not(test), expect(dead_code, reason = "only what is written from the pages has a title"))]
    pub title: &'static str,
    /// What is true, in full.
    pub meaning: &'static str,
    /// What it does to people's traffic.
    pub impact: &'static str,
    /// Commands that show more.
    pub diagnosis: &'static [&'static str],
    /// What to do.
    pub cure: &'static str,
}
