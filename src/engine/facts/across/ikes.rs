//! Which IKE SAs stand and serve no Child SA: the daemon's table tells, and its log when one of them goes.

use std::collections::BTreeSet;

use crate::engine::facts::Facts;
use crate::engine::facts::ike_names::IkeOf;
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
            let connection = match self.named(&ike.connection) {
                Some(IkeOf::Connection(connection)) => Some(connection),
                // The first of its children stands for all.
                Some(IkeOf::Name(name)) => self.ike_names.children(name).next(),
                None => None,
            };
            let Some(connection) = connection else { continue };
            let instance = ike.instance.as_deref().filter(|instance| self.is_instance(Some(instance)));
            let instance = instance.map(|instance| self.names.keep(instance));
            rows.push((ike.serial, connection, instance));
        }
        let told: BTreeSet<_> = table.ike.iter().map(|ike| ike.serial).collect();
        if table.partial {
            rows.extend(self.ikes.others(&told));
            rows.truncate(MOST);
        }
        self.ikes.came(rows.into_iter(), &serving, |serial| told.contains(&serial), asked);
    }
}
