//! What is remembered of charon between its answers: which connections have many callers, and which SAs there are, by the last table and by what
//! was told since.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::section::{ChildSa, IkeSa};
use crate::model::Serial;

/// IKE SAs, and Child SAs of one, that are remembered: more than a table is asked for.
const MOST: usize = 32_768;

/// Bytes of a value (`vici_message_t`).
const LONGEST_NAMES: usize = u16::MAX as usize;

/// A memory. Two threads share it: who asks, and who hears.
#[derive(Clone, Debug, Default)]
pub struct KnownSas {
    pub version: Option<String>,
    /// The children of each connection that is loaded; none where they were not read yet.
    pub(super) loaded: Option<BTreeMap<String, KnownConnection>>,
    sas: BTreeMap<Serial, KnownIke>,
    asked: bool,
    /// What went since its table was asked for: an answer may still tell of it.
    gone: WentMeanwhile,
}

#[derive(Clone, Debug, Default)]
struct WentMeanwhile {
    ikes: BTreeSet<Serial>,
    children: BTreeSet<Serial>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct KnownConnection {
    /// Any peer may be its other end.
    pub template: bool,
    pub children: BTreeSet<String>,
}

#[derive(Clone, Debug, Default)]
struct KnownIke {
    name: String,
    children: BTreeMap<Serial, String>,
}

impl KnownSas {
    /// Whether its connections were read.
    pub const fn knows_connections(&self) -> bool {
        self.loaded.is_some()
    }

    /// Child SAs, as far as is known.
    pub fn children(&self) -> u32 {
        u32::try_from(self.sas.values().map(|ike| ike.children.len()).sum::<usize>()).unwrap_or(u32::MAX)
    }

    /// What sets an IKE SA and its Child SAs apart from others of the same connection, where there may be several.
    pub fn instance(&self, ike: &IkeSa) -> Option<String> {
        let connection = self.loaded.as_ref()?.get(&ike.name)?;
        let remote = ike.remote.as_ref().map(IpAddr::to_string).unwrap_or_default();
        connection.template.then(|| format!("[{}] {remote}", ike.serial.0).trim_end().to_owned())
    }

    /// By their numbers and names: IKE SAs that should be in a table and are not in it.
    pub fn lacks(&self, told: impl Fn(Serial) -> bool) -> Vec<(Serial, String)> {
        self.sas.iter().filter(|(serial, _)| !told(**serial)).map(|(serial, ike)| (*serial, ike.name.clone())).collect()
    }

    /// The names that Child SAs of this IKE SA may have.
    pub fn names_of_children(&self, serial: Option<Serial>, ike: &str) -> BTreeSet<String> {
        let loaded = self.loaded.iter().filter_map(|loaded| loaded.get(ike)).flat_map(|one| one.children.iter());
        let known = serial.and_then(|serial| self.sas.get(&serial)).into_iter().flat_map(|ike| ike.children.values());
        loaded.chain(known).cloned().collect()
    }

    /// The names of the IKE connection and of its child in `IKE/CHILD`: either may have a slash in it. None where it is not both, or too long to
    /// be sent as it is.
    pub fn names_of<'a>(&self, connection: &'a str) -> Option<(&'a str, &'a str)> {
        let mut both = connection.match_indices('/').filter_map(|(at, _)| {
            let (ike, child) = (connection.get(..at)?, connection.get(at + 1..)?);
            (!ike.is_empty() && !child.is_empty() && connection.len() <= LONGEST_NAMES).then_some((ike, child))
        });
        let is_loaded = |(ike, child): &(&str, &str)| {
            let loaded = self.loaded.as_ref().and_then(|loaded| loaded.get(*ike));
            loaded.is_some_and(|ike| ike.children.contains(*child))
        };
        both.clone().find(is_loaded).or_else(|| both.next_back())
    }

    /// The IKE connections that are loaded.
    pub fn ike_names(&self) -> Vec<String> {
        self.loaded.iter().flat_map(|loaded| loaded.keys().cloned()).collect()
    }

    /// A table came. What it does not tell of may be there all the same, unless charon counts no more than it tells of.
    pub fn table_came<'a>(&mut self, sas: impl Iterator<Item = &'a IkeSa>, is_whole: bool) {
        if is_whole {
            self.sas.clear();
        }
        for ike in sas {
            self.sas.remove(&ike.serial);
            if self.is_gone(ike) {
                continue;
            }
            for child in ike.children.iter().filter(|child| ike.has_standing(child)) {
                if !self.is_child_gone(child) {
                    self.child_is_up(ike, child);
                }
            }
            self.ike_is_up(ike);
        }
    }

    pub fn ike_is_up(&mut self, ike: &IkeSa) {
        if self.sas.len() < MOST {
            self.sas.entry(ike.serial).or_default().name.clone_from(&ike.name);
        }
    }

    pub fn ike_is_gone(&mut self, ike: &IkeSa) {
        self.sas.remove(&ike.serial);
        if self.gone.ikes.len() < MOST {
            self.gone.ikes.insert(ike.serial);
        }
    }

    /// The new one has the Child SAs of the old one.
    pub fn ike_is_replaced(&mut self, old: &IkeSa, new: &IkeSa) {
        let children = self.sas.remove(&old.serial).map(|ike| ike.children).unwrap_or_default();
        self.ike_is_gone(old);
        self.ike_is_up(new);
        if let Some(ike) = self.sas.get_mut(&new.serial) {
            ike.children.extend(children);
        }
    }

    pub fn child_is_up(&mut self, ike: &IkeSa, child: &ChildSa) {
        self.ike_is_up(ike);
        if let Some(known) = self.sas.get_mut(&ike.serial).filter(|known| known.children.len() < MOST) {
            known.children.insert(child.serial, child.name.clone());
        }
    }

    pub fn child_is_gone(&mut self, ike: &IkeSa, child: &ChildSa) {
        if let Some(known) = self.sas.get_mut(&ike.serial) {
            known.children.remove(&child.serial);
        }
        if self.gone.children.len() < MOST {
            self.gone.children.insert(child.serial);
        }
    }

    /// Its table is asked for.
    pub fn ask(&mut self) {
        self.asked = true;
        self.gone = WentMeanwhile::default();
    }

    /// Whether an IKE SA that an answer tells of is gone meanwhile.
    pub(super) fn is_gone(&self, ike: &IkeSa) -> bool {
        self.gone.ikes.contains(&ike.serial)
    }

    /// The same of a Child SA.
    pub(super) fn is_child_gone(&self, child: &ChildSa) -> bool {
        self.gone.children.contains(&child.serial)
    }

    /// Whether its table was asked for since it began.
    pub const fn was_asked(&self) -> bool {
        self.asked
    }

    /// It may be another process of charon, of another version, whose numbers begin anew.
    pub fn begin_anew(&mut self) {
        self.version = None;
        self.sas.clear();
    }
}
