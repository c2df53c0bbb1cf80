//! Putting back on a device what was taken off it.

use super::{PATIENCE, plan, words};
use crate::engine::facts::Facts;
use crate::engine::remedies::{Plan, Progress, Ready, Run, Scene};
use crate::model::{Link, Offload, OffloadMode, SaStage, Step};

impl Scene<'_> {
    pub(super) fn ready_to_return(&self, run: &Run, link: &Link) -> Ready {
        if self.facts.evacuations.of(link.index).is_none() {
            return Ready::Refuse(words::is_not_evacuated(&link.name));
        }
        if !link.up {
            return Ready::Refuse(words::is_down(&link.name));
        }
        if link.esp_hw_offload != Some(true) {
            return Ready::Refuse(super::super::words::reinstall_feature_off(&link.name));
        }
        // Whether the kernel can move them there is found out with each; where it cannot they are away for a moment.
        match self.facts.return_plan(link).steps.is_empty() {
            true => Ready::Now,
            false => self.daemon_is_needed(run).unwrap_or(Ready::Now),
        }
    }
}

impl Facts {
    /// What was taken off and is still in software.
    pub(super) fn return_plan(&self, link: &Link) -> Plan {
        let moved = self.evacuations.of(link.index).into_iter().flat_map(|one| &one.moved);
        let rows = moved
            .filter_map(|sa| {
                let row = self.sad.get(self.sad.find(sa)?)?;
                let stands = row.stage == SaStage::Installed && row.offload.is_none();
                let way = row.way().or_else(|| self.links.way(row.src, row.dst));
                stands.then_some((self.tunnel_served_by(sa), way?, *sa))
            })
            .collect();
        let step = |sa, direction| {
            let offload = Offload { ifindex: link.index, mode: OffloadMode::Crypto, direction };
            Step::Reinstall { sa, direction, offload: Some(offload) }
        };
        plan(rows, step, words::back_proof(&link.name))
    }

    /// Those that there are still are on it.
    pub(super) fn seen_back(&self, run: &Run, link: &Link) -> Progress {
        let there = run.plan.sas.iter().filter(|sa| self.sad.find(sa).is_some());
        let off = there.filter(|sa| !self.is_on(sa, link.index)).count() as u64;
        match (off, &run.refused) {
            (0, _) => Progress::Helped(words::is_back(&link.name, run.plan.sas.len() as u64)),
            // What was put back may not be read yet.
            (off, Some(why)) if self.now.since(run.began) >= PATIENCE => {
                Progress::Failed(words::still_off(&link.name, off, why))
            }
            _ => Progress::NotYet,
        }
    }
}
