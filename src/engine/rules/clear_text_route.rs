//! `clear-text-route`: the NIC encrypts what is given to it. In packet mode the kernel gives plain packets to the device that their
//! route names, whatever device the policy is on, and nothing stops them there.
//!
//! Seen on 6.12.117: in transport mode the route of the packets decides, in tunnel mode that of the outer addresses, and only for what this
//! host itself sends: forwarded packets are given to the policy's device (net/xfrm/xfrm_output.c, `xfrm_dev_direct_output`).

use std::collections::{BTreeMap, BTreeSet};

use super::words;
use crate::engine::Engine;
use crate::engine::facts::Facts;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::spd::Policy;
use crate::engine::findings::Draft;
use crate::model::{Affected, Code, Effect, Evidence, Reason, Route, RouteQuery, Severity, Source, Span, Subject};

/// Policies told of as evidence.
const SHOWN: usize = 4;

/// Policies whose traffic leaves by another device than theirs.
#[derive(Debug, Default)]
pub struct Astray {
    scopes: BTreeMap<Slot<Policy>, String>,
    policies: BTreeMap<String, BTreeSet<Slot<Policy>>>,
    changed: BTreeSet<String>,
}

impl Astray {
    fn set(&mut self, policy: Slot<Policy>, scope: Option<String>) {
        if let Some(before) = self.scopes.remove(&policy) {
            if let Some(policies) = self.policies.get_mut(&before) {
                policies.remove(&policy);
                if policies.is_empty() {
                    self.policies.remove(&before);
                }
            }
            self.changed.insert(before);
        }
        if let Some(scope) = scope {
            self.scopes.insert(policy, scope.clone());
            self.policies.entry(scope.clone()).or_default().insert(policy);
            self.changed.insert(scope);
        }
    }
}

impl Engine {
    pub(super) fn judge_ways(&mut self, connections: bool, out: &mut Vec<Effect>) {
        if connections {
            // Whose policy it is may be known now.
            self.facts.routes.touched.extend(self.rules.astray.scopes.keys());
        }
        while let Some(slot) = self.facts.routes.touched.pop_first() {
            let scope = self.facts.goes_astray(slot).and_then(|_| self.facts.owner(slot)).map(|(scope, _)| scope);
            self.rules.astray.set(slot, scope);
        }
        while let Some(scope) = self.rules.astray.changed.pop_first() {
            match self.astray_draft(&scope) {
                Some(draft) => self.book.open(draft, self.facts.now, self.facts.wall, out),
                None => {
                    self.over(Source::Routes, Code::ClearTextRoute, &scope, out);
                }
            }
        }
    }

    fn astray_draft(&self, scope: &str) -> Option<Draft> {
        let policies = self.rules.astray.policies.get(scope)?;
        let first = *policies.first()?;
        let (query, route) = self.facts.goes_astray(first)?;
        let (_, connection) = self.facts.owner(first)?;
        let device = self.facts.links.name(self.facts.spd.get(first)?.policy.offload?.ifindex);
        let whose = connection.clone().unwrap_or_else(|| scope.replace('-', " to "));
        let told = words::clear_text_route(&whose, &query, &self.facts.links.name(route.ifindex), &device);
        let affected = if policies.len() > 1 { self.facts.astray_list(policies) } else { Affected::default() };
        Some(Draft {
            code: Code::ClearTextRoute,
            scope: scope.to_owned(),
            reason: Reason::OtherDevice,
            severity: Severity::Critical,
            subject: Subject {
                connection,
                dst: Some(query.dst),
                direction: Some(Span::Out),
                device: Some(device),
                ..Subject::default()
            },
            affected,
            summary: told.summary,
            advice: told.advice,
            evidence: policies
                .iter()
                .take(SHOWN)
                .filter_map(|slot| self.facts.astray_evidence(*slot))
                .flatten()
                .collect(),
            again: false,
            speaks_of: std::collections::BTreeSet::new(),
        })
    }
}

impl Facts {
    /// The packets that were asked for, and the device that they leave by, where it is not the policy's.
    fn goes_astray(&self, slot: Slot<Policy>) -> Option<(RouteQuery, Route)> {
        let device = self.spd.get(slot)?.policy.offload?.ifindex;
        // A device that is down or gone took its policies along, without an event.
        self.links.get(device).filter(|link| link.up)?;
        self.routes.way_of(slot).filter(|(_, route)| route.ifindex != device)
    }

    /// The connection whose policy it is; of a policy that is nobody's, its addresses.
    fn owner(&self, slot: Slot<Policy>) -> Option<(String, Option<String>)> {
        let row = self.spd.get(slot)?;
        if let Some(connection) = row.reqid().and_then(|reqid| self.claims.connection_of_reqid(reqid)) {
            let name = self.connection_text(connection);
            return Some((name.clone(), Some(name)));
        }
        let (template, selector) = (row.policy.template?, &row.policy.id.selector);
        let or = |outer: std::net::IpAddr, inner| if outer.is_unspecified() { inner } else { outer };
        Some((format!("{}-{}", or(template.src, selector.src), or(template.dst, selector.dst)), None))
    }

    fn astray_evidence(&self, slot: Slot<Policy>) -> Option<[Evidence; 2]> {
        let policy = &self.spd.get(slot)?.policy;
        let (query, route) = self.goes_astray(slot)?;
        let device = self.links.name(policy.offload?.ifindex);
        let via = route.gateway.map(|gateway| format!(" via {gateway}")).unwrap_or_default();
        let table = route.table.map(|table| format!(", table {table}")).unwrap_or_default();
        let leaves = format!("asked for the route to {query}: by {}{via}{table}", self.links.name(route.ifindex));
        Some([
            self.evidence(Source::Xfrm, format!("policy {} is on {device}", policy.id)),
            self.evidence(Source::Routes, leaves),
        ])
    }

    fn astray_list(&self, policies: &BTreeSet<Slot<Policy>>) -> Affected {
        let rows = policies.iter().filter_map(|slot| self.spd.get(*slot));
        Affected::listing(0, 0, rows.map(|row| format!("policy {}", row.policy.id)))
    }
}
