//! The faults of every tunnel, by place, and which of them have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Fault;
use crate::engine::facts::claims::{Connection, Tunnel};
use crate::engine::facts::slab::Slot;
use crate::model::{Boottime, Code, Span};

/// With more faults than this in one place, what it has become is told once a second: all of them are looked at for that.
const MANY: usize = 64;

/// See `MANY`.
const RETELL: Duration = Duration::from_secs(1);

/// Where faults are one finding: a connection, or one way of it.
pub(super) type FaultPlace = (Code, Slot<Connection>, Option<Span>);

/// The faults of every tunnel that has some.
#[derive(Debug, Default)]
pub struct Faults {
    by_place: BTreeMap<FaultPlace, BTreeMap<Slot<Tunnel>, Fault>>,
    by_tunnel: BTreeMap<Slot<Tunnel>, BTreeSet<FaultPlace>>,
    foreseen: BTreeMap<Code, Vec<Fault>>,
    changed: BTreeSet<FaultPlace>,
    /// Places of many faults, and when they were told last.
    told: BTreeMap<FaultPlace, Boottime>,
    /// Those that are to be told again then.
    later: BTreeSet<(Boottime, FaultPlace)>,
}

impl Faults {
    /// Of these codes, these are the tunnel's faults now, and no others.
    pub(super) fn set(
        &mut self,
        codes: &[Code],
        (tunnel, connection): (Slot<Tunnel>, Option<Slot<Connection>>),
        faults: Vec<Fault>,
    ) {
        let places = self.by_tunnel.entry(tunnel).or_default();
        let before: BTreeSet<FaultPlace> = places.iter().filter(|(code, ..)| codes.contains(code)).copied().collect();
        let mut now = BTreeSet::new();
        for fault in faults {
            let Some(connection) = connection else { break };
            let place = (fault.code, connection, (!fault.is_of_connection).then_some(fault.span));
            self.by_place.entry(place).or_default().insert(tunnel, fault);
            now.insert(place);
        }
        let gone: Vec<FaultPlace> = before.difference(&now).copied().collect();
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

    /// Whether anything is wrong with a tunnel.
    pub(super) fn has_some(&self, tunnel: Slot<Tunnel>) -> bool {
        self.by_tunnel.contains_key(&tunnel)
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

    pub(super) fn at(&self, place: FaultPlace) -> Option<&BTreeMap<Slot<Tunnel>, Fault>> {
        self.by_place.get(&place)
    }

    // --- what is to be told

    /// The places of a code whose faults have changed, or were to be told by now: those that have none any more, and the others.
    pub(super) fn take_changed(&mut self, code: Code, now: Boottime) -> (Vec<FaultPlace>, Vec<FaultPlace>) {
        while let Some((at, place)) = self.later.first().copied().filter(|(at, _)| *at <= now) {
            self.later.remove(&(at, place));
            self.changed.insert(place);
        }
        let of = self.changed.range((code, Slot::FIRST, None)..).take_while(|(other, ..)| *other == code);
        let changed: Vec<FaultPlace> = of.copied().collect();
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
    pub(super) fn put_off(&mut self, place: FaultPlace, now: Boottime) -> Option<Boottime> {
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

#[cfg(test)]
mod tests {
    use super::*;

    const MISSING: &[Code] = &[Code::SaMissing];
    const DROPS: &[Code] = &[Code::AuthFailures, Code::ReplayDrops];

    fn at(seconds: u64) -> Boottime {
        Boottime::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn who_sets_the_faults_of_a_tunnel_leaves_those_of_others_alone() {
        let (mut faults, whose) = (Faults::default(), (Slot::FIRST, Some(Slot::FIRST)));
        faults.set(MISSING, whose, vec![Fault::of(Code::SaMissing, Span::Out)]);
        faults.set(DROPS, whose, vec![Fault::of(Code::AuthFailures, Span::In).of_connection()]);
        faults.set(DROPS, whose, vec![Fault::of(Code::ReplayDrops, Span::In).of_connection()]);
        assert!(faults.of_tunnel(Code::SaMissing, Slot::FIRST).is_some());
        assert_eq!(faults.tunnels(Code::ReplayDrops, Slot::FIRST), [Slot::FIRST].into());
        assert_eq!(faults.of_code(Code::AuthFailures).count(), 0);
        let place = |code, span| (code, Slot::FIRST, span);
        // What became nothing before it was told is told as gone: it may have been open since before.
        assert_eq!(faults.take_changed(Code::AuthFailures, at(1)), (vec![place(Code::AuthFailures, None)], vec![]));
        assert_eq!(faults.take_changed(Code::ReplayDrops, at(1)), (vec![], vec![place(Code::ReplayDrops, None)]));
        assert_eq!(faults.take_changed(Code::ReplayDrops, at(1)), (vec![], vec![]));
        // A tunnel that is forgotten has none, whatever is said of it.
        faults.set(MISSING, (Slot::FIRST, None), vec![Fault::of(Code::SaMissing, Span::Out)]);
        faults.set(DROPS, (Slot::FIRST, None), vec![]);
        assert_eq!(faults.of_code(Code::SaMissing).chain(faults.of_code(Code::ReplayDrops)).count(), 0);
        assert_eq!((faults.by_tunnel.len(), faults.by_place.len()), (0, 0));
    }

    #[test]
    fn one_way_that_becomes_both_is_another_place_and_the_first_is_gone() {
        let (mut faults, whose) = (Faults::default(), (Slot::FIRST, Some(Slot::FIRST)));
        for span in [Span::Out, Span::Both] {
            faults.set(MISSING, whose, vec![Fault::of(Code::SaMissing, span)]);
        }
        let place = |span| (Code::SaMissing, Slot::FIRST, Some(span));
        let told = faults.take_changed(Code::SaMissing, at(1));
        assert_eq!(told, (vec![place(Span::Out)], vec![place(Span::Both)]));
    }

    #[test]
    fn many_in_one_place_are_told_once_a_second_and_few_at_once() {
        let (mut faults, mut tunnels) = (Faults::default(), crate::engine::facts::slab::Slab::<Tunnel>::default());
        let place = (Code::SaMissing, Slot::FIRST, Some(Span::Out));
        let mut set = |faults: &mut Faults, count: usize| {
            for _ in 0..count {
                let tunnel = Tunnel { connection: Slot::FIRST, instance: None, children: Vec::new() };
                let whose = (tunnels.insert(tunnel).unwrap(), Some(Slot::FIRST));
                faults.set(MISSING, whose, vec![Fault::of(Code::SaMissing, Span::Out)]);
            }
        };
        set(&mut faults, MANY);
        assert_eq!([at(1), at(1)].map(|now| faults.put_off(place, now)), [None, None]);
        set(&mut faults, 1);
        assert_eq!([at(1), at(1)].map(|now| faults.put_off(place, now)), [None, Some(at(2))]);
        faults.take_changed(Code::SaMissing, at(1));
        assert_eq!(faults.take_changed(Code::SaMissing, at(2)), (vec![], vec![place]));
        assert_eq!(faults.put_off(place, at(2)), None);
    }
}
