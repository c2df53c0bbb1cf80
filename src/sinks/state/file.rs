//! The file itself: written beside the old one and then over it, and read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::model::Remembered;

pub(super) const NAME: &str = "state.json";

/// A hundred thousand tunnels are some 10 MiB.
const LONGEST: u64 = 64 << 20;

/// The file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("{tried} {}: {source}", path.display())]
    Io { tried: &'static str, path: PathBuf, source: io::Error },
    /// It is something else.
    #[error("{} is no state of swanwatch: {reason}", path.display())]
    NotAState { path: PathBuf, reason: String },
}

/// Writes the file for good: it is the old one or the new one at any time.
///
/// # Errors
/// What the system says.
pub fn write(directory: &Path, state: &Remembered) -> Result<(), StateError> {
    let path = directory.join(NAME);
    let failed = |tried, path: &Path| {
        let path = path.to_owned();
        move |source| StateError::Io { tried, path, source }
    };
    DirBuilder::new().recursive(true).mode(0o755).create(directory).map_err(failed("making the folder", directory))?;
    let mut text = serde_json::to_vec(state)
        .map_err(|error| StateError::NotAState { path: path.clone(), reason: error.to_string() })?;
    text.push(b'\n');
    let new = directory.join(format!(".{NAME}.{}.new", std::process::id()));
    let written =
        put(&new, &text).and_then(|()| fs::rename(&new, &path)).and_then(|()| File::open(directory)?.sync_all());
    written.map_err(|source| {
        // What is left of it is of no use; nothing more can be done where that fails too.
        let _ = fs::remove_file(&new);
        failed("writing", &path)(source)
    })
}

fn put(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

/// What is in the file; none where there is none.
///
/// # Errors
/// It cannot be read, or is something else.
pub fn read(directory: &Path) -> Result<Option<Box<Remembered>>, StateError> {
    let path = directory.join(NAME);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StateError::Io { tried: "opening", path, source }),
    };
    let mut text = Vec::new();
    if let Err(source) = file.take(LONGEST).read_to_end(&mut text) {
        return Err(StateError::Io { tried: "reading", path, source });
    }
    serde_json::from_slice(&text).map(Some).map_err(|error| StateError::NotAState { path, reason: error.to_string() })
}

/// A run that was killed over it leaves its file.
pub(super) fn remove_what_is_half_written(directory: &Path) {
    let is_half = |name: &str| name.starts_with(&format!(".{NAME}.")) && name.ends_with(".new");
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_half) {
            // It only takes up room.
            let _ = fs::remove_file(entry.path());
        }
    }
}
