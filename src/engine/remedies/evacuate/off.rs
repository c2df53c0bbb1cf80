//! Taking the SAs of a device off it.

use std::collections::BTreeSet;

use super::{plan, words};
use crate::engine::facts::Facts;
use crate::engine::remedies::guard::OrderedBy;
use crate::engine::remedies::{Plan, Progress, Ready, Run, Scene};
use crate::model::{Link, OffloadMode, Protocol, Step};

impl Scene<'_> {
    pub(super) fn ready_to_leave(&self, run: &Run, link: &Link) -> Ready {
        // A bond has its slaves' SAs in the kernel's table.
        let master = link.master.and_then(|master| self.facts.links.get(master));
        if let Some(master) = master.filter(|master| self.facts.sad.on_device(master.index) > 0) {
            return Ready::Refuse(words::name_the_bond(&link.name, &master.name));
        }
        let in_packet_mode = self.facts.tunnels_on(link, OffloadMode::Packet);
        if !run.wish.leave_packet_mode && in_packet_mode.0 > 0 {
            return Ready::Refuse(words::packet_mode_stops(&link.name, in_packet_mode.0, &in_packet_mode.1));
        }
        if !self.facts.started.moves_in_place
            && !self.facts.leave_plan(link, run.by).steps.is_empty()
            && let Some(wait) = self.daemon_is_needed(run)
        {
            return wait;
        }
        Ready::Now
    }
}

impl Facts {
    /// How many SAs are on it in this mode, and whose.
    fn tunnels_on(&self, link: &Link, mode: OffloadMode) -> (u64, BTreeSet<String>) {
        let mut names = BTreeSet::new();
        let mut count = 0;
        for (slot, _) in self.on_device(link.index, mode) {
            count += 1;
            let tunnel = self.sad.id(slot).and_then(|sa| self.tunnel_served_by(&sa));
            names.extend(tunnel.map(|tunnel| tunnel.to_string()));
        }
        (count, names)
    }

    /// What is to come off it; a person has those tried again that were left.
    pub(super) fn leave_plan(&self, link: &Link, by: OrderedBy) -> Plan {
        let in_place = self.started.moves_in_place;
        let left = self.evacuations.of(link.index).filter(|_| by != OrderedBy::Hand).map(|one| &one.left);
        let rows = self
            .on_device(link.index, OffloadMode::Crypto)
            .filter(|(_, row)| row.protocol == Protocol::Esp)
            .filter_map(|(slot, row)| {
                let sa = self.sad.id(slot).filter(|sa| !left.is_some_and(|left| left.contains(sa)))?;
                let told = row.offload.map(|offload| offload.direction);
                Some((self.tunnel_served_by(&sa), row.way().or(told)?, sa))
            })
            .collect();
        let step = |sa, direction| Step::Evacuate { sa, direction, in_place };
        plan(rows, step, words::off_proof(&link.name, self.tunnels_on(link, OffloadMode::Packet)))
    }

    /// None of those that there are is on it. What came meanwhile has a run of its own.
    pub(super) fn seen_off(&self, run: &Run, link: &Link) -> Progress {
        let left = self.evacuations.of(link.index).map(|one| &one.left);
        let on: Vec<_> = run.plan.sas.iter().filter(|sa| self.is_on(sa, link.index)).collect();
        let is_decided = on.iter().all(|sa| left.is_some_and(|left| left.contains(sa)));
        match (on.len() as u64, &run.refused) {
            (0, _) => {
                let off = run.plan.sas.iter().filter(|sa| self.sad.find(sa).is_some()).count() as u64;
                let stay = u64::from(self.sad.on_device(link.index));
                Progress::Helped(words::is_off(&link.name, (off, stay), self.started.moves_in_place))
            }
            (on, Some(why)) if is_decided => Progress::Failed(words::still_on(&link.name, on, why)),
            _ => Progress::NotYet,
        }
    }
}
