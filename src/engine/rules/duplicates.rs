//! `sa-duplicates`: more pairs than a rekey explains, for longer than a rekey takes.

use std::collections::BTreeSet;
use std::time::Duration;

use super::words;
use crate::engine::Engine;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection, Tunnel};
use crate::engine::facts::slab::Slot;
use crate::engine::findings::Draft;
use crate::engine::timers::Timer;
use crate::model::{Affected, Boottime, Code, Effect, Reason, Severity, Source, Subject};

/// A rekey has the old pair and the new one.
const EXPLAINED: usize = 2;

/// For this long they may be more.
const PATIENCE: Duration = Duration::from_secs(60);

/// The growth is told again this often at most.
const RETELL: Duration = Duration::from_secs(60);

/// A tunnel with too many pairs.
#[derive(Clone, Copy, Debug)]
pub struct TooMany {
    since: Boottime,
    pairs: usize,
    told: Option<Boottime>,
}

impl Engine {
    /// Of the tunnels that were judged, and those that had too many.
    pub(super) fn judge_duplicates(
        &mut self,
        connection: Slot<Connection>,
        judged: &BTreeSet<Slot<Tunnel>>,
        out: &mut Vec<Effect>,
    ) {
        let before = super::of_connection(&self.rules.too_many, connection).map(|(tunnel, _)| tunnel);
        let tunnels: BTreeSet<_> = before.chain(judged.iter().copied()).collect();
        let mut worst: Option<(Slot<Tunnel>, usize, TooMany)> = None;
        for tunnel in tunnels {
            let pairs = self.facts.pairs_of(tunnel);
            if pairs <= EXPLAINED {
                self.rules.too_many.remove(&(connection, tunnel));
                continue;
            }
            let now = self.facts.now;
            let too_many =
                *self.rules.too_many.entry((connection, tunnel)).or_insert(TooMany { since: now, pairs, told: None });
            if now.since(too_many.since) < PATIENCE {
                self.facts.timers.set(too_many.since + PATIENCE, Timer::Tunnel(tunnel));
            } else if worst.is_none_or(|(_, most, _)| pairs > most) {
                worst = Some((tunnel, pairs, too_many));
            }
        }
        let name = self.facts.connection_text(connection);
        let Some((tunnel, pairs, too_many)) = worst else {
            if self.book.is_open(Code::SaDuplicates, &name) {
                self.over(Source::Engine, Code::SaDuplicates, &name, out);
            }
            return;
        };
        if too_many.told.is_some_and(|told| self.facts.now.since(told) < RETELL) {
            return;
        }
        if let Some(row) = self.rules.too_many.get_mut(&(connection, tunnel)) {
            row.told = Some(self.facts.now);
        }
        let draft = self.facts.duplicates_draft(name, tunnel, pairs, too_many);
        self.book.open(draft, self.facts.now, self.facts.wall, out);
    }
}

impl Facts {
    /// Whole pairs in the kernel; few tunnels have more than two Child SAs, so few are counted.
    fn pairs_of(&self, tunnel: Slot<Tunnel>) -> usize {
        let Some(row) = self.claims.tunnel_at(tunnel) else { return 0 };
        if row.children.len() <= EXPLAINED {
            return 0;
        }
        row.children.iter().filter_map(|(_, child)| self.claims.child_at(*child)).filter(|child| child.stands()).count()
    }

    fn duplicates_draft(&self, name: String, tunnel: Slot<Tunnel>, pairs: usize, too_many: TooMany) -> Draft {
        let elapsed = self.now.since(too_many.since).as_secs().max(1);
        let grown = (pairs.saturating_sub(too_many.pairs)) as u64;
        let per_hour = grown * 3600 / elapsed;
        let newest: Option<&Child> = self.claims.newest_child(tunnel);
        let instance = self.instance_text(tunnel);
        let told = words::duplicates(&name, instance.as_deref(), pairs, per_hour);
        let text = format!(
            "{pairs} established pairs stand in the kernel; {} did when they first were too many",
            too_many.pairs
        );
        Draft {
            code: Code::SaDuplicates,
            scope: name.clone(),
            reason: Reason::Unknown,
            severity: Severity::Warning,
            subject: Subject {
                connection: Some(name),
                instance,
                spi: newest.map(|child| child.outbound.spi),
                ..Subject::default()
            },
            affected: Affected { sas: 2 * pairs as u64, connections: 1, list: Vec::new(), more: 0 },
            summary: told.summary,
            advice: told.advice,
            evidence: vec![self.evidence(Source::Engine, text)],
            again: false,
            speaks_of: std::collections::BTreeSet::new(),
        }
    }
}
