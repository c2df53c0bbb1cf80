//! The two text formats, written from numbers that somebody else keeps. (The crate prometheus-client keeps the numbers itself, writes label
//! values without escaping them, and knows only one of the formats; `promtool check metrics` reads only the other.)

use std::fmt::{Display, Write};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpositionFormat {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus' text format 0.0.4.
    Text,
}

/// What a family's numbers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FamilyKind {
    /// They only grow; the samples' name ends in `_total`.
    Counter,
    /// They go up and down.
    Gauge,
}

/// A page under way.
#[derive(Debug)]
pub(super) struct Exposition {
    text: String,
    format: ExpositionFormat,
}

/// A family under way.
#[derive(Debug)]
pub(super) struct Family<'a> {
    text: &'a mut String,
    name: String,
}

impl ExpositionFormat {
    /// What a client wants that sends this `Accept`. Where it does not ask for OpenMetrics, it gets what every client reads.
    pub fn of(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") { Self::OpenMetrics } else { Self::Text }
    }

    /// `Content-Type`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

impl Exposition {
    pub(super) const fn new(format: ExpositionFormat) -> Self {
        Self { text: String::new(), format }
    }

    /// Begins a family. `name` is without `_total`; one that ends in `_seconds` has that unit.
    pub(super) fn family(&mut self, kind: FamilyKind, name: &str, help: &str) -> Family<'_> {
        let (word, suffix) = match kind {
            FamilyKind::Counter => ("counter", "_total"),
            FamilyKind::Gauge => ("gauge", ""),
        };
        let sample = format!("swanwatch_{name}{suffix}");
        let (about, unit) = match self.format {
            ExpositionFormat::OpenMetrics => (format!("swanwatch_{name}"), name.ends_with("_seconds")),
            ExpositionFormat::Text => (sample.clone(), false),
        };
        // Writing into a string cannot fail.
        let _ = writeln!(self.text, "# TYPE {about} {word}");
        if unit {
            let _ = writeln!(self.text, "# UNIT {about} seconds");
        }
        let _ = writeln!(self.text, "# HELP {about} {help}");
        Family { text: &mut self.text, name: sample }
    }

    pub(super) fn end(mut self) -> String {
        if self.format == ExpositionFormat::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }
}

impl Family<'_> {
    pub(super) fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        self.text.push_str(&self.name);
        for (place, (name, text)) in labels.iter().enumerate() {
            let _ = write!(self.text, "{}{name}=\"", if place == 0 { '{' } else { ',' });
            for c in text.chars() {
                match c {
                    '\\' => self.text.push_str("\\\\"),
                    '"' => self.text.push_str("\\\""),
                    '\n' => self.text.push_str("\\n"),
                    c => self.text.push(c),
                }
            }
            self.text.push('"');
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
        self
    }
}
