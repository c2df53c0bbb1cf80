//! Connections and tunnels as people call them.

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Connection, Tunnel};
use crate::engine::facts::names::Name;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;

impl Facts {
    /// The name of a connection as text; nothing where it was forgotten.
    pub(in crate::engine) fn connection_text(&self, connection: Slot<Connection>) -> String {
        self.claims.connection_at(connection).map(|c| self.names.text(c.name).to_owned()).unwrap_or_default()
    }

    /// A tunnel as text: its connection and its instance.
    pub(in crate::engine) fn tunnel_text(&self, tunnel: Slot<Tunnel>) -> String {
        let connection = self.claims.tunnel_at(tunnel).map(|tunnel| self.connection_text(tunnel.connection));
        format!("{}{}", connection.unwrap_or_default(), self.instance_text(tunnel).unwrap_or_default())
    }

    /// The instance of a tunnel as text.
    pub(in crate::engine) fn instance_text(&self, tunnel: Slot<Tunnel>) -> Option<String> {
        self.claims.tunnel_at(tunnel)?.instance.map(|name| self.names.text(name).to_owned())
    }

    /// The name of the connection that claims an SA, or whose reqid it has.
    pub(in crate::engine) fn connection_name_of_sa(&self, slot: Slot<Sa>) -> Option<Name> {
        let sa = self.sad.get(slot)?;
        self.claims.connection_at(self.claims.connection_of(sa)?).map(|connection| connection.name)
    }
}
