//! sock_diag(7) of Unix sockets on the wire: one request, and the pieces of its answer.

use std::io;

use super::file_id::FileId;
use crate::sources::xfrm::numbers::{NLM_F_DUMP, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR};

const SOCK_DIAG_BY_FAMILY: u16 = 20;
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

/// How one socket is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketName<'a> {
    /// Not bound.
    None,
    /// By a file, as whoever bound it wrote the path: any text.
    Path(&'a [u8]),
    /// By a name of the network namespace, without the zero that it begins with (unix(7)).
    Abstract(&'a [u8]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnixSocket<'a> {
    /// Its number in sockfs, by which it is asked for again.
    pub inode: u32,
    /// What it is called.
    pub name: SocketName<'a>,
    /// The file that it is bound to.
    pub file: Option<FileId>,
    /// Whose it is: the file system user id of whoever made it; none on kernels before 5.3.
    pub uid: Option<u32>,
    /// Connections that wait to be accepted, where it listens.
    pub waiting: u32,
}

/// Asks for every socket that listens.
pub(super) fn all_that_listen(sequence: u32) -> [u8; 40] {
    request(sequence, NLM_F_REQUEST | NLM_F_DUMP, LISTENING, 0)
}

/// Asks for the socket with this number in sockfs.
pub(super) fn one(sequence: u32, inode: u32) -> [u8; 40] {
    request(sequence, NLM_F_REQUEST, ANY_STATE, inode)
}

/// The request that a message answers.
pub(super) fn sequence_of(piece: &[u8]) -> Option<u32> {
    u32_at(piece, 8)
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
    let mut socket = UnixSocket { inode, name: SocketName::None, file: None, uid: None, waiting: 0 };
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
fn name(value: &[u8]) -> SocketName<'_> {
    match value {
        [] => SocketName::None,
        [0, name @ ..] => SocketName::Abstract(name),
        path => SocketName::Path(path.split(|byte| *byte == 0).next().unwrap_or_default()),
    }
}

fn u16_at(bytes: &[u8], start: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(start..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], start: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(start..)?.first_chunk()?))
}
