//! Whose process listens at a control socket: the kernel names it to whoever connects (unix(7), `SO_PEERCRED`). Nothing is sent, and the
//! connection ends at once; only for daemons to which that is nothing.

use std::fmt;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use tokio::net::UnixStream;

use super::control::{ControlError, ControlSocket};
use super::listening::is_nobody;
use crate::daemons::Dialect;
use crate::root_path::{RootPath, believed};
use crate::sources::unix_sockets::{SocketName, UnixSockets};

/// Sockets that are called as a daemon's may be, and are looked at: anybody may make as many as he likes.
const MOST: usize = 16;

/// What the kernel says of a process and its control socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tie {
    /// This process listens there.
    Itself,
    /// Root listens there, and takes no more connections now.
    Busy,
    /// Another process does.
    Other(u32),
    /// Nobody does.
    Nobody(String),
    /// It is not root's alone, or cannot be looked at.
    Doubtful(String),
    /// Nobody has looked.
    Unknown,
}

impl Tie {
    /// There is no such socket in this network namespace.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Nobody(_) | Self::Other(_))
    }

    /// Whether it says more than another about where the socket is.
    const fn rank(&self) -> u8 {
        match self {
            Self::Itself => 5,
            Self::Busy => 4,
            Self::Doubtful(_) => 3,
            Self::Other(_) => 2,
            Self::Nobody(_) => 1,
            Self::Unknown => 0,
        }
    }
}

impl fmt::Display for Tie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Itself => f.write_str("it listens there"),
            Self::Busy => f.write_str("it takes no connections"),
            Self::Other(pid) => write!(f, "process {pid} listens there"),
            Self::Nobody(why) | Self::Doubtful(why) => f.write_str(why),
            Self::Unknown => f.write_str("it was not looked at"),
        }
    }
}

/// The best that can be said of a process and these sockets, the likeliest first, and of which of them it is said.
pub async fn tie(pid: u32, places: impl Iterator<Item = PathBuf>) -> Option<(Tie, PathBuf)> {
    let mut best: Option<(Tie, PathBuf)> = None;
    for path in places {
        let tie = look(&path, pid).await;
        if best.as_ref().is_none_or(|(before, _)| tie.rank() > before.rank()) {
            best = Some((tie, path));
        }
        if matches!(best, Some((Tie::Itself, _))) {
            break;
        }
    }
    best
}

/// Where a daemon's socket may be, whatever it is told.
pub fn usual_places(dialect: &dyn Dialect) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = dialect.usual_sockets().iter().map(PathBuf::from).collect();
    places.extend(called_alike(dialect));
    places
}

async fn look(path: &Path, pid: u32) -> Tie {
    match ControlSocket::find(path, &believed()) {
        Ok(_) => match listener(path).await {
            Ok(found) if found == pid => Tie::Itself,
            Ok(found) => Tie::Other(found),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Tie::Busy,
            Err(error) => Tie::Doubtful(format!("it cannot be connected to: {error}")),
        },
        Err(error) if is_nobody(&error) => Tie::Nobody(error.to_string()),
        // Without sock_diag the kernel's word to whoever connects is as good, but for the namespace.
        Err(ControlError::Io(_) | ControlError::OwnerUnknown) => match listener(path).await {
            Ok(found) if found == pid => Tie::Busy,
            Ok(found) => Tie::Other(found),
            Err(error) => Tie::Doubtful(format!("it cannot be connected to: {error}")),
        },
        Err(error) => Tie::Doubtful(error.to_string()),
    }
}

/// The process that listens at this path, which is root's alone: 0 where it is in another PID namespace.
async fn listener(path: &Path) -> io::Result<u32> {
    let file = RootPath::open_for(path, &believed()).map_err(io::Error::other)?;
    // What was checked is what is connected to.
    let stream = UnixStream::connect(format!("/proc/self/fd/{}", file.descriptor.as_raw_fd())).await?;
    let peer = stream.peer_cred()?;
    Ok(peer.pid().and_then(|pid| u32::try_from(pid).ok()).unwrap_or(0))
}

/// The paths of root's sockets in our network namespace that listen, and are called as this daemon's may be.
fn called_alike(dialect: &dyn Dialect) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(mut sockets) = UnixSockets::open() else { return found };
    // What cannot be listed has no more names.
    let _ = sockets.listening(|socket| {
        if let SocketName::Path(name) = socket.name
            && socket.uid.is_some_and(|uid| believed().contains(&uid))
            && let Ok(name) = std::str::from_utf8(name)
            && dialect.is_socket_name(Path::new(name))
            && found.len() < MOST
        {
            found.push(PathBuf::from(name));
        }
    });
    found
}
