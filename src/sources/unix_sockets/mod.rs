//! Who listens on which Unix socket of our network namespace: sock_diag(7), net/unix/diag.c. Nobody is connected to for it.

mod file_id;
mod wire;

#[cfg(test)]
mod tests;

use std::io;
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink};

pub use self::file_id::FileId;
pub(crate) use self::wire::read_piece;
pub use self::wire::{SocketName, UnixSocket};

/// As much as the kernel puts into one piece of a dump (`NLMSG_GOODSIZE` and the reader's room, at most 32 KiB).
const ROOM: usize = 32 << 10;

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
        self.ask(wire::all_that_listen)?;
        while self.receive(&mut each)? {}
        Ok(())
    }

    /// How many connections wait on the socket with this number.
    ///
    /// # Errors
    /// It is gone (`ENOENT`), or the kernel answers in another form.
    pub fn waiting(&mut self, inode: u32) -> io::Result<u32> {
        self.ask(|sequence| wire::one(sequence, inode))?;
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

    fn ask(&mut self, request: impl FnOnce(u32) -> [u8; 40]) -> io::Result<()> {
        self.sequence = self.sequence.wrapping_add(1);
        rustix::net::send(&self.netlink, &request(self.sequence), SendFlags::empty())?;
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
            if wire::sequence_of(piece) == Some(self.sequence) {
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
