//! `nat-moved`: the peer's packets come from a new address or port, and the outbound SA still sends to the old one.

mod page;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::{Fault, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Tunnel};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::mappings::{MovedPeer, SendPlace};
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::want::Want;
use crate::model::{Code, Source, Span};

/// A peer that says by IKE that it has moved has said so by then, and its SAs were moved or made anew.
const PATIENCE: Duration = Duration::from_secs(15);

/// Tunnels of which it speaks.
#[derive(Debug, Default)]
pub(super) struct NatMoved {
    told: BTreeMap<Slot<Tunnel>, MoveTold>,
}

/// What is said of one.
#[derive(Debug)]
struct MoveTold {
    what: MoveSaid,
    fault: Fault,
}

/// Of a peer that is nowhere for long its place is not said, and so does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MoveSaid {
    child: Slot<Child>,
    restless: bool,
    sender: Option<SocketAddr>,
    place: SendPlace,
}

impl FindingRule for NatMoved {
    fn codes(&self) -> &'static [Code] {
        &[Code::NatMoved]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, _facts: &Facts, say: &mut Say<'_>) {
        // An event that would have ended it may have been lost.
        if matches!(happened, Happened::WindowEnded) {
            self.told.keys().for_each(|tunnel| say.want(Want::Tunnel(*tunnel)));
        }
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        for tunnel in &touched.tunnels {
            let fault = self.judge(facts, *tunnel, say);
            say.set_faults(facts, *tunnel, fault.into_iter().collect());
        }
        let told = &self.told;
        let what = |fault: &Fault| {
            let of = told.values().find(|told| (told.fault.spi, told.fault.dst) == (fault.spi, fault.dst));
            of.map(|told| told.what)
        };
        say.tell_faults(facts, |fault, whose| words::moved(what(fault), whose), words::OVER);
    }
}

impl NatMoved {
    fn judge(&mut self, facts: &Facts, tunnel: Slot<Tunnel>, say: &mut Say<'_>) -> Option<Fault> {
        let Some(moved) = facts.moved(tunnel) else {
            self.told.remove(&tunnel);
            return None;
        };
        if !self.told.contains_key(&tunnel) {
            if moved.mapping.is_back() || !moved.mapping.lasts() {
                return None;
            }
            let due = moved.mapping.resumed + PATIENCE;
            if facts.now < due {
                say.want(Want::TunnelAt(due, tunnel));
                return None;
            }
        }
        let what = what(&moved);
        let told = self.told.entry(tunnel).or_insert_with(|| MoveTold { what, fault: fault_of(facts, tunnel, &moved) });
        if told.what != what {
            *told = MoveTold { what, fault: fault_of(facts, tunnel, &moved) };
        }
        Some(told.fault.clone())
    }
}

fn what(moved: &MovedPeer) -> MoveSaid {
    let restless = moved.mapping.is_restless();
    let sender = moved.mapping.sender.filter(|_| !restless);
    MoveSaid { child: moved.child, restless, sender, place: moved.place }
}

fn fault_of(facts: &Facts, tunnel: Slot<Tunnel>, moved: &MovedPeer) -> Fault {
    let name = facts.tunnel_text(tunnel);
    let lines = [words::came(&name, moved), words::sends(&name, moved)];
    let fault = Fault::of(Code::NatMoved, Span::Out).of_connection();
    let lines = lines.map(|line| facts.evidence(Source::Xfrm, line));
    fault.at(Some(moved.outbound), Some(moved.place.address)).shown_by(lines)
}
