//! Who listens on which Unix socket of our network namespace: sock_diag(7), net/unix/diag.c. Nobody is connected to for it.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink};

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 0x1;
const NLM_F_DUMP: u16 = 0x300;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const AF_UNIX: u8 = 1;

/// What is asked of each socket, and the attributes that answer (include/uapi/linux/unix_diag.h).
const UDIAG_SHOW_NAME: u32 = 0x1;
const UDIAG_SHOW_VFS: u32 = 0x2;
const UDIAG_SHOW_RQLEN: u32 = 0x10;
const UDIAG_SHOW_UID: u32 = 0x40;
const SHOWN: u32 = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID;
const UNIX_DIAG_NAME: u16 = 0;
const UNIX_DIAG_VFS: u16 = 1;
const UNIX_DIAG_RQLEN: u16 = 4;
const UNIX_DIAG_UID: u16 = 7;

/// `TCP_LISTEN` as a bit of `udiag_states`; every state.
const LISTENING: u32 = 1 << 10;
const ANY_STATE: u32 = u32::MAX;

/// Sizes of `struct nlmsghdr` and `struct unix_diag_msg`.
const HEADER: usize = 16;
const MESSAGE: usize = 16;

/// As much as the kernel puts into one piece of a dump (`NLMSG_GOODSIZE` and the reader's room, at most 32 KiB).
const ROOM: usize = 32 << 10;

/// How one socket is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name<'a> {
    /// Not bound.
    None,
    /// By a file, as whoever bound it wrote the path: any text.
    Path(&'a [u8]),
    /// By a name of the network namespace, without the zero that it begins with (unix(7)).
    Abstract(&'a [u8]),
}

/// A file, as the kernel numbers it within itself. `stat(2)` shows other numbers on overlayfs and btrfs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    /// The low half of `i_ino`.
    pub inode: u32,
    /// `s_dev`: 12 bits major, 20 bits minor.
    pub device: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnixSocket<'a> {
    /// Its number in sockfs, by which it is asked for again.
    pub inode: u32,
    /// What it is called.
    pub name: Name<'a>,
    /// The file that it is bound to.
    pub file: Option<FileId>,
    /// Whose it is: the file system user id of whoever made it; none on kernels before 5.3.
    pub uid: Option<u32>,
    /// Connections that wait to be accepted, where it listens.
    pub waiting: u32,
}

/// Asks the kernel.
#[derive(Debug)]
pub struct UnixSockets {
    netlink: OwnedFd,
    sequence: u32,
    buffer: Vec<u8>,
}

impl UnixSockets {
    /// Begins.
    ///
    /// # Errors
    /// What socket(2) says.
    pub fn open() -> io::Result<Self> {
        let (family, flags) = (AddressFamily::NETLINK, SocketFlags::CLOEXEC);
        let netlink = rustix::net::socket_with(family, SocketType::RAW, flags, Some(netlink::SOCK_DIAG))?;
        Ok(Self { netlink, sequence: 0, buffer: vec![0; ROOM] })
    }

