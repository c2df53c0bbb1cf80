//! Putting back on a device what was taken off it.

use super::{PATIENCE, words};
use crate::engine::facts::Facts;
use crate::engine::remedies::{Plan, Progress, Ready, Run, Scene};
use crate::model::{Direction, Link, Offload, OffloadMode, RemedyTarget, SaId, SaStage, Step};

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
    /// What was taken off and is still in software, tunnel by tunnel, the inbound SA first.
    pub(super) fn return_plan(&self, link: &Link) -> Plan {
        let moved = self.evacuations.of(link.index).into_iter().flat_map(|one| &one.moved);
        let mut rows: Vec<(Option<RemedyTarget>, Direction, SaId)> = moved
            .filter_map(|sa| {
                let row = self.sad.get(self.sad.find(sa)?)?;
                let stands = row.stage == SaStage::Installed && row.offload.is_none();
                let way = row.way().or_else(|| self.links.way(row.src, row.dst));
                stands.then_some((self.tunnel_served_by(sa), way?, *sa))
            })
            .collect();
        rows.sort_unstable_by_key(|(tunnel, direction, sa)| (tunnel.clone(), *direction == Direction::Out, *sa));
        let step = |(_, direction, sa): &(_, Direction, SaId)| {
            let offload = Offload { ifindex: link.index, mode: OffloadMode::Crypto, direction: *direction };
            Step::Reinstall { sa: *sa, direction: *direction, offload: Some(offload) }
        };
        Plan {
            steps: rows.iter().map(step).collect(),
            sas: rows.iter().map(|(_, _, sa)| *sa).collect(),
            of: rows.into_iter().filter_map(|(tunnel, _, sa)| Some((sa, tunnel?))).collect(),
            patience: PATIENCE,
            proof: words::back_proof(&link.name),
        }
    }

    /// Those that there are still are on it.
    pub(super) fn seen_back(&self, run: &Run, link: &Link) -> Progress {
        let rows = run.plan.sas.iter().filter_map(|sa| self.sad.get(self.sad.find(sa)?));
        let off = rows.filter(|row| row.offload.is_none_or(|offload| offload.ifindex != link.index)).count() as u64;
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
