//! The rules: one file a family. Each looks at what is true now, so that looking twice does no harm.

mod absence;
mod acquire;
mod blackhole;
mod blind;
mod blocked;
mod capacity;
mod clear_text_route;
mod clear_text_window;
mod configuration;
mod crash_loop;
pub mod daemon;
mod device_unsafe;
mod duplicates;
mod earlier_death;
mod events_lost;
mod faults;
mod foreign;
mod hw_sw_mismatch;
mod limits;
pub mod listener;
mod missing;
mod nic_drops;
mod no_state;
mod not_offloaded;
mod not_restored;
pub mod offload_lost;
mod orphaned;
mod orphans;
mod policy_mismatch;
mod rejected;
mod streak;
mod traffic;
pub mod tunnel_down;
mod tunnel_drops;
mod why;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

pub use self::crash_loop::UNIT_SETTLES;
pub use self::limits::limit_near;

use self::absence::Absence;
use self::acquire::Demands;
use self::blind::Blind;
use self::capacity::FullDevices;
use self::clear_text_route::Astray;
use self::clear_text_window::Window;
use self::crash_loop::Crashes;
use self::events_lost::LostEvents;
use self::faults::Faults;
use self::foreign::Foreign;
use self::offload_lost::LostDevice;
use self::orphans::Orphans;
use self::policy_mismatch::Mismatches;
use self::rejected::Refusal;
use self::traffic::Watched;
use self::tunnel_down::Down;
use super::Engine;
use super::book::id;
use super::claims::{Child, Connection, Tunnel};
use super::sad::Sa;
use super::slab::Slot;
use super::timers::Timer;
use crate::model::{Boottime, Code, Effect, Serial, Source, Table};

/// An SA that nobody claims is asked about after this time: the daemon's line about it may still be under way.
const UNCLAIMED_AFTER: Duration = Duration::from_secs(5);

/// The same where no line of the daemon can be read.
const UNCLAIMED_WITHOUT_LOG: Duration = Duration::from_secs(2);

/// A claimed SA that the kernel never showed is looked for after this time.
pub const NEVER_SEEN_AFTER: Duration = Duration::from_secs(2);

/// A pair has to stand this long to close what was said of its connection.
pub const STANDS_AFTER: Duration = Duration::from_secs(5);

/// A connection that should be up has this long to come up by itself.
pub const WANTED_AFTER: Duration = Duration::from_secs(60);

/// What is over when a pair has stood for a while.
const OVER_WITH_A_PAIR: [Code; 5] =
    [Code::OffloadRejected, Code::SaAddFailed, Code::TunnelDown, Code::TunnelNotRestored, Code::AcquireUnanswered];

/// What the rules remember between two steps.
#[derive(Debug, Default)]
pub struct Rules {
    /// SAs that came in this step, to be joined.
    pub came: Vec<Slot<Sa>>,
    /// The kernel's refusals that are not judged yet.
    pub refusals: BTreeMap<Slot<Connection>, Refusal>,
    /// The kernel's refusals after which the daemon went on without offload.
    pub fell_back: BTreeMap<Slot<Child>, Refusal>,
    full_devices: FullDevices,
    foreign: BTreeMap<String, Foreign>,
    mismatches: Mismatches,
    /// SAs that lost their offload when they were migrated.
    pub migrated: BTreeSet<Slot<Sa>>,
    astray: Astray,
    // SAs that came while a device was full or somebody's SA was refused.
    arrived: Vec<Slot<Sa>>,
    /// Why a connection has no pair, by the daemon's last word.
    pub down: BTreeMap<Slot<Connection>, Down>,
    /// Addresses (local, remote) of Child SAs from the daemon's table that the kernel has not shown.
    pub addresses: BTreeMap<Slot<Child>, (Option<IpAddr>, Option<IpAddr>)>,
    tunnels: BTreeSet<Slot<Tunnel>>,
    connections: BTreeSet<Slot<Connection>>,
    /// Tunnels that were judged in this step, by connection.
    judged: BTreeMap<Slot<Connection>, BTreeSet<Slot<Tunnel>>>,
    faults: Faults,
    lost_devices: BTreeMap<u32, LostDevice>,
    too_many: BTreeMap<OfConnection, duplicates::TooMany>,
    demands: Demands,
    lost_events: LostEvents,
    window: Window,
    crashes: Crashes,
    /// What is remembered of a daemon that is not there.
    pub absence: Absence,
    /// Sources that show nothing.
    pub blind: Blind,
    /// What is remembered of the traffic.
    watched: Watched,
    /// SAs that nobody claimed in time.
    pub orphans: Orphans,
    death_changed: bool,
}

/// A tunnel among those of its connection.
type OfConnection = (Slot<Connection>, Slot<Tunnel>);

