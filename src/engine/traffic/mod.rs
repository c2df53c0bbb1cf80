//! Sampling: what SAs carry, window by window, beside what the NIC and the namespace count.
//!
//! A sampling is a dump of the SAD, the counters of each device with offloaded SAs, and those of the namespace. A window lies between two
//! whole samplings. The rules judge it when it has ended; this file only sees that its numbers are of one time.

pub mod device;
mod flow;
mod growth;
mod told;
mod workers;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

pub use self::flow::Flow;
pub use self::growth::{Grown, growth};
pub use self::workers::Workers;

use self::device::{Carried, Unit, transformed};
use super::Engine;
use super::claims::Tunnel;
use super::sad::Sa;
use super::slab::Slot;
use super::timers::Timer;
use crate::model::{
    AskId, Boottime, DeviceCounters, Direction, Effect, Failure, HostCounters, KernelSa, Reason, Table,
};

/// Between two samplings.
const EVERY: Duration = Duration::from_secs(10);

/// After a sampling whose dump took t, the next one waits this many times t.
const REST_TIMES: u32 = 50;

/// What is known of the traffic.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Samplings begun; 0 is none.
    number: u32,
    asked: u64,
    under_way: Option<Sampling>,
    /// The end of the last sampling's dump, where that sampling was whole: a window begins there.
    begins: Option<Boottime>,
    /// What SAs have carried since then.
    gathering: Sums,
    /// Readings of the last whole sampling, by device and by name of the interface that counts.
    readings: BTreeMap<u32, BTreeMap<String, Reading>>,
    host: Option<Result<HostCounters, Failure>>,
    /// The last window.
    pub window: Option<Window>,
}

/// The counters of an interface, or why there are none.
type Reading = Result<DeviceCounters, Failure>;

/// A sampling under way.
#[derive(Debug)]
struct Sampling {
    number: u32,
    began: Boottime,
    dump: Part,
    devices: BTreeMap<AskId, u32>,
    readings: BTreeMap<u32, BTreeMap<String, Reading>>,
    host: Result<AskId, Result<HostCounters, Failure>>,
    /// What SAs had carried when its dump ended.
    sums: Sums,
    /// Microseconds that its dump took.
    took: u64,
    /// What its dump showed cannot be used.
    broken: bool,
}

/// How far its dump is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Wanted,
    Asked(AskId),
    Running(AskId),
    Done(Boottime),
}

/// What the SAs carried.
#[derive(Debug, Default)]
struct Sums {
    devices: BTreeMap<(u32, Direction), Carried>,
    /// Devices of which an SA left with an unknown count.
    unknown: BTreeSet<u32>,
    /// Packets received on all SAs.
    received: u64,
    /// Tunnels that carried something, or dropped something.
    tunnels: Vec<Slot<Tunnel>>,
    /// SAs close to a limit: which, and the figures.
    near: BTreeMap<Slot<Sa>, (Reason, String)>,
    // Which interface holds a local address.
    holders: BTreeMap<IpAddr, Option<u32>>,
}

/// A window that has ended.
#[derive(Debug)]
pub struct Window {
    /// The sampling that ended it.
    pub number: u32,
    /// How long it was.
    pub length: Duration,
    /// What SAs carried on each device.
    pub devices: BTreeMap<u32, DeviceWindow>,
    /// Packets received on all SAs.
    pub received: u64,
    /// How the namespace's counters grew; none where they cannot be read or were set back.
    pub host: Option<BTreeMap<String, u64>>,
    /// Tunnels that carried something, or dropped something.
    pub tunnels: Vec<Slot<Tunnel>>,
    /// Who encrypts, as far as the counters tell.
    pub workers: Workers,
}

/// What an SA carried a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Packets on the wire.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
    /// Packets dropped.
    pub drops: u64,
}

/// What a device did in a window.
#[derive(Debug, Default)]
pub struct DeviceWindow {
    /// What SAs received; none where that is not known.
    pub received: Option<Carried>,
    /// What SAs sent; none where that is not known.
    pub sent: Option<Carried>,
    /// How each counting interface's counters were before and are now.
    pub counters: BTreeMap<String, (DeviceCounters, DeviceCounters)>,
}

// === impl Traffic ===

