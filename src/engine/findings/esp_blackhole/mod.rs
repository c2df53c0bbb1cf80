//! `esp-blackhole`: a tunnel carried both ways before, and now carries one way alone; or this end drops all that comes on a known SA. IKE's
//! liveness shows nothing of it.

mod page;
mod silence;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use self::silence::{SilentWindow, enough, why};
use super::streak::{Streak, WindowSeen, tunnels_of};
use super::{Fault, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Tunnel;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::traffic::{Flow, TrafficWindow};
use crate::engine::facts::want::Want;
use crate::model::{Code, Direction, Reason, Source, Span};

/// Tunnels that carry one way alone, or may; of what carries as it should, nothing.
#[derive(Debug, Default)]
pub(super) struct EspBlackhole {
    watched: BTreeMap<Slot<Tunnel>, TunnelWatch>,
}

/// One tunnel.
#[derive(Debug, Default)]
struct TunnelWatch {
    /// Nothing comes though it sends, or what comes is dropped.
    deaf: Streak<SilentWindow>,
    /// Nothing is sent though something comes.
    mute: Streak<SilentWindow>,
}

impl FindingRule for EspBlackhole {
    fn codes(&self) -> &'static [Code] {
        &[Code::EspBlackhole]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        match (happened, &facts.traffic.window) {
            (Happened::WindowEnded, Some(window)) => self.judge_window(facts, window, say),
            (Happened::SamplingRests, _) => {
                for tunnel in std::mem::take(&mut self.watched).into_keys() {
                    say.want(Want::Tunnel(tunnel));
                }
                say.foresee(Code::EspBlackhole, Vec::new());
            }
            _ => {}
        }
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        for tunnel in &touched.tunnels {
            if !self.watched.is_empty() && facts.claims.newest(*tunnel).is_none() {
                self.watched.remove(tunnel);
            }
            let fault = self.watched.get(tunnel).and_then(|watch| {
                let (fault, streak) = fault(facts, *tunnel, watch, Streak::is_open)?;
                let is_explained = facts
                    .claims
                    .tunnel_at(*tunnel)
                    .is_some_and(|row| fault.span == Span::Out && say.is_explained(Code::EspBlackhole, row.connection));
                (!is_explained).then(|| fault.shown_by(streak.evidence()))
            });
            say.set_faults(facts, *tunnel, fault.into_iter().collect());
        }
        say.tell_faults(facts, words::esp_blackhole, words::OVER);
    }
}

impl EspBlackhole {
    fn judge_window(&mut self, facts: &Facts, window: &TrafficWindow, say: &mut Say<'_>) {
        // A packet on an unknown SA names no tunnel. It explains a silence only where one tunnel alone is silent.
        let flow = |tunnel| facts.claims.flow(tunnel).window(window.number);
        let alone = window.tunnels.iter().filter(|tunnel| is_deaf(&flow(**tunnel))).count() == 1;
        for tunnel in tunnels_of(window, &self.watched) {
            let stands = facts.newest_stands(tunnel);
            let flow = Some(flow(tunnel)).filter(|_| stands);
            let deaf = flow.filter(is_deaf).map(|flow| deaf(facts, tunnel, &flow, window, alone));
            let mute = flow.filter(is_mute).map(|flow| mute(facts, tunnel, &flow, window));
            if deaf.is_none() && mute.is_none() && !self.watched.contains_key(&tunnel) {
                continue;
            }
            let watch = self.watched.entry(tunnel).or_default();
            let changed = [watch.deaf.window(deaf, enough), watch.mute.window(mute, enough)];
            if watch.deaf.is_idle() && watch.mute.is_idle() {
                self.watched.remove(&tunnel);
            }
            if changed.contains(&true) {
                say.want(Want::Tunnel(tunnel));
            }
        }
        let next = self.watched.iter().filter_map(|(tunnel, watch)| fault(facts, *tunnel, watch, Streak::lacks_one));
        say.foresee(Code::EspBlackhole, next.map(|(fault, _)| fault).collect());
    }
}

/// Nothing came that was delivered, though something should have.
fn is_deaf(flow: &Flow) -> bool {
    let dropped = flow.failed > 0 || flow.replayed > 0;
    flow.received == 0 && (dropped || flow.sent > 0 && flow.carried_both_ways())
}

