//! Word that ways may have changed. What changed is not read: whoever cares asks anew.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::model::{Coverage, Source, SourceState, What};
use crate::sources::{Closed, Queue, netlink};
use crate::sys;

/// RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV6_RULE, RTNLGRP_NEXTHOP (include/uapi/linux/rtnetlink.h).
const GROUPS: [u32; 5] = [7, 8, 11, 19, 32];
/// Between two words, however much changes. Meanwhile the socket's buffer may overflow: that is a change, too.
const BETWEEN: Duration = Duration::from_millis(100);
/// How long to wait before a socket that broke is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// What is seen where all works.
pub const DETAIL: &str = "the routes of the policies that the NIC holds, and their changes";

/// Opens a socket that hears of changes.
///
/// # Errors
/// What the kernel says.
pub fn listen() -> io::Result<AsyncFd<OwnedFd>> {
    let socket = netlink::open(None)?;
    netlink::join(&socket, &GROUPS)?;
    sys::register(socket)
}

/// Tells of changes until the engine has ended, over this socket first; where there is none, over the next that can be opened.
pub async fn tell(first: Option<AsyncFd<OwnedFd>>, queue: Queue) -> Result<(), Closed> {
    let mut socket = match first {
        Some(socket) => socket,
        None => open_again(&queue).await?,
    };
    loop {
        match changed(&socket).await {
            Ok(false) => continue,
            Ok(true) => queue.send(What::RoutesChanged).await?,
            Err(error) => {
                let detail = format!("reading changes of routes: {error}; a route that moves may not be seen");
                cover(&queue, SourceState::Degraded, detail).await?;
                socket = open_again(&queue).await?;
            }
        }
        tokio::time::sleep(BETWEEN).await;
    }
}

/// Waits until there is something to read, and reads all of it. False where none of it was the kernel's.
async fn changed(socket: &AsyncFd<OwnedFd>) -> io::Result<bool> {
    let read = |socket: &OwnedFd| drain(|| netlink::receive(socket, &mut [0; 32]).map(|datagram| datagram.sender));
    socket.async_io(Interest::READABLE, read).await
}

async fn open_again(queue: &Queue) -> Result<AsyncFd<OwnedFd>, Closed> {
    loop {
        tokio::time::sleep(RETRY).await;
        match listen() {
            Ok(socket) => {
                cover(queue, SourceState::Ok, DETAIL.to_owned()).await?;
                // Whatever changed meanwhile was not heard.
                queue.send(What::RoutesChanged).await?;
                return Ok(socket);
            }
            Err(error) => tracing::warn!(target: "swanwatch::routes", %error, "listening to routes"),
        }
    }
}

/// Tells how well it works.
pub async fn cover(queue: &Queue, state: SourceState, detail: String) -> Result<(), Closed> {
    queue.send(What::Coverage(Coverage { source: Source::Routes, state, detail })).await
}

/// Reads until there is nothing; whether the kernel (port 0) said anything. `WouldBlock` where there was nothing at all.
fn drain(mut receive: impl FnMut() -> io::Result<u32>) -> io::Result<bool> {
    let (mut any, mut changed) = (false, false);
    loop {
        match receive() {
            Ok(sender) => changed |= sender == 0,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && any => return Ok(changed),
            Err(error) if netlink::is_overrun(&error) => changed = true,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        any = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drained(said: &[Result<u32, io::ErrorKind>]) -> (Result<bool, io::ErrorKind>, usize) {
        let mut said = said.iter();
        let done = drain(|| said.next().copied().unwrap_or(Err(io::ErrorKind::WouldBlock)).map_err(io::Error::from));
        (done.map_err(|error| error.kind()), said.len())
    }

    #[test]
    fn all_that_waits_is_one_change_and_only_the_kernels_counts() {
        let (nothing, broken) = (io::ErrorKind::WouldBlock, io::ErrorKind::NotConnected);
        assert_eq!(drained(&[Ok(0), Ok(77), Ok(0)]), (Ok(true), 0));
        assert_eq!(drained(&[Ok(77)]), (Ok(false), 0));
        assert_eq!(drained(&[]), (Err(nothing), 0));
        assert_eq!(drained(&[Ok(0), Err(broken), Ok(0)]), (Err(broken), 1));
    }

    #[test]
    fn what_the_kernel_dropped_is_a_change() {
        let mut said = vec![io::ErrorKind::WouldBlock.into(), io::Error::from_raw_os_error(105)];
        assert!(drain(|| Err(said.pop().unwrap())).unwrap());
    }
}
