//! Which finding calls for which remedy, and where each kind says what is particular to it.

use super::evacuate::Evacuate;
use super::reinstall::Reinstall;
use super::rekey::Rekey;
use super::remedy::RemedyRule;
use super::restart::{Restart, RestartHung};
use super::{Course, Over, Plan, Progress, Ready, Run, Scene};
use crate::engine::facts::Facts;
use crate::engine::findings::quoted;
use crate::engine::remedies::guard::{OrderedBy, is_permitted};
use crate::model::{Code, Finding, Reason, RemedyKind, RemedyTarget, Severity, Span};

/// Kinds that can cure this, the best first. What a stranger's packets or a peer's words can open is not here: nobody who is not
/// authenticated may start anything.
///
/// - `policy-mismatch`: the daemon writes the policies anew with each new pair. Not where IKE has no way out past a policy on the NIC: it is
///   made when the daemon begins to listen, and a rekey is IKE itself.
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

/// Those that work on a target. The fence is none of them: it works on all policies at once, and waits for nothing.
const REMEDIES: [&dyn RemedyRule; 5] = [&Rekey, &Reinstall, &Restart, &RestartHung, &Evacuate];

/// The remedy of this kind, where it works on a target.
pub(super) fn remedy(kind: RemedyKind) -> Option<&'static dyn RemedyRule> {
    REMEDIES.into_iter().find(|remedy| remedy.kind() == kind)
}

impl Scene<'_> {
    /// On what it would work.
    pub(super) fn targets_of(self, kind: RemedyKind, finding: &Finding) -> Vec<RemedyTarget> {
        remedy(kind).map(|remedy| remedy.targets(self, finding)).unwrap_or_default()
    }

    /// Why it is not needed any more.
    pub(super) fn is_not_needed(self, run: &Run) -> Option<Over> {
        remedy(run.kind)?.not_needed(self, run)
    }

    /// Whether the time is right.
    pub(super) fn ready(self, run: &Run) -> Ready {
        remedy(run.kind)
            .map_or_else(|| Ready::Refuse(super::words::no_such_remedy(run.kind)), |remedy| remedy.ready(self, run))
    }

    pub(super) fn plan(self, run: &Run) -> Plan {
        remedy(run.kind).map(|remedy| remedy.plan(self, run)).unwrap_or_default()
    }
}

impl Course<'_> {
    /// Whether it helped.
    pub(super) fn seen_of(&mut self, run: &Run) -> Progress {
        remedy(run.kind).map_or(Progress::NotYet, |remedy| remedy.seen(self, run))
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
        fits && is_permitted(&self.started.settings.act, kind, OrderedBy::Finding)
    }

    /// What a person would do instead, as an exact command where there is one.
    pub(super) fn by_hand(&self, kind: RemedyKind, target: &RemedyTarget, finding: &Finding) -> String {
        match (kind, target.connection()) {
            (RemedyKind::Rekey, _) => quoted(&self.rekey_by_hand(target, finding)),
            (RemedyKind::Restart, Some(connection)) => quoted(&self.initiate_command(connection)),
            (
                RemedyKind::Reinstall
                | RemedyKind::Restart
                | RemedyKind::RestartHung
                | RemedyKind::Fence
                | RemedyKind::Evacuate,
                _,
            ) => finding.advice.clone(),
        }
    }
}
