//! The daemon's table came. Where it may leave out IKE SAs, what is not in it proves nothing of them: only of an IKE SA that is in it, all
//! Child SAs are.

use std::collections::BTreeSet;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Child;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::table_told::TableTold;
use crate::model::{Boottime, BriefStatus, Question, StateTable};

impl Facts {
    pub(super) fn table_came(&mut self, table: &StateTable) {
        self.life.tables_done = true;
        self.life.table = self.life.asked;
        self.life.told = self.what_it_told(table);
        let asked = self.life.asked.map_or(self.now, |(at, _)| at);
        let gone = self.not_in(table, asked);
        if self.log_proves_nothing() && gone.iter().any(|slot| self.is_of_wanted(*slot)) {
            // Whether it went by order its connections alone tell.
            self.want_daemon(Question::Connections);
        }
        for slot in gone {
            self.drop_child(slot);
        }
        for child in table.children.iter().filter(|child| child.established) {
            self.child_in_table(child);
        }
        for ike in table.ike.iter().filter(|ike| ike.established) {
            if let Some(of) = self.known_name(&ike.connection) {
                self.life.ike_stands(ike.serial, of);
            }
        }
        self.ikes_came(table, asked);
        self.table_bears_out(&table.ike);
        self.table_was_read();
    }

    /// Child SAs that the daemon has no more: what was established while the table was on its way is not in it.
    fn not_in(&self, table: &StateTable, asked: Boottime) -> Vec<Slot<Child>> {
        let told: BTreeSet<_> =
            table.children.iter().filter(|child| child.established).map(|child| child.serial).collect();
        let ikes: BTreeSet<_> = table.ike.iter().map(|ike| ike.serial).collect();
        let is_told_of = |child: &Child| !table.partial || ikes.contains(&child.ike);
        let gone = self
            .claims
            .children()
            .filter(|(_, child)| !told.contains(&child.serial) && child.established < asked && is_told_of(child));
        gone.map(|(slot, _)| slot).collect()
    }

    fn is_of_wanted(&self, child: Slot<Child>) -> bool {
        let tunnel = self.claims.child_at(child).and_then(|child| self.claims.tunnel_at(child.tunnel));
        tunnel.and_then(|tunnel| self.claims.connection_at(tunnel.connection)).is_some_and(|row| row.wanted)
    }

    fn what_it_told(&mut self, table: &StateTable) -> TableTold {
        let mut told = TableTold { partial: table.partial, ..TableTold::default() };
        if !table.partial {
            return told;
        }
        for child in &table.children {
            if let (Some(local), Some(remote)) = (child.local, child.remote) {
                told.between.insert((local.min(remote), local.max(remote)));
            }
            if let Some(spis) = child.spis.filter(|_| !child.established) {
                told.on_their_way.extend([spis.outbound, spis.inbound].map(|spi| (spi, spis.protocol)));
            }
        }
        for ike in &table.ike {
            let Some(name) = self.names.find(&ike.connection) else { continue };
            told.names.insert(name);
            let children: Vec<_> = self.ike_names.children(name).collect();
            for loaded in children.into_iter().filter_map(|connection| self.loaded_at(connection)) {
                match (loaded.local, loaded.remote) {
                    (Some(local), Some(remote)) => drop(told.between.insert((local.min(remote), local.max(remote)))),
                    (None, Some(remote)) => drop(told.peers.insert(remote)),
                    (_, None) => {}
                }
            }
        }
        told
    }

    /// Its counters came. Without any IKE SA it has no Child SA, whatever its table left out.
    pub(super) fn ikes_were_counted(&mut self, brief: BriefStatus) {
        let asked = self.life.asked.map_or(self.now, |(at, _)| at);
        let none = brief.ike == 0 && brief.half_open == 0;
        let before = std::mem::replace(&mut self.life.no_ike_at, none.then_some(asked));
        if none && before.is_none() {
            self.happens(Happened::NoIkeSas);
        }
        if none && self.life.told.partial {
            let gone = self.claims.children().filter(|(_, child)| child.established < asked);
            for slot in gone.map(|(slot, _)| slot).collect::<Vec<_>>() {
                self.drop_child(slot);
            }
            self.ikes.clear();
        }
    }

    // --- what it does not know

    /// Whether it was asked since this SA came, or was let go of, and does not know it.
    pub(in crate::engine) fn daemon_does_not_know(&self, slot: Slot<Sa>, sa: &Sa) -> bool {
        let Some((asked, wall)) = self.life.table else { return false };
        let seconds = u32::try_from(wall.micros() / 1_000_000).unwrap_or(u32::MAX);
        let told = &self.life.told;
        if asked <= sa.seen && seconds <= sa.add_time {
            return false;
        }
        if !told.partial {
            return true;
        }
        let let_go = self.released.get(&slot).copied().unwrap_or_default();
        if asked <= let_go || told.on_their_way.contains(&(sa.spi, sa.protocol)) {
            return false;
        }
        let none = self.life.no_ike_at.is_some_and(|at| at > sa.seen.max(let_go));
        none || self.is_older_than_daemon(sa) || (told.has_between(sa.src, sa.dst) && self.all_were_told_between(sa))
    }

    /// The process took over nothing from the one before it.
    fn is_older_than_daemon(&self, sa: &Sa) -> bool {
        let since = self.life.daemon.as_ref().map(|daemon| daemon.since.micros() / 1_000_000);
        since.is_some_and(|since| i64::from(sa.add_time) + 1 < since)
    }

    /// Every IKE connection between these hosts has an IKE SA in the table: that of another one may have been left out.
    fn all_were_told_between(&self, sa: &Sa) -> bool {
        let told = &self.life.told;
        let is_between = |connection| {
            self.loaded_at(connection).is_some_and(|loaded| {
                let ends = [(sa.src, sa.dst), (sa.dst, sa.src)];
                ends.iter().any(|(local, remote)| {
                    loaded.local.is_none_or(|own| own == *local) && loaded.remote.is_none_or(|peer| peer == *remote)
                })
            })
        };
        let untold = self.ike_names.all().filter(|(_, name)| !told.names.contains(name));
        !untold.into_iter().any(|(connection, _)| is_between(connection))
    }
}
