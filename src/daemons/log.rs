//! What a daemon's log says.

use std::fmt::Debug;

use crate::model::{LogSeverity, RealTime, Speaker, Statement};
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
    /// What is said of the same besides, and the line in which it stands.
    pub besides: Option<(Statement, String)>,
}

/// What is known of a line besides its bytes. It is believed as the line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineOrigin<'a> {
    /// When it was written.
    pub time: Option<RealTime>,
    /// Which of the daemon's threads wrote it.
    pub thread: Option<u32>,
    /// Which part of the daemon, in its own word.
    pub group: Option<&'a str>,
    /// How much it matters, in the daemon's own number.
    pub level: Option<u8>,
    /// The IKE SA that the thread worked on: its connection's name, and its serial.
    pub ike_name: Option<&'a str>,
    pub ike: Option<u32>,
}

/// A line that the daemon itself put a time before, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnLine<'a> {
    /// What stands before the line, and should be a time; empty where that is a part of the line.
    pub stamp: &'a [u8],
    pub text: &'a [u8],
}

/// Reads one log, line by line: what one line says may stand in those before it.
pub trait LogReader: Debug + Send {
    /// Reads one line, without its line feed and what surrounds it; none where it means nothing here.
    fn read(&mut self, line: &[u8], origin: &LineOrigin<'_>) -> Option<LogMessage>;
}

/// The grammar of a log.
pub trait LogGrammar {
    /// A reader for one log, from its beginning or any line of it.
    fn reader(&self) -> Box<dyn LogReader>;

    /// The names under which it writes into syslog and the journal, the usual one first.
    fn identifiers(&self) -> &'static [&'static str];

    /// What a line that the daemon stamped itself consists of; none where it is no such line.
    fn own_line<'a>(&self, line: &'a [u8]) -> Option<OwnLine<'a>>;

    /// What first lines of a daemon's life contain, each of which the reader must say to be a start.
    fn start_markers(&self) -> &'static [&'static str];
}
