//! A daemon's own configuration, includes followed, within bounds.
//!
//! Only what is root's alone is read. Whoever can write a configuration could else have root read any file, and say where the log is.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::includes::{Budget, matching};
use crate::daemons::{ConfigurationReader, DaemonPaths, Dialect, Include, Settings};
use crate::model::{ConfiguredConnection, ConfiguredConnections};
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
        let (settings, without) = settings(dialect, path);
        left_out = left_out.take().or(without);
        settings
    });
    (places, left_out)
}

/// What `file` and what it includes set for the daemon itself, and in one sentence what was not read and why. What cannot be read is left
/// out: the daemon itself complains about it. May wait for a disk.
pub(super) fn settings(dialect: &dyn Dialect, file: &Path) -> (Settings, Option<String>) {
    let mut language = dialect.settings_reader();
    let left_out = IncludesReader::read(&mut *language, file).budget.left_out;
    (language.settings(), left_out)
}

/// What was read of connections.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ReadConnections {
    /// Nothing where anything was left out, or is not understood.
    pub connections: Option<ConfiguredConnections>,
    /// The files that were read, or would have been.
    pub files: Vec<PathBuf>,
    /// The folders in which a new file may be a part of it.
    pub folders: Vec<PathBuf>,
}

/// What `file` and what it includes say of connections. May wait for a disk.
pub fn connections(dialect: &dyn Dialect, file: &Path) -> ReadConnections {
    let mut language = dialect.connections_reader();
    let IncludesReader { budget, passed_over, files, folders, .. } = IncludesReader::read(&mut *language, file);
    let whole = budget.left_out.is_none() && !passed_over;
    let told = |connections: Vec<ConfiguredConnection>| ConfiguredConnections {
        file: file.display().to_string(),
        connections,
    };
    ReadConnections { connections: language.connections().filter(|_| whole).map(told), files, folders }
}

struct IncludesReader<'a, R: ConfigurationReader + ?Sized> {
    language: &'a mut R,
    budget: Budget,
    /// A line that is too long, or files that nest too deep, were passed over without a word.
    passed_over: bool,
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl<'a, R: ConfigurationReader + ?Sized> IncludesReader<'a, R> {
    fn read(language: &'a mut R, file: &Path) -> Self {
        let (files, folders) = (Vec::new(), Vec::new());
        let mut reader = Self { language, budget: Budget::default(), passed_over: false, files, folders };
        reader.file(file, 0);
        reader
    }

    fn file(&mut self, path: &Path, depth: usize) {
        self.passed_over |= depth > MAX_DEPTH;
        if depth > MAX_DEPTH || !self.budget.takes_file() {
            return;
        }
        self.files.push(path.to_owned());
        match open(path) {
            Ok(file) => {
                self.lines(BufReader::new(file), path, depth);
                self.language.file_ends();
            }
            // The daemon does without it too.
            Err(RootPathError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            // A pattern names what it finds.
            Err(RootPathError::NoFile { .. }) if depth > 0 => {}
            Err(error) => self.budget.leave_out(error.to_string()),
        }
    }

    fn lines(&mut self, mut file: BufReader<File>, path: &Path, depth: usize) {
        let mut line = Vec::new();
        while self.budget.takes_more() {
            line.clear();
            let read = (&mut file).take(MAX_LINE).read_until(b'\n', &mut line);
            self.passed_over |= read.is_err();
            if !read.is_ok_and(|read| read > 0) {
                return;
            }
            let whole = line.last() == Some(&b'\n') || (line.len() as u64) < MAX_LINE;
            self.budget.read(line.len() as u64);
            if whole {
                self.line(&String::from_utf8_lossy(&line), path, depth);
            } else {
                self.passed_over = true;
                if !self.skip_line(&mut file) {
                    return;
                }
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

    fn line(&mut self, line: &str, file: &Path, depth: usize) {
        let mut rest = line;
        while !rest.is_empty()
            && let Some(include) = self.language.line(rest)
        {
            let pattern = from_folder(&include, file);
            self.folders.extend(folder_of(&pattern));
            for path in matching(&pattern, &mut self.budget) {
                self.file(&path, depth + 1);
            }
            rest = include.rest;
        }
    }
}

/// The pattern as it is meant where it stands.
fn from_folder<'a>(include: &Include<'a>, file: &Path) -> Cow<'a, str> {
    let folder = file.parent().and_then(Path::to_str).filter(|_| include.beside_file);
    match folder {
        Some(folder) if !include.pattern.starts_with('/') => format!("{folder}/{}", include.pattern).into(),
        _ => include.pattern.clone(),
    }
}

/// Where files may come that a pattern names; none where it is no pattern.
fn folder_of(pattern: &str) -> Option<PathBuf> {
    let (before, _) = pattern.split_at_checked(pattern.find(['*', '?', '['])?)?;
    Some(PathBuf::from(before.rsplit_once('/')?.0))
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