impl Traffic {
    fn next_ask(&mut self) -> AskId {
        self.asked += 1;
        AskId::of_sampling(self.asked)
    }

    /// Whether counters belong to samplings.
    fn is_on(&self) -> bool {
        self.under_way.is_some() || self.begins.is_some()
    }

    /// What an SA carried a second in the last window, where that is known.
    pub fn rates(&self, sa: &Sa) -> Option<Moved> {
        let window = self.window.as_ref()?;
        let length = match &self.under_way {
            _ if window.number == sa.sampled => window.length,
            // The dump of the next sampling has shown it, and is not over.
            Some(sampling) if sampling.number == sa.sampled => sampling.began.since(self.begins?),
            _ => return None,
        };
        let rate = |count: u64| per_second(count, length);
        let (packets, drops) = (rate(sa.moved_packets.into()), rate(sa.moved_drops.into()));
        Some(Moved { packets, bytes: rate(sa.moved_bytes), drops })
    }

    /// What an interface last answered when its counters were read.
    pub fn reading(&self, device: u32) -> impl Iterator<Item = (&str, &Reading)> {
        self.readings.get(&device).into_iter().flatten().map(|(name, reading)| (name.as_str(), reading))
    }

    /// What the namespace counted at the last whole sampling.
    pub fn host(&self) -> Option<&HostCounters> {
        self.host.as_ref()?.as_ref().ok()
    }
}

impl Window {
    /// How much one of the namespace's counters grew.
    pub fn grown(&self, name: &str) -> Option<u64> {
        self.host.as_ref().map(|host| host.get(name).copied().unwrap_or(0))
    }

    /// So much in this window is how much a second.
    pub fn per_second(&self, count: u64) -> u64 {
        per_second(count, self.length)
    }
}

impl DeviceWindow {
    /// The counter of what the NIC transformed one way, by how much it grew over all interfaces, and what it counts as one. None where a
    /// driver has no such counter, or one was set back.
    pub fn transformed(&self, direction: Direction) -> Option<(&str, u64, Unit)> {
        let mut all: Option<(&str, u64, Unit)> = None;
        for (before, now) in self.counters.values() {
            let (counter, now, unit) = transformed(now, direction)?;
            let before = transformed(before, direction).map(|(_, before, _)| before);
            let grown = growth(before, Some(now))?;
            all = Some((counter, all.map_or(0, |(_, sum, _)| sum) + grown, unit));
        }
        all
    }

    /// Packets that the NIC dropped one way, by counter.
    pub fn drops(&self, direction: Direction) -> Vec<(String, u64)> {
        let way = if direction == Direction::In { "rx" } else { "tx" };
        let grown = self.counters.values().flat_map(|(before, now)| device::drops(before, now));
        grown.filter(|(name, _)| name.contains(way)).collect()
    }

    /// How many packets that is.
    pub fn dropped(&self, direction: Direction) -> u64 {
        device::packets(&self.drops(direction))
    }

    /// What SAs carried one way.
    pub fn carried(&self, direction: Direction) -> Option<&Carried> {
        match direction {
            Direction::In => self.received.as_ref(),
            Direction::Out => self.sent.as_ref(),
        }
    }
}

impl Engine {
    // --- when

    /// Begins to sample where there is something to judge.
    pub(super) fn sample_if_worth_it(&mut self) {
        if !self.traffic.is_on() && !self.timers.has(Timer::Sample) && self.is_worth_sampling() {
            self.timers.set(self.now + EVERY, Timer::Sample);
        }
    }

    fn is_worth_sampling(&self) -> bool {
        self.joined && self.life.is_alive() && self.claims.tunnels().any(|(slot, _)| self.newest_stands(slot))
    }

