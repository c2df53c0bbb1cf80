//! What surrounds a message: its time, whack's code, and the severity, which stands before the connection.

use crate::model::LogSeverity;
use crate::text::LocalTime;

/// A line without its surroundings.
pub struct Frame<'a> {
    pub time: Option<LocalTime>,
    pub severity: LogSeverity,
    /// The severity's word as written, empty where there is none.
    pub word: &'static str,
    pub body: &'a [u8],
}

/// The word of a failed expectation, which pluto survives.
pub const EXPECTATION: &str = "EXPECTATION FAILED: ";

const WORDS: [(&str, LogSeverity); 8] = [
    ("ERROR: ", LogSeverity::Error),
    ("warning: ", LogSeverity::Warning),
    ("WARNING: ", LogSeverity::Warning),
    (EXPECTATION, LogSeverity::Error),
    ("FATAL ERROR: ", LogSeverity::Fatal),
    ("ABORT: ASSERTION FAILED: ", LogSeverity::Fatal),
    ("FATAL: ASSERTION FAILED: ", LogSeverity::Fatal),
    ("ASSERTION FAILED: ", LogSeverity::Fatal),
];

impl<'a> Frame<'a> {
    /// None for a line that can mean nothing: debug lines first, because they are most and may hold keys.
    pub fn read(line: &'a [u8]) -> Option<Self> {
        let timed = LocalTime::read(line).and_then(|(time, rest)| Some((time, rest.strip_prefix(b": ")?)));
        let (time, body) = match timed {
            Some((time, body)) => (Some(time), body),
            None => (None, without_code(line)),
        };
        // Indented lines are tables of algorithms and hexadecimal dumps.
        if matches!(body, [] | [b'|' | b' ' | b'\t', ..]) || body.starts_with(b"IMPAIR: ") {
            return None;
        }
        let word = WORDS.iter().find(|(word, _)| body.starts_with(word.as_bytes()));
        let (word, severity) = word.copied().unwrap_or(("", LogSeverity::Ordinary));
        Some(Self { time, severity, word, body: body.get(word.len()..)? })
    }
}

/// Without the code that whack up to 4.15 puts in front (`002 `).
pub fn without_code(line: &[u8]) -> &[u8] {
    match line {
        [a, b, c, b' ', rest @ ..] if [a, b, c].iter().all(|byte| byte.is_ascii_digit()) => rest,
        _ => line,
    }
}
