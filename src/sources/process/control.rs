//! How many connections wait on a listening Unix socket: sock_diag(7), `UNIX_DIAG_RQLEN`.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink};

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const NLMSG_ERROR: u16 = 2;
const AF_UNIX: u8 = 1;
const UDIAG_SHOW_RQLEN: u32 = 0x10;
const UNIX_DIAG_RQLEN: u16 = 4;

/// `__SO_ACCEPTCON` in the flags of `/proc/net/unix`: it listens.
const LISTENING: &str = "00010000";

/// Sizes of `struct nlmsghdr` and `struct unix_diag_msg`.
const HEADER: usize = 16;
const MESSAGE: usize = 16;

/// One listening socket.
#[derive(Debug)]
pub struct ControlSocket {
    diagnosis: OwnedFd,
    request: [u8; 40],
    sequence: u32,
}

// === impl ControlSocket ===

impl ControlSocket {
    /// Finds the socket that listens at `path` in our network namespace.
    ///
    /// # Errors
    /// Nothing listens there, or this kernel has no sock_diag for Unix sockets.
    pub fn find(path: &Path) -> io::Result<Self> {
        let table = std::fs::read("/proc/self/net/unix")?;
        let inode = String::from_utf8_lossy(&table).lines().find_map(|row| inode_of(row, path));
        let inode = inode.ok_or(io::ErrorKind::NotFound)?;
        let flags = SocketFlags::CLOEXEC;
        let protocol = Some(netlink::SOCK_DIAG);
        let diagnosis = rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, protocol)?;
        let mut socket = Self { diagnosis, request: request(inode), sequence: 0 };
        socket.waiting()?;
        Ok(socket)
    }

    /// How many connections wait to be accepted.
    ///
    /// # Errors
    /// The socket is gone, or this kernel does not answer.
    pub fn waiting(&mut self) -> io::Result<u64> {
        self.sequence = self.sequence.wrapping_add(1);
        if let Some(place) = self.request.get_mut(8..12) {
            place.copy_from_slice(&self.sequence.to_ne_bytes());
        }
        rustix::net::send(&self.diagnosis, &self.request, SendFlags::empty())?;
        let mut answer = [0; 1024];
        // The kernel has answered before send(2) returns.
        let (length, _) = rustix::net::recv(&self.diagnosis, answer.as_mut_slice(), RecvFlags::DONTWAIT)?;
        let answer = answer.get(..length).unwrap_or_default();
        if u32_at(answer, 8) != Some(self.sequence) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "sock_diag answered another request"));
        }
        match u16_at(answer, 4) {
            Some(SOCK_DIAG_BY_FAMILY) => Ok(queue_length(answer).unwrap_or(0)),
            Some(NLMSG_ERROR) => {
                let code = u32_at(answer, HEADER).map_or(0, u32::cast_signed);
                Err(io::Error::from_raw_os_error(code.saturating_neg()))
            }
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "sock_diag answered in another form")),
        }
    }
}

/// `struct nlmsghdr` and `struct unix_diag_req` (linux/unix_diag.h).
fn request(inode: u32) -> [u8; 40] {
    let mut bytes = [0; 40];
    let any_cookie = [0xff; 8];
    let parts: [(usize, &[u8]); 8] = [
        (0, &40_u32.to_ne_bytes()),
        (4, &SOCK_DIAG_BY_FAMILY.to_ne_bytes()),
        (6, &NLM_F_REQUEST.to_ne_bytes()),
        (HEADER, &[AF_UNIX]),
        (HEADER + 4, &u32::MAX.to_ne_bytes()),
        (HEADER + 8, &inode.to_ne_bytes()),
        (HEADER + 12, &UDIAG_SHOW_RQLEN.to_ne_bytes()),
        (HEADER + 16, &any_cookie),
    ];
    for (start, part) in parts {
        if let Some(place) = bytes.get_mut(start..start + part.len()) {
            place.copy_from_slice(part);
        }
    }
    bytes
}

/// `Num RefCount Protocol Flags Type St Inode Path`
fn inode_of(row: &str, path: &Path) -> Option<u32> {
    let mut fields = row.split_ascii_whitespace();
    let flags = fields.nth(3)?;
    let inode = fields.nth(2)?;
    // Nothing before the path has a slash, and the path may have blanks.
    let bound = row.get(row.find('/')?..)?;
    if flags == LISTENING && Path::new(bound) == path { inode.parse().ok() } else { None }
}

/// `udiag_rqueue` of the first `UNIX_DIAG_RQLEN` attribute.
fn queue_length(answer: &[u8]) -> Option<u64> {
    let mut attributes = answer.get(HEADER + MESSAGE..)?;
    loop {
        let length = usize::from(u16_at(attributes, 0)?);
        if u16_at(attributes, 2)? == UNIX_DIAG_RQLEN && length >= 12 {
            return u32_at(attributes, 4).map(u64::from);
        }
        attributes = attributes.get(length.max(4).next_multiple_of(4)..)?;
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
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    #[test]
    fn connections_that_nobody_accepts_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a control.ctl");
        let listener = UnixListener::bind(&path).unwrap();
        let mut control = match ControlSocket::find(&path) {
            // Kernels without unix_diag exist; there is nothing to test on them.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            found => found.unwrap(),
        };
        assert_eq!(control.waiting().unwrap(), 0);
        let waiting = [UnixStream::connect(&path).unwrap(), UnixStream::connect(&path).unwrap()];
        assert_eq!(control.waiting().unwrap(), 2);
        drop(listener.accept().unwrap());
        assert_eq!(control.waiting().unwrap(), 1);
        drop(listener);
        assert!(control.waiting().is_err());
        drop(waiting);
    }

    #[test]
    fn a_row_is_found_by_its_whole_path() {
        let row = "0000000000000000: 00000002 00000000 00010000 0005 01 30214 /run/pluto/pluto.ctl";
        assert_eq!(inode_of(row, Path::new("/run/pluto/pluto.ctl")), Some(30_214));
        assert_eq!(inode_of(row, Path::new("/run/pluto")), None);
        assert_eq!(inode_of(&row.replace("00010000", "00000000"), Path::new("/run/pluto/pluto.ctl")), None);
        assert_eq!(inode_of("", Path::new("/run")), None);
    }

    #[test]
    fn a_short_answer_has_no_queue() {
        let answer = [0; 64];
        for length in 0..answer.len() {
            assert_eq!(queue_length(&answer[..length]), None);
        }
    }
}
