//! A window has ended: which rules look at it.

use std::collections::{BTreeMap, BTreeSet};

use super::blackhole::Silence;
use super::hw_sw_mismatch::Test;
use super::streak::Streak;
use super::tunnel_drops::Drops;
use super::words;
use crate::engine::Engine;
use crate::engine::facts::claims::Tunnel;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::traffic::Window;
use crate::engine::findings::Fault;
use crate::model::{Code, Direction, Effect, Source};

/// What is remembered from window to window; of what carries as it should, nothing.
#[derive(Debug, Default)]
pub struct Watched {
    /// Tunnels that carry one way alone, or drop what comes.
    pub tunnels: BTreeMap<Slot<Tunnel>, Watch>,
    /// Devices whose counters and SAs are compared.
    pub devices: BTreeMap<(u32, Direction), Test>,
    /// Devices that drop.
    pub dropping: BTreeMap<u32, Streak<()>>,
    /// Packets on SAs that the kernel has not.
    pub no_state: Streak<u64>,
}

/// One tunnel.
#[derive(Debug, Default)]
pub struct Watch {
    /// Nothing comes though it sends, or what comes is dropped.
    pub deaf: Streak<Silence>,
    /// Nothing is sent though something comes.
    pub mute: Streak<Silence>,
    /// Integrity checks that fail.
    pub failing: Streak<Drops>,
    /// Packets that the replay window refuses.
    pub replayed: Streak<Drops>,
}

impl Watch {
    fn is_idle(&self) -> bool {
        self.deaf.is_idle() && self.mute.is_idle() && self.failing.is_idle() && self.replayed.is_idle()
    }
}

impl Engine {
    pub(in crate::engine) fn judge_window(&mut self, window: &Window, out: &mut Vec<Effect>) {
        let mut tunnels: BTreeSet<_> = window.tunnels.iter().copied().collect();
        tunnels.extend(self.rules.watched.tunnels.keys().copied());
        // A packet on an unknown SA names no tunnel. It explains a silence only where one tunnel alone is silent.
        let silent = tunnels.iter().filter(|slot| self.facts.is_deaf(**slot, window.number)).count();
        for slot in tunnels {
            let mut watch = self.rules.watched.tunnels.remove(&slot).unwrap_or_default();
            let changed = [
                self.facts.judge_silence(slot, &mut watch, window, silent == 1),
                self.facts.judge_drops(slot, &mut watch, window),
            ];
            if !watch.is_idle() {
                self.rules.watched.tunnels.insert(slot, watch);
            }
            if changed.contains(&true) {
                self.facts.touch_tunnel(slot);
            }
        }
        self.judge_who_encrypts(window, out);
        self.judge_nic_drops(window, out);
        self.judge_no_state(window, out);
    }

    /// Nothing is sampled any more: what was said of the traffic cannot be said again.
    pub(in crate::engine) fn traffic_is_not_judged(&mut self, out: &mut Vec<Effect>) {
        let watched = std::mem::take(&mut self.rules.watched);
        for slot in watched.tunnels.into_keys() {
            self.facts.touch_tunnel(slot);
        }
        for code in [Code::HwSwMismatch, Code::NicDrops, Code::NoStateDrops] {
            for open in self.book.with_code(code) {
                let why = self.facts.evidence(Source::Engine, words::over(code));
                self.book.close(&open, why, self.facts.now, out);
            }
        }
    }

    /// What is wrong with a tunnel's traffic.
    pub(super) fn traffic_faults(&self, slot: Slot<Tunnel>) -> Vec<Fault> {
        let Some(watch) = self.rules.watched.tunnels.get(&slot) else { return Vec::new() };
        match self.facts.blackhole(slot, watch) {
            Some(fault) => vec![fault],
            // Where nothing passes at all, the counters are its evidence.
            None => self.facts.tunnel_drops(slot, watch),
        }
    }
}
