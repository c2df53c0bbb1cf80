//! Which IKE SAs stand and serve no Child SA: the daemon's table tells, and its log when one of them goes.

use std::collections::BTreeSet;

use crate::engine::facts::Facts;
use crate::engine::facts::ikes::MOST;
use crate::model::{Boottime, StateTable};

impl Facts {
    /// The daemon's table came, which was asked for then.
    pub(super) fn ikes_came(&mut self, table: &StateTable, asked: Boottime) {
        let serving: BTreeSet<_> = table.children.iter().filter_map(|child| child.ike).collect();
        // Where a Child SA does not name its IKE SA, any of the connection's may be it.
        let untold: BTreeSet<_> =
            table.children.iter().filter(|child| child.ike.is_none()).map(|child| child.connection.as_str()).collect();
        let mut rows = Vec::new();
        for ike in table.ike.iter().filter(|ike| ike.established).take(MOST) {
            if untold.contains(ike.connection.as_str()) {
                continue;
            }
            let name = self.names.keep(&ike.connection);
            let Some(connection) = self.claims.connection(name) else { continue };
            let instance = ike.instance.as_deref().filter(|instance| self.is_instance(Some(instance)));
            let instance = instance.map(|instance| self.names.keep(instance));
            rows.push((ike.serial, connection, instance));
        }
        self.ikes.came(rows.into_iter(), &serving, asked);
    }
}
