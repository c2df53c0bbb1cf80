//! One open file, read from a place on.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use super::super::LineSplitter;
use super::owner::other_writers;

/// Bytes read at once.
const SLICE: usize = 64 << 10;

/// How many of the bytes read last are remembered, to notice that the file was written anew.
const REMEMBERED: usize = 64;

/// An open file and how far it was read.
#[derive(Debug)]
pub struct Tail {
    file: File,
    identity: (u64, u64),
    offset: u64,
    lines: LineSplitter,
    told_cut: u64,
    last: Vec<u8>,
    /// Who besides root can write it.
    others: Option<String>,
}

/// What was lost when the file was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Nothing, as far as can be seen.
    Cleanly,
    /// The end of a line.
    TornLine,
    /// Nobody knows: it has already grown beyond the place of the last look.
    Unseen,
}

impl Tail {
    /// Opens a file at its beginning.
    ///
    /// # Errors
    /// What open(2) and fstat(2) say; also where it is no regular file, or anybody may write it.
    pub fn open(path: &Path) -> io::Result<Self> {
        // A pipe of this name must not hold the thread.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC | rustix::fs::OFlags::NOCTTY;
        let file = File::from(rustix::fs::open(path, flags, rustix::fs::Mode::empty())?);
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
        }
        // Its owner and group may be the logger's. What everybody may write is nobody's word.
        if metadata.mode() & 0o002 != 0 {
            let text = format!("anybody may write it: chmod o-w {}", path.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
        }
        let identity = (metadata.dev(), metadata.ino());
        let others = other_writers(path, &metadata);
        Ok(Self { file, identity, offset: 0, lines: LineSplitter::default(), told_cut: 0, last: Vec::new(), others })
    }

    /// Who besides root can write it, in words; none where nobody can.
    pub fn others(&self) -> Option<&str> {
        self.others.as_deref()
    }

    /// Where reading goes on.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The file, for a look at other places of it.
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// This is the file that was looked at.
    pub fn is(&self, looked_at: &Metadata) -> bool {
        self.identity == (looked_at.dev(), looked_at.ino())
    }

    /// Bytes in the file now.
    pub fn length(&self) -> u64 {
        self.file.metadata().map_or(self.offset, |metadata| metadata.len())
    }

    /// Reading begins here, at the beginning of a line.
    pub const fn start_at(&mut self, offset: u64) {
        self.offset = offset;
    }

    /// Reading begins at the end, behind the line that is perhaps being written.
    pub fn start_at_end(&mut self, length: u64) {
        self.offset = length;
        let mut last = [b'\n'];
        if length > 0 && self.file.read_exact_at(&mut last, length - 1).is_ok() && last != [b'\n'] {
            self.lines.skip_to_next();
        }
    }

    /// Looks whether the file was cut since the last read, and begins at its beginning if so.
    pub fn was_cut(&mut self) -> Option<Cut> {
        let shorter = self.length() < self.offset;
        if !shorter && self.remembers() {
            return None;
        }
        self.offset = 0;
        self.last.clear();
        let torn = self.lines.discard();
        Some(match (shorter, torn) {
            (false, _) => Cut::Unseen,
            (true, true) => Cut::TornLine,
            (true, false) => Cut::Cleanly,
        })
    }

    /// The bytes before the place of reading are still those that were read. Zeros count as well: a daemon that does not append goes on
    /// at its old place in a file that was cut under it, and leaves a hole.
    fn remembers(&self) -> bool {
        let mut now = vec![0; self.last.len()];
        let before = self.offset.saturating_sub(u64::try_from(now.len()).unwrap_or(0));
        let read = self.file.read_exact_at(&mut now, before);
        read.is_err() || now == self.last || now.iter().all(|byte| *byte == 0)
    }

    /// Reads up to `end` and gives every whole line to `line`.
    ///
    /// # Errors
    /// Outside those of `line`, inside those of pread(2).
    pub fn read_to<E>(&mut self, end: u64, mut line: impl FnMut(&[u8]) -> Result<(), E>) -> Result<io::Result<()>, E> {
        let mut slice = vec![0; SLICE];
        while self.offset < end {
            let room = usize::try_from(end - self.offset).unwrap_or(SLICE).min(SLICE);
            let Some(buffer) = slice.get_mut(..room) else { break };
            let length = match self.file.read_at(buffer, self.offset) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Ok(Err(error)),
            };
            let bytes = buffer.get(..length).unwrap_or_default();
            self.offset += u64::try_from(length).unwrap_or(0);
            self.remember(bytes);
            self.lines.push(bytes, &mut line)?;
        }
        Ok(Ok(()))
    }

    fn remember(&mut self, bytes: &[u8]) {
        self.last.extend_from_slice(bytes.get(bytes.len().saturating_sub(REMEMBERED)..).unwrap_or(bytes));
        self.last.drain(..self.last.len().saturating_sub(REMEMBERED));
    }

    /// How many lines were cut since the last call.
    pub const fn take_cut(&mut self) -> u64 {
        let new = self.lines.cut() - self.told_cut;
        self.told_cut = self.lines.cut();
        new
    }
}
