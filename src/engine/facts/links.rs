//! Interfaces: which one holds an address, and which one can offload.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::model::{Direction, Link, LoadedConnection};

/// The interfaces of the namespace.
#[derive(Debug, Default)]
pub struct Links {
    pub(super) by_index: BTreeMap<u32, Link>,
    // Names outlive their interfaces: what was lost with a device is told by its name.
    pub(super) names: BTreeMap<u32, String>,
    /// All that there are have been told.
    pub known: bool,
}

impl Links {
    /// One interface.
    pub fn get(&self, index: u32) -> Option<&Link> {
        self.by_index.get(&index)
    }

    /// Its name, also after it is gone.
    pub fn name(&self, index: u32) -> String {
        self.names.get(&index).cloned().unwrap_or_else(|| format!("interface {index}"))
    }

    /// No interface of this index was ever told of.
    pub fn never_had(&self, index: u32) -> bool {
        !self.names.contains_key(&index)
    }

    /// Which way what is between these two goes, by the end that is this host; none where both are, or neither.
    pub fn way(&self, src: IpAddr, dst: IpAddr) -> Option<Direction> {
        match (self.holding(src).is_some(), self.holding(dst).is_some()) {
            (true, false) => Some(Direction::Out),
            (false, true) => Some(Direction::In),
            _ => None,
        }
    }

    /// The interface that holds an address.
    pub fn holding(&self, address: IpAddr) -> Option<&Link> {
        self.by_index.values().find(|link| link.addresses.contains(&address))
    }

    /// The names of a bond's slaves.
    pub fn slaves_of(&self, index: u32) -> Vec<String> {
        self.by_index.values().filter(|link| link.master == Some(index)).map(|link| link.name.clone()).collect()
    }

    /// The interface that a connection's offload goes to: the one that the daemon names, else the one that holds the IKE address.
    pub fn of_connection(&self, loaded: &LoadedConnection) -> Option<&Link> {
        let by_name = loaded.interface.as_deref().and_then(|name| self.named(name));
        by_name.or_else(|| loaded.local.and_then(|address| self.holding(address)))
    }

    /// The interface of this name.
    pub fn named(&self, name: &str) -> Option<&Link> {
        self.by_index.values().find(|link| link.name == name)
    }
}
