//! A finding as a rule sees it; its life is the book's matter.

use std::collections::BTreeSet;

use super::Sentences;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::slab::Slot;
use crate::model::{Affected, Code, Evidence, Reason, Severity, Subject};

/// The scope of what is wrong once on the whole host.
pub const HOST: &str = "host";

/// What is to be told.
#[derive(Debug)]
pub struct Draft {
    pub code: Code,
    /// Where: a connection, a direction, a device, an address pair, the host.
    pub scope: String,
    pub reason: Reason,
    pub severity: Severity,
    pub subject: Subject,
    pub affected: Affected,
    /// One sentence.
    pub summary: String,
    /// One sentence.
    pub advice: String,
    /// What speaks for it, new lines only where it is open already.
    pub evidence: Vec<Evidence>,
    /// It happened so many times more.
    pub again: u64,
    /// Connections that it explains, see `explains`.
    pub speaks_of: BTreeSet<Slot<Connection>>,
}

impl Draft {
    /// A warning without a known reason, said so.
    pub fn of(code: Code, scope: impl Into<String>, words: Sentences) -> Self {
        let Sentences { summary, advice } = words;
        let (reason, severity) = (Reason::Unknown, Severity::Warning);
        let (subject, affected) = (Subject::default(), Affected::default());
        Self {
            code,
            scope: scope.into(),
            reason,
            severity,
            subject,
            affected,
            summary,
            advice,
            evidence: vec![],
            again: 0,
            speaks_of: BTreeSet::new(),
        }
    }

    #[must_use]
    pub fn because(self, reason: Reason) -> Self {
        Self { reason, ..self }
    }

    /// Traffic is lost, or not protected as required.
    #[must_use]
    pub fn critical(self) -> Self {
        Self { severity: Severity::Critical, ..self }
    }

    /// It is about this.
    #[must_use]
    pub fn about(self, subject: Subject) -> Self {
        Self { subject, ..self }
    }

    /// It is about these, too.
    #[must_use]
    pub fn affecting(self, affected: Affected) -> Self {
        Self { affected, ..self }
    }

    /// This speaks for it.
    #[must_use]
    pub fn shown_by(mut self, lines: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(lines);
        self
    }

    /// It says why these connections are as they are.
    #[must_use]
    pub fn explaining(mut self, connections: impl IntoIterator<Item = Slot<Connection>>) -> Self {
        self.speaks_of.extend(connections);
        self
    }

    /// It happened once more.
    #[must_use]
    pub fn again(self) -> Self {
        self.times(1)
    }

    /// It happened so many times more.
    #[must_use]
    pub fn times(self, again: u64) -> Self {
        Self { again, ..self }
    }
}
