//! Faults of tunnels, gathered by connection and direction: a thousand instances of one connection are one finding.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use super::words;
use crate::engine::Engine;
use crate::engine::book::listing;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Connection, Tunnel};
use crate::engine::facts::names::Name;
use crate::engine::facts::slab::Slot;
use crate::engine::findings::Draft;
use crate::engine::timers::Timer;
use crate::model::{Affected, Boottime, Code, Effect, Evidence, Reason, Severity, Source, Span, Spi, Subject};
use crate::reasons::Entry;

/// What is wrong with one tunnel.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What.
    pub code: Code,
    /// Which way.
    pub span: Span,
    /// Why.
    pub reason: Reason,
    /// How bad.
    pub severity: Severity,
    /// The SA at hand.
    pub spi: Option<Spi>,
    /// Its destination.
    pub dst: Option<IpAddr>,
    /// The device.
    pub device: Option<String>,
    /// What is known to cause it, and to cure it.
    pub entry: Option<&'static Entry>,
    /// What speaks for it.
    pub evidence: Vec<Evidence>,
}

type Place = (Code, Slot<Connection>, Span);

impl Fault {
    /// Where it is told: of some codes a connection has one finding, whichever direction it is about.
    const fn place(&self, connection: Slot<Connection>) -> Place {
        let span = if is_of_connection(self.code) { Span::Both } else { self.span };
        (self.code, connection, span)
    }
}

/// Its scope is the connection, without a direction.
const fn is_of_connection(code: Code) -> bool {
    matches!(code, Code::EspBlackhole | Code::AuthFailures | Code::ReplayDrops)
}

fn scope(code: Code, name: &str, span: Span) -> String {
    if is_of_connection(code) { name.to_owned() } else { format!("{name}:{span}") }
}

/// All faults.
#[derive(Debug, Default)]
pub struct Faults {
    by_place: BTreeMap<Place, BTreeMap<Slot<Tunnel>, Fault>>,
    by_tunnel: BTreeMap<Slot<Tunnel>, BTreeSet<Place>>,
    changed: BTreeSet<Place>,
    /// Places of many faults, and when they were told last.
    told: BTreeMap<Place, Boottime>,
    /// Those that are to be told again then.
    later: BTreeSet<(Boottime, Place)>,
}

/// With more faults than this in one place, what it has become is told once a second: all of them are looked at for that.
const MANY: usize = 64;

/// See `MANY`.
const RETELL: Duration = Duration::from_secs(1);

impl Faults {
    /// These are the tunnel's faults now, and no others.
    pub fn set(&mut self, tunnel: Slot<Tunnel>, connection: Slot<Connection>, faults: Vec<Fault>) {
        let places: BTreeSet<Place> = faults.iter().map(|fault| fault.place(connection)).collect();
        let before = self.by_tunnel.remove(&tunnel).unwrap_or_default();
        for place in before.difference(&places) {
            self.remove(*place, tunnel);
        }
        for fault in faults {
            let place = fault.place(connection);
            self.by_place.entry(place).or_default().insert(tunnel, fault);
            self.changed.insert(place);
        }
        if !places.is_empty() {
            self.by_tunnel.insert(tunnel, places);
        }
    }

    /// The tunnel is gone, and its faults with it.
    pub fn forget(&mut self, tunnel: Slot<Tunnel>) {
        for place in self.by_tunnel.remove(&tunnel).unwrap_or_default() {
            self.remove(place, tunnel);
        }
    }

    /// Tunnels of a connection that have such a fault.
    fn tunnels(&self, code: Code, connection: Slot<Connection>) -> BTreeSet<Slot<Tunnel>> {
        let places = [Span::In, Span::Out, Span::Both].map(|span| (code, connection, span));
        places.iter().filter_map(|place| self.by_place.get(place)).flat_map(|tunnels| tunnels.keys().copied()).collect()
    }

    fn remove(&mut self, place: Place, tunnel: Slot<Tunnel>) {
        if let Some(tunnels) = self.by_place.get_mut(&place) {
            tunnels.remove(&tunnel);
            if tunnels.is_empty() {
                self.by_place.remove(&place);
            }
        }
        self.changed.insert(place);
    }
}

