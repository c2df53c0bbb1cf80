//! `auth-failures` and `replay-drops`: a tunnel drops some of what comes, while the rest passes.

mod page;
mod words;

use std::collections::{BTreeMap, VecDeque};

use super::senders;
use super::streak::{Streak, VOLUME, WindowSeen, is_a_share, tunnels_of};
use super::{Fault, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Tunnel;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::traffic::{Flow, TrafficWindow};
use crate::engine::facts::want::Want;
use crate::model::{Code, Dropped, Reason, Source, Span};

/// Tunnels that drop some of what comes, or may.
#[derive(Debug, Default)]
pub(super) struct TunnelDrops {
    watched: BTreeMap<Slot<Tunnel>, DropsWatch>,
}

/// One tunnel.
#[derive(Debug, Default)]
struct DropsWatch {
    /// Integrity checks that fail.
    failing: Streak<Drops>,
    /// Packets that the replay window refuses.
    replayed: Streak<Drops>,
}

/// What one window of it counted.
#[derive(Clone, Copy, Debug)]
struct Drops {
    received: u64,
}

impl FindingRule for TunnelDrops {
    fn codes(&self) -> &'static [Code] {
        &[Code::AuthFailures, Code::ReplayDrops]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::AUTH_FAILURES, page::REPLAY_DROPS]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        match (happened, &facts.traffic.window) {
            (Happened::WindowEnded, Some(window)) => self.judge_window(facts, window, say),
            (Happened::SendersNamed, _) => self.watched.keys().for_each(|tunnel| say.want(Want::Tunnel(*tunnel))),
            (Happened::SamplingRests, _) => {
                for tunnel in std::mem::take(&mut self.watched).into_keys() {
                    say.want(Want::Tunnel(tunnel));
                }
            }
            _ => {}
        }
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        for tunnel in &touched.tunnels {
            if !self.watched.is_empty() && facts.claims.newest(*tunnel).is_none() {
                self.watched.remove(tunnel);
            }
            let watch = self.watched.get(tunnel);
            let faults = watch.map(|watch| faults(facts, *tunnel, watch, say)).unwrap_or_default();
            say.set_faults(facts, *tunnel, faults);
        }
        say.tell_faults(facts, words::tunnel_drops, words::OVER);
    }
}

impl TunnelDrops {
    fn judge_window(&mut self, facts: &Facts, window: &TrafficWindow, say: &mut Say<'_>) {
        for tunnel in tunnels_of(window, &self.watched) {
            let flow = facts.claims.flow(tunnel).window(window.number);
            let failing = seen(facts, tunnel, window, &flow, (flow.failed, "failed their integrity check"));
            let replayed = seen(facts, tunnel, window, &flow, (flow.replayed, "were refused by the replay window"));
            if failing.is_none() && replayed.is_none() && !self.watched.contains_key(&tunnel) {
                continue;
            }
            if failing.is_some() || replayed.is_some() {
                say.want(Want::NameSenders);
            }
            let watch = self.watched.entry(tunnel).or_default();
            let changed = [watch.failing.window(failing, carries), watch.replayed.window(replayed, carries)];
            if watch.failing.is_idle() && watch.replayed.is_idle() {
                self.watched.remove(&tunnel);
            }
            if changed.contains(&true) {
                say.want(Want::Tunnel(tunnel));
            }
        }
    }
}

fn seen(
    facts: &Facts,
    tunnel: Slot<Tunnel>,
    window: &TrafficWindow,
    flow: &Flow,
    (dropped, what): (u32, &str),
) -> Option<WindowSeen<Drops>> {
    let (dropped, received) = (u64::from(dropped), u64::from(flow.received));
    if dropped < VOLUME || !is_a_share(dropped, received + dropped) {
        return None;
    }
    let (name, seconds) = (facts.tunnel_text(tunnel), window.length.as_secs());
    let text = format!("{name}: in {seconds} s {dropped} packets {what}, {received} passed");
    Some(WindowSeen { counted: Drops { received }, line: facts.evidence(Source::Xfrm, text) })
}

/// The tunnel still carries traffic, in each of the windows: where nothing passes any more, it is a blackhole in the making.
fn carries(held: &VecDeque<WindowSeen<Drops>>) -> bool {
    held.iter().all(|seen| seen.counted.received > 0)
}

fn faults(facts: &Facts, tunnel: Slot<Tunnel>, watch: &DropsWatch, say: &Say<'_>) -> Vec<Fault> {
    let child = facts.claims.newest_child(tunnel);
    let sa = child.and_then(|child| child.inbound.sa).and_then(|sa| facts.sad.get(sa));
    let streaks = [
        (&watch.failing, Code::AuthFailures, (Reason::AuthFailed, Dropped::Integrity)),
        (&watch.replayed, Code::ReplayDrops, (Reason::Replay, Dropped::Replay)),
    ];
    let is_so = |streak: &Streak<Drops>, code| streak.is_open() && say.tunnel_causes(code, tunnel).next().is_none();
    let open = streaks.into_iter().filter(|(streak, code, _)| is_so(streak, *code));
    open.map(|(streak, code, (reason, why))| {
        let device = sa.and_then(|sa| sa.offload).map(|offload| facts.links.name(offload.ifindex));
        let fault = Fault::of(code, Span::In).of_connection().because(reason).on(device);
        let fault = fault.at(child.map(|child| child.inbound.spi), sa.map(|sa| sa.dst)).shown_by(streak.evidence());
        fault.shown_by(senders::failing(facts, tunnel, why))
    })
    .collect()
}
