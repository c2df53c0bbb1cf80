//! The story of a connection, an SA or a finding: how it is now, what was seen, what was said.

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Connection, Tunnel};
use crate::engine::facts::names::Name;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::findings::book::Book;
use crate::model::{Code, Finding, Spi, Story};
use crate::plural::counted;

impl Facts {
    /// The story of a connection (`t1`), an SA (an SPI) or a finding (its id); none where nothing is known by that name.
    pub(super) fn story_of(&self, what: &str, book: &Book) -> Option<Story> {
        if let Some(finding) = book.get(what) {
            return Some(self.story_of_finding(finding));
        }
        if let Some(connection) = self.connection_of_name(what).or_else(|| self.connection_of_pair(what)) {
            return Some(self.story_of_connection(connection, book));
        }
        self.story_of_spi(what.parse().ok()?, book)
    }

    fn connection_of_name(&self, name: &str) -> Option<(Name, Slot<Connection>)> {
        let name = self.names.find(name)?;
        Some((name, self.claims.find_connection(name)?))
    }

    /// By the name that the daemon's commands take for one of its pairs of subnets.
    fn connection_of_pair(&self, what: &str) -> Option<(Name, Slot<Connection>)> {
        let (connection, pair) = what.split_at_checked(what.rfind('/')?)?;
        self.life.dialect().pair_of_subnets(pair)?;
        self.connection_of_name(connection)
    }

    fn story_of_connection(&self, (name, slot): (Name, Slot<Connection>), book: &Book) -> Story {
        let text = self.names.text(name);
        let mut now = Vec::new();
        if let Some(connection) = self.claims.connection_at(slot) {
            let (expected, _) = self.expected(slot);
            now.push(format!("offload expected: {}", expected.as_str()));
            let wanted = if connection.wanted { "it should be up" } else { "nobody asked for it to be up" };
            now.push(wanted.to_owned());
            let missing = self.wanted_places(slot).into_iter().filter(|place| !self.has_child(*place));
            for pair in missing.filter_map(|(_, pair)| pair) {
                now.push(format!("{text}{} has no Child SA", self.names.text(pair)));
            }
            for tunnel in &connection.tunnels {
                now.extend(self.tunnel_now(*tunnel));
                now.extend(self.tunnel_traffic_now(*tunnel));
                now.extend(self.who_encrypts_tunnel(*tunnel));
            }
        }
        let findings: Vec<_> = book.worst_first().into_iter().filter(|finding| speaks_of(finding, text)).collect();
        let mut lines = self.story.about(|line| line.connection == Some(name));
        for line in findings.iter().flat_map(|finding| &finding.evidence) {
            if !lines.contains(line) {
                lines.push(line.clone());
            }
        }
        lines.sort_by_key(|line| line.time);
        Story { about: format!("connection {text}"), now, lines, findings }
    }

    fn story_of_spi(&self, spi: Spi, book: &Book) -> Option<Story> {
        let rows: Vec<_> = self.sad.iter().filter(|(_, sa)| sa.spi == spi).collect();
        let mut lines = self.story.about(|line| line.sa.is_some_and(|sa| sa.spi == spi));
        let text = spi.to_string();
        let unpadded = format!(".{:x}@", spi.0);
        for line in self.story.about(|line| line.line.text.contains(&text) || line.line.text.contains(&unpadded)) {
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
            let row = self.sa_row(*slot, sa);
            let connection = row.connection.as_deref().unwrap_or("no connection that the daemon claims");
            let id = self.sad.id(*slot)?;
            now.push(format!(
                "{id}: {connection}, offload {} (expected {}), {}",
                row.offload,
                row.expected,
                counted(row.packets, "packet")
            ));
            now.extend(self.why_in_software_now(sa));
            now.extend(self.who_encrypts_now(sa));
        }
        if rows.is_empty() {
            now.push("it is not in the kernel".to_owned());
        }
        let findings = book.worst_first().into_iter().filter(|finding| finding.subject.spi == Some(spi)).collect();
        Some(Story { about: format!("SA {spi}"), now, lines, findings })
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

    fn tunnel_now(&self, slot: Slot<Tunnel>) -> Vec<String> {
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

    fn who_encrypts_tunnel(&self, slot: Slot<Tunnel>) -> Vec<String> {
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
}

/// By its subject, or as one of several that are down for one cause.
fn speaks_of(finding: &Finding, connection: &str) -> bool {
    let is_one_of = || finding.code == Code::TunnelDown && finding.affected.list.iter().any(|name| name == connection);
    finding.subject.connection.as_deref() == Some(connection) || is_one_of()
}
