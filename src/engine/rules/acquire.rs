//! `acquire-unanswered`: traffic asked for an SA, and none came while the larval SA lived.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::words;
use crate::engine::Engine;
use crate::engine::book::id;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::slab::Slot;
use crate::engine::findings::{Draft, is_refused};
use crate::engine::timers::Timer;
use crate::model::{
    Affected, Boottime, Code, Effect, Evidence, LoadedConnection, Reason, Selector, Severity, Source, Subject,
};

/// The daemon's "on demand" line and its "initiating" line follow each other at once; the second names the connection.
const FOLLOWS: Duration = Duration::from_secs(1);

/// How many wishes of traffic are remembered.
const KEPT: usize = 64;

/// Without another unanswered wish it is over.
const QUIET: Duration = Duration::from_secs(600);

/// Traffic that asked for an SA, by the daemon's word.
#[derive(Debug)]
struct Demand {
    at: Boottime,
    src: Option<IpAddr>,
    dst: Option<IpAddr>,
    connection: Option<Slot<Connection>>,
    seen: Evidence,
}

/// The last of them.
#[derive(Debug, Default)]
pub struct Demands {
    list: Vec<Demand>,
    unanswered: BTreeMap<Slot<Connection>, Boottime>,
}

impl Demands {
    /// Connections that traffic asked for.
    pub fn connections(&self) -> impl Iterator<Item = Slot<Connection>> {
        self.list.iter().filter_map(|demand| demand.connection).chain(self.unanswered.keys().copied())
    }
}

impl Demands {
    /// A negotiation begins: whether traffic asked for it just before.
    pub fn begins(&mut self, connection: Slot<Connection>, now: Boottime) -> bool {
        let fresh = |demand: &&mut Demand| {
            demand.connection.is_none_or(|other| other == connection) && now.since(demand.at) < FOLLOWS
        };
        match self.list.iter_mut().rev().find(fresh) {
            Some(demand) => {
                demand.connection = Some(connection);
                true
            }
            None => false,
        }
    }
}

impl Engine {
    /// The kernel gave up an SA that traffic had asked for.
    pub(in crate::engine) fn acquire_expired(&mut self, selector: &Selector, out: &mut Vec<Effect>) {
        let Some(connection) = self.facts.connection_of_packet(selector) else { return };
        let template = self
            .facts
            .claims
            .connection_at(connection)
            .and_then(|row| row.loaded.as_ref())
            .is_some_and(|loaded| loaded.template);
        if template
            || self.facts.connection_stands(connection)
            || is_refused(&self.facts, &self.book, connection)
            || self.facts.daemon_is_in_trouble()
        {
            return;
        }
        let asked =
            |demand: &&Demand| demand.dst == Some(selector.dst) && demand.src.is_none_or(|src| src == selector.src);
        let mut evidence: Vec<_> =
            self.facts.demands.list.iter().rev().find(asked).map(|demand| demand.seen.clone()).into_iter().collect();
        let text = format!(
            "an SA for {} to {} was asked for by traffic and expired without an answer",
            selector.src, selector.dst
        );
        evidence.push(self.facts.evidence(Source::Xfrm, text));
        let name = self.facts.connection_text(connection);
        let told = words::acquire_unanswered(&name, selector.dst);
        let draft = Draft {
            code: Code::AcquireUnanswered,
            scope: name.clone(),
            reason: Reason::Unknown,
            severity: Severity::Warning,
            subject: Subject { connection: Some(name), dst: Some(selector.dst), ..Subject::default() },
            affected: Affected::default(),
            summary: told.summary,
            advice: told.advice,
            evidence,
            again: true,
            speaks_of: std::collections::BTreeSet::new(),
        };
        self.book.open(draft, self.facts.now, self.facts.wall, out);
        self.facts.demands.unanswered.insert(connection, self.facts.now);
        self.facts.timers.set(self.facts.now + QUIET, Timer::Acquire);
    }

    pub(in crate::engine) fn acquire_due(&mut self, out: &mut Vec<Effect>) {
        let now = self.facts.now;
        let unanswered = &mut self.facts.demands.unanswered;
        let quiet = unanswered.iter().filter(|(_, at)| now.since(**at) >= QUIET);
        let over: Vec<_> = quiet.map(|(connection, _)| *connection).collect();
        unanswered.retain(|_, at| now.since(*at) < QUIET);
        for connection in over {
            let why = self.facts.evidence(Source::Engine, "no traffic has asked in vain for 10 minutes");
            self.book.close(&id(Code::AcquireUnanswered, &self.facts.connection_text(connection)), why, now, out);
        }
    }
}

impl Facts {
    pub(in crate::engine) fn traffic_asked(&mut self, src: Option<IpAddr>, dst: Option<IpAddr>, seen: Evidence) {
        let demands = &mut self.demands.list;
        if demands.len() >= KEPT {
            demands.remove(0);
        }
        demands.push(Demand { at: self.now, src, dst, connection: None, seen });
    }

    fn connection_of_packet(&self, selector: &Selector) -> Option<Slot<Connection>> {
        let asked =
            |demand: &&Demand| demand.dst == Some(selector.dst) && demand.src.is_none_or(|src| src == selector.src);
        let by_log = self.demands.list.iter().rev().filter(asked).find_map(|demand| demand.connection);
        by_log.or_else(|| {
            let covers = |loaded: &LoadedConnection| {
                let remote = loaded
                    .remote_selector
                    .as_deref()
                    .map_or(loaded.remote == Some(selector.dst), |text| holds(text, selector.dst));
                let local = loaded.local_selector.as_deref().is_none_or(|text| holds(text, selector.src));
                remote && local
            };
            let found =
                self.claims.connections().find(|(_, row)| row.loaded.as_ref().is_some_and(|loaded| covers(loaded)));
            found.map(|(slot, _)| slot)
        })
    }

    /// A pair came.
    pub(in crate::engine) fn acquire_answered(&mut self, connection: Slot<Connection>) {
        self.demands.unanswered.remove(&connection);
    }
}

/// Whether `192.0.2.0/24`, or a bare address, holds an address.
fn holds(text: &str, address: IpAddr) -> bool {
    let (network, bits) =
        text.split_once('/').map_or((text, None), |(network, bits)| (network, bits.parse::<u32>().ok()));
    match (network.parse::<IpAddr>(), address) {
        (Ok(IpAddr::V4(network)), IpAddr::V4(address)) => {
            let shift = 32 - bits.unwrap_or(32).min(32);
            u32::from(network).checked_shr(shift).unwrap_or(0) == u32::from(address).checked_shr(shift).unwrap_or(0)
        }
        (Ok(IpAddr::V6(network)), IpAddr::V6(address)) => {
            let shift = 128 - bits.unwrap_or(128).min(128);
            u128::from(network).checked_shr(shift).unwrap_or(0) == u128::from(address).checked_shr(shift).unwrap_or(0)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn a_selector_holds_its_addresses_alone() {
        let address = "192.0.2.7".parse().unwrap();
        for text in ["192.0.2.0/24", "192.0.2.7", "192.0.2.7/32", "0.0.0.0/0"] {
            assert!(holds(text, address), "{text}");
        }
        for text in ["192.0.3.0/24", "192.0.2.8", "2001:db8::/32", "nonsense"] {
            assert!(!holds(text, address), "{text}");
        }
    }
}
