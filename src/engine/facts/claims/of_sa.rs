//! Whose an SA is.

use super::{Claims, Connection, Tunnel};
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;

impl Claims {
    /// The tunnel that claims an SA.
    pub fn tunnel_of(&self, sa: &Sa) -> Option<Slot<Tunnel>> {
        sa.claim.and_then(|leg| self.child_at(leg.child)).map(|child| child.tunnel)
    }

    /// The connection that claims an SA, or whose reqid it has.
    pub fn connection_of(&self, sa: &Sa) -> Option<Slot<Connection>> {
        let tunnel = self.tunnel_of(sa).and_then(|tunnel| self.tunnel_at(tunnel));
        tunnel.map(|tunnel| tunnel.connection).or_else(|| self.connection_of_reqid(sa.reqid))
    }
}
