//! The pairs of subnets of a connection (`leftsubnets=`, `rightsubnets=`): each is a tunnel of its own, wanted or not, up or down.

use std::collections::BTreeMap;

use super::down::Down;
use super::names::Name;
use crate::model::Boottime;

/// Of one connection, by what the daemon calls them behind its name (`/1x2`); none where it has but one.
#[derive(Debug, Default)]
pub struct SubnetPairs(BTreeMap<Name, SubnetPair>);

#[derive(Debug)]
pub struct SubnetPair {
    /// It should be up.
    pub wanted: bool,
    /// Since when it is wanted, or has been without its SAs.
    pub since: Boottime,
    /// The daemon's last word about it, where it has no SAs.
    pub down: Option<Down>,
}

impl SubnetPairs {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (Name, &SubnetPair)> {
        self.0.iter().map(|(name, pair)| (*name, pair))
    }

    pub fn get(&self, name: Name) -> Option<&SubnetPair> {
        self.0.get(&name)
    }

    pub fn get_mut(&mut self, name: Name) -> Option<&mut SubnetPair> {
        self.0.get_mut(&name)
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Name, &mut SubnetPair)> {
        self.0.iter_mut().map(|(name, pair)| (*name, pair))
    }

    /// Whether any of them should be up.
    pub fn any_wanted(&self) -> bool {
        self.0.values().any(|pair| pair.wanted)
    }

    /// It is there, and should be up or not; where that is not known it stays as it was.
    pub fn want(&mut self, name: Name, wanted: Option<bool>, now: Boottime) {
        let pair = self.0.entry(name).or_insert(SubnetPair { wanted: false, since: now, down: None });
        let wanted = wanted.unwrap_or(pair.wanted);
        if wanted && !pair.wanted {
            pair.since = now;
        }
        pair.wanted = wanted;
    }

    /// The daemon has it no more.
    pub fn remove(&mut self, name: Name) {
        self.0.remove(&name);
    }

    /// Only these are there.
    pub fn retain(&mut self, is_there: impl Fn(Name) -> bool) {
        self.0.retain(|name, _| is_there(*name));
    }
}