/// Nothing was sent, though it should have been answered.
fn is_mute(flow: &Flow) -> bool {
    flow.sent == 0 && flow.received > 0 && flow.carried_both_ways()
}

fn deaf(
    facts: &Facts,
    tunnel: Slot<Tunnel>,
    flow: &Flow,
    window: &TrafficWindow,
    alone: bool,
) -> WindowSeen<SilentWindow> {
    let (failed, replayed) = (u64::from(flow.failed), u64::from(flow.replayed));
    let sent = if flow.carried_both_ways() { u64::from(flow.sent) } else { 0 };
    let stateless = window.grown("XfrmInNoStates").filter(|_| alone).unwrap_or(0);
    let nic = dropped_by_nic(facts, tunnel, Direction::In, window);
    let unsent = dropped_by_nic(facts, tunnel, Direction::Out, window);
    let counts = [
        (failed, "failed their integrity check"),
        (replayed, "were refused by the replay window"),
        (nic, "were dropped by the NIC"),
        (unsent, "were dropped by the NIC on their way out"),
        (stateless, "arrived for SAs that this host does not have"),
    ];
    let text = format!("{} packets were sent and none received", flow.sent);
    let packets = sent.max(failed + replayed);
    let counted = SilentWindow { packets, failed, replayed, nic, unsent, stateless };
    seen(facts, tunnel, window, counted, text, &counts)
}

fn mute(facts: &Facts, tunnel: Slot<Tunnel>, flow: &Flow, window: &TrafficWindow) -> WindowSeen<SilentWindow> {
    let nic = dropped_by_nic(facts, tunnel, Direction::Out, window);
    let text = format!("{} packets were received and none sent", flow.received);
    let counted = SilentWindow { packets: u64::from(flow.received), nic, ..SilentWindow::default() };
    seen(facts, tunnel, window, counted, text, &[(nic, "were dropped by the NIC")])
}

fn seen(
    facts: &Facts,
    tunnel: Slot<Tunnel>,
    window: &TrafficWindow,
    counted: SilentWindow,
    text: String,
    counts: &[(u64, &str)],
) -> WindowSeen<SilentWindow> {
    let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("; {count} {what}"));
    let (name, seconds) = (facts.tunnel_text(tunnel), window.length.as_secs());
    let text = format!("{name}: in {seconds} s {text}{}", counts.collect::<String>());
    WindowSeen { counted, line: facts.evidence(Source::Xfrm, text) }
}

fn dropped_by_nic(facts: &Facts, tunnel: Slot<Tunnel>, direction: Direction, window: &TrafficWindow) -> u64 {
    let newest = facts.claims.newest_child(tunnel);
    let sa = newest.and_then(|child| child.claim(direction).sa).and_then(|sa| facts.sad.get(sa));
    let on = sa.and_then(|sa| sa.offload).and_then(|offload| window.devices.get(&offload.ifindex));
    on.map_or(0, |on| on.dropped(direction))
}

/// The blackhole that a tunnel is, or is to be, where its silence is so far; and that silence.
fn fault<'a>(
    facts: &Facts,
    tunnel: Slot<Tunnel>,
    watch: &'a TunnelWatch,
    is_so: impl Fn(&Streak<SilentWindow>) -> bool,
) -> Option<(Fault, &'a Streak<SilentWindow>)> {
    let (direction, streak) = match (is_so(&watch.deaf), is_so(&watch.mute)) {
        (true, _) => (Direction::In, &watch.deaf),
        (false, true) => (Direction::Out, &watch.mute),
        (false, false) => return None,
    };
    let (direction, reason) = match why(direction, streak) {
        (direction, Reason::NoAnswer) if facts.may_be_crossed(tunnel) => (direction, Reason::TwoPairs),
        known => known,
    };
    let claim = facts.claims.newest_child(tunnel)?.claim(direction);
    let sa = claim.sa.and_then(|sa| facts.sad.get(sa));
    let device = sa.and_then(|sa| sa.offload).map(|offload| facts.links.name(offload.ifindex));
    let fault = Fault::of(Code::EspBlackhole, direction.into()).of_connection().because(reason).critical();
    Some((fault.at(Some(claim.spi), sa.map(|sa| sa.dst)).on(device), streak))
}
