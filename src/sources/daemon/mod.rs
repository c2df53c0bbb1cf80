//! What is particular to one kind of IKE daemon: its log's grammar, its tables, its commands, and where it keeps things.
//! Each daemon is a folder of the same shape.

mod caller;
mod command;
pub mod libreswan;
mod worked;

pub use self::caller::Caller;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

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

/// Longer than a program takes that only says its own name.
const SAYS_ITS_NAME: Duration = Duration::from_secs(2);

/// The daemon's version by the program that asks it, as both are of one package; `whack` where it is not in its usual place. The daemon is
/// not asked.
pub async fn version(whack: Option<PathBuf>) -> Option<String> {
    let (program, first) = libreswan::commands::program(whack);
    version_of(&program, &first).await
}

async fn version_of(program: &Path, first: &[OsString]) -> Option<String> {
    let mut arguments = first.to_vec();
    arguments.extend(libreswan::commands::version_arguments());
    let said = tokio::time::timeout(SAYS_ITS_NAME, command::run(program, &arguments)).await.ok()?.ok()?;
    libreswan::places::version_of(&String::from_utf8_lossy(&said.bytes))
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
