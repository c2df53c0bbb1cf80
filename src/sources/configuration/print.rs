//! Which files a text was read from, and how they were then.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Files that are looked at; of a configuration of more, the rest is noticed when one of these changes.
const MOST: usize = 512;

/// A file's number, size and dates.
type Marks = [i128; 6];

/// None where there is no such file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Print(Vec<(PathBuf, Option<Marks>)>);

impl Print {
    pub(super) fn of(files: &[PathBuf], folders: &[PathBuf]) -> Self {
        Self(files.iter().chain(folders).take(MOST).map(|path| (path.clone(), marks(path))).collect())
    }

    /// There are some, and all of them are still as they were.
    pub(super) fn holds(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|(path, known)| marks(path) == *known)
    }
}

fn marks(path: &Path) -> Option<Marks> {
    let found = std::fs::metadata(path).ok()?;
    let date = |seconds: i64, nanoseconds: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
    Some([
        i128::from(found.dev()),
        i128::from(found.ino()),
        i128::from(found.size()),
        i128::from(found.mode()),
        date(found.mtime(), found.mtime_nsec()),
        date(found.ctime(), found.ctime_nsec()),
    ])
}
