//! The two sentences of a finding.

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
