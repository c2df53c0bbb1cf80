//! One connection to charon: packets in, packets out.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream as StdStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::net::sockopt::socket_peercred;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::sleep;

use crate::daemons::vici::{MalformedMessage, Packet, PacketBytes, PacketError, PacketStream, ViciRequest};
use crate::root_path::{RootPath, RootPathError, believed};
use crate::sources::process::ControlSocket;

/// As much as is read at once.
const ROOM: usize = 64 << 10;

/// Between two tries to connect to a charon that is busy, at first and at last: it accepts no more than three that wait.
const TRIES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));

/// Where a charon listens, and whose process that must be.
#[derive(Clone, Debug)]
pub(in crate::sources::daemon) struct ViciPlace {
    pub socket: PathBuf,
    pub pid: Option<u32>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(in crate::sources::daemon) enum ViciError {
    /// Somebody else could have put the socket there.
    #[error("it is not asked: {0}")]
    Path(#[from] RootPathError),
    /// It is something else, or its listener is somebody else's.
    #[error("it is not asked: {0}")]
    Listener(String),
    /// What the kernel says.
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it hung up")]
    HungUp,
    #[error("it hung up amid its answer")]
    CutShort,
    /// It does not speak this protocol, or no more.
    #[error("what it says is not understood: {0}")]
    Packet(#[from] PacketError),
    /// As above, of what is in a packet.
    #[error("what it says is not understood: {0}")]
    Message(#[from] MalformedMessage),
    /// Another packet than there should be.
    #[error("what it says is no answer to '{0}'")]
    NoAnswer(String),
    #[error("it has no command '{0}'")]
    UnknownCommand(&'static str),
    #[error("it has no event '{0}'")]
    UnknownEvent(String),
}

/// A connection. What is cut off in the middle of a request is not to be used again: drop it.
#[derive(Debug)]
pub(in crate::sources::daemon) struct ViciConnection {
    stream: UnixStream,
    packets: PacketStream,
    buffer: Vec<u8>,
}

impl ViciPlace {
    /// Connects. Waits, without an end of its own, while charon is busy with others.
    ///
    /// # Errors
    /// Nobody listens there, or not root's process.
    pub async fn connect(&self) -> Result<ViciConnection, ViciError> {
        let mut pause = TRIES.0;
        loop {
            match self.connect_now() {
                Err(ViciError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    sleep(pause).await;
                    pause = (pause * 2).min(TRIES.1);
                }
                Ok(stream) => {
                    let stream = UnixStream::from_std(stream)?;
                    return Ok(ViciConnection { stream, packets: PacketStream::default(), buffer: vec![0; ROOM] });
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Looks whose socket it is, and connects to the very file that was looked at.
    fn connect_now(&self) -> Result<StdStream, ViciError> {
        ControlSocket::find(&self.socket, &believed()).map_err(|error| ViciError::Listener(error.to_string()))?;
        let file = RootPath::open(&self.socket)?;
        let path = format!("/proc/self/fd/{}", file.descriptor.as_raw_fd());
        connect_to(Path::new(&path)).and_then(|stream| {
            let peer = socket_peercred(&stream).map_err(io::Error::from)?;
            let (uid, pid) = (peer.uid.as_raw(), peer.pid.as_raw_nonzero().get().unsigned_abs());
            if !believed().contains(&uid) {
                return Err(ViciError::Listener(format!("a process of user {uid} listens on it")));
            }
            match self.pid {
                Some(known) if known != pid => {
                    Err(ViciError::Listener(format!("process {pid} listens on it, and not process {known}")))
                }
                _ => Ok(stream),
            }
        })
    }
}

fn connect_to(path: &Path) -> Result<StdStream, ViciError> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None).map_err(io::Error::from)?;
    let address = SocketAddrUnix::new(path).map_err(io::Error::from)?;
    connect(&socket, &address).map_err(io::Error::from)?;
    Ok(StdStream::from(socket))
}

impl ViciConnection {
    /// Whether charon still has it, and has said nothing that nobody asked for.
    pub fn is_quiet(&self) -> bool {
        let mut byte = [0];
        !self.packets.is_amid()
            && self.stream.try_read(&mut byte).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// What charon says next. Nothing is lost where this is dropped.
    ///
    /// # Errors
    /// It hung up, or says what is no packet.
    pub async fn packet(&mut self) -> Result<PacketBytes, ViciError> {
        loop {
            if let Some(packet) = self.packets.next()? {
                return Ok(packet);
            }
            let read = self.stream.read(&mut self.buffer).await?;
            if read == 0 {
                return Err(if self.packets.is_amid() { ViciError::CutShort } else { ViciError::HungUp });
            }
            self.packets.push(self.buffer.get(..read).unwrap_or_default());
        }
    }

    /// Asks for events; those that come before the answer go to `event`.
    ///
    /// # Errors
    /// There are none of this name.
    pub async fn register(
        &mut self,
        name: &str,
        event: &mut (impl FnMut(&str, &[u8]) -> Result<(), MalformedMessage> + Send),
    ) -> Result<(), ViciError> {
        self.send(Packet::Register(name)).await?;
        self.confirmed(name, event).await
    }

    /// A request and its whole answer. What comes in events meanwhile goes to `event`.
    ///
    /// # Errors
    /// There is no such command, or no whole answer.
    pub async fn request(
        &mut self,
        request: &ViciRequest,
        event: &mut (impl FnMut(&str, &[u8]) -> Result<(), MalformedMessage> + Send),
    ) -> Result<Vec<u8>, ViciError> {
        if let Some(events) = request.events {
            self.register(events, event).await?;
        }
        self.send(Packet::Request(request.command, request.message().bytes())).await?;
        let answer = loop {
            match self.packet().await?.packet()? {
                Packet::Response(answer) => break answer.to_vec(),
                Packet::UnknownCommand => return Err(ViciError::UnknownCommand(request.command)),
                Packet::Event(name, message) => event(name, message)?,
                _ => return Err(ViciError::NoAnswer(request.command.to_owned())),
            }
        };
        if let Some(events) = request.events {
            self.send(Packet::Unregister(events)).await?;
            self.confirmed(events, event).await?;
        }
        Ok(answer)
    }

    async fn confirmed(
        &mut self,
        name: &str,
        event: &mut (impl FnMut(&str, &[u8]) -> Result<(), MalformedMessage> + Send),
    ) -> Result<(), ViciError> {
        loop {
            match self.packet().await?.packet()? {
                Packet::Confirmed => return Ok(()),
                Packet::UnknownEvent => return Err(ViciError::UnknownEvent(name.to_owned())),
                Packet::Event(name, message) => event(name, message)?,
                _ => return Err(ViciError::NoAnswer(name.to_owned())),
            }
        }
    }

    async fn send(&mut self, packet: Packet<'_>) -> Result<(), ViciError> {
        Ok(self.stream.write_all(&packet.bytes()?).await?)
    }
}
