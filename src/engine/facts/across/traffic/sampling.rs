//! A sampling from its beginning to its end: when, its dump, its answers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::sad::CounterHandling;
use crate::engine::facts::timer::Timer;
use crate::engine::facts::traffic::Workers;
use crate::engine::facts::traffic::{CounterReading, DeviceWindow, DumpPart, Sampling, Sums, TrafficWindow};
use crate::model::{AskId, DumpTable, Effect, Failure, HostCounters};

/// Between two samplings.
const EVERY: Duration = Duration::from_secs(10);

/// After a sampling whose dump took t, the next one waits this many times t.
const REST_TIMES: u32 = 50;

impl Facts {
    // --- when

    /// Begins to sample where there is something to judge.
    pub(in crate::engine) fn sample_if_worth_it(&mut self) {
        if !self.traffic.is_on() && !self.timers.has(Timer::Sample) && self.is_worth_sampling() {
            self.timers.set(self.now + EVERY, Timer::Sample);
        }
    }

    fn is_worth_sampling(&self) -> bool {
        self.joined && self.life.is_alive() && self.claims.tunnels().any(|(slot, _)| self.newest_stands(slot))
    }

    pub(in crate::engine) fn sample_due(&mut self, out: &mut Vec<Effect>) {
        if self.traffic.under_way.is_some() {
            return;
        }
        if !self.is_worth_sampling() {
            self.sampling_rests();
            return;
        }
        self.traffic.number += 1;
        let mut devices = BTreeMap::new();
        for (index, names) in self.counting_interfaces() {
            for device in names {
                let ask = self.traffic.next_ask();
                devices.insert(ask, index);
                out.push(Effect::Sample { ask, device });
            }
        }
        let host = self.traffic.next_ask();
        out.push(Effect::SampleHost { ask: host });
        self.traffic.under_way = Some(Sampling {
            number: self.traffic.number,
            began: self.now,
            dump: DumpPart::Wanted,
            devices,
            readings: BTreeMap::new(),
            host: Ok(host),
            sums: Sums::default(),
            took: 0,
            broken: false,
        });
    }

    /// There is nothing to judge: what is known of the last window is of no use later.
    fn sampling_rests(&mut self) {
        self.traffic.begins = None;
        self.traffic.window = None;
        self.traffic.gathering = Sums::default();
        self.traffic.readings.clear();
        self.traffic.host = None;
        for slot in std::mem::take(&mut self.near).into_keys() {
            self.touch_sa(slot);
        }
        self.happens(Happened::SamplingRests);
    }

    /// Devices with offloaded SAs, and the interfaces that count for each: a bond's slaves do the work.
    fn counting_interfaces(&self) -> Vec<(u32, Vec<String>)> {
        let names = |index: u32| match self.links.get(index) {
            Some(link) if link.kind.as_deref() == Some("bond") => self.links.slaves_of(index),
            Some(link) => vec![link.name.clone()],
            None => Vec::new(),
        };
        self.sad.devices().map(|(index, _)| (index, names(index))).collect()
    }

    // --- the dump

    /// A sampling waits for its dump.
    pub(in crate::engine) fn sampling_wants_dump(&self) -> bool {
        self.traffic.under_way.as_ref().is_some_and(|sampling| sampling.dump == DumpPart::Wanted)
    }

    /// Asks for the dump of the sampling under way.
    pub(in crate::engine) fn dump_for_sampling(&mut self, out: &mut Vec<Effect>) {
        let ask = self.traffic.next_ask();
        if let Some(sampling) = &mut self.traffic.under_way {
            sampling.dump = DumpPart::Asked(ask);
            out.push(Effect::Dump { ask, table: DumpTable::Sad });
        }
    }

    /// A dump of the SAD begins. A sampling that waits for one takes the first, whoever asked for it.
    pub(in crate::engine) fn counting_of(&mut self, ask: AskId) -> CounterHandling {
        let on = self.traffic.is_on();
        match &mut self.traffic.under_way {
            Some(sampling) if matches!(sampling.dump, DumpPart::Wanted | DumpPart::Asked(_)) => {
                sampling.dump = DumpPart::Running(ask);
                CounterHandling::Sampling(sampling.number)
            }
            _ if on => CounterHandling::No,
            _ => CounterHandling::Plainly,
        }
    }

