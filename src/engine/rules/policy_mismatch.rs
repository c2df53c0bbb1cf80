//! `policy-mismatch`: an SA serves only packets that a policy sends to it, and in packet mode only if both are on the same device
//! (net/xfrm/xfrm_state.c, `xfrm_state_find`; net/xfrm/xfrm_policy.c).

use std::collections::{BTreeMap, BTreeSet};

use super::words;
use crate::engine::Engine;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection, Tunnel};
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::standing::STANDS_AFTER;
use crate::engine::findings::Draft;
use crate::engine::timers::Timer;
use crate::model::{
    Affected, Boottime, Code, Direction, Effect, OffloadMode, PolicyDirection, Reason, Severity, Source, Subject,
};

/// Tunnels whose SA and policy disagree, since when, or since when they agree again.
pub type Mismatches = BTreeMap<super::OfConnection, Mismatch>;

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Mismatch {
    wrong: Option<(Reason, Direction)>,
    since: Boottime,
}

impl super::Rules {
    /// Tunnels whose SA and policy disagree in a way that a new pair sets right: the daemon writes its policies anew with each.
    pub(in crate::engine) fn tunnels_with_wrong_policies(
        &self,
        connection: Slot<Connection>,
    ) -> BTreeSet<Slot<Tunnel>> {
        let is_wrong = |mismatch: &Mismatch| mismatch.wrong.is_some_and(|(reason, _)| reason != Reason::BypassMissing);
        let remembered = super::of_connection(&self.mismatches, connection);
        remembered.filter(|(_, mismatch)| is_wrong(mismatch)).map(|(tunnel, _)| tunnel).collect()
    }
}

impl Engine {
    /// Of the tunnels that were judged, and those of which something is remembered.
    pub(super) fn judge_policies(
        &mut self,
        connection: Slot<Connection>,
        judged: &BTreeSet<Slot<Tunnel>>,
        out: &mut Vec<Effect>,
    ) {
        let before = super::of_connection(&self.rules.mismatches, connection).map(|(tunnel, _)| tunnel);
        let tunnels: BTreeSet<_> = before.chain(judged.iter().copied()).collect();
        let mut told = None;
        for tunnel in tunnels {
            let wrong = self.facts.disagreement(tunnel);
            let Some(mismatch) = self.holds((connection, tunnel), wrong) else { continue };
            if let Some((reason, direction)) = mismatch.wrong {
                told.get_or_insert((tunnel, reason, direction));
            }
        }
        let name = self.facts.connection_text(connection);
        let open = self.book.is_open(Code::PolicyMismatch, &name);
        match told {
            Some((tunnel, reason, direction)) => {
                let Some(draft) = self.facts.mismatch_draft(name, tunnel, reason, direction) else { return };
                self.book.open(draft, self.facts.now, self.facts.wall, out);
            }
            None if open && !self.is_still_wrong(connection) => {
                self.over(Source::Engine, Code::PolicyMismatch, &name, out);
            }
            None => {}
        }
    }

    /// The mismatch, once it has held for its time.
    fn holds(&mut self, tunnel: super::OfConnection, wrong: Option<(Reason, Direction)>) -> Option<Mismatch> {
        let now = self.facts.now;
        let before = self.rules.mismatches.get(&tunnel).copied();
        if before.is_none() && wrong.is_none() {
            return None;
        }
        let mismatch = before.filter(|before| before.wrong.is_some() == wrong.is_some());
        let mismatch = Mismatch { wrong, since: mismatch.map_or(now, |before| before.since) };
        let held = now.since(mismatch.since) >= STANDS_AFTER;
        if held && wrong.is_none() {
            self.rules.mismatches.remove(&tunnel);
            return None;
        }
        self.rules.mismatches.insert(tunnel, mismatch);
        if !held {
            self.facts.timers.set(mismatch.since + STANDS_AFTER, Timer::Tunnel(tunnel.1));
        }
        held.then_some(mismatch)
    }

    /// It is wrong still, or right not for long enough.
    fn is_still_wrong(&self, connection: Slot<Connection>) -> bool {
        super::of_connection(&self.rules.mismatches, connection).next().is_some()
    }

    /// A policy of this reqid came or changed: it matters where one was wrong, and where packet offload is in play.
    pub(in crate::engine) fn policy_came(&mut self, reqid: Option<u32>) {
        if !self.rules.mismatches.is_empty() || self.facts.sad.counts().packet > 0 {
            self.facts.policy_touched(reqid);
        }
    }

