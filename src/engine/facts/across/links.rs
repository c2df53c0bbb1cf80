//! An interface comes, changes or goes, and what goes with it.

use crate::engine::facts::Facts;
use crate::engine::facts::lost_devices::DeviceLossCause;
use crate::model::{Effect, Link};

impl Facts {
    pub(in crate::engine) fn link_seen(&mut self, link: &Link, out: &mut Vec<Effect>) {
        let before = self.links.by_index.insert(link.index, link.clone());
        self.links.names.insert(link.index, link.name.clone());
        self.links_changed_ways();
        if before.as_ref().is_some_and(|before| before.up) && !link.up {
            self.device_lost(link.index, DeviceLossCause::Down, out);
        }
        let judged_by = |link: &Link| (link.esp_hw_offload, link.addresses.clone());
        if before.as_ref().map(judged_by) != Some(judged_by(link)) {
            self.touch_every_tunnel();
        }
    }

    pub(in crate::engine) fn link_gone(&mut self, index: u32, out: &mut Vec<Effect>) {
        if self.links.by_index.remove(&index).is_some() {
            self.links_changed_ways();
            self.device_lost(index, DeviceLossCause::Removed, out);
            self.shapes.forget_device(index);
        }
    }
}
