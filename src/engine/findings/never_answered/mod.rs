//! `never-answered`: a tunnel that should be up sends, and in all its life, over all its pairs, has never received one packet.

mod page;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::streak::tunnels_of;
use super::{Fault, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Tunnel;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::traffic::TrafficWindow;
use crate::engine::facts::want::Want;
use crate::model::{Boottime, Code, Direction, OffloadMode, Source, Span};

/// So many packets without an answer.
const PACKETS: u64 = 300;

/// Over so long.
const LASTS: Duration = Duration::from_secs(600);

/// Tunnels that send and have never received; of all others nothing.
#[derive(Debug, Default)]
pub(super) struct NeverAnswered {
    sending: BTreeMap<Slot<Tunnel>, Sending>,
    /// Devices that count what their SAs of packet mode receive.
    counting: BTreeSet<u32>,
}

/// What one has sent.
#[derive(Clone, Copy, Debug)]
struct Sending {
    since: Boottime,
    packets: u64,
    told: bool,
}

impl FindingRule for NeverAnswered {
    fn codes(&self) -> &'static [Code] {
        &[Code::NeverAnswered]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        match (happened, &facts.traffic.window) {
            (Happened::WindowEnded, Some(window)) => self.judge_window(facts, window, say),
            // What is one-way may be said so now.
            (Happened::Reconfigured, _) => {
                self.sending.keys().for_each(|tunnel| say.want(Want::Tunnel(*tunnel)));
            }
            _ => {}
        }
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        for tunnel in &touched.tunnels {
            if facts.claims.tunnel_at(*tunnel).is_none_or(|row| row.children.is_empty()) {
                self.sending.remove(tunnel);
            }
            let fault = self.sending.get(tunnel).filter(|row| row.told && is_meant(facts, *tunnel));
            let fault = fault.map(|row| fault_of(facts, *tunnel, row));
            say.set_faults(facts, *tunnel, fault.into_iter().collect());
        }
        say.tell_faults(facts, words::never_answered, words::OVER);
    }
}

impl NeverAnswered {
    fn judge_window(&mut self, facts: &Facts, window: &TrafficWindow, say: &mut Say<'_>) {
        let counts = window.devices.iter().filter(|(_, on)| on.received.as_ref().is_some_and(|on| on.packet > 0));
        self.counting.extend(counts.map(|(device, _)| *device));
        for tunnel in tunnels_of(window, &self.sending) {
            let flow = facts.claims.flow(tunnel).window(window.number);
            if facts.was_ever_answered(tunnel) {
                if self.sending.remove(&tunnel).is_some() {
                    say.want(Want::Tunnel(tunnel));
                }
                continue;
            }
            // What came and was dropped is another story, with findings of its own.
            let dropped = flow.failed > 0 || flow.replayed > 0;
            if dropped || !facts.newest_stands(tunnel) || !self.is_counted(facts, tunnel) {
                if self.sending.remove(&tunnel).is_some_and(|row| row.told) {
                    say.want(Want::Tunnel(tunnel));
                }
                continue;
            }
            if flow.sent == 0 {
                continue;
            }
            let begins = facts.now.before(window.length);
            let row = self.sending.entry(tunnel).or_insert(Sending { since: begins, packets: 0, told: false });
            row.packets = row.packets.saturating_add(flow.sent.into());
            let is_due = !row.told && row.packets >= PACKETS && facts.now.since(row.since) >= LASTS;
            if is_due && is_meant(facts, tunnel) && !facts.was_told_unanswered(tunnel) {
                row.told = true;
                say.want(Want::ToldUnanswered(tunnel));
                say.want(Want::Tunnel(tunnel));
            }
        }
    }

    /// In packet mode the NIC alone can count, and not each does.
    fn is_counted(&self, facts: &Facts, tunnel: Slot<Tunnel>) -> bool {
        let inbound = facts.claims.newest_child(tunnel).and_then(|child| child.inbound.sa);
        let offload = inbound.and_then(|sa| facts.sad.get(sa)).and_then(|sa| sa.offload);
        offload.is_none_or(|offload| offload.mode != OffloadMode::Packet || self.counting.contains(&offload.ifindex))
    }
}

/// Somebody wants it up, it is no instance of a template, and nobody has said that it goes one way alone.
fn is_meant(facts: &Facts, tunnel: Slot<Tunnel>) -> bool {
    let connection = facts.claims.tunnel_at(tunnel).map(|row| row.connection);
    let row = connection.and_then(|connection| facts.claims.connection_at(connection));
    row.is_some_and(|row| {
        // Where the daemon does not say whether it is to be up: it is.
        let wanted = row.wanted || row.loaded.as_ref().is_none_or(|loaded| loaded.wanted_up.is_none());
        wanted && facts.comes_back(tunnel) && !facts.is_one_way(row)
    })
}

fn fault_of(facts: &Facts, tunnel: Slot<Tunnel>, row: &Sending) -> Fault {
    let child = facts.claims.newest_child(tunnel);
    let sa = child.and_then(|child| child.inbound.sa).and_then(|sa| facts.sad.get(sa));
    let (name, minutes) = (facts.tunnel_text(tunnel), facts.now.since(row.since).as_secs() / 60);
    let mut lines = vec![facts.evidence(Source::Xfrm, words::counted(&name, row.packets, minutes))];
    if let Some(if_id) = sa.map(|sa| sa.if_id).filter(|if_id| *if_id != 0) {
        lines.push(facts.evidence(Source::Xfrm, words::interface(if_id)));
    }
    let spi = child.map(|child| child.claim(Direction::In).spi);
    let fault = Fault::of(Code::NeverAnswered, Span::In).of_connection();
    fault.at(spi, sa.map(|sa| sa.dst)).shown_by(lines)
}
