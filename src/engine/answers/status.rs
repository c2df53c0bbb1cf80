//! The whole at one look: the daemon, counts, what is watched.

use crate::engine::facts::Facts;
use crate::engine::findings::book::Book;
use crate::engine::findings::is_absence;
use crate::model::{
    Code, Coverage, Daemon, DaemonStatus, KernelStatus, OffloadCount, Source, SourceState, Summary, TunnelCount,
    UNKNOWN, WithoutTemplate,
};

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

    pub(super) fn kernel_status(&self) -> KernelStatus {
        KernelStatus { release: self.started.kernel.clone(), abilities: self.started.abilities }
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
        // What should be up and has no Child SA is no tunnel of the daemon's.
        let wanted = self.claims.connections().filter(|(_, connection)| connection.wanted);
        let wanted = wanted.flat_map(|(slot, _)| self.wanted_places(slot));
        tunnels.down += wanted.filter(|place| !self.has_child(*place)).count() as u64;
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
}
