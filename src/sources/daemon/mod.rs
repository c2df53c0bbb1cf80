//! What is particular to one kind of IKE daemon: its log's grammar, its tables, its commands, and where it keeps things.
//! Each daemon is a folder of the same shape.

mod caller;
mod command;
pub mod libreswan;
mod worked;

pub use self::caller::Caller;

use super::log::LocalTime;
use crate::model::{DaemonKind, LogSeverity, Speaker, Statement};

/// A line of a daemon's log that its grammar knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The line's own time, where it has one.
    pub time: Option<LocalTime>,
    /// How the daemon rates it.
    pub severity: LogSeverity,
    /// Of which connection and state.
    pub about: Option<Speaker>,
    /// What it means.
    pub says: Statement,
    /// The line without its time, fit to be kept.
    pub text: String,
}

/// Reads one line, without its line feed; none where it means nothing here.
pub fn read_line(kind: DaemonKind, line: &[u8]) -> Option<Known> {
    match kind {
        DaemonKind::Libreswan => libreswan::grammar::read(line),
    }
}

/// What every first line of a daemon's life contains; the line must still be read to be sure.
pub const fn start_marker(kind: DaemonKind) -> &'static [u8] {
    match kind {
        DaemonKind::Libreswan => b"Starting Pluto",
    }
}
