//! What is wrong with one tunnel.

use std::net::IpAddr;

use crate::model::{Code, Evidence, Reason, Severity, Span, Spi};
use crate::reasons::Entry;

/// What is wrong with one tunnel, or with one direction of it.
#[derive(Clone, Debug)]
pub struct Fault {
    pub code: Code,
    pub span: Span,
    pub reason: Reason,
    pub severity: Severity,
    /// The SA at hand.
    pub spi: Option<Spi>,
    pub dst: Option<IpAddr>,
    pub device: Option<String>,
    /// What is known to cause it, and to cure it.
    pub entry: Option<&'static Entry>,
    /// What speaks for it.
    pub evidence: Vec<Evidence>,
    /// A connection has one finding of it, whichever direction it is about.
    pub(super) is_of_connection: bool,
}

impl Fault {
    /// A warning without a known reason, of no SA in particular. It is told of the connection and this direction.
    pub const fn of(code: Code, span: Span) -> Self {
        Self {
            code,
            span,
            reason: Reason::Unknown,
            severity: Severity::Warning,
            spi: None,
            dst: None,
            device: None,
            entry: None,
            evidence: Vec::new(),
            is_of_connection: false,
        }
    }

    /// It is told of the connection, whichever direction it is about.
    #[must_use]
    pub fn of_connection(self) -> Self {
        Self { is_of_connection: true, ..self }
    }

    #[must_use]
    pub fn because(self, reason: Reason) -> Self {
        Self { reason, ..self }
    }

    #[must_use]
    pub fn rated(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// Traffic is lost.
    #[must_use]
    pub fn critical(self) -> Self {
        self.rated(Severity::Critical)
    }

    /// This SA is at hand.
    #[must_use]
    pub fn at(self, spi: Option<Spi>, dst: Option<IpAddr>) -> Self {
        Self { spi, dst, ..self }
    }

    #[must_use]
    pub fn on(self, device: Option<String>) -> Self {
        Self { device, ..self }
    }

    /// The table of reasons has this of it.
    #[must_use]
    pub fn known_as(self, entry: Option<&'static Entry>) -> Self {
        Self { entry, ..self }
    }

    /// This speaks for it.
    #[must_use]
    pub fn shown_by(mut self, lines: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(lines);
        self
    }
}
