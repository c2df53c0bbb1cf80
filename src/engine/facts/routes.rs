//! The ways out of the traffic that the NIC is to protect: what the kernel said of each.

use std::collections::{BTreeMap, BTreeSet};

use super::slab::Slot;
use super::spd::Policy;
use crate::model::{AskId, Boottime, Route, RouteQuery};

/// All ways.
#[derive(Debug, Default)]
pub struct Routes {
    pub(super) ways: BTreeMap<RouteQuery, RouteWay>,
    by_policy: BTreeMap<Slot<Policy>, RouteQuery>,
    pub(super) wanted: BTreeSet<RouteQuery>,
    pub(super) asked: BTreeMap<AskId, RouteQuery>,
    /// Something changed: all are to be asked for again.
    pub(super) stale: bool,
    /// Since when they are being asked for again.
    pub(super) again: Option<Boottime>,
    pub(super) floor: Boottime,
    /// Policies to be judged.
    pub touched: BTreeSet<Slot<Policy>>,
}

#[derive(Debug, Default)]
pub(super) struct RouteWay {
    pub(super) policies: BTreeSet<Slot<Policy>>,
    pub(super) answer: Option<Option<Route>>,
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
    pub(super) fn set(&mut self, policy: Slot<Policy>, query: Option<RouteQuery>) {
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
