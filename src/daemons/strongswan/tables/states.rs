//! `list-sas`: one event for each IKE SA, with all its Child SAs.

use std::collections::BTreeMap;

use super::super::vici::MalformedMessage;
use super::known::KnownSas;
use super::section::{ChildSa, IkeSa, ike_sas};
use crate::model::{ChildState, IkeState, Serial, StateTable};

/// A table while it comes.
#[derive(Clone, Debug, Default)]
pub struct SaTable {
    sas: BTreeMap<Serial, IkeSa>,
    /// In how many parts each IKE SA came.
    parts: BTreeMap<Serial, usize>,
    /// Sections that were not understood.
    pub skipped: u32,
}

impl SaTable {
    /// One event. Of an IKE SA that came before this one counts.
    ///
    /// # Errors
    /// It is no message.
    pub fn read(&mut self, event: &[u8]) -> Result<(), MalformedMessage> {
        for ike in self.understood(event)? {
            self.sas.insert(ike.serial, ike);
        }
        Ok(())
    }

    /// One event that tells of some of an IKE SA's Child SAs.
    ///
    /// # Errors
    /// It is no message.
    pub fn read_part(&mut self, event: &[u8]) -> Result<(), MalformedMessage> {
        for mut ike in self.understood(event)? {
            *self.parts.entry(ike.serial).or_default() += 1;
            let known = self.sas.entry(ike.serial).or_insert_with(|| IkeSa { children: Vec::new(), ..ike.clone() });
            known.children.append(&mut ike.children);
        }
        Ok(())
    }

    fn understood(&mut self, event: &[u8]) -> Result<Vec<IkeSa>, MalformedMessage> {
        let (sas, skipped) = ike_sas(event, |_, _| {})?;
        self.skipped += skipped;
        Ok(sas)
    }

    /// What `parts` tells of that this does not. charon answers to each question with a part of every IKE SA, be it an empty one: what it was busy
    /// with at one of so many `questions` is left out.
    pub fn complete_by(&mut self, parts: Self, questions: usize) {
        for (serial, ike) in parts.sas {
            if parts.parts.get(&serial) == Some(&questions) {
                self.sas.entry(serial).or_insert(ike);
            }
        }
    }

    /// Whether it tells of this IKE SA.
    pub fn has(&self, ike: Serial) -> bool {
        self.sas.contains_key(&ike)
    }

    /// How many IKE SAs it tells of.
    pub fn ikes(&self) -> u32 {
        u32::try_from(self.sas.len()).unwrap_or(u32::MAX)
    }

    pub fn sas(&self) -> impl Iterator<Item = &IkeSa> {
        self.sas.values()
    }

    /// The table, as one that may not be whole: charon leaves out what it is busy with, and in silence what does not fit into an answer.
    pub fn table(&self, known: &KnownSas) -> StateTable {
        let mut table = StateTable { partial: true, ..StateTable::default() };
        for ike in self.sas.values().filter(|ike| !known.is_gone(ike)) {
            let instance = known.instance(ike);
            let there = ike.children.iter().filter(|child| !known.is_child_gone(child));
            table.children.extend(there.map(|child| child_state(ike, child, instance.clone())));
            table.ike.push(IkeState {
                serial: ike.serial,
                connection: ike.name.clone(),
                instance,
                established: ike.established,
            });
        }
        table.children.sort_by_key(|child| child.serial);
        mark_newest(&mut table.children);
        table
    }
}

fn child_state(ike: &IkeSa, child: &ChildSa, instance: Option<String>) -> ChildState {
    ChildState {
        serial: child.serial,
        ike: Some(ike.serial),
        connection: ike.connection(child),
        instance,
        established: ike.has_standing(child),
        newest: false,
        spis: child.spis,
        remote: ike.remote,
        local: ike.local,
    }
}

