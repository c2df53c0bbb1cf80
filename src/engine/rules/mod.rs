//! The rules: one file a family. Each looks at what is true now, so that looking twice does no harm.

mod not_offloaded;
mod not_restored;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::book::id;
use super::findings::Want;
use super::timers::Timer;
use super::{Engine, ROUNDS};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection, Tunnel};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::join::How;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::model::{Code, Effect, Evidence, Serial, Source, Table};

/// A claimed SA that the kernel never showed is looked for after this time.
pub const NEVER_SEEN_AFTER: Duration = Duration::from_secs(2);

/// What is over when a pair has stood for a while.
const OVER_WITH_A_PAIR: [Code; 1] = [Code::TunnelNotRestored];

/// Codes of tunnels' faults that are no findings of their own yet.
const FAULTS: &[Code] = &[Code::SaNotOffloaded, Code::OffloadDowngraded];

/// What the rules remember between two steps.
#[derive(Debug, Default)]
pub struct Rules {}

impl Engine {
    /// Judges what was touched, and what that touches.
    pub(super) fn judge(&mut self, out: &mut Vec<Effect>) {
        if !self.facts.joined {
            return;
        }
        for _ in 0..ROUNDS {
            self.facts.ask_for_ways(out);
            let touched = self.facts.take_touched();
            self.judge_round(&touched, out);
            let mut wants = Vec::new();
            self.findings.look(&self.facts, &touched, (&mut self.book, &mut wants), out);
            self.facts.grant(wants, out);
            self.hear(out);
            if !self.facts.is_touched() {
                break;
            }
        }
        if let Some(at) = self.book.forgets_at().filter(|_| !self.facts.timers.has(Timer::Prune)) {
            self.facts.timers.set(at, Timer::Prune);
        }
        if self.facts.is_time_to_forget() {
            let spoken_of = self.connections_spoken_of();
            self.facts.forget_what_is_over(&spoken_of);
        }
    }

    fn judge_round(&mut self, touched: &Touched, out: &mut Vec<Effect>) {
        for tunnel in &touched.tunnels {
            self.judge_tunnel(*tunnel, out);
            self.course(out, |course, _| course.remedies_see_tunnel(*tunnel));
        }
        self.tell_faults(out);
        if !touched.tunnels.is_empty() {
            self.facts.sample_if_worth_it();
        }
        for connection in touched.connections.keys() {
            self.not_restored_again(*connection, out);
        }
        self.judge_not_restored(out);
    }

    fn judge_tunnel(&mut self, slot: Slot<Tunnel>, out: &mut Vec<Effect>) {
        let Some(tunnel) = self.facts.claims.tunnel_at(slot) else { return };
        let connection = tunnel.connection;
        let mut found = Vec::new();
        if let Some(newest) = self.facts.claims.newest(slot) {
            found.extend(self.facts.not_offloaded(connection, newest));
        }
        let mut wants = Vec::new();
        self.findings.voice(&self.facts, FAULTS, (&mut self.book, &mut wants), out).set_faults(
            &self.facts,
            slot,
            found,
        );
        self.facts.claims.forget_tunnel(slot);
    }

    fn tell_faults(&mut self, out: &mut Vec<Effect>) {
        let mut wants = Vec::new();
        let mut say = self.findings.voice(&self.facts, FAULTS, (&mut self.book, &mut wants), out);
        say.tell_faults(&self.facts, words::tunnel_fault, words::over(Code::SaNotOffloaded));
    }

    /// In findings, by remedies or rules, or as what was up before this run.
    fn connections_spoken_of(&self) -> BTreeSet<Slot<Connection>> {
        let earlier = self.facts.standing.earlier.iter().flat_map(|kept| &kept.tunnels);
        let earlier = earlier.map(|up| up.connection.as_str());
        let texts = self.book.connections().chain(self.remedies.connections()).chain(earlier);
        let named = texts.filter_map(|text| self.facts.connection_named(text));
        named.chain(self.undecided_connections()).collect()
    }

    /// Connections of which something is not decided, or not over.
    pub(super) fn undecided_connections(&self) -> impl Iterator<Item = Slot<Connection>> {
        self.facts.refusals.connections().chain(self.facts.demands.connections()).chain(self.findings.undecided())
    }

