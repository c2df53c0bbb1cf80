//! What people are told when they ask: the whole, row by row, or as a story.

mod metrics;
mod ranking;

pub use self::metrics::Tally;
pub use self::ranking::Ranking;

use crate::engine::Engine;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::names::Name;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::findings::book::Book;
use crate::engine::findings::is_absence;
use crate::engine::remedies::Scene;
use crate::model::{
    Code, Coverage, Daemon, DaemonStatus, Direction, Finding, OffloadCount, OffloadMode, RealTime, SaId, SaRow,
    SaStage, Source, SourceState, Spi, Status, Story, Summary, TunnelCount, UNKNOWN, WithoutTemplate,
};
use crate::model::{Feed, Link, LoadedConnection, Metrics, TrafficReport};
use crate::model::{RemedyPlan, Request};
use crate::plural::counted;

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
    pub fn plan_of(&self, request: &Request) -> Result<Vec<RemedyPlan>, String> {
        let (facts, findings, book, remedies) = (&self.facts, &self.findings, &self.book, &self.remedies);
        Scene { facts, findings, book, remedies }.plan_of(request)
    }

    /// The answer of `status`.
    pub fn status(&self, now: RealTime) -> Status {
        Status {
            schema: 1,
            time: now,
            version: self.facts.started.version.clone(),
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
        if let Some(finding) = self.book.get(what) {
            return Some(self.facts.story_of_finding(finding));
        }
        if let Some(name) = self.facts.names.find(what)
            && let Some(connection) = self.facts.claims.find_connection(name)
        {
            return Some(self.story_of_connection(name, connection));
        }
        self.story_of_spi(what.parse().ok()?)
    }

    fn story_of_connection(&self, name: Name, slot: Slot<Connection>) -> Story {
        let text = self.facts.names.text(name);
        let mut now = Vec::new();
        if let Some(connection) = self.facts.claims.connection_at(slot) {
            let (expected, _) = self.facts.expected(slot);
            now.push(format!("offload expected: {}", expected.as_str()));
            let wanted = if connection.wanted { "it should be up" } else { "nobody asked for it to be up" };
            now.push(wanted.to_owned());
            for tunnel in &connection.tunnels {
                now.extend(self.facts.tunnel_now(*tunnel));
                now.extend(self.facts.tunnel_traffic_now(*tunnel));
                now.extend(self.facts.who_encrypts_tunnel(*tunnel));
            }
        }
        let findings: Vec<_> = self
            .book
            .worst_first()
            .into_iter()
            .filter(|finding| finding.subject.connection.as_deref() == Some(text))
            .collect();
        let mut lines = self.facts.story.about(|line| line.connection == Some(name));
        for line in findings.iter().flat_map(|finding| &finding.evidence) {
            if !lines.contains(line) {
                lines.push(line.clone());
            }
        }
        lines.sort_by_key(|line| line.time);
        Story { about: format!("connection {text}"), now, lines, findings }
    }

    fn story_of_spi(&self, spi: Spi) -> Option<Story> {
        let rows: Vec<_> = self.facts.sad.iter().filter(|(_, sa)| sa.spi == spi).collect();
        let mut lines = self.facts.story.about(|line| line.sa.is_some_and(|sa| sa.spi == spi));
        let text = spi.to_string();
        let unpadded = format!(".{:x}@", spi.0);
        for line in self.facts.story.about(|line| line.line.text.contains(&text) || line.line.text.contains(&unpadded))
        {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines.sort_by_key(|line| line.time);
        if rows.is_empty() && lines.is_empty() {
            return None;
        }
        let mut now = Vec::new();
        for (slot, sa) in &rows {
            let row = self.facts.sa_row(*slot, sa);
            let connection = row.connection.as_deref().unwrap_or("no connection that the daemon claims");
            let id = self.facts.sad.id(*slot)?;
            now.push(format!(
                "{id}: {connection}, offload {} (expected {}), {}",
                row.offload,
                row.expected,
                counted(row.packets, "packet")
            ));
            now.extend(self.facts.why_in_software_now(sa));
            now.extend(self.facts.who_encrypts_now(sa));
        }
        if rows.is_empty() {
            now.push("it is not in the kernel".to_owned());
        }
        let findings = self.book.worst_first().into_iter().filter(|finding| finding.subject.spi == Some(spi)).collect();
        Some(Story { about: format!("SA {spi}"), now, lines, findings })
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

impl Facts {
    pub(super) fn daemon_status(&self, book: &Book) -> DaemonStatus {
        let daemon = self.life.daemon.as_ref();
        let state = match (daemon, &self.life.death) {
            _ if self.life.hung.is_some() => "hung",
            // Neither that it is well nor that there is none can be said before everything was seen once.
            _ if !self.joined => UNKNOWN,
            (None, Some(_)) => "down",
            (None, None) => "absent",
            (Some(_), _) if self.life.shutting_down.is_some() => "down",
            (Some(_), Some(_)) => "starting",
            (Some(_), None) => "up",
        };
        DaemonStatus {
            kind: daemon.map(|daemon| daemon.kind).or(self.life.death.as_ref().map(|_| self.life.behaviour.kind)),
            version: self.life.behaviour.version.clone(),
            state: state.to_owned(),
            pid: daemon.and_then(Daemon::pid),
            unit: daemon.and_then(|daemon| daemon.unit.clone()).or_else(|| {
                // The unit of this host's own daemon is none of one that is known by its socket.
                let unit = self.life.unit.as_ref().filter(|_| !self.life.is_by_socket());
                unit.map(|unit| unit.unit.clone())
            }),
            since: self.life.hung.map(|(_, wall)| wall).or(self.life.since),
            due: self.daemon_due(book.of_code(Code::DaemonDown).any(is_absence)),
        }
    }

    pub(super) fn summary(&self) -> Summary {
        let counts = self.sad.counts();
        let mut tunnels = TunnelCount::default();
        for (_, tunnel) in self.claims.tunnels() {
            let Some(child) = tunnel.children.last().and_then(|(_, child)| self.claims.child_at(*child)) else {
                continue;
            };
            match (child.outbound.sa, child.inbound.sa) {
                (Some(_), Some(_)) => tunnels.up += 1,
                (None, None) => tunnels.down += 1,
                _ => tunnels.partly += 1,
            }
        }
        let without_pair = |connection: &Connection| connection.wanted && connection.tunnels.is_empty();
        tunnels.down += self.claims.connections().filter(|(_, connection)| without_pair(connection)).count() as u64;
        Summary {
            sas: counts.installed(),
            offloaded: OffloadCount { packet: counts.packet, crypto: counts.crypto },
            software: counts.software,
            larval: counts.larval,
            policies: self.spd.len() as u64,
            without_template: {
                let counts = self.spd.counts();
                WithoutTemplate { pass: counts.pass, bypass: counts.bypass, block: counts.block }
            },
            tunnels,
        }
    }

    pub(super) fn coverage_lines(&self) -> Vec<Coverage> {
        let others = self.other_daemons_said();
        let mut lines: Vec<Coverage> = self.coverage.values().cloned().collect();
        if let (Some(others), Some(line)) = (others, lines.iter_mut().find(|line| line.source == Source::Process)) {
            line.detail = format!("{}; {others}", line.detail);
            line.state = line.state.max(SourceState::Degraded);
        }
        lines
    }

    pub(super) fn sa_row(&self, slot: Slot<Sa>, sa: &Sa) -> SaRow {
        let meter = self.sad.meter(slot).copied().unwrap_or_default();
        let child = sa.claim.and_then(|leg| self.claims.child_at(leg.child));
        let tunnel = child.and_then(|child| self.claims.tunnel_at(child.tunnel));
        let by_reqid = || self.claims.connection_of_reqid(sa.reqid);
        let connection = tunnel.map(|tunnel| tunnel.connection).or_else(by_reqid);
        let expected = connection
            .map_or(crate::engine::facts::expect::Expected::Unknown, |connection| self.expected(connection).0);
        let offload = match sa.offload.map(|offload| offload.mode) {
            None => "none",
            Some(OffloadMode::Crypto) => "crypto",
            Some(OffloadMode::Packet) => "packet",
        };
        let device = match sa.offload {
            Some(offload) => Some(self.links.name(offload.ifindex)),
            None => self.links.holding(sa.src).or_else(|| self.links.holding(sa.dst)).map(|link| link.name.clone()),
        };
        let rates = self.traffic.rates(&meter);
        SaRow {
            spi: sa.spi,
            dst: sa.dst,
            src: sa.src,
            proto: sa.protocol,
            mode: sa.mode,
            direction: sa.claim.map(|leg| leg.direction).or(sa.direction).or_else(|| self.direction_by_address(sa)),
            connection: tunnel
                .and_then(|tunnel| self.claims.connection_at(tunnel.connection))
                .map(|c| self.names.text(c.name).to_owned()),
            instance: tunnel.and_then(|tunnel| tunnel.instance).map(|name| self.names.text(name).to_owned()),
            reqid: sa.reqid,
            if_id: sa.if_id,
            offload: offload.to_owned(),
            expected: expected.as_str().to_owned(),
            device,
            state: if sa.stage == SaStage::Larval { "larval" } else { "installed" }.to_owned(),
            packets: meter.packets,
            bytes: meter.bytes,
            sequence: meter.sequence,
            packets_per_second: rates.map(|rates| rates.packets),
            bytes_per_second: rates.map(|rates| rates.bytes),
            integrity_failures: meter.integrity_failures.into(),
            replay_drops: meter.replay_drops.into(),
            drops_per_second: rates.map(|rates| rates.drops),
            encrypts: self.who_encrypts(sa),
            daemon: if sa.claim.is_some() { "known" } else { "unknown" }.to_owned(),
            added: (sa.add_time > 0).then(|| RealTime::from_micros(i64::from(sa.add_time) * 1_000_000)),
            esn: self.shapes.get(sa.shape).map(|shape| shape.esn),
        }
    }

    fn direction_by_address(&self, sa: &Sa) -> Option<crate::model::Direction> {
        let (from_here, to_here) = (self.links.holding(sa.src).is_some(), self.links.holding(sa.dst).is_some());
        match (from_here, to_here) {
            (true, false) => Some(crate::model::Direction::Out),
            (false, true) => Some(crate::model::Direction::In),
            _ => None,
        }
    }

    fn story_of_finding(&self, finding: &Finding) -> Story {
        let name = finding.subject.connection.as_deref().and_then(|connection| self.names.find(connection));
        let mut lines = match name {
            Some(name) => self.story.about(|line| line.connection == Some(name)),
            None => self.story.about(|line| line.connection.is_none()),
        };
        lines.extend(finding.evidence.iter().filter(|line| !lines.contains(line)).cloned().collect::<Vec<_>>());
        lines.sort_by_key(|line| line.time);
        let now = vec![finding.summary.clone(), format!("do: {}", finding.advice)];
        Story { about: format!("finding {}", finding.id), now, lines, findings: vec![finding.clone()] }
    }

    fn tunnel_now(&self, slot: Slot<crate::engine::facts::claims::Tunnel>) -> Vec<String> {
        let Some(tunnel) = self.claims.tunnel_at(slot) else { return Vec::new() };
        let instance = self.instance_text(slot).unwrap_or_default();
        let describe = |sa: Option<Slot<Sa>>| match sa.and_then(|sa| self.sad.get(sa)) {
            Some(sa) => match sa.offload {
                Some(offload) => {
                    format!("in the kernel, {} offload on {}", offload.mode, self.links.name(offload.ifindex))
                }
                None => "in the kernel, in software".to_owned(),
            },
            None => "not in the kernel".to_owned(),
        };
        let children = tunnel.children.iter().filter_map(|(_, child)| self.claims.child_at(*child));
        children
            .map(|child| {
                let (outbound, inbound) = (describe(child.outbound.sa), describe(child.inbound.sa));
                format!(
                    "Child SA #{}{instance}: out {} {outbound}; in {} {inbound}",
                    child.serial.0, child.outbound.spi, child.inbound.spi
                )
            })
            .collect()
    }

    fn who_encrypts_tunnel(&self, slot: Slot<crate::engine::facts::claims::Tunnel>) -> Vec<String> {
        let newest = self.claims.newest_child(slot);
        let sas = newest.into_iter().flat_map(|child| [child.outbound.sa, child.inbound.sa]).flatten();
        sas.filter_map(|sa| self.who_encrypts_now(self.sad.get(sa)?)).collect()
    }

    /// Where the kernel itself told of an offload that did not come about: why, and what to do.
    fn why_in_software_now(&self, sa: &Sa) -> Option<String> {
        let (_, tried) = self.attempts.find(sa.spi, Some(sa.dst)).filter(|_| sa.offload.is_none())?;
        let entry = self.why_of(sa, tried)?;
        let device = self.links.name(tried.tried.ifindex);
        Some(format!("not on the NIC: {}; do: {}", entry.means_on(&device), self.life.behaviour.cure(entry, &device)))
    }

    /// The name of the connection that claims an SA, or whose reqid it has.
    pub(super) fn connection_name_of_sa(&self, slot: Slot<Sa>) -> Option<Name> {
        let sa = self.sad.get(slot)?;
        let tunnel = sa
            .claim
            .and_then(|leg| self.claims.child_at(leg.child))
            .and_then(|child| self.claims.tunnel_at(child.tunnel));
        let connection =
            tunnel.map(|tunnel| tunnel.connection).or_else(|| self.claims.connection_of_reqid(sa.reqid))?;
        self.claims.connection_at(connection).map(|connection| connection.name)
    }
}