/// charon does not say which is the newest; its numbers grow.
fn mark_newest(children: &mut [ChildState]) {
    let mut newest = BTreeMap::new();
    for child in children.iter().filter(|child| child.established) {
        newest.insert((child.connection.clone(), child.instance.clone()), child.serial);
    }
    for child in children {
        let place = (child.connection.clone(), child.instance.clone());
        child.newest = newest.get(&place) == Some(&child.serial);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::vici::MessageBytes;
    use super::super::connections::ListedConnections;
    use super::*;

    fn ike(name: &str, serial: u32, children: &[(&str, u32, &str)]) -> MessageBytes {
        let mut message = MessageBytes::default();
        message.begin(name).value("uniqueid", &serial.to_string()).value("version", "2").value("state", "ESTABLISHED");
        message.value("local-host", "10.9.0.1").value("remote-host", "10.9.0.2").begin("child-sas");
        for (name, serial, state) in children {
            message.begin(&format!("{name}-{serial}")).value("name", name).value("uniqueid", &serial.to_string());
            message.value("state", state).value("spi-in", "c1").value("spi-out", "c2").end();
        }
        message.end().end();
        message
    }

    fn names(table: &StateTable) -> Vec<(u32, String, bool, bool)> {
        let row = |child: &ChildState| (child.serial.0, child.connection.clone(), child.established, child.newest);
        table.children.iter().map(row).collect()
    }

    #[test]
    fn a_table_names_connections_by_both_names_and_says_that_it_may_not_be_whole() {
        let mut read = SaTable::default();
        read.read(ike("gw", 3, &[("t1", 9, "INSTALLED"), ("t1", 7, "DELETED"), ("t2", 8, "REKEYING")]).bytes())
            .unwrap();
        let table = read.table(&KnownSas::default());
        assert!(table.partial);
        assert_eq!(
            names(&table),
            [
                (7, "gw/t1".to_owned(), false, false),
                (8, "gw/t2".to_owned(), true, true),
                (9, "gw/t1".to_owned(), true, true)
            ]
        );
        let first = &table.children[0];
        assert_eq!((first.ike, first.remote, first.instance.clone()), (Some(Serial(3)), "10.9.0.2".parse().ok(), None));
        assert_eq!((table.ike[0].connection.as_str(), table.ike[0].established), ("gw", true));
    }

    #[test]
    fn callers_of_one_connection_are_set_apart() {
        let mut connections = ListedConnections::default();
        let mut message = MessageBytes::default();
        message.begin("rw").list("remote_addrs", &["%any"]).begin("children").begin("net").end().end().end();
        connections.read(message.bytes()).unwrap();
        let mut known = KnownSas::default();
        connections.remember(&mut known);
        let mut read = SaTable::default();
        read.read(ike("rw", 1, &[("net", 1, "INSTALLED")]).bytes()).unwrap();
        read.read(ike("rw", 2, &[("net", 2, "INSTALLED")]).bytes()).unwrap();
        let table = read.table(&known);
        assert_eq!(table.children[1].instance.as_deref(), Some("[2] 10.9.0.2"));
        assert_eq!(table.ike[0].instance.as_deref(), Some("[1] 10.9.0.2"));
        assert!(table.children.iter().all(|child| child.newest));
    }

    #[test]
    fn what_went_while_the_answer_came_is_not_in_the_table() {
        let (mut read, mut known) = (SaTable::default(), KnownSas::default());
        known.ask();
        read.read(ike("gw", 1, &[("t1", 1, "INSTALLED"), ("t2", 2, "INSTALLED")]).bytes()).unwrap();
        read.read(ike("gw", 3, &[("t1", 4, "INSTALLED")]).bytes()).unwrap();
        let sas: Vec<_> = read.sas().cloned().collect();
        known.child_is_gone(&sas[0], &sas[0].children[1]);
        known.ike_is_gone(&sas[1]);
        let serials = |table: &StateTable| table.children.iter().map(|child| child.serial.0).collect::<Vec<_>>();
        assert_eq!(serials(&read.table(&known)), [1]);
        known.table_came(read.sas(), true);
        assert_eq!(known.children(), 1);
        // Asked anew it counts again.
        known.ask();
        assert_eq!(serials(&read.table(&known)), [1, 2, 4]);
    }

    #[test]
    fn parts_of_an_ike_sa_make_a_whole_one_and_replace_none() {
        let (mut whole, mut parts) = (SaTable::default(), SaTable::default());
        whole.read(ike("gw", 1, &[("t1", 1, "INSTALLED")]).bytes()).unwrap();
        for (child, serial) in [("a", 2), ("b", 3)] {
            parts.read_part(ike("big", 2, &[(child, serial, "INSTALLED")]).bytes()).unwrap();
        }
        parts.read_part(ike("gw", 1, &[]).bytes()).unwrap();
        // It was busy once.
        parts.read_part(ike("busy", 3, &[("a", 4, "INSTALLED")]).bytes()).unwrap();
        whole.complete_by(parts, 2);
        let table = whole.table(&KnownSas::default());
        assert_eq!(table.children.iter().map(|child| child.serial.0).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(whole.ikes(), 2);
    }
}
