//! `sa-expiring`: the newest SA of a tunnel is close to a limit at which the kernel removes it or stops it, and has no successor.

mod page;
#[cfg(test)]
mod tests;
mod words;

use super::{Fault, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Tunnel;
use crate::engine::facts::near::Near;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::model::{Code, Direction, Span};

/// It remembers nothing: the SAs that are close to a limit are facts.
#[derive(Debug, Default)]
pub(super) struct SaExpiring;

impl FindingRule for SaExpiring {
    fn codes(&self) -> &'static [Code] {
        &[Code::SaExpiring]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        for tunnel in &touched.tunnels {
            say.set_faults(facts, *tunnel, expiring(facts, *tunnel).unwrap_or_default());
        }
        say.tell_faults(facts, words::sa_expiring, words::OVER);
    }
}

/// The newest pair's limits that are near, unless a successor is being negotiated.
fn expiring(facts: &Facts, tunnel: Slot<Tunnel>) -> Option<Vec<Fault>> {
    if facts.near.is_empty() {
        return None;
    }
    let connection = facts.claims.connection_at(facts.claims.tunnel_at(tunnel)?.connection);
    if connection.is_some_and(|connection| connection.negotiating.is_some()) {
        return None;
    }
    let child = facts.claims.newest_child(tunnel)?;
    let near = |direction| {
        let slot = child.claim(direction).sa?;
        Some((facts.sad.get(slot)?, facts.near.get(&slot)?))
    };
    let fault = |span, (sa, near): (&Sa, &Near)| {
        let device = sa.offload.map(|offload| facts.links.name(offload.ifindex));
        let fault = Fault::of(Code::SaExpiring, span).because(near.reason).at(Some(sa.spi), Some(sa.dst)).on(device);
        fault.shown_by([near.evidence.clone()])
    };
    Some(match (near(Direction::Out), near(Direction::In)) {
        (Some(out), Some(inn)) if out.1.reason == inn.1.reason => {
            vec![fault(Span::Both, out).shown_by([inn.1.evidence.clone()])]
        }
        (out, inn) => {
            let one = |span, found: Option<_>| found.map(|found| fault(span, found));
            one(Span::Out, out).into_iter().chain(one(Span::In, inn)).collect()
        }
    })
}
