//! What the daemon has loaded, for those who ask.

use crate::engine::facts::Facts;
use crate::model::{Link, LoadedConnection};

impl Facts {
    /// Every loaded connection by its name, each with the interface that its offload goes to (the one that holds the IKE address), where
    /// that is known.
    pub(in crate::engine) fn loaded(&self) -> impl Iterator<Item = (&LoadedConnection, Option<&Link>)> {
        let mut loaded: Vec<_> =
            self.claims.connections().filter_map(|(_, connection)| connection.loaded.as_deref()).collect();
        loaded.sort_by(|one, other| one.connection.cmp(&other.connection));
        loaded.into_iter().map(|connection| (connection, self.links.of_connection(connection)))
    }
}