    /// What happened in this step is heard once, in its order.
    pub(super) fn hear(&mut self, out: &mut Vec<Effect>) {
        while !self.facts.happened.is_empty() {
            for happened in std::mem::take(&mut self.facts.happened) {
                let mut wants = Vec::new();
                self.findings.hear(&happened, &self.facts, (&mut self.book, &mut wants), out);
                self.facts.grant(wants, out);
                self.hear_one(happened, out);
            }
        }
    }

    fn hear_one(&mut self, happened: Happened, out: &mut Vec<Effect>) {
        match happened {
            Happened::NegotiationOver(connection) => {
                self.course(out, |course, _| course.remedies_see_connection(connection))
            }
            Happened::PairStands(connection) => self.over_with_a_pair(connection, out),
            Happened::TakenDown(connection, seen) => self.over_by_order(connection, &seen, out),
            Happened::PolicySet(_) => self.course(out, |course, _| course.fence_changed()),
            Happened::PolicyDeleted(policy) => self.course(out, |course, _| course.fence_loses(&policy)),
            Happened::UpChanged => self.remedies.keep_soon(),
            _ => {}
        }
    }

    fn over_with_a_pair(&mut self, connection: Slot<Connection>, out: &mut Vec<Effect>) {
        let name = self.facts.connection_text(connection);
        for code in OVER_WITH_A_PAIR {
            if self.book.is_open(code, &name) {
                self.over(Source::Engine, code, &name, out);
            }
        }
    }

    /// What was said of it is over: nobody wants it up.
    fn over_by_order(&mut self, connection: Slot<Connection>, seen: &Evidence, out: &mut Vec<Effect>) {
        let name = self.facts.connection_text(connection);
        for code in OVER_WITH_A_PAIR {
            self.book.close(&id(code, &name), seen.clone(), self.facts.now, out);
        }
    }

    /// Closes a finding that does not hold any more, as `source` shows. Nothing happens where it is not open.
    fn over(&mut self, source: Source, code: Code, scope: &str, out: &mut Vec<Effect>) {
        let why = self.facts.evidence(source, words::over(code));
        self.book.close(&id(code, scope), why, self.facts.now, out);
    }
}

impl Facts {
    // --- what is to be judged

    /// What is to be judged now; what it touches in turn is judged after it.
    pub(super) fn take_touched(&mut self) -> Touched {
        if !self.tunnels.is_empty() {
            self.losses_may_be_over();
        }
        let tunnels = std::mem::take(&mut self.tunnels);
        let mut connections: BTreeMap<_, BTreeSet<_>> =
            std::mem::take(&mut self.connections).into_iter().map(|slot| (slot, BTreeSet::new())).collect();
        let rows = tunnels.iter().filter_map(|slot| Some((*slot, self.claims.tunnel_at(*slot)?.connection)));
        for (tunnel, connection) in rows.chain(std::mem::take(&mut self.served)) {
            connections.entry(connection).or_default().insert(tunnel);
        }
        Touched {
            tunnels,
            connections,
            came: std::mem::take(&mut self.arrived),
            policies: std::mem::take(&mut self.routes.touched),
            devices: self.sad.take_devices_changed(),
            death: std::mem::take(&mut self.death_changed),
        }
    }

    pub(super) fn is_touched(&self) -> bool {
        !self.tunnels.is_empty() || !self.connections.is_empty() || !self.arrived.is_empty() || self.death_changed
    }

