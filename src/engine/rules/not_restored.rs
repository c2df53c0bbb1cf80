//! `tunnel-not-restored`: a permanent tunnel that was up before the daemon died is not back 60 s after the daemon is.

use std::collections::BTreeMap;

use super::words;
use crate::engine::Engine;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::recovery::Recovery;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::standing::Place;
use crate::engine::findings::Draft;
use crate::model::{Affected, Code, Effect, Evidence, Reason, Severity, Source, Subject};

impl Engine {
    /// What was up before a crash has had its time to come back.
    pub(super) fn judge_not_restored(&mut self, out: &mut Vec<Effect>) {
        if self.facts.recovery() != Some(Recovery::Partial) {
            return;
        }
        let Some(death) = self.facts.life.death.as_ref().filter(|death| death.is_crash()) else { return };
        let Some(pid) = death.who.pid() else { return };
        let text = format!("it was up when process {pid} died");
        let how = Evidence { time: death.wall, at: death.at, source: Source::Process, text };
        let before: Vec<_> = death.before.permanent.iter().copied().collect();
        self.tell_not_restored(before.into_iter(), &how, out);
    }

    /// Tells of every one of these tunnels that has no pair. `how` says when it was up.
    fn tell_not_restored(&mut self, before: impl Iterator<Item = Place>, how: &Evidence, out: &mut Vec<Effect>) {
        let mut missing: BTreeMap<Slot<Connection>, Vec<Place>> = BTreeMap::new();
        for place in before.filter(|place| !self.facts.place_stands(*place)) {
            missing.entry(place.0).or_default().push(place);
        }
        for (connection, places) in missing {
            let draft = self.facts.not_restored_draft(connection, &places, how.clone());
            self.book.open(draft, self.facts.now, self.facts.wall, out);
            // What it quotes is no further attempt.
            self.facts.down_was_told(connection);
        }
    }

    /// Another attempt has failed while that is told.
    pub(super) fn not_restored_again(&mut self, connection: Slot<Connection>, out: &mut Vec<Effect>) {
        let Some(row) = self.facts.claims.connection_at(connection) else { return };
        let has_pair = row.tunnels.iter().any(|tunnel| self.facts.claims.newest(*tunnel).is_some());
        if has_pair || !self.book.is_open(Code::TunnelNotRestored, &self.facts.connection_text(connection)) {
            return;
        }
        let Some(seen) = self.facts.down.get(&connection).and_then(|down| down.newest_attempt()).cloned() else {
            return;
        };
        let draft = self.facts.not_restored_draft(connection, &[(connection, None)], seen);
        self.book.open(draft.again(), self.facts.now, self.facts.wall, out);
        self.facts.down_was_told(connection);
    }
}

impl Facts {
    fn not_restored_draft(&self, connection: Slot<Connection>, places: &[Place], how: Evidence) -> Draft {
        let name = self.connection_text(connection);
        let down = self.down.get(&connection);
        let told = words::tunnel_not_restored(&name, down.map(|down| down.why), self.is_unloaded(connection));
        let mut evidence = vec![how];
        evidence.extend(down.into_iter().flat_map(|down| down.lines()).cloned());
        if self.is_unloaded(connection) {
            evidence.push(self.evidence(Source::Daemon, format!("the daemon was asked, and has not loaded {name}")));
        }
        evidence.extend(self.blocked(connection));
        let instances = || places.iter().filter_map(|(_, instance)| Some(self.names.text((*instance)?).to_owned()));
        let affected = match places.len() {
            0 | 1 => Affected::default(),
            _ => Affected::listing(0, 1, instances().map(|instance| format!("{name}{instance}"))),
        };
        Draft {
            code: Code::TunnelNotRestored,
            scope: name.clone(),
            reason: down.map_or(Reason::Unknown, |down| down.why.into()),
            severity: Severity::Critical,
            subject: Subject { connection: Some(name), instance: instances().next(), ..Subject::default() },
            affected,
            summary: told.summary,
            advice: told.advice,
            evidence,
            again: false,
            speaks_of: std::collections::BTreeSet::new(),
        }
    }

    /// The daemon tells what it has loaded, and this is not among it.
    pub(in crate::engine) fn is_unloaded(&self, connection: Slot<Connection>) -> bool {
        let loaded = |row: &Connection| row.loaded.is_some();
        !self.claims.connection_at(connection).is_some_and(loaded)
            && self.claims.connections().any(|(_, row)| loaded(row))
    }
}
