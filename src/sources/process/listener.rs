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
use crate::sources::unix_sockets::{SocketName, UnixSocket, UnixSockets};

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
        if found.len() < MOST {
            found.extend(called_as(dialect, socket));
        }
    });
    found
}

fn called_as(dialect: &dyn Dialect, socket: &UnixSocket<'_>) -> Option<PathBuf> {
    let SocketName::Path(name) = socket.name else { return None };
    let name = Path::new(std::str::from_utf8(name).ok()?);
    let is_roots = socket.uid.is_some_and(|uid| believed().contains(&uid));
    (is_roots && name.is_absolute() && dialect.is_socket_name(name)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// One that takes a single connection more than it has accepted.
    fn bind(path: &Path) -> std::os::fd::OwnedFd {
        let socket =
            rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
        rustix::net::bind(&socket, &SocketAddrUnix::new(path).unwrap()).unwrap();
        rustix::net::listen(&socket, 0).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o770)).unwrap();
        socket
    }

    async fn tied(pid: u32, paths: &[&Path]) -> (Tie, PathBuf) {
        tie(pid, paths.iter().map(|path| path.to_path_buf())).await.unwrap()
    }

    #[tokio::test]
    async fn the_kernel_names_who_listens() {
        let folder = tempfile::tempdir().unwrap();
        let (path, none) = (folder.path().join("a.vici"), folder.path().join("none"));
        let listener = bind(&path);
        if ControlSocket::find(&path, &believed()).is_err() {
            return;
        }
        let own = std::process::id();
        assert_eq!(tied(own, &[&none, &path]).await, (Tie::Itself, path.clone()));
        // The connection has gone, and waits for whoever would accept it.
        drop(std::os::unix::net::UnixListener::from(listener.try_clone().unwrap()).accept().unwrap());
        assert_eq!(tied(own + 1, &[&none, &path]).await, (Tie::Other(own), path.clone()));
        // Its queue is full now.
        assert_eq!(tied(own, &[&path]).await, (Tie::Busy, path.clone()));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(tied(own, &[&path]).await.0, Tie::Doubtful(why) if why.contains("writable by others")));
        drop(listener);
        assert!(tied(own, &[&none]).await.0.is_absent());
    }

    #[test]
    fn those_called_alike_are_roots_and_called_so() {
        let dialect = crate::daemons::dialect(crate::model::DaemonKind::Strongswan);
        let socket = |name, uid| UnixSocket { inode: 1, name, file: None, uid, waiting: 0 };
        let is = |name, uid| called_as(dialect, &socket(name, uid)).is_some();
        assert!(is(SocketName::Path(b"/run/charon.two.vici"), Some(0)));
        assert!(!is(SocketName::Path(b"/run/charon.two.vici"), Some(65_534)));
        assert!(!is(SocketName::Path(b"/run/charon.two.vici"), None));
        assert!(!is(SocketName::Path(b"/run/vici/other.sock"), Some(0)));
        assert!(!is(SocketName::Path(b"charon.vici"), Some(0)));
        assert!(!is(SocketName::Abstract(b"/run/charon.vici"), Some(0)));
    }
}
