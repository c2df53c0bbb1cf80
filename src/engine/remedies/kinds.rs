//! Which finding calls for which remedy, and where each kind says what is particular to it.

use super::{Plan, Ready, Run, Seen};
use crate::engine::Engine;
use crate::engine::guard::{By, is_permitted};
use crate::model::{Code, Finding, RemedyKind, RemedyTarget, Severity};

/// Kinds that can cure this, the best first. Codes that a stranger's packets or a peer's words can open are not here: nobody who is not
/// authenticated may start anything.
const fn cures(code: Code) -> &'static [RemedyKind] {
    match code {
        Code::SaMissing | Code::SaHalfOpen | Code::OffloadLost => &[RemedyKind::Rekey],
        Code::SaNotOffloaded => &[RemedyKind::Rekey, RemedyKind::Reinstall],
        Code::OffloadDowngraded => &[RemedyKind::Rekey],
        Code::DaemonCrashed | Code::TunnelNotRestored => &[RemedyKind::Restart],
        Code::DaemonHung => &[RemedyKind::RestartHung],
        _ => &[],
    }
}

impl Engine {
    /// The best kind that may act, else the best kind.
    pub(super) fn kind_for(&self, finding: &Finding) -> Option<RemedyKind> {
        let kinds = cures(finding.code);
        // Where offload is required an SA that would be put back in software has to be another one.
        let fits = |kind: RemedyKind| kind != RemedyKind::Reinstall || finding.severity != Severity::Critical;
        let may = |kind: &&RemedyKind| fits(**kind) && is_permitted(&self.started.settings.act, **kind, By::Finding);
        kinds.iter().find(may).or_else(|| kinds.first()).copied()
    }

    /// On what it would work.
    pub(super) fn targets_of(&self, kind: RemedyKind, finding: &Finding) -> Vec<RemedyTarget> {
        match kind {
            RemedyKind::Rekey => self.rekey_targets(finding),
            RemedyKind::Reinstall => self.reinstall_targets(finding),
            RemedyKind::Restart => self.restart_targets(finding),
            RemedyKind::RestartHung => vec![RemedyTarget::Daemon],
            RemedyKind::Fence => Vec::new(),
        }
    }

    /// Why it is not needed any more.
    pub(super) fn is_not_needed(&self, run: &Run) -> Option<String> {
        match run.kind {
            RemedyKind::Rekey => self.rekey_not_needed(run),
            RemedyKind::Reinstall => self.reinstall_not_needed(run),
            RemedyKind::Restart => self.restart_not_needed(run),
            RemedyKind::RestartHung => self.hung_not_needed(),
            RemedyKind::Fence => None,
        }
    }

    /// Whether the time is right.
    pub(super) fn ready(&self, run: &Run) -> Ready {
        match run.kind {
            RemedyKind::Rekey => self.rekey_ready(run),
            RemedyKind::Reinstall => self.reinstall_ready(run),
            RemedyKind::Restart => self.restart_ready(run),
            RemedyKind::RestartHung => self.hung_ready(),
            RemedyKind::Fence => Ready::Refuse(super::words::no_such_remedy(run.kind)),
        }
    }

    /// Its steps.
    pub(super) fn plan(&self, run: &Run) -> Plan {
        match run.kind {
            RemedyKind::Rekey => self.rekey_plan(run),
            RemedyKind::Reinstall => self.reinstall_plan(run),
            RemedyKind::Restart => self.restart_plan(run),
            RemedyKind::RestartHung => self.hung_plan(),
            RemedyKind::Fence => Plan::default(),
        }
    }

    /// Whether it helped.
    pub(super) fn seen_of(&mut self, run: &Run, out: &mut Vec<crate::model::Effect>) -> Seen {
        match run.kind {
            RemedyKind::Rekey => self.rekey_seen(run, out),
            RemedyKind::Reinstall => self.reinstall_seen(run),
            RemedyKind::Restart => self.restart_seen(run),
            RemedyKind::RestartHung => self.hung_seen(),
            RemedyKind::Fence => Seen::NotYet,
        }
    }

    /// What a person would do instead, as an exact command where there is one.
    pub(super) fn by_hand(&self, kind: RemedyKind, target: &RemedyTarget, finding: &Finding) -> String {
        match kind {
            RemedyKind::Rekey => self.rekey_by_hand(target, finding),
            RemedyKind::Reinstall | RemedyKind::Restart | RemedyKind::RestartHung | RemedyKind::Fence => {
                finding.advice.clone()
            }
        }
    }
}
