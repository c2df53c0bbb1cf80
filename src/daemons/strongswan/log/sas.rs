//! The SAs that a log has told of: which IKE SA a Child SA is of stands in another line than what becomes of it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::scan::NamedSa;
use crate::model::{Direction, Serial, Speaker, Spi, SpiPair};

/// IKE SAs that are remembered; the oldest go first.
const IKES: usize = 4_096;

/// Child SAs that are remembered.
const CHILDREN: usize = 16_384;

/// This host's address and the peer's.
pub type IkeEnds = (IpAddr, IpAddr);

#[derive(Debug, Default)]
pub struct LoggedIkeSa {
    pub name: String,
    /// Its ends as charon writes them when it stands.
    pub between: Option<String>,
    pub ends: Option<IkeEnds>,
    pub stands: bool,
    /// What it was asked is sent again, and nothing came since.
    pub silent: bool,
}

#[derive(Debug, Default)]
pub struct LoggedChildSa {
    pub name: String,
    /// Its IKE SA's connection and serial.
    pub ike: Option<(String, Option<u32>)>,
    /// Once they are told.
    pub spis: Option<SpiPair>,
    /// It has extended sequence numbers.
    pub esn: bool,
    /// This end asked for it.
    pub asked: bool,
    /// The one that it replaces.
    pub rekeys: Option<u32>,
    /// It carries traffic both ways.
    pub stands: bool,
}

/// What is known of one log's SAs. Both numbers begin with 1 in each life of the daemon.
#[derive(Debug, Default)]
pub struct Sas {
    ikes: BTreeMap<u32, LoggedIkeSa>,
    children: BTreeMap<u32, LoggedChildSa>,
}

impl Sas {
    #[cfg(test)]
    pub fn sizes(&self) -> (usize, usize) {
        (self.ikes.len(), self.children.len())
    }

    // --- IKE SAs

    /// The IKE SA with this number and name. Another one of the number is gone.
    pub fn ike(&mut self, sa: NamedSa<'_>) -> &mut LoggedIkeSa {
        if self.ikes.get(&sa.serial).is_some_and(|ike| ike.name != sa.name) {
            self.ikes.remove(&sa.serial);
        }
        while self.ikes.len() >= IKES && !self.ikes.contains_key(&sa.serial) {
            self.ikes.pop_first();
        }
        self.ikes.entry(sa.serial).or_insert_with(|| LoggedIkeSa { name: sa.name.to_owned(), ..LoggedIkeSa::default() })
    }

    pub fn known_ike(&self, serial: u32) -> Option<&LoggedIkeSa> {
        self.ikes.get(&serial)
    }

    pub fn ike_is_at(&mut self, serial: u32, ends: IkeEnds) {
        if let Some(ike) = self.ikes.get_mut(&serial) {
            ike.ends.get_or_insert(ends);
        }
    }

    pub fn ike_gone(&mut self, serial: u32) {
        self.ikes.remove(&serial);
        self.children.retain(|_, child| child.ike.as_ref().and_then(|(_, ike)| *ike) != Some(serial));
    }

    /// An IKE SA of this connection stands.
    pub fn stands(&self, name: &str) -> bool {
        self.ikes.values().any(|ike| ike.stands && ike.name == name)
    }

    /// The one IKE SA that the new one can stand for: of the same connection, between the same ends.
    pub fn replaced_by(&self, new: NamedSa<'_>, between: &str) -> Option<u32> {
        let same = |ike: &LoggedIkeSa| ike.stands && ike.name == new.name && ike.between.as_deref() == Some(between);
        let mut found = self.ikes.iter().filter(|(serial, ike)| **serial != new.serial && same(ike));
        found.next().map(|(serial, _)| *serial).filter(|_| found.next().is_none())
    }

    /// Its Child SAs move.
    pub fn inherit(&mut self, old: u32, new: u32) {
        for (_, ike) in self.children.values_mut().filter_map(|child| child.ike.as_mut()) {
            if *ike == Some(old) {
                *ike = Some(new);
            }
        }
    }

    /// The connection whose IKE SAs are between these ends, and the latest of them; none where several connections have some there.
    pub fn ike_at(&self, ends: IkeEnds) -> Option<(String, u32)> {
        let mut there = self.ikes.iter().rev().filter(|(_, ike)| ike.ends == Some(ends));
        let (serial, ike) = there.next()?;
        there.all(|(_, other)| other.name == ike.name).then(|| (ike.name.clone(), *serial))
    }

    /// What was not answered is sent there once more.
    pub fn is_asked_again(&mut self, ends: IkeEnds) {
        if let Some((_, serial)) = self.ike_at(ends)
            && let Some(ike) = self.ikes.get_mut(&serial)
        {
            ike.silent = true;
        }
    }