impl super::Rules {
    /// Tunnels of a connection that have such a fault.
    pub(in crate::engine) fn tunnels_with_fault(
        &self,
        code: Code,
        connection: Slot<Connection>,
    ) -> BTreeSet<Slot<Tunnel>> {
        self.faults.tunnels(code, connection)
    }

    /// This fault of a tunnel.
    pub(in crate::engine) fn fault_of(
        &self,
        code: Code,
        connection: Slot<Connection>,
        tunnel: Slot<Tunnel>,
    ) -> Option<&Fault> {
        let places = [Span::In, Span::Out, Span::Both].map(|span| (code, connection, span));
        places.iter().find_map(|place| self.faults.by_place.get(place)?.get(&tunnel))
    }
}

impl Engine {
    /// Opens, changes and closes the findings whose faults changed in this step.
    pub(super) fn tell_faults(&mut self, out: &mut Vec<Effect>) {
        // Closed first: one fault in a direction that becomes one in both is one finding at a time.
        let (gone, there): (Vec<_>, Vec<_>) = std::mem::take(&mut self.rules.faults.changed)
            .into_iter()
            .partition(|place| !self.rules.faults.by_place.contains_key(place));
        for (code, connection, span) in gone {
            self.rules.faults.told.remove(&(code, connection, span));
            let scope = scope(code, &self.facts.connection_text(connection), span);
            if self.book.is_open(code, &scope) {
                self.over(Source::Engine, code, &scope, out);
            }
        }
        for place in there {
            if self.is_told_later(place) {
                continue;
            }
            if let Some(draft) = self.fault_draft(place) {
                self.book.open(draft, self.facts.now, self.facts.wall, out);
            }
        }
    }

    /// Whether many faults in one place were told a moment ago.
    fn is_told_later(&mut self, place: Place) -> bool {
        let (faults, now) = (&mut self.rules.faults, self.facts.now);
        if faults.by_place.get(&place).is_none_or(|tunnels| tunnels.len() <= MANY) {
            faults.told.remove(&place);
            return false;
        }
        match faults.told.get(&place).map(|told| *told + RETELL).filter(|again| *again > now) {
            Some(again) => {
                faults.later.insert((again, place));
                self.facts.timers.set(again, Timer::Faults);
                true
            }
            None => {
                faults.told.insert(place, now);
                false
            }
        }
    }

    pub(in crate::engine) fn faults_due(&mut self) {
        let (faults, now) = (&mut self.rules.faults, self.facts.now);
        while let Some(first) = faults.later.first().copied().filter(|(at, _)| *at <= now) {
            faults.later.remove(&first);
            faults.changed.insert(first.1);
        }
    }

    fn fault_draft(&self, place: Place) -> Option<Draft> {
        let (code, connection, span) = place;
        let faults = self.rules.faults.by_place.get(&place)?;
        let (first, fault) = faults.first_key_value()?;
        let name = self.facts.connection_text(connection);
        let instance = self.facts.instance_text(*first);
        let affected = if faults.len() > 1 { self.facts.affected_tunnels(faults, &name) } else { Affected::default() };
        let subject = Subject {
            connection: Some(name.clone()),
            instance: instance.clone(),
            spi: fault.spi,
            dst: fault.dst,
            direction: Some(fault.span),
            device: fault.device.clone(),
        };
        let told = words::tunnel_fault(fault, (&name, &self.facts.rekey_command(*first)), faults.len());
        Some(Draft {
            code,
            scope: scope(code, &name, span),
            reason: fault.reason,
            severity: faults.values().map(|fault| fault.severity).max()?,
            subject,
            affected,
            summary: told.summary,
            advice: told.advice,
            evidence: fault.evidence.clone(),
            again: false,
            speaks_of: std::collections::BTreeSet::new(),
        })
    }
}

impl Facts {
    fn affected_tunnels(&self, faults: &BTreeMap<Slot<Tunnel>, Fault>, name: &str) -> Affected {
        let names = faults.keys().map(|tunnel| format!("{name}{}", self.instance_text(*tunnel).unwrap_or_default()));
        listing(faults.len() as u64, 1, faults.len(), names)
    }

    /// The instance of a tunnel as text.
    pub(in crate::engine) fn instance_text(&self, tunnel: Slot<Tunnel>) -> Option<String> {
        self.claims.tunnel_at(tunnel)?.instance.map(|name: Name| self.names.text(name).to_owned())
    }
}
