//! Which finding calls for which remedy, and where each kind says what is particular to it.

use super::{Over, Plan, Ready, Run, Seen};
use crate::engine::Engine;
use crate::engine::facts::Facts;
use crate::engine::guard::{By, is_permitted};
use crate::model::{Code, Finding, Reason, RemedyKind, RemedyTarget, Severity, Span};

/// Kinds that can cure this, the best first. What a stranger's packets or a peer's words can open is not here: nobody who is not
/// authenticated may start anything.
///
/// - `policy-mismatch`: the daemon writes the policies anew with each new pair. Not where IKE has no way out past a policy on the NIC: pluto
///   makes that way when it begins to listen, and a rekey is IKE itself.
/// - `esp-blackhole`: only where the NIC drops on the way out what SAs in packet mode send, so that new SAs are new in the NIC, too; whoever
///   stands on the way moves no counter of what leaves here. Every other reason can be had by dropping, repeating or forging packets, or lies
///   at the other end.
/// - `hw-sw-mismatch`: never. It knows nothing of packet mode, whose packets have no second count. In crypto mode the CPU does the work, so
///   nothing is lost; whoever stands on the way can bring it about by cutting packets into fragments; and a rekey asks the device for the
///   same again, once for each tunnel on it.
fn cures(finding: &Finding) -> &'static [RemedyKind] {
    match finding.code {
        Code::SaMissing | Code::SaHalfOpen | Code::OffloadLost => &[RemedyKind::Rekey],
        Code::SaNotOffloaded => &[RemedyKind::Rekey, RemedyKind::Reinstall],
        Code::OffloadDowngraded => &[RemedyKind::Rekey],
        Code::PolicyMismatch if finding.reason != Reason::BypassMissing => &[RemedyKind::Rekey],
        Code::EspBlackhole if finding.reason == Reason::NicDrop && finding.subject.direction == Some(Span::Out) => {
            &[RemedyKind::Rekey]
        }
        Code::DaemonCrashed | Code::TunnelNotRestored => &[RemedyKind::Restart],
        Code::DaemonHung => &[RemedyKind::RestartHung],
        _ => &[],
    }
}

impl Engine {
    /// On what it would work.
    pub(super) fn targets_of(&self, kind: RemedyKind, finding: &Finding) -> Vec<RemedyTarget> {
        match kind {
            RemedyKind::Rekey => self.rekey_targets(finding),
            RemedyKind::Reinstall => self.reinstall_targets(finding),
            RemedyKind::Restart => self.facts.restart_targets(finding),
            RemedyKind::RestartHung => vec![RemedyTarget::Daemon],
            RemedyKind::Fence => Vec::new(),
        }
    }

    /// Why it is not needed any more.
    pub(super) fn is_not_needed(&self, run: &Run) -> Option<Over> {
        match run.kind {
            RemedyKind::Rekey => self.rekey_not_needed(run),
            RemedyKind::Reinstall => self.reinstall_not_needed(run),
            RemedyKind::Restart => self.restart_not_needed(run),
            RemedyKind::RestartHung => self.facts.hung_not_needed(),
            RemedyKind::Fence => None,
        }
    }

    /// Whether the time is right.
    pub(super) fn ready(&self, run: &Run) -> Ready {
        match run.kind {
            RemedyKind::Rekey => self.rekey_ready(run),
            RemedyKind::Reinstall => self.reinstall_ready(run),
            RemedyKind::Restart => self.facts.restart_ready(run),
            RemedyKind::RestartHung => self.facts.hung_ready(),
            RemedyKind::Fence => Ready::Refuse(super::words::no_such_remedy(run.kind)),
        }
    }

    /// Its steps.
    pub(super) fn plan(&self, run: &Run) -> Plan {
        match run.kind {
            RemedyKind::Rekey => self.rekey_plan(run),
            RemedyKind::Reinstall => self.facts.reinstall_plan(run),
            RemedyKind::Restart => self.facts.restart_plan(run),
            RemedyKind::RestartHung => self.facts.hung_plan(),
            RemedyKind::Fence => Plan::default(),
        }
    }

    /// Whether it helped.
    pub(super) fn seen_of(&mut self, run: &Run, out: &mut Vec<crate::model::Effect>) -> Seen {
        match run.kind {
            RemedyKind::Rekey => self.rekey_seen(run, out),
            RemedyKind::Reinstall => self.facts.reinstall_seen(run),
            RemedyKind::Restart => self.facts.restart_seen(run),
            RemedyKind::RestartHung => self.facts.hung_seen(),
            RemedyKind::Fence => Seen::NotYet,
        }
    }
}

impl Facts {
    /// The best kind that may act, else the best kind.
    pub(super) fn kind_for(&self, finding: &Finding) -> Option<RemedyKind> {
        let kinds = cures(finding);
        kinds.iter().copied().find(|kind| self.may_cure(*kind, finding)).or_else(|| kinds.first().copied())
    }

    /// The next best kind that may act, where this one does not.
    pub(super) fn kind_after(&self, kind: RemedyKind, finding: &Finding) -> Option<RemedyKind> {
        let others = cures(finding).iter().copied().skip_while(|other| *other != kind).skip(1);
        others.into_iter().find(|other| self.may_cure(*other, finding))
    }

    fn may_cure(&self, kind: RemedyKind, finding: &Finding) -> bool {
        // Where offload is required an SA that would be put back in software has to be another one.
        let fits = kind != RemedyKind::Reinstall || finding.severity != Severity::Critical;
        fits && is_permitted(&self.started.settings.act, kind, By::Finding)
    }

    /// What a person would do instead, as an exact command where there is one.
    pub(super) fn by_hand(&self, kind: RemedyKind, target: &RemedyTarget, finding: &Finding) -> String {
        match (kind, target.connection()) {
            (RemedyKind::Rekey, _) => self.rekey_by_hand(target, finding),
            (RemedyKind::Restart, Some(connection)) => crate::engine::commands::initiate(connection),
            (RemedyKind::Reinstall | RemedyKind::Restart | RemedyKind::RestartHung | RemedyKind::Fence, _) => {
                finding.advice.clone()
            }
        }
    }
}
