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
    /// These two.
    pub fn of(summary: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { summary: summary.into(), advice: advice.into() }
    }
}

/// A command as it stands in a sentence, so that what is between the quotes can be pasted: a remark in brackets stays outside.
pub fn quoted(command: &str) -> String {
    match command.split_once(" (") {
        Some((command, remark)) => format!("'{command}' ({remark}"),
        None => format!("'{command}'"),
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
