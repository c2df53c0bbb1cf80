//! `esp-blackhole`: a tunnel carried both ways before, and now carries one way alone; or this end drops all that comes on a known SA. IKE's
//! liveness shows nothing of it.

use std::collections::VecDeque;

use super::streak::{Seen, Streak, VOLUME};
use super::traffic::Watch;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Tunnel;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::traffic::Window;
use crate::engine::findings::Fault;
use crate::model::{Code, Direction, Reason, Source};

/// What one window of it counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silence {
    /// Packets the other way, or packets that came and were dropped: what should have had an effect.
    packets: u64,
    failed: u64,
    replayed: u64,
    /// Dropped by the NIC.
    nic: u64,
    /// Dropped by the NIC on the way out, so that no answer can come.
    unsent: u64,
    /// On SAs that the kernel has not.
    stateless: u64,
}

impl Facts {
    /// Nothing came that was delivered, though something should have.
    pub(super) fn is_deaf(&self, slot: Slot<Tunnel>, sampling: u32) -> bool {
        let flow = self.claims.flow(slot).window(sampling);
        let dropped = flow.failed > 0 || flow.replayed > 0;
        flow.received == 0 && (dropped || flow.sent > 0 && flow.carried_both_ways())
    }

    /// Whether something opened or closed.
    pub(super) fn judge_silence(&self, slot: Slot<Tunnel>, watch: &mut Watch, window: &Window, alone: bool) -> bool {
        let Some(tunnel) = self.claims.tunnel_at(slot) else { return false };
        let flow = self.claims.flow(slot).window(window.number);
        // Without one of its SAs, that is what is wrong.
        let stands = self.newest_stands(slot);
        let seconds = window.length.as_secs();
        let (name, instance) = (self.connection_text(tunnel.connection), self.instance_text(slot).unwrap_or_default());
        let line = |text| self.evidence(Source::Xfrm, format!("{name}{instance}: in {seconds} s {text}"));

        let deaf = (stands && self.is_deaf(slot, window.number)).then(|| {
            let (failed, replayed) = (u64::from(flow.failed), u64::from(flow.replayed));
            let sent = if flow.carried_both_ways() { u64::from(flow.sent) } else { 0 };
            let stateless = window.grown("XfrmInNoStates").filter(|_| alone).unwrap_or(0);
            let nic = self.dropped_by_nic(slot, Direction::In, window);
            let unsent = self.dropped_by_nic(slot, Direction::Out, window);
            let mut text = format!("{} packets were sent and none received", flow.sent);
            for (count, what) in [
                (failed, "failed their integrity check"),
                (replayed, "were refused by the replay window"),
                (nic, "were dropped by the NIC"),
                (unsent, "were dropped by the NIC on their way out"),
                (stateless, "came to this host on SAs that it has not"),
            ] {
                if count > 0 {
                    text.push_str(&format!("; {count} {what}"));
                }
            }
            let packets = sent.max(failed + replayed);
            Seen { counted: Silence { packets, failed, replayed, nic, unsent, stateless }, line: line(text) }
        });
        let is_mute = stands && flow.sent == 0 && flow.received > 0 && flow.carried_both_ways();
        let mute = is_mute.then(|| {
            let nic = self.dropped_by_nic(slot, Direction::Out, window);
            let mut text = format!("{} packets were received and none sent", flow.received);
            if nic > 0 {
                text.push_str(&format!("; {nic} were dropped by the NIC"));
            }
            let counted = Silence { packets: u64::from(flow.received), nic, ..Silence::default() };
            Seen { counted, line: line(text) }
        });
        let changed = [watch.deaf.window(deaf, enough), watch.mute.window(mute, enough)];
        changed.contains(&true)
    }

    fn dropped_by_nic(&self, slot: Slot<Tunnel>, direction: Direction, window: &Window) -> u64 {
        let newest = self.claims.newest_child(slot);
        let sa = newest.and_then(|child| child.claim(direction).sa).and_then(|sa| self.sad.get(sa));
        let on = sa.and_then(|sa| sa.offload).and_then(|offload| window.devices.get(&offload.ifindex));
        on.map_or(0, |on| on.dropped(direction))
    }

    pub(super) fn blackhole(&self, slot: Slot<Tunnel>, watch: &Watch) -> Option<Fault> {
        self.silence(slot, watch, Streak::is_open)
    }

    /// The blackhole that a tunnel is, or is to be, where its silence is so far.
    pub(super) fn silence(
        &self,
        slot: Slot<Tunnel>,
        watch: &Watch,
        is_so: impl Fn(&Streak<Silence>) -> bool,
    ) -> Option<Fault> {
        let (direction, streak) = match (is_so(&watch.deaf), is_so(&watch.mute)) {
            (true, _) => (Direction::In, &watch.deaf),
            (false, true) => (Direction::Out, &watch.mute),
            (false, false) => return None,
        };
        let (direction, reason) = why(direction, streak);
        let child = self.claims.newest_child(slot)?;
        let claim = child.claim(direction);
        let sa = claim.sa.and_then(|sa| self.sad.get(sa));
        let device = sa.and_then(|sa| sa.offload).map(|offload| self.links.name(offload.ifindex));
        let fault = Fault::of(Code::EspBlackhole, direction.into()).of_connection().because(reason).critical();
        Some(fault.at(Some(claim.spi), sa.map(|sa| sa.dst)).on(device).shown_by(streak.evidence()))
    }
}

fn enough(held: &VecDeque<Seen<Silence>>) -> bool {
    held.iter().map(|seen| seen.counted.packets).fold(0, u64::saturating_add) >= VOLUME
}

/// What happened in each of the windows, and to a tenth of the packets at least, is why; and which way the packets go that are lost.
fn why(direction: Direction, streak: &Streak<Silence>) -> (Direction, Reason) {
    let counted = || streak.held().iter().map(|seen| &seen.counted);
    let sum = |of: fn(&Silence) -> u64| counted().map(of).fold(0, u64::saturating_add);
    let always = |of: fn(&Silence) -> u64| counted().all(|counted| of(counted) > 0);
    let explains = |of| always(of) && sum(of).saturating_mul(10) >= sum(|counted| counted.packets);
    // Counted on this very SA, and nothing else came: who sends much may be answered little.
    let is_all = |of| always(of) && (explains(of) || sum(of) >= VOLUME);
    let reason = match direction {
        Direction::In if is_all(|counted| counted.failed) => Reason::AuthFailed,
        Direction::In if is_all(|counted| counted.replayed) => Reason::Replay,
        _ if explains(|counted| counted.nic) => Reason::NicDrop,
        Direction::In if explains(|counted| counted.unsent) => return (Direction::Out, Reason::NicDrop),
        Direction::In if explains(|counted| counted.stateless) => Reason::NoState,
        Direction::In => Reason::NoAnswer,
        Direction::Out => Reason::Unknown,
    };
    (direction, reason)
}
