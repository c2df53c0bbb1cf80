//! Fuzz target: sockets, as sock_diag tells of them.

use super::unix_sockets::{SocketName, read_piece};

/// What is told of a socket lies in the answer, and there is no more of them than there is room for.
pub(crate) fn sock_diag(bytes: &[u8]) {
    let (mut sockets, mut named) = (0, 0);
    let read = read_piece(bytes, &mut |socket| {
        sockets += 1;
        named += match socket.name {
            SocketName::None => 0,
            SocketName::Path(name) | SocketName::Abstract(name) => name.len(),
        };
    });
    assert!(sockets * 32 <= bytes.len() && named <= bytes.len(), "{sockets} sockets");
    if let Err(error) = read {
        assert!(error.raw_os_error().is_none_or(|code| (1..4096).contains(&code)), "{error:?}");
    }
}