    /// A dump of the SAD has ended; `whole` where its rows can be used.
    pub(in crate::engine) fn sampling_dump_ended(&mut self, ask: AskId, whole: bool, took: u64) {
        let now = self.now;
        let Some(sampling) = &mut self.traffic.under_way else { return };
        if sampling.dump == DumpPart::Running(ask) || sampling.dump == DumpPart::Asked(ask) {
            sampling.dump = DumpPart::Done(now);
            // What leaves from here on belongs to the next window.
            sampling.sums = std::mem::take(&mut self.traffic.gathering);
            sampling.broken = !whole;
            sampling.took = took;
            self.end_sampling_if_whole();
        }
    }

    // --- the answers

    pub(in crate::engine) fn device_was_sampled(&mut self, ask: AskId, (device, answer): (&str, &CounterReading)) {
        let Some(sampling) = &mut self.traffic.under_way else { return };
        let Some(index) = sampling.devices.remove(&ask) else { return };
        sampling.readings.entry(index).or_default().insert(device.to_owned(), answer.clone());
        self.end_sampling_if_whole();
    }

    pub(in crate::engine) fn host_was_sampled(&mut self, ask: AskId, answer: &Result<HostCounters, Failure>) {
        let Some(sampling) = &mut self.traffic.under_way else { return };
        if sampling.host != Ok(ask) {
            return;
        }
        sampling.host = Err(answer.clone());
        self.end_sampling_if_whole();
    }

    fn end_sampling_if_whole(&mut self) {
        let Some(sampling) = &self.traffic.under_way else { return };
        if !matches!(sampling.dump, DumpPart::Done(_)) || !sampling.devices.is_empty() || sampling.host.is_ok() {
            return;
        }
        let Some(sampling) = self.traffic.under_way.take() else { return };
        let mut sums = sampling.sums;
        let (DumpPart::Done(ended), Err(host)) = (sampling.dump, sampling.host) else { return };
        let rest = Duration::from_micros(sampling.took).saturating_mul(REST_TIMES);
        self.timers.set((sampling.began + EVERY).max(self.now + rest), Timer::Sample);
        let begins = self.traffic.begins.take();
        if sampling.broken {
            // What it showed of some SAs and not of others is no window, nor a beginning of one.
            self.traffic.window = None;
            return;
        }
        self.traffic.begins = Some(ended);
        let readings = std::mem::replace(&mut self.traffic.readings, sampling.readings);
        let host_before = self.traffic.host.replace(host);
        self.set_near(std::mem::take(&mut sums.near));
        let Some(begins) = begins else {
            self.remember_what_sas_carried();
            return;
        };
        let [failed, replayed] = sums.refused;
        let window = TrafficWindow {
            number: sampling.number,
            length: ended.since(begins),
            devices: self.device_windows(&sums, readings),
            received: sums.received,
            sent: sums.sent,
            failed,
            replayed,
            host: host_grown(host_before, self.traffic.host.as_ref()),
            tunnels: sums.tunnels,
            workers: Workers::default(),
        };
        self.traffic.window = Some(window);
        self.note_who_was_answered();
        self.mappings_were_sampled();
        self.happens(Happened::WindowEnded);
    }

    fn device_windows(
        &self,
        sums: &Sums,
        mut before: BTreeMap<u32, BTreeMap<String, CounterReading>>,
    ) -> BTreeMap<u32, DeviceWindow> {
        let mut windows = BTreeMap::new();
        for (index, readings) in &self.traffic.readings {
            let mut was = before.remove(index).unwrap_or_default();
            let both = readings.iter().filter_map(|(name, now)| {
                let (Some(Ok(before)), Ok(now)) = (was.remove(name), now) else { return None };
                Some((name.clone(), (before, now.clone())))
            });
            let counters: BTreeMap<_, _> = both.collect();
            let known = !sums.unknown.contains(index);
            let carried = known.then(|| sums.devices.of(*index));
            let (received, sent) = (carried.map(|carried| carried.received), carried.map(|carried| carried.sent));
            windows.insert(*index, DeviceWindow { received, sent, counters });
        }
        windows
    }
}

/// How each counter of the namespace grew. One that was set back makes all of them unknown: they are set back together or not at all.
fn host_grown(
    before: Option<Result<HostCounters, Failure>>,
    now: Option<&Result<HostCounters, Failure>>,
) -> Option<BTreeMap<String, u64>> {
    let (Some(Ok(before)), Some(Ok(now))) = (before, now) else { return None };
    let names: BTreeSet<_> = before.xfrm.keys().chain(now.xfrm.keys()).collect();
    let grown = names.into_iter().map(|name| Some((name.clone(), now.get(name).checked_sub(before.get(name))?)));
    grown.collect()
}
