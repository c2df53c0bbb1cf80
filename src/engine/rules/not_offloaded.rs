//! `sa-not-offloaded` and `offload-downgraded`: what the newest SA should have, and what it has.

use super::faults::Fault;
use crate::engine::Engine;
use crate::engine::claims::{Child, Connection};
use crate::engine::expect::Expected;
use crate::engine::sad::Sa;
use crate::engine::slab::Slot;
use crate::model::{Code, Direction, Evidence, OffloadMode, Reason, Severity, Source, Span};

impl Engine {
    pub(super) fn not_offloaded(&self, connection: Slot<Connection>, child: Slot<Child>) -> Vec<Fault> {
        let (expected, critical) = self.expected(connection);
        if !expected.is_some() || self.daemon_is_dead() {
            return Vec::new();
        }
        let severity = if critical { Severity::Critical } else { Severity::Warning };
        let legs = [(Direction::Out, Span::Out), (Direction::In, Span::In)];
        let fault = |(direction, span)| {
            let sa = self.sad.get(self.claims.child_at(child)?.claim(direction).sa?)?;
            let code = wrong(expected, sa.offload.map(|offload| offload.mode))?;
            Some(self.offload_fault(code, sa, (direction, span), child, severity))
        };
        legs.into_iter().filter_map(fault).collect()
    }

    fn offload_fault(
        &self,
        code: Code,
        sa: &Sa,
        (direction, span): (Direction, Span),
        child: Slot<Child>,
        severity: Severity,
    ) -> Fault {
        let local = if direction == Direction::Out { sa.src } else { sa.dst };
        let link = match sa.offload {
            Some(offload) => self.links.get(offload.ifindex),
            None => self.links.holding(local),
        };
        let device = link.map(|link| link.name.clone());
        let fell_back = self.rules.fell_back.get(&child);
        let virtual_kind = link.and_then(|link| link.kind.as_deref()).filter(|kind| *kind != "bond");
        let reason = match (fell_back, virtual_kind) {
            (Some(_), _) => Reason::FellBack,
            (None, Some(_)) => Reason::DeviceNotCapable,
            (None, None) => Reason::Unknown,
        };
        let id = sa.id(self.started.netns);
        let what = if code == Code::OffloadDowngraded {
            "crypto offload where packet offload was asked for"
        } else {
            "no offload"
        };
        let mut evidence: Vec<Evidence> = fell_back.cloned().unwrap_or_default();
        evidence.push(self.evidence(Source::Xfrm, format!("{id} is in the kernel with {what}")));
        if let Some(link) = link {
            let kind = link.kind.as_ref().map(|kind| format!(" is a {kind} interface;")).unwrap_or_default();
            let feature = match link.esp_hw_offload {
                Some(true) => "on",
                Some(false) => "off",
                None => "not told",
            };
            evidence.push(self.evidence(Source::Links, format!("{}{kind} its esp-hw-offload is {feature}", link.name)));
        }
        Fault { code, span, reason, severity, spi: Some(sa.spi), dst: Some(sa.dst), device, evidence }
    }

    fn daemon_is_dead(&self) -> bool {
        self.life.daemon.is_none()
    }
}

fn wrong(expected: Expected, actual: Option<OffloadMode>) -> Option<Code> {
    match (expected, actual) {
        (Expected::Nothing | Expected::Unknown, _) | (_, Some(OffloadMode::Packet)) => None,
        (Expected::Crypto | Expected::Any, Some(OffloadMode::Crypto)) => None,
        (Expected::Packet, Some(OffloadMode::Crypto)) => Some(Code::OffloadDowngraded),
        (_, None) => Some(Code::SaNotOffloaded),
    }
}
