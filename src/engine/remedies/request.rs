//! What a person asks for: the plan for a dry run, and the run itself.

use super::run::Ready;
use super::words;
use super::{Course, Run, Scene, Wish};
use crate::engine::facts::Facts;
use crate::engine::remedies::guard::OrderedBy;
use crate::model::{Effect, RemedyAsked, RemedyKind, RemedyPlan, RemedyState, RemedyTarget};

impl Course<'_> {
    pub fn requested(&mut self, request: &RemedyAsked, out: &mut Vec<Effect>) {
        // Whoever asked was told already why nothing is meant by it.
        let Ok((kind, targets, finding)) = self.scene().meant(request) else { return };
        let wish = Wish { back: request.back, leave_packet_mode: request.leave_packet_mode };
        for target in targets {
            if let Some(id) = self.remedies.run_on(kind, &target) {
                if self.remedies.runs.get(&id).is_some_and(Run::is_at_work) {
                    continue;
                }
                // The wish of a person takes the place of the finding's.
                self.replaced(id, out);
            }
            self.remedies.guard.forgive(&target);
            let id = self.new_run(kind, target, OrderedBy::Hand, finding.clone());
            self.wish(id, wish);
            self.come_to(id, RemedyState::Queued, words::by_request(), out);
        }
    }
}

impl Scene<'_> {
    /// What would be done now, step by step. Changes nothing.
    ///
    /// # Errors
    /// Nothing is meant by it, or nothing can be done; in one sentence.
    pub fn plan_of(&self, request: &RemedyAsked) -> Result<Vec<RemedyPlan>, String> {
        let (kind, targets, finding) = self.meant(request)?;
        let wish = Wish { back: request.back, leave_packet_mode: request.leave_packet_mode };
        Ok(targets.into_iter().map(|target| self.plan_for((kind, wish), target, finding.clone())).collect())
    }

    fn plan_for(&self, (kind, wish): (RemedyKind, Wish), target: RemedyTarget, finding: Option<String>) -> RemedyPlan {
        let findings = finding.clone().into_iter().collect();
        let mut run = Run::new(self.remedies.last, kind, target, OrderedBy::Hand, findings, self.facts.now);
        run.wish = wish;
        let other = self.remedies.run_on(kind, &run.target).and_then(|id| self.remedies.runs.get(&id));
        if let Some(other) = other.filter(|other| other.is_at_work() && other.wish.back != wish.back) {
            let why = words::other_way_first(other.wish.back);
            let (state, steps, proof) = (RemedyState::Refused, Vec::new(), String::new());
            return RemedyPlan { kind, target: run.target, finding, state, why, steps, proof };
        }
        let (state, why) = match other {
            Some(other) if other.is_at_work() => (other.state, words::is_running(kind)),
            _ => match self.ready(&run) {
                Ready::Now => (RemedyState::Queued, words::by_request()),
                Ready::Wait(_, why) => (RemedyState::Waiting, why),
                Ready::Refuse(why) => (RemedyState::Refused, why),
            },
        };
        let plan = self.plan(&run);
        let steps = plan.steps.iter().map(ToString::to_string).collect();
        RemedyPlan { kind, target: run.target, finding, state, why, steps, proof: plan.proof }
    }

    /// A connection, a tunnel, or an open finding.
    fn meant(&self, request: &RemedyAsked) -> Result<(RemedyKind, Vec<RemedyTarget>, Option<String>), String> {
        let what = request.what.as_str();
        if request.kind != Some(RemedyKind::Evacuate) && (request.back || request.leave_packet_mode) {
            return Err(words::only_evacuated());
        }
        if let Some(finding) = self.book.get(what) {
            let kind = request.kind.or_else(|| self.facts.kind_for(finding));
            let kind = kind.ok_or_else(|| words::calls_for_none(what))?;
            let targets = self.targets_of(kind, finding);
            return if targets.is_empty() {
                Err(words::calls_for_none(what))
            } else {
                Ok((kind, targets, Some(what.to_owned())))
            };
        }
        let kind = request.kind.unwrap_or(RemedyKind::Rekey);
        if kind == RemedyKind::Evacuate {
            let device = self.facts.device_called(what).ok_or_else(|| words::no_interface(what))?;
            return Ok((kind, vec![device], None));
        }
        if kind != RemedyKind::Rekey {
            return Err(words::only_rekey(kind));
        }
        let targets = self.facts.tunnels_called(what);
        if targets.is_empty() { Err(words::unknown(what)) } else { Ok((kind, targets, None)) }
    }
}

impl Facts {
    /// All tunnels of a connection, or the one whose whole name it is.
    fn tunnels_called(&self, what: &str) -> Vec<RemedyTarget> {
        if let Some(row) = self.connection_named(what).and_then(|slot| self.claims.connection_at(slot)) {
            let tunnels: Vec<_> = row.tunnels.iter().filter_map(|tunnel| self.target_of(*tunnel)).collect();
            let loaded = row.loaded.is_some();
            let alone = || RemedyTarget::Tunnel { connection: what.to_owned(), instance: None };
            return if tunnels.is_empty() && loaded { vec![alone()] } else { tunnels };
        }
        let whole = self.claims.tunnels().filter_map(|(slot, _)| self.target_of(slot));
        whole.filter(|target| target.to_string() == what).collect()
    }
}
