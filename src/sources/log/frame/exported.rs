//! An export of the journal, an object on each line (`journalctl --output=json`, or what a collector writes of it).

use super::line::{DaemonLine, FramedLine, WrittenBy};
use super::stamp::Stamp;
use crate::sources::log::journal::JournalEntry;

/// Reads one line; none where it is no entry of the journal.
pub fn read(line: &[u8]) -> Option<Exported> {
    JournalEntry::read(line).filter(|entry| entry.message().is_some()).map(Exported)
}

/// An entry of the journal.
#[derive(Debug)]
pub struct Exported(JournalEntry);

impl Exported {
    /// What it is for whoever looks for lines under these names. Anybody may write under any name; the user is the kernel's word, and where it is
    /// told and is not root the line is none of the daemon's.
    pub(super) fn of(&self, names: &[&str]) -> FramedLine<'_> {
        let Self(entry) = self;
        let name = entry.writer().unwrap_or("?");
        let Some(text) = entry.message() else { return FramedLine::Bare(b"") };
        if !names.contains(&name) || entry.is_of_another_user() {
            return FramedLine::Other(name, WrittenBy::Journal, entry.pid());
        }
        let time = entry.time().map(Stamp::At);
        // Where the user is left out nobody tells whose it is.
        let by = if entry.is_of_root() { WrittenBy::Journal } else { WrittenBy::Syslog };
        FramedLine::Daemon(DaemonLine { time, pid: entry.pid(), by, text, told: entry.told() })
    }
}
