//! `sa-not-offloaded` and `offload-downgraded`: what the newest SA should have, and what it has.

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection};
use crate::engine::facts::expect::Expected;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::why::Known;
use crate::engine::findings::Fault;
use crate::model::{Code, Direction, Evidence, Link, OffloadMode, Protocol, Reason, Severity, Source, Span};
use crate::reasons::Entry;

impl Facts {
    pub(super) fn not_offloaded(&self, connection: Slot<Connection>, child: Slot<Child>) -> Vec<Fault> {
        let (expected, critical) = self.expected(connection);
        if !expected.is_some() || self.daemon_is_dead() {
            return Vec::new();
        }
        let severity = if critical { Severity::Critical } else { Severity::Warning };
        let legs = [(Direction::Out, Span::Out), (Direction::In, Span::In)];
        let fault = |(direction, span)| {
            let slot = self.claims.child_at(child)?.claim(direction).sa?;
            let sa = self.sad.get(slot)?;
            let code = wrong(expected, sa.offload.map(|offload| offload.mode))?;
            self.offload_fault((code, severity), slot, (direction, span), (connection, child), expected)
        };
        legs.into_iter().filter_map(fault).collect()
    }

    fn offload_fault(
        &self,
        (code, severity): (Code, Severity),
        slot: Slot<Sa>,
        (direction, span): (Direction, Span),
        (connection, child): (Slot<Connection>, Slot<Child>),
        expected: Expected,
    ) -> Option<Fault> {
        let sa = self.sad.get(slot)?;
        let local = if direction == Direction::Out { sa.src } else { sa.dst };
        let link = match sa.offload {
            Some(offload) => self.links.get(offload.ifindex),
            None => self.links.holding(local),
        };
        let (entry, fell_back, mut evidence) =
            self.why_in_software((slot, sa), direction, (connection, child), link, expected);
        let what = if code == Code::OffloadDowngraded {
            "crypto offload where packet offload was asked for"
        } else {
            "no offload"
        };
        let id = sa.id(self.started.netns);
        evidence.push(self.evidence(Source::Xfrm, format!("{id} is in the kernel with {what}")));
        evidence.extend(link.map(|link| self.evidence(Source::Links, described(link))));
        let reason = entry.map_or(if fell_back { Reason::FellBack } else { Reason::Unknown }, |entry| entry.reason);
        let fault = Fault::of(code, span).because(reason).rated(severity).known_as(entry);
        let device = link.map(|link| link.name.clone());
        Some(fault.at(Some(sa.spi), Some(sa.dst)).on(device).shown_by(evidence))
    }

    /// By the kernel's own word; else by the refusal that the daemon answered by falling back; else by what the SA and the device are.
    fn why_in_software(
        &self,
        (slot, sa): (Slot<Sa>, &Sa),
        direction: Direction,
        (connection, child): (Slot<Connection>, Slot<Child>),
        link: Option<&Link>,
        expected: Expected,
    ) -> (Option<&'static Entry>, bool, Vec<Evidence>) {
        let mut evidence = Vec::new();
        let tried = self.attempts.find(sa.spi, Some(sa.dst)).map(|(_, tried)| tried);
        let refusal = self.refusals.fell_back(child);
        if let Some(refusal) = refusal {
            evidence.extend(refusal.lines.iter().cloned());
        }
        if let Some(tried) = tried
            && !evidence.contains(&tried.line)
        {
            evidence.push(tried.line.clone());
        }
        let fell_back = refusal.is_some() || tried.is_some_and(|tried| tried.tried.errno != 0);
        if let Some(refusal) = refusal.filter(|_| tried.is_none()) {
            let (entry, lines) = self.why_refused(connection, refusal);
            evidence.extend(lines);
            return (entry, fell_back, evidence);
        }
        let wanted = if expected == Expected::Packet { OffloadMode::Packet } else { OffloadMode::Crypto };
        let known = Known {
            // Nobody told of an error: the kernel took it in software. For anything but ESP the daemon does not even ask.
            errno: (sa.protocol == Protocol::Esp).then_some(0),
            tried,
            sa: Some(sa),
            migrated: self.migrated.contains(&slot),
            wanted: Some(wanted),
            direction: Some(direction),
            at: tried.map_or(sa.seen, |tried| tried.at),
            ..Known::default()
        };
        let (entry, lines) = self.why(&known, link);
        evidence.extend(lines);
        (entry, fell_back, evidence)
    }

    fn daemon_is_dead(&self) -> bool {
        self.life.daemon.is_none()
    }
}

fn described(link: &Link) -> String {
    let kind = link.kind.as_ref().map(|kind| format!(" is a {kind} interface;")).unwrap_or_default();
    let driver = link.driver.as_ref().map(|driver| format!(" (driver {driver})")).unwrap_or_default();
    let feature = match link.esp_hw_offload {
        Some(true) => "on",
        Some(false) => "off",
        None => "not told",
    };
    format!("{}{driver}{kind} its esp-hw-offload is {feature}", link.name)
}

fn wrong(expected: Expected, actual: Option<OffloadMode>) -> Option<Code> {
    match (expected, actual) {
        (Expected::Nothing | Expected::Unknown, _) | (_, Some(OffloadMode::Packet)) => None,
        (Expected::Crypto | Expected::Any, Some(OffloadMode::Crypto)) => None,
        (Expected::Packet, Some(OffloadMode::Crypto)) => Some(Code::OffloadDowngraded),
        (_, None) => Some(Code::SaNotOffloaded),
    }
}