    /// Shows every socket that listens, one after another; nothing is kept of them. One that comes or goes meanwhile may be shown or not, and
    /// where others do, one may be left out.
    ///
    /// # Errors
    /// This kernel has no sock_diag for Unix sockets (`ENOENT`), or answers in another form.
    pub fn listening(&mut self, mut each: impl FnMut(&UnixSocket<'_>)) -> io::Result<()> {
        self.ask(NLM_F_REQUEST | NLM_F_DUMP, LISTENING, 0)?;
        while self.receive(&mut each)? {}
        Ok(())
    }

    /// How many connections wait on the socket with this number.
    ///
    /// # Errors
    /// It is gone (`ENOENT`), or the kernel answers in another form.
    pub fn waiting(&mut self, inode: u32) -> io::Result<u32> {
        self.ask(NLM_F_REQUEST, ANY_STATE, inode)?;
        let mut waiting = None;
        self.receive(&mut |socket| waiting = Some(socket.waiting))?;
        waiting.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "sock_diag answered nothing"))
    }

    /// The socket that listens at this file.
    ///
    /// # Errors
    /// As `listening`.
    pub fn listening_at(&mut self, file: FileId) -> io::Result<Option<Listener>> {
        let mut found = None;
        self.listening(|socket| {
            if socket.file == Some(file) {
                found = Some(Listener { inode: socket.inode, uid: socket.uid });
            }
        })?;
        Ok(found)
    }

    fn ask(&mut self, flags: u16, states: u32, inode: u32) -> io::Result<()> {
        self.sequence = self.sequence.wrapping_add(1);
        let request = request(self.sequence, flags, states, inode);
        rustix::net::send(&self.netlink, &request, SendFlags::empty())?;
        Ok(())
    }

    /// One piece of the answer; whether there is more. The kernel has answered before send(2) returns, so nothing is waited for.
    fn receive(&mut self, each: &mut impl FnMut(&UnixSocket<'_>)) -> io::Result<bool> {
        loop {
            let place = self.buffer.as_mut_slice();
            let (length, whole) = rustix::net::recv(&self.netlink, place, RecvFlags::DONTWAIT | RecvFlags::TRUNC)?;
            if whole > length {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a piece of sock_diag's answer is too long"));
            }
            let piece = self.buffer.get(..length).unwrap_or_default();
            // What an earlier question left behind is no answer to this one.
            if u32_at(piece, 8) == Some(self.sequence) {
                return read_piece(piece, each);
            }
        }
    }
}

/// A socket that listens at a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Its number in sockfs.
    pub inode: u32,
    /// Whose it is; none on kernels before 5.3.
    pub uid: Option<u32>,
}

impl FileId {
    /// Of an open file (`O_PATH` will do). Its mount tells the device, and the kernel its inode, as neither is what stat(2) says everywhere.
    ///
    /// # Errors
    /// What cannot be read below /proc/self.
    pub fn of(file: BorrowedFd<'_>) -> io::Result<Self> {
        let facts = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd()))?;
        let fact = |name: &str| facts.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        let mount = fact("mnt_id:").ok_or(io::ErrorKind::InvalidData)?;
        // Linux 5.14 and later say it here; before, overlayfs fails closed.
        let inode = fact("ino:").map_or_else(|| Ok(rustix::fs::fstat(file.as_fd())?.st_ino), io::Result::Ok)?;
        let mounts = std::fs::read_to_string("/proc/self/mountinfo")?;
        let device = mounts.lines().find_map(|line| device_of(line, mount)).ok_or(io::ErrorKind::NotFound)?;
        // `udiag_vfs_ino` has the low half.
        Ok(Self { inode: (inode & u64::from(u32::MAX)) as u32, device })
    }
}

/// `36 35 98:0 /mnt1 /mnt2 …` (proc_pid_mountinfo(5)).
fn device_of(line: &str, mount: u64) -> Option<u32> {
    let mut fields = line.split(' ');
    let same = fields.next()?.parse() == Ok(mount);
    let (major, minor) = fields.nth(1)?.split_once(':')?;
    let (major, minor): (u32, u32) = (major.parse().ok()?, minor.parse().ok()?);
    same.then_some((major & 0xfff) << 20 | minor & 0xf_ffff)
}

