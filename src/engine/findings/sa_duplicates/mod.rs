//! `sa-duplicates`: more pairs than a rekey explains, for longer than a rekey takes; or two that none explains.

mod page;
#[cfg(test)]
mod tests;
mod two_pairs;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use self::two_pairs::TwoPairs;
use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Connection, Tunnel};
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::model::{Affected, Boottime, Code, Source, Subject};

/// A rekey has the old pair and the new one.
const EXPLAINED: usize = 2;

/// For this long they may be more.
const PATIENCE: Duration = Duration::from_secs(60);

/// The growth is told again this often at most.
const RETELL: Duration = Duration::from_secs(60);

/// Tunnels with too many pairs.
#[derive(Debug, Default)]
pub(super) struct SaDuplicates {
    by_connection: BTreeMap<Slot<Connection>, BTreeMap<Slot<Tunnel>, TooMany>>,
    two_pairs: TwoPairs,
    // When the patience with one of a connection's tunnels ends.
    patience: BTreeSet<(Boottime, Slot<Connection>)>,
}

#[derive(Clone, Copy, Debug)]
struct TooMany {
    since: Boottime,
    // As many as there were then.
    first: usize,
    pairs: usize,
    told: Option<Boottime>,
}

impl FindingRule for SaDuplicates {
    fn codes(&self) -> &'static [Code] {
        &[Code::SaDuplicates]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        for (connection, tunnels) in &touched.connections {
            self.count(facts, *connection, tunnels, say);
            self.judge(facts, *connection, say);
        }
        while let Some(first) = self.patience.first().copied().filter(|(at, _)| *at <= facts.now) {
            self.patience.remove(&first);
            self.judge(facts, first.1, say);
        }
    }
}

impl SaDuplicates {
    /// Of the tunnels that were touched, and those that had too many.
    fn count(
        &mut self,
        facts: &Facts,
        connection: Slot<Connection>,
        touched: &BTreeSet<Slot<Tunnel>>,
        say: &mut Say<'_>,
    ) {
        let mut before = self.by_connection.remove(&connection).unwrap_or_default();
        let tunnels: BTreeSet<_> = before.keys().chain(touched).copied().collect();
        for tunnel in tunnels {
            let pairs = facts.pairs_side_by_side(tunnel);
            if let Some(at) = self.two_pairs.count(facts, (connection, tunnel), pairs) {
                self.patience.insert((at, connection));
                say.look_again(at);
            }
            if pairs <= EXPLAINED {
                before.remove(&tunnel);
                continue;
            }
            let row = before.entry(tunnel).or_insert_with(|| {
                let ends = facts.now + PATIENCE;
                self.patience.insert((ends, connection));
                say.look_again(ends);
                TooMany { since: facts.now, first: pairs, pairs, told: None }
            });
            row.pairs = pairs;
        }
        if !before.is_empty() {
            self.by_connection.insert(connection, before);
        }
    }

    /// Of a connection the worst is told.
    fn judge(&mut self, facts: &Facts, connection: Slot<Connection>, say: &mut Say<'_>) {
        let rows = self.by_connection.get_mut(&connection);
        let mut again = Vec::new();
        let lasting = rows.into_iter().flatten().filter(|(_, row)| facts.now.since(row.since) >= PATIENCE);
        let lasting = lasting.filter(|(tunnel, _)| {
            let (pairs, more_at) = facts.unexplained_pairs(**tunnel);
            again.extend(more_at.filter(|_| pairs <= EXPLAINED));
            pairs > EXPLAINED
        });
        // The first of those with as many.
        let most = lasting.reduce(|most, next| if next.1.pairs > most.1.pairs { next } else { most });
        for at in again {
            self.patience.insert((at, connection));
            say.look_again(at);
        }
        let Some((tunnel, row)) = most else {
            for at in self.two_pairs.judge(facts, connection, say) {
                self.patience.insert((at, connection));
                say.look_again(at);
            }
            if !self.two_pairs.is_told(connection) && say.book().has_code(Code::SaDuplicates) {
                say.over(Code::SaDuplicates, &facts.connection_text(connection), (Source::Engine, words::OVER));
            }
            return;
        };
        self.two_pairs.told_otherwise(connection);
        if row.told.is_none_or(|told| facts.now.since(told) >= RETELL) {
            row.told = Some(facts.now);
            tell(facts, connection, (*tunnel, *row), say);
        }
    }
}

fn tell(facts: &Facts, connection: Slot<Connection>, (tunnel, row): (Slot<Tunnel>, TooMany), say: &mut Say<'_>) {
    let TooMany { since, first, pairs, .. } = row;
    let elapsed = facts.now.since(since).as_secs().max(1);
    let per_hour = pairs.saturating_sub(first) as u64 * 3600 / elapsed;
    let (name, instance) = (facts.connection_text(connection), facts.instance_text(tunnel));
    let sentences = words::duplicates(&facts.life.behaviour, &name, instance.as_deref(), pairs, per_hour);
    let spi = facts.claims.newest_child(tunnel).map(|child| child.outbound.spi);
    let line = say.line(Source::Engine, words::stand(pairs, first));
    let draft = Draft::of(Code::SaDuplicates, name.clone(), sentences)
        .about(Subject { connection: Some(name), instance, spi, ..Subject::default() })
        .affecting(Affected { sas: 2 * pairs as u64, connections: 1, list: Vec::new(), more: 0 })
        .shown_by([line]);
    say.open(draft);
}
