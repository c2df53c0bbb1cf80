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

/// A command as it stands in a sentence, so that what is between the quotes can be pasted: a remark in brackets stays outside.
pub fn quoted(command: &str) -> String {
    // A name in the command may have brackets in it, in quotes.
    match command.rsplit_once(" (").filter(|(_, remark)| remark.ends_with(')') && !remark.contains('"')) {
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
