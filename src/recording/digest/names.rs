//! Names of the model's words in a digest, apart from those that are shown, which may become better ones.

use crate::model::{Direction, DumpTable, OffloadMode, Question, Severity, Span};

pub(super) const fn table(table: DumpTable) -> &'static str {
    match table {
        DumpTable::Sad => "sad",
        DumpTable::Spd => "spd",
    }
}

pub(super) const fn question(question: Question) -> &'static str {
    match question {
        Question::Brief => "brief",
        Question::Table => "table",
        Question::Connections => "connections",
    }
}

pub(super) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    }
}

pub(super) const fn span(span: Span) -> &'static str {
    match span {
        Span::In => "in",
        Span::Out => "out",
        Span::Both => "both",
    }
}

pub(super) const fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::In => "in",
        Direction::Out => "out",
    }
}

pub(super) const fn offload(mode: OffloadMode) -> &'static str {
    match mode {
        OffloadMode::Crypto => "crypto",
        OffloadMode::Packet => "packet",
    }
}
