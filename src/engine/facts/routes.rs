//! The ways out of the traffic that the NIC is to protect: what is asked of the kernel, when, and what it said.
//!
//! A policy's way is asked for when the policy comes. When routes, rules or links change, all are asked for again: which of them moved,
//! only the kernel's own lookup tells. A storm of changes costs at most a tenth of the kernel's time for it.

use std::collections::{BTreeMap, BTreeSet};

use super::Facts;
use super::slab::Slot;
use super::spd::Policy;
use crate::engine::facts::timer::Timer;
use crate::model::{AskId, Boottime, Effect, Failure, Route, RouteQuery};

/// Questions under way at a time.
const TOGETHER: usize = 64;
/// After all ways have been asked for in t, they are not asked for again for this many times t.
const REST_TIMES: u32 = 10;

/// All ways.
#[derive(Debug, Default)]
pub struct Routes {
    ways: BTreeMap<RouteQuery, Way>,
    by_policy: BTreeMap<Slot<Policy>, RouteQuery>,
    wanted: BTreeSet<RouteQuery>,
    asked: BTreeMap<AskId, RouteQuery>,
    /// Something changed: all are to be asked for again.
    stale: bool,
    /// Since when they are being asked for again.
    again: Option<Boottime>,
    floor: Boottime,
    /// Policies to be judged.
    pub touched: BTreeSet<Slot<Policy>>,
}

#[derive(Debug, Default)]
struct Way {
    policies: BTreeSet<Slot<Policy>>,
    answer: Option<Option<Route>>,
}

impl Routes {
    /// Whether questions are under way, or will be.
    pub fn is_asking(&self) -> bool {
        !self.asked.is_empty() || !self.wanted.is_empty()
    }

    /// How a policy's traffic leaves, as far as is known.
    pub fn way_of(&self, policy: Slot<Policy>) -> Option<(RouteQuery, Route)> {
        let query = self.by_policy.get(&policy)?;
        Some((*query, self.ways.get(query)?.answer.flatten()?))
    }

    /// What is to be asked for a policy; none where it went, or nothing can be asked. Policies with one question share its answer.
    fn set(&mut self, policy: Slot<Policy>, query: Option<RouteQuery>) {
        self.touched.insert(policy);
        let before = self.by_policy.get(&policy).copied();
        if before == query {
            return;
        }
        if let Some(before) = before {
            self.by_policy.remove(&policy);
            if let Some(way) = self.ways.get_mut(&before) {
                way.policies.remove(&policy);
                if way.policies.is_empty() {
                    self.ways.remove(&before);
                    self.wanted.remove(&before);
                }
            }
        }
        if let Some(query) = query {
            self.by_policy.insert(policy, query);
            let way = self.ways.entry(query).or_default();
            if way.policies.is_empty() {
                self.wanted.insert(query);
            }
            way.policies.insert(policy);
        }
    }
}

impl Facts {
    /// Routes or rules changed.
    pub(in crate::engine) fn routes_changed(&mut self) {
        self.routes.stale = !self.routes.ways.is_empty();
    }

    /// An interface came, changed or went: routes go with it, and not every one is told of.
    pub(in crate::engine) fn links_changed_ways(&mut self) {
        if self.spd.has_any_on_device() {
            self.spd.touch_on_device();
            self.routes_changed();
        }
    }

    /// Asks for the ways that are not known, or not any more.
    pub(in crate::engine) fn ask_for_ways(&mut self, out: &mut Vec<Effect>) {
        for slot in self.spd.take_touched() {
            let query = self.way_wanted(slot);
            self.routes.set(slot, query);
        }
        self.ask_again_where_stale();
        while self.routes.asked.len() < TOGETHER {
            // One that is under way is asked again when it is answered: the answer may be older than the change.
            let under_way = |query: &&RouteQuery| self.routes.asked.values().any(|asked| asked == *query);
            let Some(query) = self.routes.wanted.iter().find(|query| !under_way(query)).copied() else { break };
            self.routes.wanted.remove(&query);
            let ask = self.asks.next();
            self.routes.asked.insert(ask, query);
            out.push(Effect::Route { ask, query });
        }
    }

    fn ask_again_where_stale(&mut self) {
        let routes = &mut self.routes;
        if let Some(began) = routes.again
            && !routes.is_asking()
        {
            routes.again = None;
            routes.floor = self.now + self.now.since(began).saturating_mul(REST_TIMES);
        }
        if !routes.stale || routes.again.is_some() {
            return;
        }
        if self.now < routes.floor {
            if !self.timers.has(Timer::RouteFloor) {
                self.timers.set(routes.floor, Timer::RouteFloor);
            }
            return;
        }
        routes.stale = false;
        routes.again = Some(self.now);
        routes.wanted.extend(routes.ways.keys());
    }

    /// The packets to ask for. In a VRF they are looked up in its own table.
    fn way_wanted(&self, slot: Slot<Policy>) -> Option<RouteQuery> {
        let policy = &self.spd.get(slot)?.policy;
        if !policy.is_in_packet_mode() {
            return None;
        }
        let master = self.links.get(policy.offload?.ifindex).and_then(|link| link.master);
        let vrf =
            master.filter(|master| self.links.get(*master).is_some_and(|link| link.kind.as_deref() == Some("vrf")));
        policy.way_out(vrf.unwrap_or(0))
    }

    pub(in crate::engine) fn routed(
        &mut self,
        ask: AskId,
        query: &RouteQuery,
        answer: &Result<Option<Route>, Failure>,
    ) {
        if self.routes.asked.remove(&ask).is_none() {
            return;
        }
        let Some(way) = self.routes.ways.get_mut(query) else { return };
        // Where the kernel did not answer, nothing is known: neither that it is well, nor that it is not.
        let answer = answer.as_ref().ok().copied();
        if way.answer != answer {
            way.answer = answer;
            self.routes.touched.extend(&way.policies);
        }
    }
}
