//! Opening a path that nobody but root could have put there.
//!
//! The path is walked component by component on descriptors (openat2(2) is not needed: every link is read and walked here), so that what was
//! checked is what is opened, whatever somebody does to the names meanwhile.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, openat, readlinkat};

/// As the kernel: links in one path (`MAXSYMLINKS`, include/linux/namei.h).
const MOST_LINKS: u32 = 40;

/// Bits of a mode that let others write. An ACL that lets others write shows in the bits of the group (acl(5)).
const WRITABLE: u32 = 0o022;

/// The same without the group.
const WRITABLE_BY_ALL: u32 = 0o002;

/// A directory in which nobody but root and its owner removes or renames what is another's (inode(7)).
const STICKY: u32 = 0o1000;

/// Something that only root could have put where it is.
#[derive(Debug)]
pub struct RootPath {
    /// It, opened with `O_PATH`: it cannot be read or written by this, but named (`/proc/self/fd/N`), and executed.
    pub descriptor: OwnedFd,
    pub stat: Stat,
}

/// Why a path is not believed.
#[derive(Debug, thiserror::Error)]
pub enum RootPathError {
    /// It cannot be walked.
    #[error("{}: {source}", path.display())]
    Io {
        path: PathBuf,
        /// What the kernel says.
        source: io::Error,
    },
    /// Somebody else's.
    #[error("{} belongs to user {uid}, not to root", path.display())]
    Owner { path: PathBuf, uid: u32 },
    /// Others may change it.
    #[error("{} is writable by others than root: chmod go-w {}", path.display(), path.display())]
    Writable { path: PathBuf },
    /// A path means something else in every working directory.
    #[error("{} does not begin at /", path.display())]
    Relative { path: PathBuf },
    /// A folder, a pipe, a device.
    #[error("{} is no regular file", path.display())]
    NoFile { path: PathBuf },
    /// Links that lead nowhere.
    #[error("{} has more than {MOST_LINKS} links in it", path.display())]
    Links { path: PathBuf },
}

impl RootPath {
    /// Opens what `path` names. Every folder, every link in a sticky folder, and the thing itself must be root's and writable by nobody else;
    /// a sticky folder (`/tmp`) may be writable by all, as nobody can move what is root's in it. Links are followed, and what they lead through
    /// is looked at in the same way.
    ///
    /// # Errors
    /// The first thing on the way that is not root's alone, or cannot be opened.
    pub fn open(path: &Path) -> Result<Self, RootPathError> {
        Self::open_for(path, &believed())
    }

    /// As `open`, where not root alone but each of `owners` is believed.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_for(path: &Path, owners: &[u32]) -> Result<Self, RootPathError> {
        if !path.is_absolute() {
            return Err(RootPathError::Relative { path: path.to_owned() });
        }
        let mut walk = PathWalk { owners, whole: path, links: 0, todo: parts(path), here: PathBuf::from("/") };
        let root = openat(rustix::fs::CWD, "/", FOLDER, Mode::empty()).map_err(|error| walk.io(error))?;
        let mut stack = vec![walk.judge(root)?];
        while let Some(part) = walk.todo.pop_front() {
            walk.step(&part, &mut stack)?;
        }
        stack.pop().ok_or_else(|| walk.io(rustix::io::Errno::NOENT))
    }

    /// As `open`, where it must be a regular file.
    ///
    /// # Errors
    /// As `open`, and where it is something else.
    pub fn open_file(path: &Path) -> Result<Self, RootPathError> {
        let found = Self::open(path)?;
        if found.is_file() { Ok(found) } else { Err(RootPathError::NoFile { path: path.to_owned() }) }
    }

    /// What was checked, opened for reading. Nothing is waited for: not every file of the kernel's own ends.
    ///
    /// # Errors
    /// What open(2) says.
    pub fn read(&self) -> io::Result<File> {
        let path = format!("/proc/self/fd/{}", self.descriptor.as_raw_fd());
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
    }

    /// Whether it is a regular file.
    pub fn is_file(&self) -> bool {
        FileType::from_raw_mode(self.stat.st_mode) == FileType::RegularFile
    }

    /// Whether it is a socket.
    pub fn is_socket(&self) -> bool {
        FileType::from_raw_mode(self.stat.st_mode) == FileType::Socket
    }

    fn is_folder(&self) -> bool {
        FileType::from_raw_mode(self.stat.st_mode) == FileType::Directory
    }

    fn is_link(&self) -> bool {
        FileType::from_raw_mode(self.stat.st_mode) == FileType::Symlink
    }
}

/// Whom this process believes: root, and whoever it runs as itself, who can have it do anything.
pub fn believed() -> [u32; 2] {
    [0, rustix::process::geteuid().as_raw()]
}

const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
const ANYTHING: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

struct PathWalk<'a> {
    owners: &'a [u32],
    whole: &'a Path,
    links: u32,
    todo: VecDeque<OsString>,
    /// Where the walk is, for words only.
    here: PathBuf,
}

