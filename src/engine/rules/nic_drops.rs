//! `nic-drops`: a device drops packets of its SAs, while others pass or no tunnel tells of it.

use super::blackhole::Silence;
use super::streak::{Seen, Streak, VOLUME, is_a_share};
use super::words;
use crate::engine::Engine;
use crate::engine::facts::Facts;
use crate::engine::facts::traffic::{DeviceWindow, Window, device};
use crate::engine::findings::Draft;
use crate::model::{Affected, Code, Direction, Effect, Reason, Severity, Source, Subject};

/// A device drops packets one way.
struct Dropping {
    direction: Direction,
    carried: u64,
    counters: Vec<(String, u64)>,
}

// === impl Dropping ===

impl Dropping {
    /// None where what is dropped is little, or told of the tunnels whose packets failed their checks. It may be all: of an SA in packet
    /// mode that the NIC has forgotten nobody counts anything but the device.
    fn of(on: &DeviceWindow, direction: Direction) -> Option<Self> {
        let (counters, on) = (on.drops(direction), on.carried(direction)?);
        let dropped = device::packets(&counters).saturating_sub(on.refused);
        let carried = on.offloaded();
        let is_seen = dropped >= VOLUME && is_a_share(dropped, carried.saturating_add(dropped));
        is_seen.then_some(Self { direction, carried, counters })
    }

    fn text(&self) -> String {
        let verb = if self.direction == Direction::In { "received" } else { "sent" };
        let counters: Vec<_> = self.counters.iter().map(|(name, count)| format!("{name} by {count}")).collect();
        format!("its SAs {verb} {} packets, and {} grew", self.carried, counters.join(", "))
    }
}

impl Engine {
    pub(super) fn judge_nic_drops(&mut self, window: &Window, out: &mut Vec<Effect>) {
        let mut before = std::mem::take(&mut self.rules.watched.dropping);
        for (index, on) in &window.devices {
            let mut streak: Streak<()> = before.remove(index).unwrap_or_default();
            let name = self.facts.links.name(*index);
            let dropping = [Direction::In, Direction::Out].into_iter().filter_map(|way| Dropping::of(on, way));
            let lines: Vec<_> = dropping.map(|dropping| dropping.text()).collect();
            let seen = (!lines.is_empty()).then(|| {
                let text = format!("{name}: in {} s {}", window.length.as_secs(), lines.join("; "));
                Seen { counted: (), line: self.facts.evidence(Source::Links, text) }
            });
            let is_seen = seen.is_some();
            let is_first = streak.window(seen, |_| true) && is_seen;
            let is_told = self.book.is_open(Code::NicDrops, &name);
            if !streak.is_idle() && self.is_blackhole_of(&name, Streak::is_open) {
                // What that tunnel lost counts no more when it carries again.
                self.close_nic_drops(&name, out);
                continue;
            }
            // A tunnel that lost packets within the first of the windows is silent from the next one on: it is what is told, if it stays so.
            let waits = is_first && self.is_blackhole_of(&name, Streak::lacks_one);
            if streak.is_open() && is_seen && !is_told && !waits {
                let draft = self.facts.nic_drops_draft(name, *index, &streak);
                self.book.open(draft, self.facts.now, self.facts.wall, out);
            } else if is_told && !streak.is_open() {
                self.close_nic_drops(&name, out);
            }
            if !streak.is_idle() {
                self.rules.watched.dropping.insert(*index, streak);
            }
        }
        // What is left has no SA any more, or does not answer.
        for index in before.into_keys() {
            let name = self.facts.links.name(index);
            self.close_nic_drops(&name, out);
        }
    }

    /// Where it drops all of a tunnel's packets, that tunnel is what is told. In packet mode an SA may count what the NIC drops then.
    fn is_blackhole_of(&self, device: &str, is_so: impl Fn(&Streak<Silence>) -> bool) -> bool {
        let mut faults =
            self.rules.watched.tunnels.iter().filter_map(|(slot, watch)| self.facts.silence(*slot, watch, &is_so));
        faults.any(|fault| fault.reason == Reason::NicDrop && fault.device.as_deref() == Some(device))
    }

    fn close_nic_drops(&mut self, name: &str, out: &mut Vec<Effect>) {
        self.over(Source::Links, Code::NicDrops, name, out);
    }
}

impl Facts {
    fn nic_drops_draft(&self, name: String, index: u32, streak: &Streak<()>) -> Draft {
        let told = words::nic_drops(&name);
        Draft {
            code: Code::NicDrops,
            scope: name.clone(),
            reason: Reason::NicDrop,
            severity: Severity::Warning,
            subject: Subject { device: Some(name), ..Subject::default() },
            affected: Affected { sas: u64::from(self.sad.on_device(index)), ..Affected::default() },
            summary: told.summary,
            advice: told.advice,
            evidence: streak.evidence(),
            again: false,
            speaks_of: std::collections::BTreeSet::new(),
        }
    }
}
