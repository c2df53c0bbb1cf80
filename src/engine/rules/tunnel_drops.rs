//! `auth-failures` and `replay-drops`: a tunnel drops some of what comes, while the rest passes.

use std::collections::VecDeque;

use super::streak::{Seen, VOLUME, is_a_share};
use super::traffic::Watch;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Tunnel;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::traffic::Window;
use crate::engine::findings::Fault;
use crate::model::{Code, Evidence, Reason, Source, Span};

/// What one window of it counted.
#[derive(Clone, Copy, Debug)]
pub struct Drops {
    received: u64,
}

impl Facts {
    /// Whether something opened or closed.
    pub(super) fn judge_drops(&self, slot: Slot<Tunnel>, watch: &mut Watch, window: &Window) -> bool {
        let Some(tunnel) = self.claims.tunnel_at(slot) else { return false };
        let flow = self.claims.flow(slot).window(window.number);
        let received = u64::from(flow.received);
        let (name, instance) = (self.connection_text(tunnel.connection), self.instance_text(slot).unwrap_or_default());
        let seen = |dropped: u32, what: &str| {
            let dropped = u64::from(dropped);
            (dropped >= VOLUME && is_a_share(dropped, received + dropped)).then(|| {
                let seconds = window.length.as_secs();
                let text = format!("{name}{instance}: in {seconds} s {dropped} packets {what}, {received} passed");
                Seen { counted: Drops { received }, line: self.evidence(Source::Xfrm, text) }
            })
        };
        let failing = watch.failing.window(seen(flow.failed, "failed their integrity check"), carries);
        let replayed = watch.replayed.window(seen(flow.replayed, "were refused by the replay window"), carries);
        failing || replayed
    }

    pub(super) fn tunnel_drops(&self, slot: Slot<Tunnel>, watch: &Watch) -> Vec<Fault> {
        let child = self.claims.newest_child(slot);
        let sa = child.and_then(|child| child.inbound.sa).and_then(|sa| self.sad.get(sa));
        let fault = |code, reason, evidence: Vec<Evidence>| {
            let device = sa.and_then(|sa| sa.offload).map(|offload| self.links.name(offload.ifindex));
            let fault = Fault::of(code, Span::In).of_connection().because(reason);
            fault.at(child.map(|child| child.inbound.spi), sa.map(|sa| sa.dst)).on(device).shown_by(evidence)
        };
        let streaks = [
            (&watch.failing, Code::AuthFailures, Reason::AuthFailed),
            (&watch.replayed, Code::ReplayDrops, Reason::Replay),
        ];
        let open = streaks.into_iter().filter(|(streak, ..)| streak.is_open());
        open.map(|(streak, code, reason)| fault(code, reason, streak.evidence())).collect()
    }
}

/// The tunnel still carries traffic, in each of the windows: where nothing passes any more, it is a blackhole in the making.
fn carries(held: &VecDeque<Seen<Drops>>) -> bool {
    held.iter().all(|seen| seen.counted.received > 0)
}
