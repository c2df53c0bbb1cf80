//! Policies that drop what a connection should carry: evidence in `tunnel-down`, never a finding of their own. Somebody may want them.

use std::net::IpAddr;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::slab::Slot;
use crate::model::{Evidence, PolicyDirection, Selector, Source};

/// More are counted.
const SHOWN: usize = 3;

impl Facts {
    /// A line for each policy that drops this connection's packets before its own policy sees them.
    pub(in crate::engine) fn blocked(&self, connection: Slot<Connection>) -> Vec<Evidence> {
        let Some(row) = self.claims.connection_at(connection) else { return Vec::new() };
        let Some(wanted) = row
            .loaded
            .as_ref()
            .and_then(|loaded| selector(loaded.local_selector.as_deref()?, loaded.remote_selector.as_deref()?))
        else {
            return Vec::new();
        };
        let own = row.reqid.and_then(|reqid| {
            let outbound = self.spd.with_reqid(reqid).filter(|policy| policy.id.direction == PolicyDirection::Out);
            outbound.map(|policy| policy.priority).min()
        });
        let blocks = self.spd.blocks(&wanted, own.unwrap_or(u32::MAX));
        let line = |policy: &crate::model::KernelPolicy| {
            let text = format!("the policy {} drops its packets (priority {})", policy.id, policy.priority);
            self.evidence(Source::Xfrm, text)
        };
        blocks.take(SHOWN).map(line).collect()
    }
}

/// From the daemon's notation: `192.0.1.0/24`, or an address alone.
fn selector(local: &str, remote: &str) -> Option<Selector> {
    let ((src, src_prefix), (dst, dst_prefix)) = (prefix(local)?, prefix(remote)?);
    let any = (0, 0);
    Some(Selector { src, src_prefix, dst, dst_prefix, protocol: 0, src_port: any, dst_port: any, ifindex: 0 })
}

fn prefix(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = match text.split_once('/') {
        // A protocol and ports may follow: `10.0.0.0/8:17/500`, `10.0.0.0/8/UDP/500`.
        Some((address, rest)) => (address, rest.split([':', '/']).next()?.parse().ok()?),
        None => (text, u8::MAX),
    };
    let address: IpAddr = address.parse().ok()?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    Some((address, length.min(width)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_read_as_the_daemon_writes_them() {
        let read = selector("192.0.1.0/24", "2.3.4.5").unwrap();
        assert_eq!((read.src_prefix, read.dst_prefix), (24, 32));
        assert_eq!(selector("2001:db8::/32", "2001:db8::1").unwrap().dst_prefix, 128);
        assert!(selector("%any", "1.2.3.4").is_none());
    }
}
