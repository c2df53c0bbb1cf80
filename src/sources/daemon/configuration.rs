//! A daemon's own configuration, includes followed, within bounds.
//!
//! Only what is root's alone is read. Whoever can write a configuration could else have root read any file, and say where the log is.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::includes::{Budget, matching};
use crate::daemons::{DaemonPaths, Dialect, Settings, SettingsReader};
use crate::root_path::{RootPath, RootPathError};

/// How deep includes may nest.
const MAX_DEPTH: usize = 10;

/// A longer line sets nothing.
const MAX_LINE: u64 = 8 << 10;

/// Where the daemon with these arguments keeps things, as [`crate::daemons::Places::paths`] has it. Reads the configuration, which may take
/// seconds; also says what of that was left out.
pub fn paths(
    dialect: &dyn Dialect,
    arguments: &[String],
    unit: Option<&str>,
    stderr: Option<&Path>,
) -> (DaemonPaths, Option<String>) {
    let mut left_out = None;
    let places = dialect.paths(arguments, unit, stderr, &mut |path| {
        let (settings, without) = read(dialect.settings_reader(), path);
        left_out = left_out.take().or(without);
        settings
    });
    (places, left_out)
}

/// Reads `file` and what it includes, and says in one sentence what was not read and why. What cannot be read is left out: the daemon itself
/// complains about it. May wait for a disk.
pub(super) fn read(language: Box<dyn SettingsReader>, file: &Path) -> (Settings, Option<String>) {
    let mut reader = Reader { language, budget: Budget::default() };
    reader.file(file, 0);
    (reader.language.settings(), reader.budget.left_out)
}

struct Reader {
    language: Box<dyn SettingsReader>,
    budget: Budget,
}

impl Reader {
    fn file(&mut self, path: &Path, depth: usize) {
        if depth > MAX_DEPTH || !self.budget.takes_file() {
            return;
        }
        match open(path) {
            Ok(file) => self.lines(BufReader::new(file), depth),
            // The daemon does without it too.
            Err(RootPathError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            // A pattern names what it finds.
            Err(RootPathError::NoFile { .. }) if depth > 0 => {}
            Err(error) => self.budget.leave_out(error.to_string()),
        }
    }

    fn lines(&mut self, mut file: BufReader<File>, depth: usize) {
        let mut line = Vec::new();
        while self.budget.takes_more() {
            line.clear();
            let read = (&mut file).take(MAX_LINE).read_until(b'\n', &mut line);
            if !read.is_ok_and(|read| read > 0) {
                return;
            }
            let whole = line.last() == Some(&b'\n') || (line.len() as u64) < MAX_LINE;
            self.budget.read(line.len() as u64);
            if whole {
                self.line(&String::from_utf8_lossy(&line), depth);
            } else if !self.skip_line(&mut file) {
                return;
            }
        }
    }

    /// Passes over the rest of a line; false where the file or the budget ends with it.
    fn skip_line(&mut self, file: &mut BufReader<File>) -> bool {
        while self.budget.takes_more() {
            let Ok(piece) = file.fill_buf() else { return false };
            let end = memchr::memchr(b'\n', piece);
            let length = end.map_or(piece.len(), |end| end + 1);
            file.consume(length);
            self.budget.read(length as u64);
            if end.is_some() || length == 0 {
                return end.is_some();
            }
        }
        false
    }

    fn line(&mut self, line: &str, depth: usize) {
        let Some(pattern) = self.language.line(line) else { return };
        for path in matching(pattern, &mut self.budget) {
            self.file(&path, depth + 1);
        }
    }
}

/// Opens a regular file that is root's alone. The kernel's own call themselves empty (proc(5), tracefs), and reading some takes from others.
fn open(path: &Path) -> Result<File, RootPathError> {
    let found = RootPath::open_file(path)?;
    let io = |source: io::Error| RootPathError::Io { path: path.to_owned(), source };
    if found.stat.st_size == 0 || is_kernels(&found).map_err(io)? {
        return Err(RootPathError::NoFile { path: path.to_owned() });
    }
    found.read().map_err(io)
}

/// sysfs gives its files a size (`SYSFS_MAGIC`, linux/magic.h).
fn is_kernels(file: &RootPath) -> io::Result<bool> {
    const SYSFS_MAGIC: rustix::fs::FsWord = 0x6265_6572;
    Ok(rustix::fs::fstatfs(&file.descriptor)?.f_type == SYSFS_MAGIC)
}

#[cfg(test)]
mod tests;
