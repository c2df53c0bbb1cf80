//! When the kernel is asked for the ways out, and what its answers touch.
//!
//! A policy's way is asked for when the policy comes. When routes, rules or links change, all are asked for again: which of them moved,
//! only the kernel's own lookup tells. A storm of changes costs at most a tenth of the kernel's time for it.

use crate::engine::facts::Facts;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::spd::Policy;
use crate::engine::facts::timer::Timer;
use crate::model::{AskId, Effect, Failure, Route, RouteQuery};

/// Questions under way at a time.
const TOGETHER: usize = 64;
/// After all ways have been asked for in t, they are not asked for again for this many times t.
const REST_TIMES: u32 = 10;

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