/// What is remembered of a connection's tunnels.
fn of_connection<T>(
    rows: &BTreeMap<OfConnection, T>,
    connection: Slot<Connection>,
) -> impl Iterator<Item = (Slot<Tunnel>, &T)> {
    let of = rows.range((connection, Slot::FIRST)..).take_while(move |((other, _), _)| *other == connection);
    of.map(|((_, tunnel), row)| (*tunnel, row))
}

impl Rules {
    /// An SA left the kernel.
    pub fn left(&mut self, slot: Slot<Sa>) {
        self.migrated.remove(&slot);
        self.watched.near.remove(&slot);
        self.orphans.forget(slot);
    }

    /// A Child SA is forgotten, and what was remembered of it with it.
    pub fn child_gone(&mut self, slot: Slot<Child>) {
        self.fell_back.remove(&slot);
        self.addresses.remove(&slot);
    }

    /// A tunnel is forgotten, and what was remembered of it with it.
    pub fn tunnel_gone(&mut self, connection: Slot<Connection>, slot: Slot<Tunnel>) {
        self.faults.forget(slot);
        self.mismatches.remove(&(connection, slot));
        self.watched.tunnels.remove(&slot);
        self.too_many.remove(&(connection, slot));
    }

    /// A connection is forgotten, and what was remembered of it with it.
    pub fn connection_gone(&mut self, slot: Slot<Connection>) {
        self.refusals.remove(&slot);
        self.down.remove(&slot);
    }

    /// Connections of which something is not decided, or not over.
    pub fn speak_of(&self) -> impl Iterator<Item = Slot<Connection>> {
        let full = self.full_devices.values().flat_map(|full| full.refused());
        self.refusals.keys().copied().chain(self.window.connections()).chain(self.demands.connections()).chain(full)
    }

    /// Refusals that are not judged yet are looked at again.
    pub fn look_at_refusals(&mut self) {
        self.connections.extend(self.refusals.keys().copied());
    }

    /// The daemon dies again and again.
    pub fn is_crash_loop(&self) -> bool {
        self.crashes.is_loop()
    }

    /// SAs came: some rules wait for that.
    pub fn arrived(&mut self, came: &[Slot<Sa>]) {
        if !self.full_devices.is_empty() || !self.foreign.is_empty() {
            self.arrived.extend_from_slice(came);
        }
    }

    /// What was remembered of the old process's states means nothing now.
    pub fn new_process(&mut self) {
        self.refusals.clear();
        self.fell_back.clear();
        self.addresses.clear();
        self.down.clear();
        self.orphans.look();
    }
}

impl Engine {
    // --- what is to be judged

    pub(super) fn touch_tunnel(&mut self, tunnel: Slot<Tunnel>) {
        // Everything is looked at once when the first join is done.
        if !self.facts.joined {
            return;
        }
        self.rules.tunnels.insert(tunnel);
        if let Some(connection) = self.facts.claims.tunnel_at(tunnel).map(|tunnel| tunnel.connection) {
            self.rules.connections.insert(connection);
        }
    }

    pub(super) fn touch_child(&mut self, child: Slot<Child>) {
        if let Some(tunnel) = self.facts.claims.child_at(child).map(|child| child.tunnel) {
            self.touch_tunnel(tunnel);
        }
    }

    pub(super) fn touch_connection(&mut self, connection: Slot<Connection>) {
        self.rules.connections.insert(connection);
        if let Some(connection) = self.facts.claims.connection_at(connection) {
            self.rules.tunnels.extend(connection.tunnels.iter().copied());
        }
    }

    /// A negotiation ended, or an SA came that may be its: that matters to the connection, and to those of its tunnels that lack something
    /// or are close to an end. Others of its tunnels may be many thousands.
    pub(super) fn touch_what_lacks(&mut self, connection: Slot<Connection>) {
        if !self.rules.watched.near.is_empty() {
            self.touch_connection(connection);
            return;
        }
        self.rules.connections.insert(connection);
        let lacking: Vec<_> = self.facts.losses.of_connection(connection).collect();
        for child in lacking {
            self.touch_child(child);
        }
    }

    pub(super) fn touch_every_tunnel(&mut self) {
        self.rules.tunnels.extend(self.facts.claims.tunnels().map(|(slot, _)| slot));
        self.rules.connections.extend(self.facts.claims.connections().map(|(slot, _)| slot));
    }

    pub(super) fn touch_children_of_ike(&mut self, connection: Slot<Connection>, ike: Option<Serial>) {
        self.touch_connection(connection);
        // Other connections' Child SAs may have been on the same IKE SA.
        if let Some(ike) = ike {
            let children: Vec<_> = self.facts.claims.children_of_ike(ike).collect();
            for child in children {
                self.touch_child(child);
            }
        }
    }

