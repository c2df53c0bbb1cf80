//! Policies that drop what a connection should carry: evidence in `tunnel-down`, never a finding of their own. Somebody may want them.

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::slab::Slot;
use crate::model::{Evidence, PolicyDirection, Selector, Source, Subnet};

/// More are counted.
const SHOWN: usize = 3;

impl Facts {
    /// A line for each policy that drops this connection's packets before its own policy sees them.
    pub(in crate::engine) fn blocked(&self, connection: Slot<Connection>) -> Vec<Evidence> {
        let Some(row) = self.claims.connection_at(connection) else { return Vec::new() };
        let Some(wanted) = row
            .loaded
            .as_ref()
            .and_then(|loaded| between(loaded.local_selector.as_deref()?, loaded.remote_selector.as_deref()?))
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

/// What goes from one side to the other.
fn between(local: &str, remote: &str) -> Option<Selector> {
    let (src, dst) = (Subnet::read(local)?, Subnet::read(remote)?);
    let any = (0, 0);
    Some(Selector {
        src: src.address(),
        src_prefix: src.prefix(),
        dst: dst.address(),
        dst_prefix: dst.prefix(),
        protocol: 0,
        src_port: any,
        dst_port: any,
        ifindex: 0,
    })
}
