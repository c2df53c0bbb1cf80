//! The grammar of pluto's log (programs/pluto/log.c), 4.x and 5.x, and 3.x where it costs nothing.
//!
//! `TIME: SEVERITY: "connection"[instance] #serial: message`. What peers can write into a line (IDs, reasons) comes late in it and never
//! at the beginning of a message; every pattern is anchored there, so that no quoted text can imitate a line.

mod connection;
mod ending;
mod established;
mod failure;
mod frame;
mod kernel;
mod life;
mod negotiation;
mod prefix;
mod refused;
mod scan;
mod silence;

pub(super) use self::frame::without_code;
pub(super) use self::kernel::said;
pub(super) use self::prefix::{ends_of_name, parts as prefix_parts, speaker};
pub(super) use self::scan::{after, serial};

use self::frame::Frame;
use super::Libreswan;
use crate::daemons::{LineOrigin, LogGrammar, LogMessage, LogReader, OwnLine};
use crate::model::{LogSeverity, Speaker, Statement};
use crate::text::{LocalTime, presentable_behind};

impl LogGrammar for Libreswan {
    fn reader(&self) -> Box<dyn LogReader> {
        Box::new(PlutoReader)
    }

    fn identifiers(&self) -> &'static [&'static str] {
        &["pluto"]
    }

    /// Its time is read with the line.
    fn own_line<'a>(&self, line: &'a [u8]) -> Option<OwnLine<'a>> {
        let (_, rest) = LocalTime::read(line)?;
        rest.starts_with(b": ").then_some(OwnLine { stamp: b"", text: line })
    }

    fn start_markers(&self) -> &'static [&'static str] {
        &["Starting Pluto"]
    }
}

/// Every line says all by itself.
#[derive(Debug)]
struct PlutoReader;

impl LogReader for PlutoReader {
    fn read(&mut self, line: &[u8], _origin: &LineOrigin<'_>) -> Option<LogMessage> {
        read(line)
    }
}

/// Reads one line, without its line feed: from a file (with its time), from the journal (without), or as whack shows it.
fn read(line: &[u8]) -> Option<LogMessage> {
    let frame = Frame::read(line)?;
    let body = String::from_utf8_lossy(frame.body);
    let (about, message) = speaker(&body);
    // 3.x wrote the severity behind the prefix.
    let (severity, message) = match message.strip_prefix("ERROR: ") {
        Some(message) => (LogSeverity::Error, message),
        None => (frame.severity, message),
    };
    // What stands before the message are names: no key is looked for in them.
    let names = body.get(..body.len() - message.len()).unwrap_or("");
    let line = PlutoLine { severity, word: frame.word, about, message };
    let says = line.says().or_else(|| line.may_be_quoted())?;
    let about = established::speaker_of(&says, line.message, line.about);
    let text = presentable_behind(&format!("{}{names}", frame.word), message);
    Some(LogMessage { time: frame.time, severity, about, says, text, besides: None })
}

/// A line in its parts.
struct PlutoLine<'a> {
    severity: LogSeverity,
    word: &'static str,
    about: Option<Speaker>,
    message: &'a str,
}

impl PlutoLine<'_> {
    fn says(&self) -> Option<Statement> {
        kernel::read(self.message)
            .or_else(|| match &self.about {
                None => life::read(self.message).or_else(|| connection::read_bare(self.message)),
                Some(_) => self.says_of_connection(),
            })
            .or_else(|| self.says_of_bug())
    }

    fn says_of_connection(&self) -> Option<Statement> {
        established::read(self.message)
            .or_else(|| negotiation::read(self.message))
            .or_else(|| ending::read(self.message))
            .or_else(|| failure::read(self.message))
            .or_else(|| connection::read(self.message))
    }

    /// Anything else about a connection. Lists of proposals, which are many, stand behind a blank or begin with a number; what a script printed
    /// is not the daemon's word, and may hold anything.
    fn may_be_quoted(&self) -> Option<Statement> {
        let is_list = self.message.starts_with([' ', '|']) || self.message.starts_with(|c: char| c.is_ascii_digit());
        let is_of_script = self.message.contains(" output: ");
        (self.about.is_some() && !is_list && !is_of_script && !self.message.is_empty()).then_some(Statement::Said)
    }

    /// Failed assertions and expectations have arbitrary text: their word alone tells.
    fn says_of_bug(&self) -> Option<Statement> {
        match self.severity {
            LogSeverity::Fatal => Some(Statement::Dying),
            LogSeverity::Error if self.word == frame::EXPECTATION => Some(Statement::Bug),
            _ => None,
        }
    }
}

#[cfg(test)]
mod releases;
#[cfg(test)]
mod tests;
