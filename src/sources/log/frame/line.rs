//! A line of the daemon, and who wrote it down.

use super::stamp::Stamp;
use crate::daemons::LineOrigin;

/// Who put a line into the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrittenBy {
    /// The daemon itself: its own stamp, or none.
    Daemon,
    /// syslog, into which every program of the host may write under every name.
    Syslog,
    /// An export of the journal.
    Journal,
}

/// One line of the daemon, without what is not its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaemonLine<'a> {
    /// When it was written, by whoever wrapped it.
    pub time: Option<Stamp>,
    /// Which process wrote it, by the same.
    pub pid: Option<u32>,
    pub by: WrittenBy,
    /// As the daemon wrote it, with its own stamp where it has one.
    pub text: &'a [u8],
    /// What the daemon itself told beside it.
    pub told: LineOrigin<'a>,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FramedLine<'a> {
    Daemon(DaemonLine<'a>),
    /// Another program's, by its name and process; of the journal's also one that a stranger wrote under the daemon's name.
    Other(&'a str, WrittenBy, Option<u32>),
    /// Text without anything around it: the grammar tells whether it is the daemon's.
    Bare(&'a [u8]),
}
