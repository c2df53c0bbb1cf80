//! An export of the journal, an object on each line (`journalctl --output=json`, or what a collector writes of it).

use super::line::{By, Found, Line};
use super::stamp::Stamp;
use crate::sources::log::journal::Entry;

/// Reads one line; none where it is no entry of the journal.
pub fn read(line: &[u8]) -> Option<Exported> {
    Entry::read(line).filter(|entry| entry.message().is_some()).map(Exported)
}

/// An entry of the journal.
#[derive(Debug)]
pub struct Exported(Entry);

impl Exported {
    /// What it is for whoever looks for this program's lines. Anybody may write under any name; the user is the kernel's word, and where it is
    /// told and is not root the line is none of the daemon's.
    pub(super) fn of(&self, program: &str) -> Found<'_> {
        let Self(entry) = self;
        let name = entry.writer().unwrap_or("?");
        let Some(text) = entry.message() else { return Found::Bare(b"") };
        if name != program || entry.is_of_another_user() {
            return Found::Other(name, By::Journal, entry.pid());
        }
        let time = entry.time().map(Stamp::At);
        // Where the user is left out nobody tells whose it is.
        let by = if entry.is_of_root() { By::Journal } else { By::Syslog };
        Found::Daemon(Line { time, pid: entry.pid(), by, text })
    }
}
