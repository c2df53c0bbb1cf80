//! Who encrypts: what the last window shows.

use std::collections::BTreeMap;

use crate::engine::facts::Facts;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::traffic::Workers;
use crate::model::{Direction, OffloadMode, SaStage, Worker};

impl Facts {
    /// Of the last window. `instead`: where the counters have shown, over windows, that another one does the work than SAs claim.
    pub(in crate::engine) fn work_is_done_instead(&mut self, instead: &BTreeMap<(u32, Direction), Worker>) {
        let Some(window) = &mut self.traffic.window else { return };
        let mut workers = Workers::default();
        for (index, on) in &window.devices {
            for way in [Direction::In, Direction::Out] {
                let key = (*index, way);
                match instead.get(&key) {
                    Some(Worker::Nic) => drop(workers.uncalled.insert(key)),
                    Some(Worker::Cpu) => drop(workers.offloaded.insert(key, Worker::Cpu)),
                    None => {}
                }
                let (Some(carried), Some((_, done, unit))) = (on.carried(way), on.transformed(way)) else { continue };
                let claimed = carried.claimed(unit);
                // One window alone says nothing against a NIC.
                if claimed > 0 && done.saturating_mul(2) >= claimed {
                    workers.offloaded.entry(key).or_insert(Worker::Nic);
                }
            }
        }
        window.workers = workers;
    }

    /// Who encrypts or decrypts what an SA carries.
    pub(in crate::engine) fn who_encrypts(&self, sa: &Sa) -> Option<Worker> {
        if sa.stage == SaStage::Larval {
            return None;
        }
        let workers = self.traffic.window.as_ref().map(|window| &window.workers);
        let Some(offload) = sa.offload else {
            let uncalled = workers.filter(|workers| !workers.uncalled.is_empty());
            let by_nic = uncalled.zip(sa.way()).is_some_and(|(workers, way)| {
                let local = if way == Direction::Out { sa.src } else { sa.dst };
                self.links.holding(local).is_some_and(|link| workers.uncalled.contains(&(link.index, way)))
            });
            return Some(if by_nic { Worker::Nic } else { Worker::Cpu });
        };
        let worker = workers?.of_offloaded(offload.ifindex, sa.way()?);
        // What is in packet mode the CPU cannot do.
        worker.filter(|worker| *worker == Worker::Nic || offload.mode == OffloadMode::Crypto)
    }
}
