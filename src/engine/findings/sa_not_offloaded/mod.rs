//! `sa-not-offloaded` and `offload-downgraded`: what the newest SA should have, and what it has.

mod pages;
#[cfg(test)]
mod tests;
mod why;
mod words;

use self::why::why_in_software;
use super::{Fault, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection, Tunnel};
use crate::engine::facts::expect::Expected;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::model::{Code, Direction, OffloadMode, Reason, Severity, Source, Span};

/// It remembers nothing: what every SA should have, and has, are facts.
#[derive(Debug, Default)]
pub(super) struct SaNotOffloaded;

/// Whose SA it is: of this Child SA of a connection, which should have this.
#[derive(Clone, Copy, Debug)]
struct Of {
    connection: Slot<Connection>,
    child: Slot<Child>,
    expected: Expected,
}

impl FindingRule for SaNotOffloaded {
    fn codes(&self) -> &'static [Code] {
        &[Code::SaNotOffloaded, Code::OffloadDowngraded]
    }

    fn pages(&self) -> &'static [Page] {
        pages::PAGES
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        for tunnel in &touched.tunnels {
            say.set_faults(facts, *tunnel, not_offloaded(facts, *tunnel));
        }
        say.tell_faults(facts, words::not_offloaded, words::OVER);
    }
}

fn not_offloaded(facts: &Facts, tunnel: Slot<Tunnel>) -> Vec<Fault> {
    let row = facts.claims.tunnel_at(tunnel);
    let Some((connection, child)) = row.map(|row| row.connection).zip(facts.claims.newest(tunnel)) else {
        return Vec::new();
    };
    let (expected, critical) = facts.expected(connection);
    if !expected.is_some() || facts.life.daemon.is_none() {
        return Vec::new();
    }
    let of = Of { connection, child, expected };
    let severity = if critical { Severity::Critical } else { Severity::Warning };
    let legs = [(Direction::Out, Span::Out), (Direction::In, Span::In)];
    let fault = |(direction, span)| {
        let slot = facts.claims.child_at(child)?.claim(direction).sa?;
        let sa = facts.sad.get(slot)?;
        let code = wrong(expected, sa.offload.map(|offload| offload.mode))?;
        // A person wanted it so.
        if facts.evacuation_of(connection, sa).is_some() {
            return None;
        }
        Some(describe(facts, Fault::of(code, span).rated(severity), (slot, sa), direction, of))
    };
    legs.into_iter().filter_map(fault).collect()
}

fn describe(facts: &Facts, fault: Fault, (slot, sa): (Slot<Sa>, &Sa), direction: Direction, of: Of) -> Fault {
    let local = if direction == Direction::Out { sa.src } else { sa.dst };
    let link = match sa.offload {
        Some(offload) => facts.links.get(offload.ifindex),
        None => facts.links.holding(local),
    };
    let why = why_in_software(facts, (slot, sa), direction, link, of);
    let reason = match why.entry {
        Some(entry) => entry.reason,
        None if why.fell_back => Reason::FellBack,
        None => Reason::Unknown,
    };
    let is = facts.evidence(Source::Xfrm, words::is_in_kernel(sa.id(facts.started.netns), fault.code));
    let on = link.map(|link| facts.evidence(Source::Links, words::link(link)));
    let lines = why.lines.into_iter().chain([is]).chain(on);
    let device = link.map(|link| link.name.clone());
    fault.because(reason).known_as(why.entry).at(Some(sa.spi), Some(sa.dst)).on(device).shown_by(lines)
}

fn wrong(expected: Expected, actual: Option<OffloadMode>) -> Option<Code> {
    match (expected, actual) {
        (Expected::Nothing | Expected::Unknown, _) | (_, Some(OffloadMode::Packet)) => None,
        (Expected::Crypto | Expected::Any, Some(OffloadMode::Crypto)) => None,
        (Expected::Packet, Some(OffloadMode::Crypto)) => Some(Code::OffloadDowngraded),
        (_, None) => Some(Code::SaNotOffloaded),
    }
}
