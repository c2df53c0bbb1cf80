//! Two pairs of one tunnel that no rekey explains: each end may send on another one.

use std::collections::{BTreeMap, BTreeSet};

use super::words::{self, PairWords};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection, Tunnel};
use crate::engine::facts::pairs::SideBySide;
use crate::engine::facts::slab::Slot;
use crate::engine::findings::{Draft, Say};
use crate::model::{Affected, Boottime, Code, Direction, Reason, Source, Subject};

/// Tunnels with two pairs, and what is told of them.
#[derive(Debug, Default)]
pub(super) struct TwoPairs {
    tunnels: BTreeMap<Slot<Connection>, BTreeSet<Slot<Tunnel>>>,
    told: BTreeMap<Slot<Connection>, (Slot<Tunnel>, SideBySide)>,
}

impl TwoPairs {
    /// A tunnel has so many pairs now; when to look at it again, where it has two since now.
    pub(super) fn count(
        &mut self,
        facts: &Facts,
        (connection, tunnel): (Slot<Connection>, Slot<Tunnel>),
        pairs: usize,
    ) -> Option<Boottime> {
        if pairs < 2 {
            let tunnels = self.tunnels.get_mut(&connection)?;
            tunnels.remove(&tunnel);
            if tunnels.is_empty() {
                self.tunnels.remove(&connection);
            }
            return None;
        }
        let is_new = self.tunnels.entry(connection).or_default().insert(tunnel);
        facts.side_by_side(tunnel).filter(|_| is_new).map(|both| both.unexplained_at)
    }

    /// Tells the first tunnel of a connection with two pairs that nothing explains; when to look again at those that still are explained.
    pub(super) fn judge(&mut self, facts: &Facts, connection: Slot<Connection>, say: &mut Say<'_>) -> Vec<Boottime> {
        let all = self.tunnels.get(&connection).into_iter().flatten();
        let both = all.filter_map(|tunnel| Some((*tunnel, facts.side_by_side(*tunnel)?)));
        let (unexplained, explained): (Vec<_>, Vec<_>) = both.partition(|(_, both)| both.unexplained_at <= facts.now);
        match unexplained.first() {
            None => drop(self.told.remove(&connection)),
            Some(first) if self.told.get(&connection) == Some(first) => {}
            Some(first) => {
                self.told.insert(connection, *first);
                tell(facts, connection, *first, say);
            }
        }
        explained.into_iter().map(|(_, both)| both.unexplained_at).collect()
    }

    pub(super) fn is_told(&self, connection: Slot<Connection>) -> bool {
        self.told.contains_key(&connection)
    }

    /// There are even more, and that is told instead.
    pub(super) fn told_otherwise(&mut self, connection: Slot<Connection>) {
        self.told.remove(&connection);
    }
}

fn tell(facts: &Facts, connection: Slot<Connection>, (tunnel, both): (Slot<Tunnel>, SideBySide), say: &mut Say<'_>) {
    let rows = [both.newer, both.older].map(|slot| facts.claims.child_at(slot));
    let [Some(newer), Some(older)] = rows else { return };
    let pairs = [of(facts, newer), of(facts, older)];
    let (name, instance) = (facts.connection_text(connection), facts.instance_text(tunnel));
    let sentences = words::two_pairs(&facts.life.behaviour, &name, instance.as_deref(), &pairs);
    let lines = pairs.map(|pair| say.line(Source::Engine, pair.line()));
    let draft = Draft::of(Code::SaDuplicates, name.clone(), sentences)
        .because(Reason::TwoPairs)
        .about(Subject { connection: Some(name), instance, spi: Some(newer.outbound.spi), ..Subject::default() })
        .affecting(Affected { sas: 4, connections: 1, list: Vec::new(), more: 0 })
        .shown_by(lines);
    say.open(draft);
}

/// What is said of one of them.
fn of(facts: &Facts, child: &Child) -> PairWords {
    let rate = |direction: Direction| {
        let meter = child.claim(direction).sa.and_then(|sa| facts.sad.meter(sa))?;
        facts.traffic.rates(meter).map(|moved| moved.packets)
    };
    PairWords {
        serial: child.serial,
        outbound: child.outbound.spi,
        inbound: child.inbound.spi,
        sends: rate(Direction::Out),
        receives: rate(Direction::In),
    }
}