    /// Something came from there.
    pub fn is_heard(&mut self, ends: IkeEnds) {
        for ike in self.ikes.values_mut().filter(|ike| ike.ends == Some(ends)) {
            ike.silent = false;
        }
    }

    /// The one IKE SA whose peer does not answer, where it is one.
    pub fn only_silent(&self) -> Option<(String, u32)> {
        one(self.ikes.iter().filter(|(_, ike)| ike.silent))
    }

    /// The one IKE SA of this connection that stands.
    pub fn only_standing(&self, name: &str) -> Option<u32> {
        one(self.ikes.iter().filter(|(_, ike)| ike.stands && ike.name == name)).map(|(_, serial)| serial)
    }

    // --- Child SAs

    /// The Child SA with this number and name.
    pub fn child(&mut self, name: &str, serial: u32) -> &mut LoggedChildSa {
        if self.children.get(&serial).is_some_and(|child| child.name != name) {
            self.children.remove(&serial);
        }
        while self.children.len() >= CHILDREN && !self.children.contains_key(&serial) {
            self.children.pop_first();
        }
        self.children
            .entry(serial)
            .or_insert_with(|| LoggedChildSa { name: name.to_owned(), ..LoggedChildSa::default() })
    }

    pub fn known_child(&self, serial: u32) -> Option<&LoggedChildSa> {
        self.children.get(&serial)
    }

    pub fn child_gone(&mut self, serial: u32) {
        self.children.remove(&serial);
    }

    /// The Child SA with this SPI, and which way that goes.
    pub fn child_with(&self, spi: Spi, way: Option<Direction>) -> Option<(u32, Direction)> {
        self.children.iter().rev().find_map(|(serial, child)| {
            let spis = child.spis?;
            let found = [(Direction::In, spis.inbound), (Direction::Out, spis.outbound)];
            let is_it = |(at, own): &(Direction, Spi)| *own == spi && way.is_none_or(|way| way == *at);
            found.into_iter().find(is_it).map(|(at, _)| (*serial, at))
        })
    }

    /// The latest Child SA of this name that stands on an IKE SA of this connection, besides this one.
    pub fn standing(&self, ike: &str, name: &str, besides: u32) -> Option<u32> {
        let same = |child: &LoggedChildSa| child.stands && is_of(child, ike, name);
        self.children.iter().rev().find(|(serial, child)| **serial != besides && same(child)).map(|(serial, _)| *serial)
    }

    /// The Child SA for which the peer was asked on this IKE SA last, and has not answered.
    pub fn asked_for(&self, ike: u32) -> Option<u32> {
        let is_asked = |child: &LoggedChildSa| {
            child.asked && child.spis.is_none() && child.ike.as_ref().and_then(|(_, serial)| *serial) == Some(ike)
        };
        self.children.iter().rev().find(|(_, child)| is_asked(child)).map(|(serial, _)| *serial)
    }

    /// A later one of the same name and IKE SA's connection has its SPIs.
    pub fn has_successor(&self, serial: u32) -> bool {
        let Some(old) = self.children.get(&serial) else { return false };
        let Some((ike, _)) = &old.ike else { return false };
        self.children
            .range(serial.saturating_add(1)..)
            .any(|(_, child)| child.spis.is_some() && is_of(child, ike, &old.name))
    }

    /// The one connection that has standing Child SAs of this name.
    pub fn only_ike_with(&self, name: &str) -> Option<(String, Option<u32>)> {
        let mut found = self.children.values().rev().filter(|child| child.stands && child.name == name);
        let ike = found.next()?.ike.clone()?;
        found.all(|child| child.ike.as_ref().is_some_and(|(other, _)| *other == ike.0)).then_some(ike)
    }

    /// Who speaks where it is said of this Child SA; none unless both names are known.
    pub fn child_speaker(&self, serial: u32) -> Option<Speaker> {
        let child = self.children.get(&serial)?;
        let (ike, _) = child.ike.as_ref()?;
        let connection = format!("{ike}/{}", child.name);
        Some(Speaker { connection, instance: None, serial: Some(Serial(serial)) })
    }
}

fn one<'a>(mut found: impl Iterator<Item = (&'a u32, &'a LoggedIkeSa)>) -> Option<(String, u32)> {
    let (serial, ike) = found.next()?;
    found.next().is_none().then(|| (ike.name.clone(), *serial))
}

fn is_of(child: &LoggedChildSa, ike: &str, name: &str) -> bool {
    child.name == name && child.ike.as_ref().is_some_and(|(own, _)| own == ike)
}
