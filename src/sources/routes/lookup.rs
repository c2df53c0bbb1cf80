//! Asking the kernel for the way of some packets, over a socket that hears nothing else.

use std::io;
use std::os::fd::OwnedFd;

use super::wire::{self, Reply};
use crate::model::{Route, RouteQuery};
use crate::sources::netlink;

/// An answer has some hundred bytes.
const BUFFER: usize = 4096;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// The kernel or its socket.
    #[error("asking for the route to {query}: {source}")]
    Io {
        query: RouteQuery,
        /// What the kernel said.
        source: io::Error,
    },
    /// It cannot be understood.
    #[error("asking for the route to {query}: the kernel's answer: {reason}")]
    Unreadable {
        query: RouteQuery,
        /// What is wrong with it.
        reason: String,
    },
}

/// The socket, and the number of the last question.
#[derive(Debug, Default)]
pub struct Lookup {
    socket: Option<OwnedFd>,
    sequence: u32,
}

impl Lookup {
    /// The way of these packets; none where they do not leave this host. May wait for the kernel's RTNL lock.
    ///
    /// # Errors
    /// The kernel does not say.
    pub fn ask(&mut self, query: &RouteQuery) -> Result<Option<Route>, LookupError> {
        let failed = |source| LookupError::Io { query: *query, source };
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => open().map_err(failed)?,
        };
        self.sequence = self.sequence.wrapping_add(1);
        let request = wire::request(query, self.sequence);
        netlink::send(&socket, &request).map_err(failed)?;
        let mut buffer = [0; BUFFER];
        // It answers within the request's own system call, so that nothing has to be waited for.
        let reply = loop {
            let datagram = netlink::receive(&socket, &mut buffer).map_err(failed)?;
            let bytes = buffer.get(..datagram.length).filter(|_| datagram.sender == 0);
            let Some(bytes) = bytes else { continue };
            match wire::reply(bytes, self.sequence) {
                Ok(Some(reply)) => break reply,
                Ok(None) => {}
                Err(reason) => return Err(LookupError::Unreadable { query: *query, reason }),
            }
        };
        // Only one that works is used again.
        self.socket = Some(socket);
        match reply {
            Reply::Leaves(route) => Ok(Some(route)),
            Reply::Stays => Ok(None),
            Reply::Refused(error) => Err(failed(error)),
        }
    }
}

fn open() -> io::Result<OwnedFd> {
    let socket = netlink::open(None)?;
    netlink::join(&socket, &[])?;
    Ok(socket)
}
