//! An evacuation begins, takes an SA off, and ends; and what it explains.

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::sad::{Sa, Sad};
use crate::engine::facts::slab::Slot;
use crate::model::{Evacuation, OffloadMode, SaId, SaStage};

/// So many more than twice the SAs that there are may be remembered.
const SPARE: usize = 64;

impl Facts {
    /// It begins, or is another one from now on.
    pub(in crate::engine) fn evacuate(&mut self, one: Evacuation) {
        self.evacuations.set(one);
        self.touch_every_tunnel();
    }

    /// This SA is in software by it.
    pub(in crate::engine) fn was_evacuated(&mut self, ifindex: u32, sa: SaId) {
        self.forget_what_was_evacuated(ifindex);
        if let Some(one) = self.evacuations.get_mut(ifindex) {
            one.left.remove(&sa);
            one.moved.insert(sa);
        }
        // It may have been shown in software before this was known.
        if let Some(slot) = self.sad.find(&sa) {
            self.migrated.remove(&slot);
        }
    }

    /// These are on it still, and are not tried again.
    pub(in crate::engine) fn were_left(&mut self, ifindex: u32, sas: Vec<SaId>) {
        self.forget_what_was_evacuated(ifindex);
        if let Some(one) = self.evacuations.get_mut(ifindex) {
            one.left.extend(sas);
        }
    }

    /// Now and then those that there are no more, so that an hour of rekeys grows nothing.
    fn forget_what_was_evacuated(&mut self, ifindex: u32) {
        let (sad, most) = (&self.sad, 2 * self.sad.len() + SPARE);
        if let Some(one) = self.evacuations.get_mut(ifindex)
            && one.moved.len() + one.left.len() > most
        {
            forget_gone(one, sad);
        }
    }

    /// It explains nothing any more.
    pub(in crate::engine) fn evacuation_is_over(&mut self, ifindex: u32) {
        if self.evacuations.remove(ifindex).is_some() {
            self.touch_every_tunnel();
        }
    }

    /// What outlives swanwatch: of SAs those that there are.
    pub(in crate::engine) fn evacuations_to_keep(&self) -> Vec<Evacuation> {
        let mut kept: Vec<_> = self.evacuations.iter().cloned().collect();
        kept.iter_mut().for_each(|one| forget_gone(one, &self.sad));
        kept
    }

    /// The evacuation by which an SA of this connection is in software: it was taken off, or its device is one from which SAs are taken.
    pub(in crate::engine) fn evacuation_of(&self, connection: Slot<Connection>, sa: &Sa) -> Option<&Evacuation> {
        if self.evacuations.is_empty() {
            return None;
        }
        let loaded = || self.claims.connection_at(connection)?.loaded.as_deref();
        let of_connection = || self.evacuations.of(self.links.of_connection(loaded()?)?.index);
        self.evacuations.that_took(&sa.id(self.started.netns)).or_else(of_connection)
    }

    /// Whether the kernel has this SA on this device.
    pub(in crate::engine) fn is_on(&self, sa: &SaId, ifindex: u32) -> bool {
        let row = self.sad.find(sa).and_then(|slot| self.sad.get(slot));
        row.and_then(|row| row.offload).is_some_and(|offload| offload.ifindex == ifindex)
    }

    /// The SAs on a device in this mode.
    pub(in crate::engine) fn on_device(
        &self,
        ifindex: u32,
        mode: OffloadMode,
    ) -> impl Iterator<Item = (Slot<Sa>, &Sa)> {
        let here = move |sa: &Sa| sa.offload.is_some_and(|offload| offload.ifindex == ifindex && offload.mode == mode);
        self.sad.iter().filter(move |(_, sa)| sa.stage == SaStage::Installed && here(sa))
    }
}

/// Only SAs that there are stay in it.
fn forget_gone(one: &mut Evacuation, sad: &Sad) {
    one.moved.retain(|sa| sad.find(sa).is_some());
    one.left.retain(|sa| sad.find(sa).is_some());
}
