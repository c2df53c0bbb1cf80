//! `hw-sw-mismatch`: SAs claim the NIC and its counters say the CPU, or the reverse. Per device and direction: no NIC counts by SA.

mod cusum;
mod page;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use self::cusum::{Test, WindowCount};
use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::holders::Holders;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::traffic::TrafficWindow;
use crate::engine::facts::traffic::device::Unit;
use crate::engine::facts::want::Want;
use crate::engine::findings::book::id;
use crate::model::{Affected, Code, Direction, Reason, Source, Subject, Worker};

/// Devices whose counters and SAs are compared, each way.
#[derive(Debug, Default)]
pub(super) struct HwSwMismatch {
    devices: BTreeMap<DeviceWay, Test>,
}

/// A device, and which way.
type DeviceWay = (u32, Direction);

impl FindingRule for HwSwMismatch {
    fn codes(&self) -> &'static [Code] {
        &[Code::HwSwMismatch]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        match (happened, &facts.traffic.window) {
            (Happened::WindowEnded, Some(window)) => self.judge_window(facts, window, say),
            (Happened::SamplingRests, _) => {
                self.devices.clear();
                for scope in say.scopes(Code::HwSwMismatch) {
                    say.over(Code::HwSwMismatch, &scope, (Source::Engine, words::OVER));
                }
            }
            _ => {}
        }
    }

    fn look(&mut self, _facts: &Facts, _touched: &Touched, _say: &mut Say<'_>) {}
}

impl HwSwMismatch {
    fn judge_window(&mut self, facts: &Facts, window: &TrafficWindow, say: &mut Say<'_>) {
        let gone: Vec<_> =
            self.devices.keys().filter(|(index, _)| !window.devices.contains_key(index)).copied().collect();
        for way in gone {
            self.devices.remove(&way);
            close(facts, way, say);
        }
        for (index, on) in &window.devices {
            for direction in [Direction::Out, Direction::In] {
                let Some(count) = WindowCount::of(on, direction) else { continue };
                let way = (*index, direction);
                let line = say.line(Source::Links, figures(facts, &count, way, window));
                let test = self.devices.entry(way).or_default();
                test.add(&count, &line);
                if test.is_at_rest() {
                    self.devices.remove(&way);
                    close(facts, way, say);
                } else {
                    tell(facts, way, test, say);
                }
            }
        }
        let instead = |reason| if reason == Reason::NicInstead { Worker::Nic } else { Worker::Cpu };
        let verdicts = self.devices.iter().filter_map(|(way, test)| Some((*way, instead(test.verdict()?.0))));
        say.want(Want::WorkInstead(verdicts.collect()));
    }
}

fn scope(facts: &Facts, (index, direction): DeviceWay) -> String {
    format!("{}:{direction}", facts.links.name(index))
}

fn close(facts: &Facts, way: DeviceWay, say: &mut Say<'_>) {
    say.over(Code::HwSwMismatch, &scope(facts, way), (Source::Links, words::OVER));
}

fn tell(facts: &Facts, way: DeviceWay, test: &Test, say: &mut Say<'_>) {
    let Some((reason, score)) = test.verdict() else { return };
    let (device, direction) = (facts.links.name(way.0), way.1);
    let scope = scope(facts, way);
    // Told once: its figures change with every window.
    if say.book().get(&id(Code::HwSwMismatch, &scope)).is_some_and(|open| open.reason == reason) {
        return;
    }
    let draft = Draft::of(Code::HwSwMismatch, scope, words::hw_sw_mismatch(&device, direction, reason));
    let subject = Subject { device: Some(device), direction: Some(direction.into()), ..Subject::default() };
    let draft = draft.because(reason).critical().about(subject).affecting(affected(facts, reason, way));
    say.open(draft.shown_by(score.lines.iter().cloned()));
}

fn figures(facts: &Facts, count: &WindowCount<'_>, (index, direction): DeviceWay, window: &TrafficWindow) -> String {
    let of = if count.unit == Unit::Stack { "packets (GSO packets as one)" } else { "packets" };
    format!(
        "{} {direction}: in {} s offloaded SAs carried {} {of}, others {}; {} grew by {}",
        facts.links.name(index),
        window.length.as_secs(),
        count.claimed,
        count.software,
        count.counter,
        count.nic
    )
}

/// Connections whose SAs of this direction claim a device, or, where it does what claims it not, have an address of it.
fn affected(facts: &Facts, reason: Reason, (index, direction): DeviceWay) -> Affected {
    let (mut sas, mut names, mut holders) = (0, BTreeSet::new(), Holders::default());
    let unasked = reason == Reason::NicInstead;
    let mut is_of = |sa: &Sa| match sa.offload {
        Some(offload) => !unasked && offload.ifindex == index,
        None => unasked && facts.holder(sa, &mut holders) == Some(index),
    };
    for (slot, sa) in facts.sad.iter() {
        if sa.way() == Some(direction) && is_of(sa) {
            sas += 1;
            names.extend(facts.connection_name_of_sa(slot).map(|name| facts.names.text(name).to_owned()));
        }
    }
    Affected::listing(sas, names.len() as u64, names)
}
