//! The pid file that a killed daemon leaves. Started by hand, the next one refuses while it is there (exit status 10): it takes the file for
//! a lock. Under its unit (`--nofork`) it removes the file itself.

use std::io;
use std::path::Path;

use rustix::fs::{AtFlags, unlinkat};

use crate::root_path::{RootPath, RootPathError, believed};
use crate::sources::process::{pid_file, procfs};

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub enum PidFile {
    None,
    /// It named no living daemon, and is removed.
    Removed,
    /// The daemon that it names lives.
    Lives(u32),
}

/// Removes it where no daemon of this name has the process number in it. One that is not root's alone is left as it is.
///
/// # Errors
/// It cannot be removed, or is somebody else's.
pub fn clear(path: &Path, name: &str) -> Result<PidFile, RootPathError> {
    let io = |source: io::Error| RootPathError::Io { path: path.to_owned(), source };
    let (Some(folder), Some(entry)) = (path.parent(), path.file_name()) else {
        return Err(RootPathError::Relative { path: path.to_owned() });
    };
    let found = RootPath::open(folder).and_then(|folder| Ok((folder, RootPath::open_file(path)?)));
    let (folder, file) = match found {
        Ok(found) => found,
        Err(RootPathError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => return Ok(PidFile::None),
        Err(error) => return Err(error),
    };
    if let Some(pid) = pid_file::number(&file).ok().filter(|pid| is_daemon(*pid, name)) {
        return Ok(PidFile::Lives(pid));
    }
    match unlinkat(&folder.descriptor, entry, AtFlags::empty()) {
        Ok(()) => Ok(PidFile::Removed),
        Err(rustix::io::Errno::NOENT) => Ok(PidFile::None),
        Err(error) => Err(io(error.into())),
    }
}

/// A process of another user's may be called so too.
fn is_daemon(pid: u32, name: &str) -> bool {
    procfs::has_name(pid, name) && procfs::identity(pid).is_ok_and(|identity| identity.stranger(&believed()).is_none())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_that_names_no_pluto_is_removed_whatever_else_has_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pluto.pid");
        assert_eq!(clear(&path, "pluto").unwrap(), PidFile::None);
        // The number is a living process's, but no pluto's.
        for text in [std::process::id().to_string(), "no number".to_owned()] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(clear(&path, "pluto").unwrap(), PidFile::Removed);
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
        let found = clear(&path, "pluto").unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(found, PidFile::Lives(child.id()));
        assert!(path.exists());
    }

    #[test]
    fn what_is_not_roots_alone_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pluto.pid");
        std::fs::write(&path, "4194305\n").unwrap();
        let open_to = |mode| std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        open_to(0o777);
        assert!(matches!(clear(&path, "pluto"), Err(RootPathError::Writable { .. })));
        open_to(0o755);
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(folder.path(), Some(65_534), None).unwrap();
            assert!(matches!(clear(&path, "pluto"), Err(RootPathError::Owner { uid: 65_534, .. })));
            std::os::unix::fs::chown(folder.path(), Some(0), None).unwrap();
            std::os::unix::fs::chown(&path, Some(65_534), None).unwrap();
            assert!(matches!(clear(&path, "pluto"), Err(RootPathError::Owner { uid: 65_534, .. })));
            std::os::unix::fs::chown(&path, Some(0), None).unwrap();
        }
        assert!(path.exists());
        // A pipe holds nobody.
        std::fs::remove_file(&path).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::from(0o600)).unwrap();
        assert!(matches!(clear(&path, "pluto"), Err(RootPathError::NoFile { .. })));
    }
}
