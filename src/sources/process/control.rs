//! The daemon's control socket: whose it is, and how many connections wait on it. Nobody connects to it for this: the daemon reads what a
//! connection sends, and waits until it comes.

use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::Stat;

use crate::model::RealTime;
use crate::root_path::{RootPath, RootPathError};
use crate::sources::unix_sockets::{FileId, UnixSockets};

/// One listening socket, at a path that is root's alone.
#[derive(Debug)]
pub struct ControlSocket {
    sockets: UnixSockets,
    inode: u32,
    file: Stat,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Others could have put it there.
    #[error(transparent)]
    Path(#[from] RootPathError),
    /// It is something else.
    #[error("it is no socket")]
    NoSocket,
    /// Its file is left over, or its listener is in another network namespace.
    #[error("nobody in this network namespace listens on it")]
    NobodyListens,
    /// Somebody else's process listens.
    #[error("a process of user {0} listens on it")]
    Owner(u32),
    /// The kernel tells whose a socket is since 5.3.
    #[error("this kernel does not tell whose it is")]
    OwnerUnknown,
    /// sock_diag(7) does not work.
    #[error("sock_diag: {0}")]
    Io(#[from] io::Error),
}

impl ControlSocket {
    /// Finds the socket that listens at `path` in our network namespace. Path and listener must belong to one of `owners`, and nobody else may be
    /// able to change what is there.
    ///
    /// # Errors
    /// Nobody listens there, or it is not theirs alone.
    pub fn find(path: &Path, owners: &[u32]) -> Result<Self, ControlError> {
        let file = RootPath::open_for(path, owners)?;
        if !file.is_socket() {
            return Err(ControlError::NoSocket);
        }
        let mut sockets = UnixSockets::open()?;
        let listener =
            sockets.listening_at(FileId::of(file.descriptor.as_fd())?)?.ok_or(ControlError::NobodyListens)?;
        match listener.uid {
            Some(uid) if owners.contains(&uid) => Ok(Self { sockets, inode: listener.inode, file: file.stat }),
            Some(uid) => Err(ControlError::Owner(uid)),
            None => Err(ControlError::OwnerUnknown),
        }
    }

    /// The number of the socket that listens: another one has another.
    pub const fn listener(&self) -> u32 {
        self.inode
    }

    /// Whether this is still its file.
    pub fn is_at(&self, file: &RootPath) -> bool {
        (self.file.st_dev, self.file.st_ino) == (file.stat.st_dev, file.stat.st_ino)
    }

    /// When it was bound: its file was made then, and nobody writes it.
    pub fn bound(&self) -> RealTime {
        let (seconds, nanos) = (self.file.st_mtime, self.file.st_mtime_nsec);
        let micros = i64::try_from(nanos / 1_000).unwrap_or(0);
        RealTime::from_micros(seconds.saturating_mul(1_000_000).saturating_add(micros))
    }

    /// How many connections wait to be accepted.
    ///
    /// # Errors
    /// The socket is gone, or this kernel does not answer.
    pub fn waiting(&mut self) -> io::Result<u64> {
        self.sockets.waiting(self.inode).map(u64::from)
    }
}
