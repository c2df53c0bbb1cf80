//! `metrics: {listen: ADDRESS:PORT}`

use std::net::SocketAddr;

use super::node_at::NodeAt;

/// The value of `metrics`.
pub(super) fn metrics(place: &NodeAt<'_>) -> Option<SocketAddr> {
    let mut keys = place.keys(&["listen"], "a mapping of listen")?;
    let Some((_, listen)) = keys.pop() else {
        place.wrong(|_| "the key listen is missing; expected listen: ADDRESS:PORT".to_owned());
        return None;
    };
    listen.text("an IP address and a port, as 127.0.0.1:9814 or \"[::1]:9814\"", |found| found.parse().ok())
}
