//! `clear-text-route` and `route-blackhole`: the NIC encrypts what is given to it. In packet mode some kernels give plain packets to the
//! device that their route names, whatever device the policy is on, and nothing stops them there; others drop them and count `XfrmOutError`
//! (net/xfrm/xfrm_device.c, `xfrm_dev_offload_ok`). Where a kernel does not say which it does, it is told as the worse of the two.
//!
//! Seen on 6.12.117 and 7.3.4: in transport mode the route of the packets decides, in tunnel mode that of the outer addresses, and only for
//! what this host itself sends: forwarded packets are given to the policy's device (net/xfrm/xfrm_output.c, `xfrm_dev_direct_output`).

mod page;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::spd::Policy;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::want::Want;
use crate::model::{Affected, Code, Evidence, Reason, Route, RouteQuery, Source, Span, Subject};

const CODES: &[Code] = &[Code::ClearTextRoute, Code::RouteBlackhole];

/// Policies told of as evidence.
const SHOWN: usize = 4;

/// Policies whose traffic leaves by another device than theirs.
#[derive(Debug, Default)]
pub(super) struct ClearTextRoute {
    scopes: BTreeMap<Slot<Policy>, String>,
    policies: BTreeMap<String, BTreeSet<Slot<Policy>>>,
    changed: BTreeSet<String>,
    /// Connections that are told of: what their tunnels do not send is no news.
    told: BTreeMap<String, Slot<Connection>>,
}

impl FindingRule for ClearTextRoute {
    fn codes(&self) -> &'static [Code] {
        CODES
    }

    fn pages(&self) -> &'static [Page] {
        &page::PAGES
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        // Whose policy it is may be known now.
        let known: Vec<_> = match touched.connections.is_empty() {
            true => Vec::new(),
            false => self.scopes.keys().filter(|slot| !touched.policies.contains(*slot)).copied().collect(),
        };
        for slot in touched.policies.iter().copied().chain(known) {
            let scope = goes_astray(slot, facts).and_then(|_| owner(slot, facts)).map(|owner| owner.scope);
            self.set(slot, scope);
        }
        while let Some(scope) = self.changed.pop_first() {
            let first = self.policies.get(&scope).and_then(BTreeSet::first);
            let connection = first.and_then(|slot| owner(*slot, facts)?.connection);
            match self.draft(&scope, facts, say) {
                Some(draft) => say.open(draft.explaining(connection)),
                None => say.over(code(facts), &scope, (Source::Routes, words::OVER)),
            }
            let before = match connection {
                Some(connection) => self.told.insert(scope, connection),
                None => self.told.remove(&scope),
            };
            if before != connection {
                let rows = before.into_iter().chain(connection).filter_map(|slot| facts.claims.connection_at(slot));
                rows.flat_map(|row| &row.tunnels).for_each(|tunnel| say.want(Want::Tunnel(*tunnel)));
            }
        }
    }
}

impl ClearTextRoute {
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

    fn draft(&self, scope: &str, facts: &Facts, say: &Say<'_>) -> Option<Draft> {
        let policies = self.policies.get(scope)?;
        let first = *policies.first()?;
        let (query, route) = goes_astray(first, facts)?;
        let connection = owner(first, facts)?.connection.map(|slot| facts.connection_text(slot));
        let device = facts.links.name(facts.spd.get(first)?.policy.offload?.ifindex);
        let whose = connection.clone().unwrap_or_else(|| scope.replace('-', " to "));
        let drops = facts.started.abilities.packet_mode_keeps_in;
        let told = words::astray(drops, &whose, &query, &facts.links.name(route.ifindex), &device);
        let (dst, direction, device) = (Some(query.dst), Some(Span::Out), Some(device));
        let lines = policies.iter().take(SHOWN).filter_map(|slot| lines(*slot, facts, say)).flatten();
        let draft = Draft::of(code(facts), scope, told).because(Reason::OtherDevice).critical().shown_by(lines);
        let draft = draft.about(Subject { connection, dst, direction, device, ..Subject::default() });
        Some(if policies.len() > 1 { draft.affecting(list(policies, facts)) } else { draft })
    }
}

/// What becomes of what goes astray on this kernel.
fn code(facts: &Facts) -> Code {
    match facts.started.abilities.packet_mode_keeps_in {
        Some(true) => Code::RouteBlackhole,
        _ => Code::ClearTextRoute,
    }
}

/// The packets that were asked for, and the device that they leave by, where it is not the policy's.
fn goes_astray(slot: Slot<Policy>, facts: &Facts) -> Option<(RouteQuery, Route)> {
    let device = facts.spd.get(slot)?.policy.offload?.ifindex;
    // A device that is down or gone took its policies along, without an event.
    facts.links.get(device).filter(|link| link.up)?;
    facts.routes.way_of(slot).filter(|(_, route)| route.ifindex != device)
}

/// Whose policy it is, and how that is told.
struct AstrayOwner {
    scope: String,
    connection: Option<Slot<Connection>>,
}

/// The connection whose policy it is; of a policy that is nobody's, its addresses.
fn owner(slot: Slot<Policy>, facts: &Facts) -> Option<AstrayOwner> {
    let row = facts.spd.get(slot)?;
    if let Some(connection) = row.reqid().and_then(|reqid| facts.claims.connection_of_reqid(reqid)) {
        return Some(AstrayOwner { scope: facts.connection_text(connection), connection: Some(connection) });
    }
    let (template, selector) = (row.policy.template?, &row.policy.id.selector);
    let or = |outer: IpAddr, inner| if outer.is_unspecified() { inner } else { outer };
    let scope = format!("{}-{}", or(template.src, selector.src), or(template.dst, selector.dst));
    Some(AstrayOwner { scope, connection: None })
}

fn lines(slot: Slot<Policy>, facts: &Facts, say: &Say<'_>) -> Option<[Evidence; 2]> {
    let policy = &facts.spd.get(slot)?.policy;
    let (query, route) = goes_astray(slot, facts)?;
    let device = facts.links.name(policy.offload?.ifindex);
    let by = facts.links.name(route.ifindex);
    Some([
        say.line(Source::Xfrm, words::policy(policy, &device)),
        say.line(Source::Routes, words::leaves(&query, &route, &by)),
    ])
}

fn list(policies: &BTreeSet<Slot<Policy>>, facts: &Facts) -> Affected {
    let rows = policies.iter().filter_map(|slot| facts.spd.get(*slot));
    Affected::listing(0, 0, rows.map(|row| format!("policy {}", row.policy.id)))
}
