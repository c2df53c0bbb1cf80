//! Policies and SAs that should serve each other, and do not.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::fits::{may_serve, misfits};
use super::suspect::{ENOUGH, FoundSuspect, LOOKED_AT, Owners, Suspect, way};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::model::{Direction, KernelPolicy, PolicyDirection, Protocol, SaMode, SaStage, Template, is_host};

/// Policies or SAs of one reqid, or between two addresses, that are looked at.
const ALIKE: usize = 64;

/// Inbound SAs whose packets no policy takes; those in transport mode where one takes them that wants another SA.
pub(super) fn unfitting(in_transport_mode: bool, facts: &Facts) -> FoundSuspect {
    let between = between_addresses(facts);
    let mut found = FoundSuspect::default();
    for (_, sa) in facts.sad.iter().take(LOOKED_AT) {
        let is_esp = matches!(sa.protocol, Protocol::Esp | Protocol::Ah);
        let is_meant = in_transport_mode || sa.mode != SaMode::Transport;
        if !is_esp || !is_meant || sa.stage != SaStage::Installed || way(sa, facts) != Some(Direction::In) {
            continue;
        }
        if let Some(what) = unfitting_one(sa, &between, facts) {
            let text = format!("{}: {what}", sa.id(facts.started.netns));
            found.suspects.push(Suspect::sa(sa, text, facts));
        }
        if found.suspects.len() >= ENOUGH {
            break;
        }
    }
    found
}

type Between<'a> = BTreeMap<(IpAddr, IpAddr), Vec<&'a KernelPolicy>>;

/// What receives by tunnels, by their outer addresses.
fn between_addresses(facts: &Facts) -> Between<'_> {
    let mut between = Between::new();
    for (_, row) in facts.spd.iter().take(LOOKED_AT) {
        if let (PolicyDirection::In | PolicyDirection::Forward, Some(template)) =
            (row.policy.id.direction, row.policy.template)
        {
            between.entry((template.src, template.dst)).or_default().push(&row.policy);
        }
    }
    between
}

/// Why no policy takes what comes on an SA for this host, or what should pass through; none where one does.
fn unfitting_one(sa: &Sa, between: &Between<'_>, facts: &Facts) -> Option<String> {
    match fitting(sa, PolicyDirection::In, between, facts) {
        Fit::Unlike(what) => Some(what),
        Fit::Missing if sa.mode == SaMode::Transport => None,
        Fit::Missing => Some(format!("no policy in wants its reqid {} or its addresses", sa.reqid)),
        Fit::Unknown => None,
        Fit::Good(policy) => {
            let selector = &policy.id.selector;
            let is_for_here = is_host(selector.dst, selector.dst_prefix) && facts.links.holding(selector.dst).is_some();
            if sa.mode == SaMode::Transport || is_for_here {
                return None;
            }
            match fitting(sa, PolicyDirection::Forward, between, facts) {
                Fit::Unlike(what) => Some(what),
                Fit::Missing => Some(format!("no policy fwd wants its reqid {} or its addresses", sa.reqid)),
                Fit::Unknown | Fit::Good(_) => None,
            }
        }
    }
}

/// How the policies of one direction stand to an SA.
enum Fit<'a> {
    Good(&'a KernelPolicy),
    /// What the nearest wants otherwise.
    Unlike(String),
    Missing,
    /// Of bundles (IPCOMP) only the first template is known here.
    Unknown,
}

fn fitting<'a>(sa: &Sa, direction: PolicyDirection, between: &Between<'a>, facts: &'a Facts) -> Fit<'a> {
    let of_reqid = facts.spd.with_reqid(sa.reqid).filter(|_| sa.reqid != 0);
    let alike = between.get(&(sa.src, sa.dst)).into_iter().flatten().copied();
    let mut nearest: Option<(Vec<String>, &KernelPolicy)> = None;
    for policy in of_reqid.chain(alike).filter(|policy| policy.id.direction == direction).take(ALIKE) {
        let Some(template) = policy.template.filter(|template| may_serve(template, sa)) else { continue };
        let misfits = misfits(policy, &template, sa, Direction::In);
        if misfits.is_empty() {
            return Fit::Good(policy);
        }
        if nearest.as_ref().is_none_or(|(fewest, _)| misfits.len() < fewest.len()) {
            nearest = Some((misfits, policy));
        }
    }
    match nearest {
        _ if facts.spd.has_bundles() => Fit::Unknown,
        Some((misfits, policy)) => Fit::Unlike(format!("policy {} wants {}", policy.id, misfits.join("; "))),
        None => Fit::Missing,
    }
}

/// Outbound policies whose SA is not there.
pub(super) fn unserved(facts: &Facts) -> FoundSuspect {
    let mut by_reqid: BTreeMap<u32, Vec<&Sa>> = BTreeMap::new();
    for (_, sa) in facts.sad.iter().take(LOOKED_AT) {
        if way(sa, facts) != Some(Direction::In) {
            by_reqid.entry(sa.reqid).or_default().push(sa);
        }
    }
    let (owners, mut found) = (Owners::of(facts), FoundSuspect::default());
    let out = facts.spd.iter().take(LOOKED_AT).map(|(_, row)| &row.policy);
    for policy in out.filter(|policy| policy.id.direction == PolicyDirection::Out && policy.templates == 1) {
        let Some(template) = policy.template else { continue };
        let Some(what) = unserved_one(policy, &template, &by_reqid) else { continue };
        let connection = owners.owner(&template);
        if is_for_anybody(policy, &template) || connection.is_some_and(|connection| is_template(connection, facts)) {
            found.is_meant = true;
            continue;
        }
        let dst = (!template.dst.is_unspecified()).then_some(template.dst);
        let text = format!("policy {} {what}", policy.id);
        found.suspects.push(Suspect { connection, tunnel: None, spi: None, dst, text });
        if found.suspects.len() >= ENOUGH {
            break;
        }
    }
    found
}

/// What is made for whoever may come has no SA until somebody comes.
fn is_for_anybody(policy: &KernelPolicy, template: &Template) -> bool {
    let selector = &policy.id.selector;
    template.dst.is_unspecified() && !is_host(selector.dst, selector.dst_prefix)
}

fn is_template(connection: Slot<Connection>, facts: &Facts) -> bool {
    facts.claims.connection_at(connection).is_some_and(Connection::is_template)
}

/// What a policy lacks; none where an SA serves it.
fn unserved_one(policy: &KernelPolicy, template: &Template, by_reqid: &BTreeMap<u32, Vec<&Sa>>) -> Option<String> {
    let alike = by_reqid.get(&template.reqid).into_iter().flatten().take(ALIKE);
    let mut nearest: Option<Vec<String>> = None;
    for sa in alike.filter(|sa| may_serve(template, sa)) {
        let misfits = misfits(policy, template, sa, Direction::Out);
        if misfits.is_empty() {
            return None;
        }
        if nearest.as_ref().is_none_or(|fewest| misfits.len() < fewest.len()) {
            let id = format!("of {} {} to {}", sa.protocol, sa.spi, sa.dst);
            nearest = Some(misfits.into_iter().map(|misfit| format!("{misfit} ({id})")).collect());
        }
    }
    Some(match nearest {
        Some(misfits) => format!("wants {}", misfits.join("; ")),
        None => format!("wants an SA with reqid {}, and there is none", template.reqid),
    })
}
