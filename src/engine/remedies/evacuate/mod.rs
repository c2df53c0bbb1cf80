//! Evacuate: the SAs of a device are taken off it before somebody takes it down, and put back on it afterwards, always by a person's order.
//!
//! `off` and `back` are its two ways. `course` keeps it up meanwhile: what the daemon puts on the device is taken off, too, and after an
//! hour, or with the device, it is over. What is evacuated is a fact (`engine::facts::evacuations`): findings go by it.

mod back;
mod course;
mod off;
mod words;

use std::time::Duration;

use super::guard::OrderedBy;
use super::remedy::RemedyRule;
use super::{Course, Over, Plan, Progress, Ready, Run, Scene};
use crate::engine::facts::Facts;
use crate::model::{Direction, Finding, Link, RemedyKind, RemedyTarget, SaId, Step};
use crate::reasons::{Device, hazard};

/// What was taken off stays off for so long at most.
const LASTS: Duration = Duration::from_secs(3600);

/// The kernel tells of a moved SA without a word about it, so that a dump has to show it.
const PATIENCE: Duration = Duration::from_secs(30);

/// See this file's head.
#[derive(Debug)]
pub(in crate::engine::remedies) struct Evacuate;

impl RemedyRule for Evacuate {
    fn kind(&self) -> RemedyKind {
        RemedyKind::Evacuate
    }

    fn targets(&self, at: Scene<'_>, finding: &Finding) -> Vec<RemedyTarget> {
        let device = finding.subject.device.as_deref();
        device.and_then(|name| at.facts.device_called(name)).into_iter().collect()
    }

    fn not_needed(&self, _at: Scene<'_>, _run: &Run) -> Option<Over> {
        None
    }

    fn ready(&self, at: Scene<'_>, run: &Run) -> Ready {
        let Some(link) = at.facts.device_of(run) else { return Ready::Refuse(words::no_device(&run.target)) };
        // What goes on with an evacuation by itself ends with it, whatever it waited for.
        let goes_on = at.facts.evacuations.of(link.index).is_some_and(|one| one.returns == run.wish.back);
        if run.by == OrderedBy::Unfinished && !goes_on {
            return Ready::Refuse(words::is_over(&link.name));
        }
        if let Some(why) = at.danger_of(link) {
            return Ready::Refuse(why);
        }
        if run.wish.back { at.ready_to_return(run, link) } else { at.ready_to_leave(run, link) }
    }

    fn plan(&self, at: Scene<'_>, run: &Run) -> Plan {
        let Some(link) = at.facts.device_of(run) else { return Plan::default() };
        if run.wish.back { at.facts.return_plan(link) } else { at.facts.leave_plan(link, run.by) }
    }

    fn seen(&self, course: &mut Course<'_>, run: &Run) -> Progress {
        let Some(link) = course.facts.device_of(run) else { return Progress::Failed(words::no_device(&run.target)) };
        if run.wish.back { course.facts.seen_back(run, link) } else { course.facts.seen_off(run, link) }
    }
}

/// An SA, which way its packets go, and the tunnel that it serves.
type PlannedSa = (Option<RemedyTarget>, Direction, SaId);

/// Tunnel by tunnel, the inbound SA first: what is lost of its packets is sent again.
fn plan(mut rows: Vec<PlannedSa>, step: impl Fn(SaId, Direction) -> Step, proof: String) -> Plan {
    rows.sort_unstable_by_key(|(tunnel, direction, sa)| (tunnel.clone(), *direction == Direction::Out, *sa));
    Plan {
        steps: rows.iter().map(|(_, direction, sa)| step(*sa, *direction)).collect(),
        sas: rows.iter().map(|(_, _, sa)| *sa).collect(),
        of: rows.into_iter().filter_map(|(tunnel, _, sa)| Some((sa, tunnel?))).collect(),
        patience: PATIENCE,
        proof,
    }
}

impl Scene<'_> {
    /// Whoever dies while an SA is away needs a daemon that makes another. What a person asks for now is not done some time later.
    fn daemon_is_needed(&self, run: &Run) -> Option<Ready> {
        let life = &self.facts.life;
        let wait = |why| if run.by == OrderedBy::Hand { Ready::Refuse(why) } else { Ready::Wait(None, why) };
        (!life.is_alive() || life.hung.is_some()).then(|| wait(words::daemon_away()))
    }

    fn danger_of(&self, link: &Link) -> Option<String> {
        let (driver, kind) = (link.driver.as_deref(), link.kind.as_deref());
        let device = Device { name: &link.name, driver, kind, esp_hw_offload: link.esp_hw_offload };
        hazard(&device, &self.facts.started.abilities).map(|entry| words::is_dangerous(&link.name, entry.means))
    }
}

impl Facts {
    /// The device of this name, as a target.
    pub(in crate::engine::remedies) fn device_called(&self, name: &str) -> Option<RemedyTarget> {
        let link = self.links.named(name)?;
        Some(RemedyTarget::Device { device: link.name.clone(), ifindex: link.index })
    }

    fn device_of(&self, run: &Run) -> Option<&Link> {
        let RemedyTarget::Device { ifindex, .. } = &run.target else { return None };
        self.links.get(*ifindex)
    }

    /// The tunnel that an SA serves.
    fn tunnel_served_by(&self, sa: &SaId) -> Option<RemedyTarget> {
        let leg = self.sad.get(self.sad.find(sa)?)?.claim?;
        self.target_of(self.claims.child_at(leg.child)?.tunnel)
    }
}
