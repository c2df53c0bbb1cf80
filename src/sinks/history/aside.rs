//! A damaged file is put aside, for somebody who may want to save something of it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::HistoryError;

/// Where damaged files are, the newest first. There are never more.
fn places(path: &Path) -> [PathBuf; 2] {
    ["damaged", "damaged.1"].map(|extension| path.with_extension(extension))
}

/// SQLite's log beside a file.
pub(super) fn companion(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Gives the file another name, with its log; the one before the last that was put aside goes. Returns the name.
///
/// # Errors
/// What the system says; and nothing but a file is touched.
pub(super) fn set_aside(path: &Path) -> Result<PathBuf, HistoryError> {
    let failed = |source| HistoryError::Io { path: path.to_owned(), source };
    if !fs::symlink_metadata(path).map_err(failed)?.is_file() {
        return Err(failed(io::Error::other("this is no file")));
    }
    let [newest, older] = places(path);
    rename(&newest, &older).map_err(failed)?;
    // It belongs to the name, and would be taken for the next file's.
    let _ = fs::remove_file(companion(path, "-shm"));
    rename(path, &newest).map_err(failed)?;
    Ok(newest)
}

/// With its log, and that second: one that is left alone is worth nothing, and SQLite removes it where it begins a new file.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    for ending in ["", "-wal"] {
        let (from, to) = (companion(from, ending), companion(to, ending));
        remove(&to)?;
        match fs::rename(&from, &to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