    /// The whole table is known now.
    pub(in crate::engine) fn policies_were_dumped(&mut self) {
        let waiting: Vec<_> = self.rules.mismatches.keys().map(|(_, tunnel)| *tunnel).collect();
        for tunnel in waiting {
            self.facts.touch_tunnel(tunnel);
        }
    }
}

impl Facts {
    fn disagreement(&self, tunnel: Slot<Tunnel>) -> Option<(Reason, Direction)> {
        if !self.resync.policies_known() || self.is_lost_with_device(tunnel) {
            return None;
        }
        let child = self.claims.newest_child(tunnel).filter(|child| child.stands())?;
        [Direction::Out, Direction::In].into_iter().find_map(|direction| {
            let sa = self.sad.get(child.claim(direction).sa?)?;
            Some((self.against_policies(sa, direction)?, direction))
        })
    }

    fn against_policies(&self, sa: &Sa, direction: Direction) -> Option<Reason> {
        let wanted = if direction == Direction::Out { PolicyDirection::Out } else { PolicyDirection::In };
        let mut policies = self.spd.with_reqid(sa.reqid).filter(|policy| policy.id.direction == wanted).peekable();
        if policies.peek().is_none() {
            // Of a bundle (IPCOMP) only the first template is known here.
            return (sa.reqid != 0 && !self.spd.has_bundles()).then_some(Reason::PolicyMissing);
        }
        let packet = sa.offload.filter(|offload| offload.mode == OffloadMode::Packet);
        let on_device = |ifindex| move |offload: crate::model::Offload| offload.ifindex == ifindex;
        match packet {
            Some(offload) => {
                if !policies.any(|policy| policy.offload.is_some_and(on_device(offload.ifindex))) {
                    return Some(Reason::PolicyNotOffloaded);
                }
                let swallowed = direction == Direction::Out && self.spd.takes_ike(sa.reqid, sa.src, sa.dst);
                (swallowed && !self.spd.has_ike_bypass(offload.ifindex)).then_some(Reason::BypassMissing)
            }
            None => policies.all(|policy| policy.offload.is_some()).then_some(Reason::SaNotOffloaded),
        }
    }

    /// A device that went took its policies along: that is told already.
    fn is_lost_with_device(&self, tunnel: Slot<Tunnel>) -> bool {
        let Some(connection) = self.claims.tunnel_at(tunnel).map(|tunnel| tunnel.connection) else {
            return false;
        };
        self.was_on_lost_device(connection)
    }

    fn mismatch_draft(
        &self,
        name: String,
        tunnel: Slot<Tunnel>,
        reason: Reason,
        direction: Direction,
    ) -> Option<Draft> {
        let child: &Child = self.claims.newest_child(tunnel)?;
        let sa = self.sad.get(child.claim(direction).sa?)?;
        let device = self.mismatched_device(sa);
        let told = words::policy_mismatch((&name, &self.rekey_command(tunnel)), reason, direction, device.as_deref());
        let id = sa.id(self.started.netns);
        let how = match sa.offload {
            Some(offload) => format!("has {} offload on {}", offload.mode, self.links.name(offload.ifindex)),
            None => "is in software".to_owned(),
        };
        let mut evidence = vec![self.evidence(Source::Xfrm, format!("{id} (reqid {}) {how}", sa.reqid))];
        for policy in self.spd.with_reqid(sa.reqid).take(4) {
            let how = match policy.offload {
                Some(offload) => format!("is on {}", self.links.name(offload.ifindex)),
                None => "is in software".to_owned(),
            };
            evidence.push(self.evidence(Source::Xfrm, format!("policy {} {how}", policy.id)));
        }
        Some(Draft {
            code: Code::PolicyMismatch,
            scope: name.clone(),
            reason,
            severity: Severity::Critical,
            subject: Subject {
                connection: Some(name),
                instance: self.instance_text(tunnel),
                spi: Some(sa.spi),
                dst: Some(sa.dst),
                direction: Some(direction.into()),
                device,
            },
            affected: Affected::default(),
            summary: told.summary,
            advice: told.advice,
            evidence,
            again: false,
            speaks_of: std::collections::BTreeSet::new(),
        })
    }

    fn mismatched_device(&self, sa: &Sa) -> Option<String> {
        let of_policy = || self.spd.with_reqid(sa.reqid).find_map(|policy| policy.offload);
        sa.offload.or_else(of_policy).map(|offload| self.links.name(offload.ifindex))
    }

    /// A policy of this reqid went, or changed.
    pub(in crate::engine) fn policy_touched(&mut self, reqid: Option<u32>) {
        if let Some(connection) = reqid.and_then(|reqid| self.claims.connection_of_reqid(reqid)) {
            self.touch_connection(connection);
        }
    }
}
