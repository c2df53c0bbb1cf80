//! Interfaces of the namespace: up, down, gone, their addresses, and whether they offload ESP.
//!
//! When an interface with offloaded SAs goes down, leaves or is unregistered, the kernel drops those SAs without any XFRM event:
//! the message here is the only sign.

mod change;
mod ethtool;
mod facts;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
mod socket;
mod table;

use std::collections::BTreeSet;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use tokio::io::unix::AsyncFd;

pub use self::ethtool::{DriverIdentity, ESP_HW_OFFLOAD, Ethtool};
pub use self::facts::DeviceFacts;

use self::change::LinkChange;
use self::ethtool::EthtoolAnswer;
use self::socket::LinkDump;
use self::table::InterfaceTable;
use super::{Closed, Queue};
use crate::model::{Coverage, Link, Source, SourceState, What};
use crate::sources::netlink;

/// How long to wait before a socket that broke is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Why interfaces cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum NicError {
    /// No socket.
    #[error("{tried}: {source}")]
    Io {
        tried: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

/// Starts watching the interfaces of this process's namespace. First come all that there are, then `What::LinksKnown`, then changes.
///
/// # Errors
/// Where a socket cannot be opened.
pub fn spawn(queue: Queue) -> Result<(), NicError> {
    let tried = |tried| move |source| NicError::Io { tried, source };
    let socket = socket::listen().map_err(tried("listening to interfaces (NETLINK_ROUTE)"))?;
    let ethtool = Ethtool::open().map_err(tried("opening a socket for ethtool"))?;
    let buffer = vec![0; socket::BUFFER];
    tokio::spawn(NicWatch { socket, ethtool: Some(ethtool), table: InterfaceTable::default(), buffer, queue }.run());
    Ok(())
}

/// Every interface that there is now, without its addresses and what ethtool knows of it.
///
/// # Errors
/// What the kernel says.
pub async fn links() -> io::Result<Vec<Link>> {
    let changes = socket::dump(LinkDump::Links, &mut vec![0; socket::BUFFER]).await?;
    let links = changes.into_iter().filter_map(|change| match change {
        LinkChange::Link(link) => Some(*link),
        _ => None,
    });
    Ok(links.collect())
}

struct NicWatch {
    socket: AsyncFd<OwnedFd>,
    /// Away while a thread that may block asks with it.
    ethtool: Option<Ethtool>,
    table: InterfaceTable,
    buffer: Vec<u8>,
    queue: Queue,
}

enum NicEnd {
    Closed,
    Broken(io::Error),
}

impl From<Closed> for NicEnd {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl From<io::Error> for NicEnd {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

impl NicWatch {
    async fn run(mut self) {
        loop {
            let Err(NicEnd::Broken(error)) = self.watch().await else { return };
            let detail = format!("reading interfaces: {error}; a link going down is not seen until it works again");
            if self.cover(SourceState::Degraded, detail).await.is_err() {
                return;
            }
            tokio::time::sleep(RETRY).await;
            match socket::listen() {
                Ok(socket) => self.socket = socket,
                Err(error) => tracing::warn!(target: "swanwatch::links", %error, "listening to interfaces"),
            }
        }
    }

    async fn watch(&mut self) -> Result<(), NicEnd> {
        self.dump().await?;
        self.cover(SourceState::Ok, "interfaces, their addresses and ESP offload features".to_owned()).await?;
        let mut overrun = false;
        loop {
            // While changes were lost, the socket is first read empty: only then does the kernel send again.
            let received = if overrun {
                netlink::receive(self.socket.get_ref(), &mut self.buffer)
            } else {
                socket::receive(&self.socket, &mut self.buffer).await
            };
            match received {
                Ok(datagram) => match socket::changes(&self.buffer, datagram) {
                    Some(changes) => {
                        for change in changes {
                            self.apply(change).await?;
                        }
                    }
                    None => overrun = true,
                },
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    overrun = false;
                    self.dump().await?;
                }
                Err(error) if netlink::is_overrun(&error) => overrun = true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Reads everything anew and tells the differences.
    async fn dump(&mut self) -> Result<(), NicEnd> {
        let links = socket::dump(LinkDump::Links, &mut self.buffer).await?;
        let addresses = socket::dump(LinkDump::Addresses, &mut self.buffer).await?;
        let mut names = Vec::new();
        for change in links {
            if let LinkChange::Link(link) = change {
                names.push((link.index, link.name.clone()));
                self.table.set(*link);
            }
        }
        let present: BTreeSet<u32> = names.iter().map(|(index, _)| *index).collect();
        for index in self.table.others(&present) {
            self.remove(index).await?;
        }
        self.table.forget_addresses();
        for change in addresses {
            if let LinkChange::Address(index, address) = change {
                self.table.address(index, address, true);
            }
        }
        for (index, look) in self.look(names).await {
            self.table.look(index, look);
            self.tell(index).await?;
        }
        Ok(self.queue.send(What::LinksKnown).await?)
    }

    async fn apply(&mut self, change: LinkChange) -> Result<(), Closed> {
        match change {
            LinkChange::Link(link) => self.link(*link).await,
            LinkChange::Gone(index) => self.remove(index).await,
            LinkChange::Address(index, address) => {
                self.table.address(index, address, true);
                self.tell(index).await
            }
            LinkChange::AddressGone(index, address) => {
                self.table.address(index, address, false);
                self.tell(index).await
            }
            LinkChange::Done | LinkChange::Refused(_) | LinkChange::None => Ok(()),
        }
    }

    /// The kernel announces that an interface goes down before it drops its SAs, and holds the RTNL lock until it has (`dev_close_many`).
    /// ethtool waits for that lock: once it has answered, a dump shows what is left.
    async fn link(&mut self, link: Link) -> Result<(), Closed> {
        let (index, name) = (link.index, link.name.clone());
        self.table.set(link);
        for (index, look) in self.look(vec![(index, name)]).await {
            self.table.look(index, look);
        }
        self.tell(index).await
    }

    async fn remove(&mut self, index: u32) -> Result<(), Closed> {
        match self.table.remove(index) {
            Some(what) => self.queue.send(what).await,
            None => Ok(()),
        }
    }

    async fn tell(&mut self, index: u32) -> Result<(), Closed> {
        match self.table.tell(index) {
            Some(what) => self.queue.send(what).await,
            None => Ok(()),
        }
    }

    /// Asks ethtool on a thread that may block: it waits for the kernel's RTNL lock.
    async fn look(&mut self, names: Vec<(u32, String)>) -> Vec<(u32, EthtoolAnswer)> {
        let Some(mut ethtool) = self.ethtool.take().or_else(|| Ethtool::open().ok()) else {
            return names.into_iter().map(|(index, _)| (index, EthtoolAnswer::default())).collect();
        };
        let asked = tokio::task::spawn_blocking(move || {
            let looks = names.into_iter().map(|(index, name)| (index, ethtool.look(&name))).collect();
            (ethtool, looks)
        });
        match asked.await {
            Ok((ethtool, looks)) => {
                self.ethtool = Some(ethtool);
                looks
            }
            Err(_) => Vec::new(),
        }
    }

    async fn cover(&self, state: SourceState, detail: String) -> Result<(), Closed> {
        self.queue.send(What::Coverage(Coverage { source: Source::Links, state, detail })).await
    }
}
