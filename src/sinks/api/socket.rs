//! Binding a Unix socket where an earlier service may have left its own.

use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Gid, Mode, chown, fchmod};
use rustix::net::{self, AddressFamily, SocketAddrUnix, SocketFlags, SocketType, socket_with};
use tokio::net::UnixListener;

/// Clients that may wait to be taken.
pub(super) const BACKLOG: i32 = 1024;

/// Who may connect.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access {
    /// The owner alone: 0600.
    Owner,
    /// This group too, where it exists: 0660.
    Group(&'static str),
}

/// The socket's file; removed when dropped, if it is still ours.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    inode: (u64, u64),
}

/// Why a socket could not be bound.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody answers there.
    #[error("{}: another service listens here; name another place with --socket", .0.display())]
    InUse(PathBuf),
    /// The file is something else.
    #[error("{}: this is there and is no socket; remove it, or name another place with --socket", .0.display())]
    NotASocket(PathBuf),
    /// The address for metrics cannot be had.
    #[error("metrics.listen: cannot listen on {address}: {source}")]
    Listen { address: std::net::SocketAddr, source: io::Error },
    /// The system refuses.
    #[error("{}: cannot {what}: {source}", path.display())]
    Refused {
        /// The socket.
        path: PathBuf,
        what: &'static str,
        source: io::Error,
    },
}

/// Binds `path`. Its folder is made where it is missing.
pub(super) fn bind(path: &Path, access: Access) -> Result<(UnixListener, File), BindError> {
    let refused = |what| move |source| BindError::Refused { path: path.to_owned(), what, source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(refused("make its folder"))?;
    }
    clear(path)?;
    let listener = listener(path).map_err(refused("bind the socket"))?;
    if let Access::Group(group) = access {
        open_to(path, group).map_err(refused("set its permissions"))?;
    }
    let file = std::fs::symlink_metadata(path).map_err(refused("look at it"))?;
    Ok((listener, File { path: path.to_owned(), inode: (file.dev(), file.ino()) }))
}

/// For the owner alone: the file that bind makes has the socket's own mode (`unix_bind_bsd` in net/unix/af_unix.c), so nobody else can connect before
/// the access is set. A umask would do the same, and to what every other thread makes meanwhile.
fn listener(path: &Path) -> io::Result<UnixListener> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    fchmod(&socket, Mode::RUSR | Mode::WUSR)?;
    net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    net::listen(&socket, BACKLOG)?;
    UnixListener::from_std(socket.into())
}

/// Removes what a dead service left.
fn clear(path: &Path) -> Result<(), BindError> {
    let refused = |what| move |source| BindError::Refused { path: path.to_owned(), what, source };
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(refused("look at it")(error)),
        Ok(found) if !found.file_type().is_socket() => return Err(BindError::NotASocket(path.to_owned())),
        Ok(_) => {}
    }
    match std::os::unix::net::UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path).map_err(refused("remove what a dead service left"))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        // Connected, or its queue is full: it lives.
        _ => Err(BindError::InUse(path.to_owned())),
    }
}

/// A group that is missing, or that we may not give the socket to, leaves it to the owner and the owner's group.
fn open_to(path: &Path, group: &'static str) -> io::Result<()> {
    let id = std::fs::read_to_string("/etc/group").ok().and_then(|groups| group_id(&groups, group));
    let has_it = std::fs::symlink_metadata(path)?.gid();
    if let Some(id) = id
        && id != has_it
        && let Err(error) = chown(path, None, Some(Gid::from_raw(id)))
    {
        tracing::warn!("{}: cannot be given to group {group} ({error}); only its owner can read", path.display());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))
}

/// group(5).
fn group_id(groups: &str, wanted: &str) -> Option<u32> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(wanted)).then(|| fields.nth(1)?.parse().ok()).flatten()
    })
}

impl Drop for File {
    fn drop(&mut self) {
        let ours = std::fs::symlink_metadata(&self.path).is_ok_and(|file| (file.dev(), file.ino()) == self.inode);
        if ours {
            // It cannot be helped where it fails, and the next start replaces it.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_by_its_whole_name() {
        let groups = "root:x:0:\nswanwatchers:x:7:\nswanwatch:x:993:alice,bob\n";
        assert_eq!(group_id(groups, "swanwatch"), Some(993));
        assert_eq!(group_id(groups, "swan"), None);
    }

    #[tokio::test]
    async fn what_a_dead_service_left_is_replaced_and_a_live_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/a.sock");
        let (listener, file) = bind(&path, Access::Owner).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert!(matches!(bind(&path, Access::Owner), Err(BindError::InUse(_))));
        std::mem::forget(file);
        drop(listener);
        assert!(path.exists());
        let (_listener, file) = bind(&path, Access::Group("root")).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o660);
        drop(file);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn what_other_threads_make_meanwhile_is_as_they_want_it() {
        let folder = tempfile::tempdir().unwrap();
        let (sockets, others) = (folder.path().join("sockets"), folder.path().join("others"));
        std::fs::create_dir(&others).unwrap();
        let maker = std::thread::spawn(move || {
            for number in 0..2000 {
                std::fs::create_dir(others.join(number.to_string())).unwrap();
            }
            others
        });
        while !maker.is_finished() {
            bind(&sockets.join("a.sock"), Access::Owner).unwrap();
        }
        let mut made = std::fs::read_dir(maker.join().unwrap()).unwrap();
        assert!(made.all(|one| one.unwrap().metadata().unwrap().mode() & 0o100 != 0));
    }

    #[tokio::test]
    async fn what_is_no_socket_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sock");
        std::fs::write(&path, "precious").unwrap();
        assert!(matches!(bind(&path, Access::Owner), Err(BindError::NotASocket(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    }

    #[tokio::test]
    async fn a_path_too_long_for_a_socket_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let message = bind(&folder.path().join("x".repeat(120)), Access::Owner).unwrap_err().to_string();
        assert!(message.contains("cannot bind the socket"), "{message}");
    }
}