    /// Judges what was touched.
    pub(super) fn judge(&mut self, out: &mut Vec<Effect>) {
        if !self.facts.joined {
            return;
        }
        for slot in std::mem::take(&mut self.rules.arrived) {
            self.device_took(slot);
            self.foreign_came(slot, out);
        }
        let touched = !self.rules.tunnels.is_empty();
        while let Some(tunnel) = self.rules.tunnels.pop_first() {
            if let Some(row) = self.facts.claims.tunnel_at(tunnel) {
                self.rules.judged.entry(row.connection).or_default().insert(tunnel);
            }
            self.judge_tunnel(tunnel, out);
            self.remedies_see_tunnel(tunnel);
        }
        self.tell_faults(out);
        if std::mem::take(&mut self.rules.death_changed) {
            self.tell_death(out);
        }
        self.judge_orphans(out);
        if touched {
            self.sample_if_worth_it();
            self.judge_lost_devices(out);
        }
        if self.facts.sad.take_devices_changed() {
            self.judge_unsafe_devices(out);
        }
        self.ask_for_ways(out);
        self.judge_ways(out);
        while let Some(connection) = self.rules.connections.pop_first() {
            let judged = self.rules.judged.remove(&connection).unwrap_or_default();
            self.judge_duplicates(connection, &judged, out);
            // What may explain that a tunnel is down was judged before.
            self.judge_refusal(connection, out);
            self.judge_policies(connection, &judged, out);
            self.judge_down(connection, out);
        }
        self.rules.judged.clear();
        self.judge_bare(out);
        self.judge_daemon_back(out);
        self.judge_crash_loop(out);
        self.judge_absence(out);
        self.judge_blind(out);
        self.judge_events_lost(out);
        if let Some(at) = self.book.forgets_at().filter(|_| !self.facts.timers.has(Timer::Prune)) {
            self.facts.timers.set(at, Timer::Prune);
        }
        self.forget_what_is_over();
    }

    fn judge_tunnel(&mut self, slot: Slot<Tunnel>, out: &mut Vec<Effect>) {
        let Some(tunnel) = self.facts.claims.tunnel_at(slot) else { return };
        let connection = tunnel.connection;
        let mut found = Vec::new();
        if let Some(newest) = self.facts.claims.newest(slot) {
            found.extend(self.missing(newest, out));
            found.extend(self.not_offloaded(connection, newest));
            found.extend(self.expiring(connection, newest));
            found.extend(self.traffic_faults(slot));
        }
        self.rules.faults.set(slot, connection, found);
        if self.facts.claims.forget_tunnel(slot) {
            self.rules.tunnel_gone(connection, slot);
        }
    }

    /// At the first full join.
    pub(super) fn after_join(&mut self) {
        if self.facts.life.table.is_some() {
            self.watch_unclaimed();
        }
    }

    pub(super) fn table_was_dumped(&mut self, table: Table, began: u64, out: &mut Vec<Effect>) {
        self.events_may_be_whole(table, began);
        if table == Table::Sad {
            self.losses_may_be_whole(out);
        }
    }

    /// Closes a finding that does not hold any more, as `source` shows. Nothing happens where it is not open.
    fn over(&mut self, source: Source, code: Code, scope: &str, out: &mut Vec<Effect>) {
        let why = self.evidence(source, words::over(code));
        self.book.close(&id(code, scope), why, self.facts.now, out);
    }

    /// Whether a device-wide or host-wide finding tells it already.
    fn daemon_is_in_trouble(&self) -> bool {
        self.facts.life.daemon.is_none()
            || self.facts.life.death.is_some()
            || self.facts.life.hung.is_some()
            || self.facts.life.shutting_down.is_some()
    }

    pub(super) fn connection_text(&self, connection: Slot<Connection>) -> String {
        self.facts
            .claims
            .connection_at(connection)
            .map(|c| self.facts.names.text(c.name).to_owned())
            .unwrap_or_default()
    }

    pub(super) fn connection_stands(&self, connection: Slot<Connection>) -> bool {
        let Some(connection) = self.facts.claims.connection_at(connection) else { return false };
        connection.tunnels.iter().any(|tunnel| self.newest_stands(*tunnel))
    }

    pub(super) fn newest_stands(&self, tunnel: Slot<Tunnel>) -> bool {
        self.facts.claims.newest_child(tunnel).is_some_and(Child::stands)
    }

    /// For how long the newest pair of a connection has stood: the longest time, or one that is enough.
    fn stood_for(&self, connection: Slot<Connection>) -> Option<Duration> {
        let connection = self.facts.claims.connection_at(connection)?;
        let newest = connection.tunnels.iter().filter_map(|tunnel| self.facts.claims.newest_child(*tunnel));
        let mut stood = newest.filter(|child| child.stands()).map(|child| self.facts.now.since(child.established));
        let first = stood.next()?;
        let longest = stood.try_fold(first, |longest, stood| match longest.max(stood) {
            enough if enough >= STANDS_AFTER => Err(enough),
            longest => Ok(longest),
        });
        Some(longest.unwrap_or_else(|enough| enough))
    }

    /// When a step was so long ago that it explains nothing now.
    fn is_recent(&self, at: Boottime, within: Duration) -> bool {
        self.facts.now.since(at) < within
    }
}