    /// Does what findings want.
    pub(super) fn grant(&mut self, wants: Vec<Want>, out: &mut Vec<Effect>) {
        for want in wants {
            match want {
                Want::Ask(question) => self.want_daemon(question),
                Want::Dump(table) => self.want_dump(table),
                Want::Read(id) => {
                    if !self.read_sa(id, out) {
                        self.want_dump(Table::Sad);
                    }
                }
                Want::LookFor(id) => drop(self.read_sa(id, out)),
                Want::WorkInstead(instead) => self.work_is_done_instead(&instead),
                Want::Tunnel(tunnel) => self.touch_tunnel(tunnel),
                Want::Connection(connection) => self.touch_connection(connection),
                Want::EveryTunnel => self.touch_every_tunnel(),
                Want::TunnelAt(at, tunnel) => self.timers.set(at, Timer::Tunnel(tunnel)),
                Want::Story(line) => self.story.tell(line),
                Want::ReinstallBegins(sa) => self.reinstall_begins(sa),
                Want::ReinstallEnded(sa) => self.reinstall_ended(sa),
                Want::ReinstallLost(sa) => {
                    self.reinstall_lost(&sa);
                    // The event of it may still be under way.
                    self.sa_deleted(&sa, How::Deleted, None, out);
                }
                Want::Recall(kept) => {
                    self.absence.begin(self.now, kept.stopped.clone());
                    self.standing.earlier = Some(kept);
                }
                Want::Fenced(change) => self.fence_was_set(&change),
                Want::Cover(line) => drop(self.coverage.insert(line.source, line)),
                Want::RefusalTold(connection) => {
                    self.refusals.settle(connection);
                    // What was told as a consequence before is its consequence now.
                    self.connections.insert(connection);
                }
                Want::DownTold(connection) => self.down_was_told(connection),
                Want::DeathIsOver => self.death_is_over(),
                Want::CrashesAreOver => self.crashes_are_over(),
            }
        }
    }

    pub(super) fn touch_tunnel(&mut self, tunnel: Slot<Tunnel>) {
        // Everything is looked at once when the first join is done.
        if !self.joined {
            return;
        }
        self.tunnels.insert(tunnel);
        if let Some(connection) = self.claims.tunnel_at(tunnel).map(|tunnel| tunnel.connection) {
            self.connections.insert(connection);
        }
    }

    pub(super) fn touch_child(&mut self, child: Slot<Child>) {
        if let Some(tunnel) = self.claims.child_at(child).map(|child| child.tunnel) {
            self.touch_tunnel(tunnel);
        }
    }

    pub(super) fn touch_connection(&mut self, connection: Slot<Connection>) {
        self.connections.insert(connection);
        if let Some(connection) = self.claims.connection_at(connection) {
            self.tunnels.extend(connection.tunnels.iter().copied());
        }
    }

    /// A negotiation ended, or an SA came that may be its: that matters to the connection, and to those of its tunnels that lack something
    /// or are close to an end. Others of its tunnels may be many thousands.
    pub(super) fn touch_what_lacks(&mut self, connection: Slot<Connection>) {
        if !self.near.is_empty() {
            self.touch_connection(connection);
            return;
        }
        self.connections.insert(connection);
        let lacking: Vec<_> = self.losses.of_connection(connection).collect();
        for child in lacking {
            self.touch_child(child);
        }
    }

    pub(super) fn touch_every_tunnel(&mut self) {
        self.tunnels.extend(self.claims.tunnels().map(|(slot, _)| slot));
        self.connections.extend(self.claims.connections().map(|(slot, _)| slot));
    }

    pub(super) fn touch_children_of_ike(&mut self, connection: Slot<Connection>, ike: Option<Serial>) {
        self.touch_connection(connection);
        // Other connections' Child SAs may have been on the same IKE SA.
        if let Some(ike) = ike {
            let children: Vec<_> = self.claims.children_of_ike(ike).collect();
            for child in children {
                self.touch_child(child);
            }
        }
    }

    pub(super) fn table_was_dumped(&mut self, table: Table, began: u64) {
        self.events_may_be_whole(table, began);
        if table == Table::Sad {
            self.losses_may_be_whole();
        }
    }

    /// Whether a device-wide or host-wide finding tells it already.
    pub(super) fn daemon_is_in_trouble(&self) -> bool {
        self.life.daemon.is_none()
            || self.life.death.is_some()
            || self.life.hung.is_some()
            || self.life.shutting_down.is_some()
    }

    pub(super) fn connection_stands(&self, connection: Slot<Connection>) -> bool {
        let Some(connection) = self.claims.connection_at(connection) else { return false };
        connection.tunnels.iter().any(|tunnel| self.newest_stands(*tunnel))
    }

    pub(super) fn newest_stands(&self, tunnel: Slot<Tunnel>) -> bool {
        self.claims.newest_child(tunnel).is_some_and(Child::stands)
    }
}
