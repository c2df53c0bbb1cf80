//! `nic-drops`: a device drops packets of its SAs, while others pass or no tunnel tells of it.

mod page;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use super::streak::{Streak, VOLUME, WindowSeen, is_a_share};
use super::{Draft, Fault, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::traffic::{DeviceWindow, TrafficWindow, device};
use crate::model::{Affected, Code, Direction, Reason, Source, Subject};
use crate::plural::counted;

/// Devices that drop.
#[derive(Debug, Default)]
pub(super) struct NicDrops {
    dropping: BTreeMap<u32, Streak<()>>,
    /// The last window that was judged.
    judged: u32,
}

/// A device drops packets one way.
struct Dropping {
    direction: Direction,
    carried: u64,
    counters: Vec<(String, u64)>,
}

impl FindingRule for NicDrops {
    fn codes(&self) -> &'static [Code] {
        &[Code::NicDrops]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, _facts: &Facts, say: &mut Say<'_>) {
        if matches!(happened, Happened::SamplingRests) {
            self.dropping.clear();
            for device in say.scopes(Code::NicDrops) {
                say.over(Code::NicDrops, &device, (Source::Engine, words::OVER));
            }
        }
    }

    /// It judges a window here, and not when it hears of it: what may explain the drops has looked then.
    fn look(&mut self, facts: &Facts, _touched: &Touched, say: &mut Say<'_>) {
        if let Some(window) = facts.traffic.window.as_ref().filter(|window| window.number != self.judged) {
            self.judged = window.number;
            self.judge_window(facts, window, say);
        }
    }
}

impl NicDrops {
    fn judge_window(&mut self, facts: &Facts, window: &TrafficWindow, say: &mut Say<'_>) {
        let mut before = std::mem::take(&mut self.dropping);
        for (index, on) in &window.devices {
            let mut streak = before.remove(index).unwrap_or_default();
            let name = facts.links.name(*index);
            let dropping = [Direction::In, Direction::Out].into_iter().filter_map(|way| Dropping::of(on, way));
            let lines: Vec<_> = dropping.map(|dropping| dropping.text()).collect();
            let seen = (!lines.is_empty()).then(|| {
                let text = format!("{name}: in {} s {}", window.length.as_secs(), lines.join("; "));
                WindowSeen { counted: (), line: facts.evidence(Source::Links, text) }
            });
            let is_seen = seen.is_some();
            let is_first = streak.window(seen, |_| true) && is_seen;
            let is_told = say.is_open(Code::NicDrops, &name);
            // Where it drops all of a tunnel's packets, that tunnel is what is told. In packet mode an SA may count what the NIC drops then.
            let is_the_tunnels =
                |fault: &Fault| fault.reason == Reason::NicDrop && fault.device.as_deref() == Some(name.as_str());
            if !streak.is_idle() && say.causes(Code::NicDrops).any(is_the_tunnels) {
                // What that tunnel lost counts no more when it carries again.
                close(&name, say);
                continue;
            }
            // A tunnel that lost packets within the first of the windows is silent from the next one on: it is what is told, if it stays so.
            let waits = is_first && say.foreseen_causes(Code::NicDrops).any(is_the_tunnels);
            if streak.is_open() && is_seen && !is_told && !waits {
                say.open(draft(facts, name, *index, &streak));
            } else if is_told && !streak.is_open() {
                close(&name, say);
            }
            if !streak.is_idle() {
                self.dropping.insert(*index, streak);
            }
        }
        // What is left has no SA any more, or does not answer.
        for index in before.into_keys() {
            close(&facts.links.name(index), say);
        }
    }
}

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
        let counters: Vec<_> = self.counters.iter().map(|(name, count)| format!("{name} grew by {count}")).collect();
        format!("its SAs {verb} {}; {}", counted(self.carried, "packet"), counters.join(", "))
    }
}

fn close(device: &str, say: &mut Say<'_>) {
    say.over(Code::NicDrops, device, (Source::Links, words::OVER));
}

fn draft(facts: &Facts, name: String, index: u32, streak: &Streak<()>) -> Draft {
    let affected = Affected { sas: u64::from(facts.sad.on_device(index)), ..Affected::default() };
    let draft = Draft::of(Code::NicDrops, name.clone(), words::nic_drops(&facts.life.behaviour, &name))
        .because(Reason::NicDrop);
    let subject = Subject { device: Some(name), ..Subject::default() };
    draft.about(subject).affecting(affected).shown_by(streak.evidence())
}
