//! What a daemon's log says.

use crate::model::{LogSeverity, Speaker, Statement};
use crate::text::LocalTime;

/// A line of a daemon's log that its grammar knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogMessage {
    /// The line's own time, where it has one.
    pub time: Option<LocalTime>,
    /// How the daemon rates it.
    pub severity: LogSeverity,
    /// Of which connection and state.
    pub about: Option<Speaker>,
    pub says: Statement,
    /// The line without its time, fit to be kept.
    pub text: String,
}

/// The grammar of a log.
pub trait LogGrammar {
    /// Reads one line, without its line feed; none where it means nothing here.
    fn read_line(&self, line: &[u8]) -> Option<LogMessage>;

    /// What every first line of a daemon's life contains; the line must still be read to be sure.
    fn start_marker(&self) -> &'static [u8];
}
