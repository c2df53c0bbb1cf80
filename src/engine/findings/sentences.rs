//! The two sentences of a finding.

use crate::model::Span;

/// What a person reads first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentences {
    /// What is wrong, the consequence first.
    pub summary: String,
    /// What to do, with commands that can be pasted.
    pub advice: String,
}

impl Sentences {
    pub fn of(summary: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { summary: summary.into(), advice: advice.into() }
    }
}

/// What one direction of a tunnel is called, or both.
pub const fn way(span: Span) -> &'static str {
    match span {
        Span::In => "the inbound SA",
        Span::Out => "the outbound SA",
        Span::Both => "both SAs",
    }
}
