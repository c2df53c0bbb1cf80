//! Where clients come in.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};

use rustix::net::{self, AddressFamily, SocketFlags, SocketType, socket_with, sockopt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::permits::ClientId;
use super::socket::{BACKLOG, BindError};

/// A listening socket of either kind.
pub(super) trait Door: Sync + 'static {
    /// What a client is spoken to through.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next client.
    fn accept(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// Says something without waiting, where there is room.
    fn try_write(stream: &Self::Stream, text: &[u8]);

    fn client(stream: &Self::Stream) -> ClientId;

    /// Another descriptor of the connection, where it tells what the client has not read.
    fn line(stream: &Self::Stream) -> Option<OwnedFd>;
}

/// Listens on a TCP address.
pub(super) fn listen(address: SocketAddr) -> Result<TcpListener, BindError> {
    let listen = || {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(family, SocketType::STREAM, flags, None)?;
        // A restart finds the address free.
        sockopt::set_socket_reuseaddr(&socket, true)?;
        // The address may come later, as a virtual one does (ip(7), `IP_FREEBIND`).
        if address.is_ipv4() {
            sockopt::set_ip_freebind(&socket, true)?;
        } else {
            sockopt::set_ipv6_freebind(&socket, true)?;
        }
        net::bind(&socket, &address)?;
        net::listen(&socket, BACKLOG)?;
        TcpListener::from_std(socket.into())
    };
    listen().map_err(|source| BindError::Listen { address, source })
}

impl Door for UnixListener {
    type Stream = UnixStream;

    async fn accept(&self) -> io::Result<UnixStream> {
        Self::accept(self).await.map(|(stream, _)| stream)
    }

    fn try_write(stream: &UnixStream, text: &[u8]) {
        let _ = stream.try_write(text);
    }

    fn client(stream: &UnixStream) -> ClientId {
        stream.peer_cred().map_or(ClientId::Unknown, |peer| ClientId::User(peer.uid()))
    }

    fn line(stream: &UnixStream) -> Option<OwnedFd> {
        stream.as_fd().try_clone_to_owned().ok()
    }
}

impl Door for TcpListener {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<TcpStream> {
        Self::accept(self).await.map(|(stream, _)| stream)
    }

    fn try_write(stream: &TcpStream, text: &[u8]) {
        let _ = stream.try_write(text);
    }

    fn client(stream: &TcpStream) -> ClientId {
        stream.peer_addr().map_or(ClientId::Unknown, |peer| ClientId::at(peer.ip()))
    }

    fn line(_: &TcpStream) -> Option<OwnedFd> {
        None
    }
}
