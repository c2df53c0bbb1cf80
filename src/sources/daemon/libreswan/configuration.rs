//! The few settings of ipsec.conf(5) that swanwatch needs: only of the section `config setup`, includes followed, within bounds.
//!
//! Only what is root's alone is read. Whoever can write a configuration could else have root read any file, and say where the log is.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::includes::{Budget, matching};
use crate::root_path::{RootPath, RootPathError};

/// What is kept.
const NAMES: [&str; 3] = ["logfile", "logip", "plutodebug"];

/// How deep includes may nest (pluto's own limit is 10).
const MAX_DEPTH: usize = 10;

/// A longer line sets none of these.
const MAX_LINE: u64 = 8 << 10;

/// The settings of `config setup`. What cannot be read or understood is left out: pluto itself complains about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    settings: BTreeMap<&'static str, String>,
    left_out: Option<String>,
}

impl Setup {
    /// Reads `file` and what it includes. May wait for a disk.
    pub fn read(file: &Path) -> Self {
        Self::read_within(file, Budget::default())
    }

    fn read_within(file: &Path, budget: Budget) -> Self {
        let mut reader = Reader { settings: BTreeMap::new(), in_setup: false, budget };
        reader.file(file, 0);
        Self { settings: reader.settings, left_out: reader.budget.left_out }
    }

    /// One setting, by its name in ipsec.conf(5): `logfile`, `logip` or `plutodebug`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }

    /// What was not read and why, in one sentence.
    pub fn left_out(&self) -> Option<&str> {
        self.left_out.as_deref()
    }
}

struct Reader {
    settings: BTreeMap<&'static str, String>,
    in_setup: bool,
    budget: Budget,
}

impl Reader {
    fn file(&mut self, path: &Path, depth: usize) {
        if depth > MAX_DEPTH || !self.budget.takes_file() {
            return;
        }
        match open(path) {
            Ok(file) => self.lines(BufReader::new(file), depth),
            // pluto does without it too.
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
        let indented = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        if let Some(pattern) = keyword(line, "include") {
            for path in matching(unquoted(pattern), &mut self.budget) {
                self.file(&path, depth + 1);
            }
        } else if !indented {
            self.in_setup = keyword(line, "config").is_some_and(|rest| rest.trim() == "setup");
        } else if self.in_setup
            && let Some((name, value)) = line.split_once('=')
            && let Some(known) = NAMES.iter().find(|known| name.trim().eq_ignore_ascii_case(known))
        {
            self.settings.insert(known, unquoted(value).to_owned());
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

fn keyword<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    line.strip_prefix(word).filter(|rest| rest.starts_with([' ', '\t'])).map(str::trim)
}

/// The value without its quotes, or up to a comment where it has none.
fn unquoted(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or(rest);
        }
    }
    value.split_whitespace().next().unwrap_or("")
}

#[cfg(test)]
mod tests;
