//! The one place for `unsafe`: what no library offers safely.
#![expect(unsafe_code, reason = "calls whose contracts the compiler cannot check; each says why it keeps them")]

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::unix::AsyncFd;

/// Registers a descriptor with the runtime (tokio's safe constructors are deprecated as unsound for arbitrary types).
///
/// # Errors
/// What epoll_ctl(2) says.
pub fn register(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is open until it is dropped, always names the same descriptor, and moves into the `AsyncFd` here.
    unsafe { AsyncFd::register(descriptor) }.map_err(Into::into)
}
