//! One daemon that is known by its control socket alone: whether it still listens there, and what waits for it.

use std::io;
use std::path::{Path, PathBuf};

use super::control::{ControlError, ControlSocket};
use crate::model::{ListenerEnd, ListenerLook};
use crate::root_path::{RootPath, RootPathError, believed};

/// So many looks in a row find nobody before it is gone: a socket's file may be exchanged in two steps.
const LOOKS: u32 = 2;

/// A listener that is watched.
#[derive(Debug)]
pub struct Listening {
    path: PathBuf,
    control: ControlSocket,
    missed: u32,
    before: u64,
    was_unusual: bool,
}

/// What a look saw.
#[derive(Debug, PartialEq, Eq)]
pub enum ListeningLook {
    /// It listens; what is unusual, or has just ceased to be.
    There(Option<ListenerLook>),
    /// It does not listen any more.
    Gone(ListenerEnd),
}

impl Listening {
    /// Watches this socket at `path`.
    pub fn new(path: &Path, control: ControlSocket) -> Self {
        Self { path: path.to_owned(), control, missed: 0, before: 0, was_unusual: false }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub const fn control(&self) -> &ControlSocket {
        &self.control
    }

    /// Looks; nobody connects for it.
    pub fn look(&mut self) -> ListeningLook {
        let file = RootPath::open_for(&self.path, &believed());
        if file.is_ok_and(|file| self.control.is_at(&file))
            && let Ok(waiting) = self.control.waiting()
        {
            self.missed = 0;
            return ListeningLook::There(self.unusual(waiting));
        }
        let end = match ControlSocket::find(&self.path, &believed()) {
            Ok(found) if found.listener() == self.control.listener() => None,
            Ok(_) => return ListeningLook::Gone(ListenerEnd::Replaced),
            Err(error) => end_of(&error),
        };
        self.missed = if end.is_some() { self.missed + 1 } else { 0 };
        match end {
            Some(end) if self.missed >= LOOKS => ListeningLook::Gone(end),
            _ => ListeningLook::There(None),
        }
    }

    /// Something comes only while connections wait from one look to the next, and once when that is over.
    fn unusual(&mut self, waiting: u64) -> Option<ListenerLook> {
        let before = std::mem::replace(&mut self.before, waiting);
        let unusual = waiting > 0 && before > 0;
        let was_unusual = std::mem::replace(&mut self.was_unusual, unusual);
        let listener = self.control.listener();
        (unusual || was_unusual).then_some(ListenerLook { listener, waiting })
    }
}

/// What it means that nobody is found; none where it means nothing, as sock_diag(7) failed for once.
pub fn end_of(error: &ControlError) -> Option<ListenerEnd> {
    match error {
        ControlError::NobodyListens => Some(ListenerEnd::NobodyListens),
        ControlError::Path(RootPathError::Io { source, .. }) => {
            let gone = matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
            gone.then_some(ListenerEnd::FileGone)
        }
        ControlError::Path(_) | ControlError::NoSocket | ControlError::Owner(_) => Some(ListenerEnd::NotRoots),
        ControlError::Io(_) | ControlError::OwnerUnknown => None,
    }
}

/// Nobody is there, and nothing that is doubtful.
pub fn is_nobody(error: &ControlError) -> bool {
    matches!(end_of(error), Some(ListenerEnd::FileGone | ListenerEnd::NobodyListens))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    fn listening(path: &Path) -> Option<(UnixListener, Listening)> {
        let listener = bind(path);
        // Nothing is found where sock_diag is closed to this machine.
        let control = ControlSocket::find(path, &believed()).ok()?;
        Some((listener, Listening::new(path, control)))
    }

    fn bind(path: &Path) -> UnixListener {
        let listener = UnixListener::bind(path).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
        listener
    }

    #[test]
    fn it_is_there_until_two_looks_find_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pluto.ctl");
        let Some((listener, mut watched)) = listening(&path) else { return };
        for _ in 0..3 {
            assert_eq!(watched.look(), ListeningLook::There(None));
        }
        drop(listener);
        // What another test starts just now has all our sockets open, too, until it executes.
        while ControlSocket::find(&path, &believed()).is_ok() {
            std::thread::yield_now();
        }
        assert_eq!(watched.look(), ListeningLook::There(None));
        assert_eq!(watched.look(), ListeningLook::Gone(ListenerEnd::NobodyListens));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(watched.look(), ListeningLook::Gone(ListenerEnd::FileGone));
    }

    #[test]
    fn a_file_that_is_gone_counts_though_its_listener_lives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pluto.ctl");
        let Some((_listener, mut watched)) = listening(&path) else { return };
        std::fs::remove_file(&path).unwrap();
        assert_eq!(watched.look(), ListeningLook::There(None));
        assert_eq!(watched.look(), ListeningLook::Gone(ListenerEnd::FileGone));
    }

    #[test]
    fn another_listener_is_another_daemon_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pluto.ctl");
        let Some((first, mut watched)) = listening(&path) else { return };
        std::fs::remove_file(&path).unwrap();
        let _second = bind(&path);
        assert_eq!(watched.look(), ListeningLook::Gone(ListenerEnd::Replaced));
        drop(first);
        assert_eq!(watched.look(), ListeningLook::Gone(ListenerEnd::Replaced));
    }

    #[test]
    fn what_is_not_roots_alone_any_more_is_not_believed_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pluto.ctl");
        let Some((_listener, mut watched)) = listening(&path) else { return };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(watched.look(), ListeningLook::There(None));
        assert_eq!(watched.look(), ListeningLook::Gone(ListenerEnd::NotRoots));
    }

    #[test]
    fn connections_that_wait_are_told_while_they_wait_and_once_when_it_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pluto.ctl");
        let Some((listener, mut watched)) = listening(&path) else { return };
        let _callers = [UnixStream::connect(&path).unwrap(), UnixStream::connect(&path).unwrap()];
        let told = |waiting| ListenerLook { listener: watched.control().listener(), waiting };
        let (two, none) = (told(2), told(0));
        assert_eq!(watched.look(), ListeningLook::There(None));
        assert_eq!(watched.look(), ListeningLook::There(Some(two)));
        drop([listener.accept().unwrap(), listener.accept().unwrap()]);
        assert_eq!(watched.look(), ListeningLook::There(Some(none)));
        assert_eq!(watched.look(), ListeningLook::There(None));
    }
}
