//! The pid file that a killed pluto leaves. Started by hand, the next one refuses while it is there (exit status 10): it takes the file for
//! a lock. Under its unit (`--nofork`) it removes the file itself.

use std::io;
use std::path::Path;

use crate::sources::daemon::libreswan::places::PROGRAM;
use crate::sources::process::procfs;

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub enum PidFile {
    /// There is none.
    None,
    /// It named no living daemon, and is removed.
    Removed,
    /// The daemon that it names lives.
    Lives(u32),
}

/// Removes it where no daemon has the process number in it.
///
/// # Errors
/// It cannot be removed.
pub fn clear(path: &Path) -> io::Result<PidFile> {
    if let Some(pid) = procfs::pid_in(path).filter(|pid| procfs::has_name(*pid, PROGRAM)) {
        return Ok(PidFile::Lives(pid));
    }
    match std::fs::remove_file(path) {
        Ok(()) => Ok(PidFile::Removed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(PidFile::None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn a_file_that_names_no_pluto_is_removed_whatever_else_has_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pluto.pid");
        assert_eq!(clear(&path).unwrap(), PidFile::None);
        // The number is a living process's, but no pluto's.
        for text in [std::process::id().to_string(), "no number".to_owned()] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(clear(&path).unwrap(), PidFile::Removed);
            assert!(!path.exists());
        }
    }

    #[test]
    fn the_file_of_a_pluto_that_lives_stays() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("pluto");
        std::fs::copy("/bin/cat", &program).unwrap();
        let piped = || std::process::Stdio::piped();
        let mut child = std::process::Command::new(&program).stdin(piped()).stdout(piped()).spawn().unwrap();
        // It has its name once it does its work.
        child.stdin.as_mut().unwrap().write_all(b"x").unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        let path = folder.path().join("pluto.pid");
        std::fs::write(&path, format!("{}\n", child.id())).unwrap();
        let found = clear(&path).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(found, PidFile::Lives(child.id()));
        assert!(path.exists());
    }
}