/// `struct nlmsghdr` and `struct unix_diag_req` (linux/unix_diag.h); inode 0 and a dump for all.
fn request(sequence: u32, flags: u16, states: u32, inode: u32) -> [u8; 40] {
    let mut bytes = [0; 40];
    let parts: [(usize, &[u8]); 9] = [
        (0, &40_u32.to_ne_bytes()),
        (4, &SOCK_DIAG_BY_FAMILY.to_ne_bytes()),
        (6, &flags.to_ne_bytes()),
        (8, &sequence.to_ne_bytes()),
        (HEADER, &[AF_UNIX]),
        (HEADER + 4, &states.to_ne_bytes()),
        (HEADER + 8, &inode.to_ne_bytes()),
        (HEADER + 12, &SHOWN.to_ne_bytes()),
        // Any cookie.
        (HEADER + 16, &[0xff; 8]),
    ];
    for (start, part) in parts {
        if let Some(place) = bytes.get_mut(start..start + part.len()) {
            place.copy_from_slice(part);
        }
    }
    bytes
}

/// The messages of one datagram; whether others follow.
pub(crate) fn read_piece(piece: &[u8], each: &mut impl FnMut(&UnixSocket<'_>)) -> io::Result<bool> {
    let odd = || io::Error::new(io::ErrorKind::InvalidData, "sock_diag answered in another form");
    let mut rest = piece;
    let mut more = true;
    while !rest.is_empty() {
        let length = u32_at(rest, 0).and_then(|length| usize::try_from(length).ok()).ok_or_else(odd)?;
        let message = rest.get(..length).filter(|_| length >= HEADER).ok_or_else(odd)?;
        match u16_at(message, 4) {
            Some(SOCK_DIAG_BY_FAMILY) => each(&socket(message).ok_or_else(odd)?),
            Some(NLMSG_DONE) => more = false,
            Some(NLMSG_ERROR) => {
                let code = u32_at(message, HEADER).map_or(0, u32::cast_signed);
                return Err(io::Error::from_raw_os_error(code.saturating_neg().clamp(1, 4095)));
            }
            _ => return Err(odd()),
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(more)
}

/// `struct unix_diag_msg` and its attributes.
fn socket(message: &[u8]) -> Option<UnixSocket<'_>> {
    let inode = u32_at(message, HEADER + 4)?;
    let mut socket = UnixSocket { inode, name: Name::None, file: None, uid: None, waiting: 0 };
    let mut attributes = message.get(HEADER + MESSAGE..)?;
    while !attributes.is_empty() {
        let length = usize::from(u16_at(attributes, 0)?);
        let value = attributes.get(4..length)?;
        match u16_at(attributes, 2)? {
            UNIX_DIAG_NAME => socket.name = name(value),
            UNIX_DIAG_VFS => socket.file = Some(FileId { inode: u32_at(value, 0)?, device: u32_at(value, 4)? }),
            UNIX_DIAG_RQLEN => socket.waiting = u32_at(value, 0)?,
            UNIX_DIAG_UID => socket.uid = Some(u32_at(value, 0)?),
            _ => {}
        }
        attributes = attributes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(socket)
}

/// `sun_path`, without the zero that ends a path.
fn name(value: &[u8]) -> Name<'_> {
    match value {
        [] => Name::None,
        [0, name @ ..] => Name::Abstract(name),
        path => Name::Path(path.split(|byte| *byte == 0).next().unwrap_or_default()),
    }
}

fn u16_at(bytes: &[u8], start: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(start..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], start: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(start..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
    use std::path::Path;

    use super::*;
    use crate::root_path::RootPath;

    fn at(path: &Path) -> FileId {
        let flags = rustix::fs::OFlags::PATH | rustix::fs::OFlags::CLOEXEC;
        FileId::of(rustix::fs::open(path, flags, rustix::fs::Mode::empty()).unwrap().as_fd()).unwrap()
    }

    #[test]
    fn a_socket_is_found_by_its_file_and_not_by_what_its_path_says() {
        let folder = tempfile::tempdir().unwrap();
        let (path, moved) = (folder.path().join("a control.ctl"), folder.path().join("moved"));
        let listener = UnixListener::bind(&path).unwrap();
        let mut sockets = UnixSockets::open().unwrap();
        let found = sockets.listening_at(at(&path)).unwrap().unwrap();
        assert_eq!(found.uid, Some(rustix::process::geteuid().as_raw()));
        // Another file where the first was: the text of the path is the same.
        std::fs::rename(&path, &moved).unwrap();
        File::create(&path).unwrap();
        assert_eq!(sockets.listening_at(at(&path)).unwrap(), None);
        assert_eq!(sockets.listening_at(at(&moved)).unwrap(), Some(found));
        drop(listener);
        assert_eq!(sockets.listening_at(at(&moved)).unwrap(), None);
    }

    #[test]
    fn connections_that_nobody_accepts_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ctl");
        let listener = UnixListener::bind(&path).unwrap();
        let mut sockets = UnixSockets::open().unwrap();
        let inode = sockets.listening_at(at(&path)).unwrap().unwrap().inode;
        assert_eq!(sockets.waiting(inode).unwrap(), 0);
        let waiting = [UnixStream::connect(&path).unwrap(), UnixStream::connect(&path).unwrap()];
        assert_eq!(sockets.waiting(inode).unwrap(), 2);
        drop(listener.accept().unwrap());
        assert_eq!(sockets.waiting(inode).unwrap(), 1);
        drop(listener);
        assert_eq!(sockets.waiting(inode).unwrap_err().kind(), io::ErrorKind::NotFound);
        drop(waiting);
    }

    #[test]
    fn abstract_names_are_told_with_their_owner() {
        let name = format!("swanwatch-test-names-{}", std::process::id());
        let _listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let mut owners = Vec::new();
        let mut sockets = UnixSockets::open().unwrap();
        sockets
            .listening(|socket| owners.extend((socket.name == Name::Abstract(name.as_bytes())).then_some(socket.uid)))
            .unwrap();
        assert_eq!(owners, [Some(rustix::process::geteuid().as_raw())]);
    }

    #[test]
    fn many_sockets_take_several_pieces_and_all_are_shown() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<_> = (0..400).map(|n| folder.path().join(format!("{n:080}"))).collect();
        let _listeners: Vec<_> = paths.iter().map(|path| UnixListener::bind(path).unwrap()).collect();
        let mut sockets = UnixSockets::open().unwrap();
        for path in [&paths[0], &paths[199], &paths[399]] {
            assert!(sockets.listening_at(at(path)).unwrap().is_some());
        }
    }

    #[test]
    fn the_device_of_a_mount_is_the_kernels_own() {
        let line = "36 35 98:3 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue";
        assert_eq!(device_of(line, 36), Some(98 << 20 | 3));
        assert_eq!(device_of(line, 35), None);
        for cut in 0..9 {
            assert_eq!(device_of(&line[..cut], 36), None);
        }
    }

    #[test]
    fn torn_answers_are_errors_and_end() {
        let folder = tempfile::tempdir().unwrap();
        let _listener = UnixListener::bind(folder.path().join("ctl")).unwrap();
        let mut sockets = UnixSockets::open().unwrap();
        sockets.ask(NLM_F_REQUEST | NLM_F_DUMP, LISTENING, 0).unwrap();
        let (length, _) =
            rustix::net::recv(&sockets.netlink, sockets.buffer.as_mut_slice(), RecvFlags::empty()).unwrap();
        let piece = sockets.buffer[..length].to_vec();
        for cut in 0..length {
            let _ = read_piece(&piece[..cut], &mut |_| {});
        }
        for place in 0..length.min(400) {
            let mut bent = piece.clone();
            bent[place] ^= 0xff;
            let _ = read_piece(&bent, &mut |_| {});
        }
        assert!(read_piece(&[4, 0, 0, 0], &mut |_| {}).is_err());
    }

    #[test]
    fn what_root_path_opens_is_named_as_the_kernel_names_it() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ctl");
        let _listener = UnixListener::bind(&path).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let found = RootPath::open(&path).unwrap();
        assert!(found.is_socket());
        assert_eq!(FileId::of(found.descriptor.as_fd()).unwrap(), at(&path));
    }
}
