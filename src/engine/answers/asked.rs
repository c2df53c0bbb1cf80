//! What the engine is asked from outside, and who answers.

use super::{Ranking, Tally};
use crate::engine::Engine;
use crate::engine::remedies::Scene;
use crate::model::{
    Direction, Feed, Finding, Link, LoadedConnection, Metrics, RealTime, RemedyAsked, RemedyPlan, SaId, SaRow, SaStage,
    Source, Spi, Status, Story, TrafficReport,
};

impl Engine {
    /// Open findings, worst first.
    pub fn findings(&self) -> Vec<Finding> {
        self.book.worst_first()
    }

    /// Whether the way of some traffic is being asked for.
    pub fn is_asking_for_routes(&self) -> bool {
        self.facts.routes.is_asking()
    }

    /// Whether no daemon runs, and the service manager has not said yet what it knows of one.
    pub fn lacks_unit(&self) -> bool {
        self.facts.life.daemon.is_none() && !self.facts.coverage.contains_key(&Source::Systemd)
    }

    /// Whether the first full join is done.
    pub fn is_joined(&self) -> bool {
        self.facts.joined
    }

    /// What would be done now, step by step. Changes nothing.
    ///
    /// # Errors
    /// Nothing is meant by it, or nothing can be done; in one sentence.
    pub fn plan_of(&self, request: &RemedyAsked) -> Result<Vec<RemedyPlan>, String> {
        let (facts, findings, book, remedies) = (&self.facts, &self.findings, &self.book, &self.remedies);
        Scene { facts, findings, book, remedies }.plan_of(request)
    }

    /// The answer of `status`.
    pub fn status(&self, now: RealTime) -> Status {
        Status {
            schema: 1,
            time: now,
            version: self.facts.started.version.clone(),
            kernel: self.facts.kernel_status(),
            daemon: self.facts.daemon_status(&self.book),
            summary: self.facts.summary(),
            findings: self.book.worst_first(),
            notes: self.facts.notes(),
            coverage: self.facts.coverage_lines(),
        }
    }

    /// Up to `limit` SAs from `cursor` on (0 at first), appended to `rows`; where to go on, or none at the end. What changes between two
    /// calls may be missed or shown twice, what does not change is shown once.
    pub fn sas(&self, cursor: usize, limit: usize, rows: &mut Vec<SaRow>) -> Option<usize> {
        let mut walk = self.facts.sad.starting_at(cursor);
        let mut next = cursor;
        for (slot, sa) in walk.by_ref().take(limit) {
            rows.push(self.facts.sa_row(slot, sa));
            next = slot.place() + 1;
        }
        walk.next().map(|_| next)
    }

    /// The SAs of an SPI, with their directions as far as they are known.
    pub fn sas_of(&self, spi: Spi) -> Vec<(SaId, Option<Direction>)> {
        let rows = self.facts.sad.iter().filter(|(_, sa)| sa.spi == spi && sa.stage == SaStage::Installed);
        rows.filter_map(|(slot, sa)| Some((self.facts.sad.id(slot)?, self.facts.sa_row(slot, sa).direction))).collect()
    }

    /// The story of a connection (`t1`), an SA (an SPI) or a finding (its id); none where nothing is known by that name.
    pub fn explain(&self, what: &str) -> Option<Story> {
        self.facts.story_of(what, &self.book)
    }

    /// Every loaded connection by its name, each with the interface that its offload goes to (the one that holds the IKE address), where
    /// that is known.
    pub fn loaded(&self) -> impl Iterator<Item = (&LoadedConnection, Option<&Link>)> {
        self.facts.loaded()
    }

    /// Counts up to `limit` SAs from `cursor` on (0 at first); where to go on, or none at the end.
    pub fn tally(&self, cursor: usize, limit: usize, tally: &mut Tally) -> Option<usize> {
        self.facts.tally(cursor, limit, tally)
    }

    /// Everything else that a scrape shows, beside the SAs that were counted.
    pub fn metrics(&self, tally: &Tally, feed: Feed) -> Metrics {
        self.facts.metrics(tally, feed, (&self.book, &self.remedies))
    }

    /// Looks at up to `limit` SAs from `cursor` on (0 at first); where to go on, or none at the end.
    pub fn rank(&self, cursor: usize, limit: usize, ranking: &mut Ranking) -> Option<usize> {
        self.facts.rank(cursor, limit, ranking)
    }

    pub fn traffic(&self, ranking: Ranking, now: RealTime) -> TrafficReport {
        self.facts.traffic_report(ranking, now, &self.book)
    }
}