    pub(super) fn sample_due(&mut self, out: &mut Vec<Effect>) {
        if self.traffic.under_way.is_some() {
            return;
        }
        if !self.is_worth_sampling() {
            self.sampling_rests(out);
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
            dump: Part::Wanted,
            devices,
            readings: BTreeMap::new(),
            host: Ok(host),
            sums: Sums::default(),
            took: 0,
            broken: false,
        });
    }

    /// There is nothing to judge: what is known of the last window is of no use later.
    fn sampling_rests(&mut self, out: &mut Vec<Effect>) {
        self.traffic.begins = None;
        self.traffic.window = None;
        self.traffic.gathering = Sums::default();
        self.traffic.readings.clear();
        self.traffic.host = None;
        self.traffic_is_not_judged(out);
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
    pub(super) fn sampling_wants_dump(&self) -> bool {
        self.traffic.under_way.as_ref().is_some_and(|sampling| sampling.dump == Part::Wanted)
    }

    /// Asks for the dump of the sampling under way.
    pub(super) fn dump_for_sampling(&mut self, out: &mut Vec<Effect>) {
        let ask = self.traffic.next_ask();
        if let Some(sampling) = &mut self.traffic.under_way {
            sampling.dump = Part::Asked(ask);
            out.push(Effect::Dump { ask, table: Table::Sad });
        }
    }

    /// A dump of the SAD begins. A sampling that waits for one takes the first, whoever asked for it.
    pub(super) fn counting_of(&mut self, ask: AskId) -> super::sad::Counting {
        use super::sad::Counting;
        let on = self.traffic.is_on();
        match &mut self.traffic.under_way {
            Some(sampling) if matches!(sampling.dump, Part::Wanted | Part::Asked(_)) => {
                sampling.dump = Part::Running(ask);
                Counting::Sampling(sampling.number)
            }
            _ if on => Counting::No,
            _ => Counting::Plainly,
        }
    }

    /// A dump of the SAD has ended; `whole` where its rows can be used.
    pub(super) fn sampling_dump_ended(&mut self, ask: AskId, whole: bool, took: u64, out: &mut Vec<Effect>) {
        let now = self.now;
        let Some(sampling) = &mut self.traffic.under_way else { return };
        if sampling.dump == Part::Running(ask) || sampling.dump == Part::Asked(ask) {
            sampling.dump = Part::Done(now);
            // What leaves from here on belongs to the next window.
            sampling.sums = std::mem::take(&mut self.traffic.gathering);
            sampling.broken = !whole;
            sampling.took = took;
            self.end_sampling_if_whole(out);
        }
    }

    /// A known SA was shown in the dump of a sampling.
    pub(super) fn sa_was_sampled(&mut self, slot: Slot<Sa>, grown: Option<Grown>, row: &KernelSa) {
        if let Some(near) = super::rules::limit_near(row, self.wall) {
            self.traffic.gathering.near.insert(slot, near);
        }
        match grown {
            Some(grown) if grown.is_nothing() => {}
            Some(grown) => {
                let Some(sa) = self.sad.get(slot) else { return };
                let (way, offload, claim, src, dst) = (sa.way(), sa.offload, sa.claim, sa.src, sa.dst);
                self.gather(way, offload, claim, (src, dst), &grown);
            }
            None => {
                if let Some(offload) = self.sad.get(slot).and_then(|sa| sa.offload) {
                    self.traffic.gathering.unknown.insert(offload.ifindex);
                }
            }
        }
    }

    /// An SA left; its last state is known where the event carried it.
    pub(super) fn sa_left_traffic(&mut self, sa: &Sa, last: Option<&KernelSa>) {
        if !self.traffic.is_on() {
            return;
        }
        match last.and_then(|row| sa.grown(row)) {
            Some(grown) if grown.is_nothing() => {}
            Some(grown) => self.gather(sa.way(), sa.offload, sa.claim, (sa.src, sa.dst), &grown),
            None => {
                if let Some(offload) = sa.offload {
                    self.traffic.gathering.unknown.insert(offload.ifindex);
                }
            }
        }
    }

    fn gather(
        &mut self,
        way: Option<Direction>,
        offload: Option<crate::model::Offload>,
        claim: Option<super::claims::Leg>,
        (src, dst): (IpAddr, IpAddr),
        grown: &Grown,
    ) {
        let Some(way) = way else { return };
        // The window that is gathered ends with the sampling under way, or, while none is, with the next.
        let dump_is_over = |sampling: &Sampling| matches!(sampling.dump, Part::Done(_));
        let over = self.traffic.under_way.as_ref().is_none_or(dump_is_over);
        let number = self.traffic.number + u32::from(over);
        let sums = &mut self.traffic.gathering;
        if way == Direction::In {
            sums.received += grown.wire;
        }
        let device = match offload {
            Some(offload) => Some(offload.ifindex),
            // Only where there is a NIC to compare with.
            None if self.traffic.readings.is_empty() => None,
            None => {
                let local = if way == Direction::Out { src } else { dst };
                let links = &self.links;
                *sums.holders.entry(local).or_insert_with(|| links.holding(local).map(|link| link.index))
            }
        };
        if let Some(device) = device {
            sums.devices.entry((device, way)).or_default().add(offload.map(|offload| offload.mode), grown);
        }
        let tunnel = claim.and_then(|leg| self.claims.child_at(leg.child)).map(|child| child.tunnel);
        if let Some((tunnel, row)) = tunnel.and_then(|slot| Some((slot, self.claims.tunnel_mut(slot)?)))
            && row.flow.add(number, way, grown)
        {
            sums.tunnels.push(tunnel);
        }
    }

    // --- the answers

    pub(super) fn device_was_sampled(&mut self, ask: AskId, (device, answer): (&str, &Reading), out: &mut Vec<Effect>) {
        let Some(sampling) = &mut self.traffic.under_way else { return };
        let Some(index) = sampling.devices.remove(&ask) else { return };
        sampling.readings.entry(index).or_default().insert(device.to_owned(), answer.clone());
        self.end_sampling_if_whole(out);
    }

    pub(super) fn host_was_sampled(
        &mut self,
        ask: AskId,
        answer: &Result<HostCounters, Failure>,
        out: &mut Vec<Effect>,
    ) {
        let Some(sampling) = &mut self.traffic.under_way else { return };
        if sampling.host != Ok(ask) {
            return;
        }
        sampling.host = Err(answer.clone());
        self.end_sampling_if_whole(out);
    }

    fn end_sampling_if_whole(&mut self, out: &mut Vec<Effect>) {
        let Some(sampling) = &self.traffic.under_way else { return };
        if !matches!(sampling.dump, Part::Done(_)) || !sampling.devices.is_empty() || sampling.host.is_ok() {
            return;
        }
        let Some(sampling) = self.traffic.under_way.take() else { return };
        let mut sums = sampling.sums;
        let (Part::Done(ended), Err(host)) = (sampling.dump, sampling.host) else { return };
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
        self.judge_limits(std::mem::take(&mut sums.near));
        let Some(begins) = begins else {
            self.remember_what_sas_carried();
            return;
        };
        let mut window = Window {
            number: sampling.number,
            length: ended.since(begins),
            devices: self.device_windows(&sums, readings),
            received: sums.received,
            host: host_grown(host_before, self.traffic.host.as_ref()),
            tunnels: sums.tunnels,
            workers: Workers::default(),
        };
        self.judge_window(&window, out);
        window.workers = self.workers(&window);
        for slot in &window.tunnels {
            if let Some(tunnel) = self.claims.tunnel_mut(*slot) {
                tunnel.flow.remember();
            }
        }
        self.traffic.window = Some(window);
    }

    fn device_windows(
        &self,
        sums: &Sums,
        mut before: BTreeMap<u32, BTreeMap<String, Reading>>,
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
            let of = |way| known.then(|| sums.devices.get(&(*index, way)).copied().unwrap_or_default());
            windows.insert(*index, DeviceWindow { received: of(Direction::In), sent: of(Direction::Out), counters });
        }
        windows
    }

    /// At the first sampling: what SAs had carried before anybody looked counts as carried before.
    fn remember_what_sas_carried(&mut self) {
        let carried =
            |slot: Option<Slot<Sa>>| slot.and_then(|slot| self.sad.get(slot)).is_some_and(|sa| sa.packets > 0);
        let ways: Vec<_> = self
            .claims
            .children()
            .map(|(_, child)| (child.tunnel, carried(child.outbound.sa), carried(child.inbound.sa)))
            .filter(|(_, sent, received)| *sent || *received)
            .collect();
        for (tunnel, sent, received) in ways {
            if let Some(tunnel) = self.claims.tunnel_mut(tunnel) {
                tunnel.flow.ever_sent |= sent;
                tunnel.flow.ever_received |= received;
            }
        }
    }
}

/// So much in so long is how much a second.
fn per_second(count: u64, length: Duration) -> u64 {
    let length = length.as_micros().max(1);
    u64::try_from((u128::from(count) * 1_000_000 + length / 2) / length).unwrap_or(u64::MAX)
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
