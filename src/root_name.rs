//! A name that one process of root's holds in a network namespace, and that nobody else can keep from it.
//!
//! An abstract socket's name (unix(7)) is one namespace's, and is free again when its process ends, however it ends; but anybody may bind it
//! first. So each process binds names that nobody can guess, `NAME/claim/RANDOM/PID` and then `NAME/held/RANDOM/PID`, and asks the kernel by
//! sock_diag(7) which others there are, and whose:
//!
//! 1. It binds its claim. Every look that begins after that shows it.
//! 2. It looks. Somebody holds the name, or claims it with a smaller number: it ends. Others claim it with larger numbers: it looks again
//!    until they are gone. Nobody does: it holds the name.
//!
//! Two never win: each looked after its own claim was bound, so whichever claimed last saw the other's claim, or what it held.
//! Two never both lose: whoever ends saw a holder, which stays, or a smaller claim, and the smallest claim ends for a holder alone (or for one
//! that has stood still for five seconds between the two steps).
//! A look takes several answers where there are hundreds of sockets, and one may be left out of it while others come and go. So nobody has to
//! be seen in two looks in a row; and as a holder keeps its claim, one that is overlooked was left out four times.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen, socket_with};
use rustix::rand::{GetRandomFlags, getrandom};

use crate::root_path::believed;
use crate::sources::unix_sockets::{SocketName, UnixSocket, UnixSockets};

/// For how long the smallest claim waits for others to see it: they do at once, unless they are stopped (`SIGSTOP`).
const PATIENCE: Duration = Duration::from_secs(5);

/// The kernel tells nobody when a socket is gone.
const PAUSE: Duration = Duration::from_millis(2);

/// Looks in a row in which nobody else is seen.
const LOOKS: u32 = 2;

const CLAIM: &str = "claim";
const HELD: &str = "held";

/// Held as long as this lives.
#[derive(Debug)]
pub struct RootName {
    _claim: OwnedFd,
    _held: OwnedFd,
    doubt: Option<NameDoubt>,
}

/// Why it is not sure that nobody else of root's holds the name, or who pretends to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameDoubt {
    /// The kernel does not say which sockets there are.
    Blind(String),
    /// Sockets of others have names of this form. They count for nothing.
    Strangers {
        names: u64,
        /// Whose the first of them is; none where the kernel does not say whose a socket is.
        uid: Option<u32>,
    },
}

/// Why the name is not held.
#[derive(Debug, thiserror::Error)]
pub enum RootNameError {
    /// Another process has it, or is about to.
    #[error("process {pid} has it")]
    Held {
        /// Its number, in its own PID namespace.
        pid: u32,
    },
    #[error("cannot bind an abstract socket: {0}")]
    System(#[from] io::Error),
}

/// A name of the form, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ticket {
    held: bool,
    random: u128,
    pid: u32,
}

/// What one look shows beside ourselves.
#[derive(Debug, Default, PartialEq, Eq)]
struct OtherHolders {
    /// A holder, else the smallest claim.
    first: Option<Ticket>,
    strangers: u64,
    stranger: Option<u32>,
}

impl RootName {
    /// Takes the name for as long as what is returned lives. It is at most 32 bytes long. Waits for at most five seconds.
    ///
    /// # Errors
    /// Another process of root's, or of the user that this process runs as, has the name; or the system refuses.
    pub fn take(name: &str) -> Result<Self, RootNameError> {
        let mut bytes = [0; 16];
        getrandom(&mut bytes, GetRandomFlags::empty()).map_err(io::Error::from)?;
        let ours = Ticket { held: false, random: u128::from_ne_bytes(bytes), pid: std::process::id() };
        let claim = bound(&ours.text(name))?;
        let doubt = wait_alone(name, ours)?;
        let held = bound(&Ticket { held: true, ..ours }.text(name))?;
        Ok(Self { _claim: claim, _held: held, doubt })
    }

    /// What there is to say about others.
    pub const fn doubt(&self) -> Option<&NameDoubt> {
        self.doubt.as_ref()
    }
}

/// Until nobody else is seen, or somebody who was first.
fn wait_alone(name: &str, ours: Ticket) -> Result<Option<NameDoubt>, RootNameError> {
    let begin = Instant::now();
    let mut alone = 0;
    loop {
        let others = match look(name, ours) {
            Ok(others) => others,
            // Better two that watch than none.
            Err(error) => return Ok(Some(NameDoubt::Blind(error.to_string()))),
        };
        match others.first {
            None if alone + 1 == LOOKS => return Ok(others.doubt()),
            None => alone += 1,
            Some(other) if other.held || other.random < ours.random || begin.elapsed() > PATIENCE => {
                return Err(RootNameError::Held { pid: other.pid });
            }
            Some(_) => {
                alone = 0;
                std::thread::sleep(PAUSE);
            }
        }
    }
}

fn look(name: &str, ours: Ticket) -> io::Result<OtherHolders> {
    let owners = believed();
    let mut others = OtherHolders::default();
    UnixSockets::open()?.listening(|socket| others.take(name, ours, &owners, socket))?;
    Ok(others)
}

/// One connection may wait there, of whoever likes: it is never taken.
fn bound(name: &str) -> io::Result<OwnedFd> {
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    bind(&socket, &SocketAddrUnix::new_abstract_name(name.as_bytes())?)?;
    listen(&socket, 0)?;
    Ok(socket)
}

impl OtherHolders {
    fn take(&mut self, name: &str, ours: Ticket, owners: &[u32], socket: &UnixSocket<'_>) {
        let SocketName::Abstract(bytes) = socket.name else { return };
        let Some(rest) = bytes.strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(b"/")) else { return };
        if !socket.uid.is_some_and(|uid| owners.contains(&uid)) {
            self.strangers += 1;
            self.stranger = self.stranger.or(socket.uid);
            return;
        }
        let order = |ticket: &Ticket| (!ticket.held, ticket.random);
        if let Some(found) = Ticket::parse(rest)
            && found.random != ours.random
            && self.first.as_ref().is_none_or(|first| order(&found) < order(first))
        {
            self.first = Some(found);
        }
    }

    fn doubt(&self) -> Option<NameDoubt> {
        (self.strangers > 0).then_some(NameDoubt::Strangers { names: self.strangers, uid: self.stranger })
    }
}

impl Ticket {
    fn text(&self, name: &str) -> String {
        format!("{name}/{}/{:032x}/{}", if self.held { HELD } else { CLAIM }, self.random, self.pid)
    }

    /// Only what `text` writes behind the name.
    fn parse(rest: &[u8]) -> Option<Self> {
        let mut parts = std::str::from_utf8(rest).ok()?.split('/');
        let held = match parts.next()? {
            HELD => true,
            CLAIM => false,
            _ => return None,
        };
        let random = parts.next().filter(|digits| digits.len() == 32)?;
        let (random, pid) = (u128::from_str_radix(random, 16).ok()?, parts.next()?.parse().ok()?);
        parts.next().is_none().then_some(Self { held, random, pid })
    }
}

impl std::fmt::Display for NameDoubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Blind(error) => write!(f, "the kernel does not say which sockets there are ({error})"),
            Self::Strangers { names, uid: None } => {
                write!(f, "{names} sockets have names like its own, and this kernel does not say whose they are")
            }
            Self::Strangers { names, uid: Some(uid) } => {
                write!(
                    f,
                    "{names} abstract sockets that are not root's (of user {uid}) are named like an instance; they count for nothing"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests;