impl PathWalk<'_> {
    /// One component further; `stack` holds the folders from `/` to here, so that `..` leads to where the walk came from.
    fn step(&mut self, part: &OsStr, stack: &mut Vec<RootPath>) -> Result<(), RootPathError> {
        if part == ".." {
            if stack.len() > 1 {
                stack.pop();
                self.here.pop();
            }
            return Ok(());
        }
        let Some(folder) = stack.last() else { return Err(self.io(rustix::io::Errno::NOENT)) };
        self.here.push(part);
        let next = openat(folder.descriptor.as_fd(), part, ANYTHING, Mode::empty()).map_err(|error| self.io(error))?;
        let next = self.judge(next)?;
        if !next.is_link() {
            if !self.todo.is_empty() && !next.is_folder() {
                return Err(self.io(rustix::io::Errno::NOTDIR));
            }
            stack.push(next);
            return Ok(());
        }
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(RootPathError::Links { path: self.whole.to_owned() });
        }
        let target = readlinkat(&next.descriptor, "", Vec::new()).map_err(|error| self.io(error))?;
        let target = PathBuf::from(OsString::from_vec(target.into_bytes()));
        self.here.pop();
        if target.is_absolute() {
            stack.truncate(1);
            self.here = PathBuf::from("/");
        }
        let mut todo = parts(&target);
        todo.append(&mut self.todo);
        self.todo = todo;
        Ok(())
    }

    /// Whether nobody but its owner could change it.
    fn judge(&self, descriptor: OwnedFd) -> Result<RootPath, RootPathError> {
        let stat = fstat(&descriptor).map_err(|error| self.io(error))?;
        let found = RootPath { descriptor, stat };
        if !self.owners.contains(&found.stat.st_uid) {
            return Err(RootPathError::Owner { path: self.here.clone(), uid: found.stat.st_uid });
        }
        // A link has no mode of its own. Whoever may write to a socket may speak to its daemon, and puts nothing in its place: its group may.
        let sticky = found.is_folder() && found.stat.st_mode & STICKY != 0;
        let writable = if found.is_socket() { WRITABLE_BY_ALL } else { WRITABLE };
        if found.stat.st_mode & writable != 0 && !sticky && !found.is_link() {
            return Err(RootPathError::Writable { path: self.here.clone() });
        }
        Ok(found)
    }

    fn io(&self, error: rustix::io::Errno) -> RootPathError {
        RootPathError::Io { path: self.here.clone(), source: error.into() }
    }
}

/// The components of a path, without `.` and without the leading `/`.
fn parts(path: &Path) -> VecDeque<OsString> {
    let parts = path.as_os_str().as_bytes().split(|byte| *byte == b'/');
    parts.filter(|part| !part.is_empty() && *part != b".").map(|part| OsStr::from_bytes(part).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    fn is_root() -> bool {
        rustix::process::geteuid().is_root()
    }

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_is_roots_below_a_sticky_folder_is_opened_and_its_links_followed() {
        if !is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        mode(&file, 0o600);
        let link = folder.path().join("link");
        symlink("../".to_owned() + folder.path().file_name().unwrap().to_str().unwrap() + "/./file", &link).unwrap();
        let found = RootPath::open(&link).unwrap();
        assert!(found.is_file());
        assert_eq!(found.stat.st_ino, fstat(fs::File::open(&file).unwrap()).unwrap().st_ino);
    }

    #[test]
    fn what_another_owns_or_may_write_is_refused_wherever_it_is_on_the_way() {
        if !is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let file = inner.join("file");
        fs::write(&file, "").unwrap();
        mode(&file, 0o644);
        mode(&inner, 0o755);
        RootPath::open(&file).unwrap();
        mode(&inner, 0o775);
        assert!(matches!(RootPath::open(&file), Err(RootPathError::Writable { path }) if path == inner));
        mode(&inner, 0o755);
        mode(&file, 0o666);
        assert!(matches!(RootPath::open(&file), Err(RootPathError::Writable { path }) if path == file));
        mode(&file, 0o644);
        chown(&file, Some(65_534), None).unwrap();
        assert!(matches!(RootPath::open(&file), Err(RootPathError::Owner { uid: 65_534, .. })));
        RootPath::open_for(&file, &[0, 65_534]).unwrap();
        chown(&file, Some(0), None).unwrap();
        chown(&inner, Some(65_534), None).unwrap();
        assert!(matches!(RootPath::open(&file), Err(RootPathError::Owner { path, .. }) if path == inner));
    }

    #[test]
    fn a_sockets_group_may_speak_to_its_daemon() {
        if !is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        mode(&path, 0o770);
        assert!(RootPath::open(&path).unwrap().is_socket());
        mode(&path, 0o772);
        assert!(matches!(RootPath::open(&path), Err(RootPathError::Writable { .. })));
        mode(&path, 0o770);
        mode(folder.path(), 0o770);
        assert!(matches!(RootPath::open(&path), Err(RootPathError::Writable { path }) if path == folder.path()));
    }

    #[test]
    fn a_link_of_somebody_else_is_refused_as_is_one_that_leads_through_his_folder() {
        if !is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (file, theirs) = (folder.path().join("file"), folder.path().join("theirs"));
        fs::write(&file, "").unwrap();
        fs::create_dir(&theirs).unwrap();
        let hop = theirs.join("hop");
        symlink(&file, &hop).unwrap();
        std::os::unix::fs::lchown(&theirs, Some(65_534), None).unwrap();
        let link = folder.path().join("link");
        symlink(&hop, &link).unwrap();
        assert!(matches!(RootPath::open(&link), Err(RootPathError::Owner { path, .. }) if path == theirs));
        std::os::unix::fs::lchown(&link, Some(65_534), None).unwrap();
        assert!(matches!(RootPath::open(&link), Err(RootPathError::Owner { path, .. }) if path == link));
    }

    #[test]
    fn links_that_never_end_and_paths_that_do_not_begin_are_errors() {
        if !is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("link", &link).unwrap();
        assert!(matches!(RootPath::open(&link), Err(RootPathError::Links { .. })));
        assert!(matches!(RootPath::open(Path::new("etc/passwd")), Err(RootPathError::Relative { .. })));
        assert!(matches!(RootPath::open(&folder.path().join("none")), Err(RootPathError::Io { .. })));
        assert!(matches!(RootPath::open(Path::new("/etc/passwd/x")), Err(RootPathError::Io { .. })));
    }
}
