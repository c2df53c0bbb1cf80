//! The file with a daemon's process number: believed where only root could have written it.

use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::model::RealTime;
use crate::root_path::{RootPath, RootPathError};

/// Why it names nobody.
#[derive(Debug, thiserror::Error)]
pub enum PidFileError {
    /// Others could have put it there.
    #[error(transparent)]
    Path(#[from] RootPathError),
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is empty, or says something else.
    #[error("there is no number in it")]
    NoNumber,
}

/// The number in it.
///
/// # Errors
/// It is not root's alone, or there is none.
pub fn read(path: &Path) -> Result<u32, PidFileError> {
    read_dated(path).map(|(number, _)| number)
}

/// The number in it, and when it was written.
///
/// # Errors
/// As [`read`].
pub fn read_dated(path: &Path) -> Result<(u32, RealTime), PidFileError> {
    let file = RootPath::open_file(path)?;
    let (seconds, nanoseconds) = (file.stat.st_mtime, file.stat.st_mtime_nsec.cast_signed());
    let written = seconds.saturating_mul(1_000_000).saturating_add(nanoseconds / 1_000);
    Ok((number(&file)?, RealTime::from_micros(written)))
}

/// The number in a file that is open already.
///
/// # Errors
/// There is none.
pub fn number(file: &RootPath) -> Result<u32, PidFileError> {
    let mut bytes = [0; 32];
    let length = file.read()?.read_at(&mut bytes, 0)?;
    let text = bytes.get(..length).and_then(|read| std::str::from_utf8(read).ok());
    text.and_then(|text| text.trim().parse().ok()).ok_or(PidFileError::NoNumber)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, chown};

    use super::*;

    #[test]
    fn it_is_believed_where_nobody_else_could_have_written_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pluto.pid");
        std::fs::write(&path, " 4711\n").unwrap();
        assert_eq!(read(&path).unwrap(), 4711);
        std::fs::write(&path, "none\n").unwrap();
        assert!(matches!(read(&path), Err(PidFileError::NoNumber)));
        std::fs::write(&path, "4711\n").unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(read(&path), Err(PidFileError::Path(RootPathError::Writable { .. }))));
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        if rustix::process::geteuid().is_root() {
            chown(&path, Some(65_534), None).unwrap();
            assert!(matches!(read(&path), Err(PidFileError::Path(RootPathError::Owner { uid: 65_534, .. }))));
        }
    }

    #[test]
    fn a_pipe_of_its_name_holds_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pluto.pid");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::from(0o600)).unwrap();
        assert!(matches!(read(&path), Err(PidFileError::Path(RootPathError::NoFile { .. }))));
    }
}
