//! Faults of tunnels, gathered by connection and direction: a thousand instances of one connection are one finding. Each finding sets those
//! of its own codes, tunnel by tunnel, and tells what has changed; whoever is explained by them asks for them.

mod fault;
mod tell;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use self::fault::Fault;
pub use self::tell::Whose;

use crate::engine::facts::claims::{Connection, Tunnel};
use crate::engine::facts::slab::Slot;
use crate::model::{Boottime, Code, Span};

/// With more faults than this in one place, what it has become is told once a second: all of them are looked at for that.
const MANY: usize = 64;

/// See `MANY`.
const RETELL: Duration = Duration::from_secs(1);

/// Where faults are one finding: a connection, or one way of it.
type Place = (Code, Slot<Connection>, Option<Span>);

/// The faults of every tunnel that has some.
#[derive(Debug, Default)]
pub struct Faults {
    by_place: BTreeMap<Place, BTreeMap<Slot<Tunnel>, Fault>>,
    by_tunnel: BTreeMap<Slot<Tunnel>, BTreeSet<Place>>,
    foreseen: BTreeMap<Code, Vec<Fault>>,
    changed: BTreeSet<Place>,
    /// Places of many faults, and when they were told last.
    told: BTreeMap<Place, Boottime>,
    /// Those that are to be told again then.
    later: BTreeSet<(Boottime, Place)>,
}

impl Faults {
    /// Of these codes, these are the tunnel's faults now, and no others.
    pub(super) fn set(
        &mut self,
        codes: &[Code],
        (tunnel, connection): (Slot<Tunnel>, Option<Slot<Connection>>),
        faults: Vec<Fault>,
    ) {
        if faults.is_empty() && !self.by_tunnel.contains_key(&tunnel) {
            return;
        }
        let places = self.by_tunnel.entry(tunnel).or_default();
        let before: BTreeSet<Place> = places.iter().filter(|(code, ..)| codes.contains(code)).copied().collect();
        let mut now = BTreeSet::new();
        for fault in faults {
            let Some(connection) = connection else { break };
            let place = (fault.code, connection, (!fault.is_of_connection).then_some(fault.span));
            self.by_place.entry(place).or_default().insert(tunnel, fault);
            now.insert(place);
        }
        let gone: Vec<Place> = before.difference(&now).copied().collect();
        for place in &gone {
            places.remove(place);
        }
        places.extend(now.iter().copied());
        if places.is_empty() {
            self.by_tunnel.remove(&tunnel);
        }
        for place in gone {
            if let Some(tunnels) = self.by_place.get_mut(&place) {
                tunnels.remove(&tunnel);
                if tunnels.is_empty() {
                    self.by_place.remove(&place);
                }
            }
            self.changed.insert(place);
        }
        self.changed.extend(now);
    }

    /// These of a code may be faults after the next window: none of them is told, but whoever would be explained by them waits for it.
    pub(super) fn foresee(&mut self, code: Code, faults: Vec<Fault>) {
        if faults.is_empty() {
            self.foreseen.remove(&code);
        } else {
            self.foreseen.insert(code, faults);
        }
    }

    /// See `foresee`.
    pub fn foreseen(&self, code: Code) -> impl Iterator<Item = &Fault> {
        self.foreseen.get(&code).into_iter().flatten()
    }

    /// Every fault of a code.
    pub fn of_code(&self, code: Code) -> impl Iterator<Item = &Fault> {
        let places = self.by_place.range((code, Slot::FIRST, None)..);
        places.take_while(move |((other, ..), _)| *other == code).flat_map(|(_, tunnels)| tunnels.values())
    }

    /// This fault of a tunnel.
    pub fn of_tunnel(&self, code: Code, tunnel: Slot<Tunnel>) -> Option<&Fault> {
        let places = self.by_tunnel.get(&tunnel)?;
        let place = places.iter().find(|(other, ..)| *other == code)?;
        self.by_place.get(place)?.get(&tunnel)
    }

    /// Tunnels of a connection that have such a fault.
    pub fn tunnels(&self, code: Code, connection: Slot<Connection>) -> BTreeSet<Slot<Tunnel>> {
        let places = self.by_place.range((code, connection, None)..);
        let of = places.take_while(|((other, of, _), _)| (*other, *of) == (code, connection));
        of.flat_map(|(_, tunnels)| tunnels.keys().copied()).collect()
    }

    fn at(&self, place: Place) -> Option<&BTreeMap<Slot<Tunnel>, Fault>> {
        self.by_place.get(&place)
    }

    // --- what is to be told

    /// The places of a code whose faults have changed, or were to be told by now: those that have none any more, and the others.
    fn take_changed(&mut self, code: Code, now: Boottime) -> (Vec<Place>, Vec<Place>) {
        while let Some((at, place)) = self.later.first().copied().filter(|(at, _)| *at <= now) {
            self.later.remove(&(at, place));
            self.changed.insert(place);
        }
        let of = self.changed.range((code, Slot::FIRST, None)..).take_while(|(other, ..)| *other == code);
        let changed: Vec<Place> = of.copied().collect();
        for place in &changed {
            self.changed.remove(place);
        }
        let (there, gone): (Vec<_>, Vec<_>) = changed.into_iter().partition(|place| self.by_place.contains_key(place));
        for place in &gone {
            self.told.remove(place);
        }
        (gone, there)
    }

    /// Many faults in one place that were told a moment ago are told again then.
    fn put_off(&mut self, place: Place, now: Boottime) -> Option<Boottime> {
        if self.by_place.get(&place).is_none_or(|tunnels| tunnels.len() <= MANY) {
            self.told.remove(&place);
            return None;
        }
        let again = self.told.get(&place).map(|told| *told + RETELL).filter(|again| *again > now);
        match again {
            Some(again) => drop(self.later.insert((again, place))),
            None => drop(self.told.insert(place, now)),
        }
        again
    }
}
