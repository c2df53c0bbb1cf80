//! A sampling tells which SAs are close to a limit now.

use std::collections::BTreeMap;

use crate::engine::facts::Facts;
use crate::engine::facts::near::Near;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::model::{Reason, Source};

impl Facts {
    /// These SAs are close to a limit now, and no others.
    pub(super) fn set_near(&mut self, near: BTreeMap<Slot<Sa>, (Reason, String)>) {
        let mut before = std::mem::take(&mut self.near);
        for (slot, (reason, text)) in near {
            if self.sad.get(slot).is_none() {
                continue;
            }
            let known = before.remove(&slot).filter(|known| known.reason == reason);
            let row = known.unwrap_or_else(|| {
                let id = self.sad.id(slot).map(|id| id.to_string()).unwrap_or_default();
                self.touch_sa(slot);
                Near { reason, evidence: self.evidence(Source::Xfrm, format!("{id}: {text}")) }
            });
            self.near.insert(slot, row);
        }
        for slot in before.into_keys() {
            self.touch_sa(slot);
        }
    }

    pub(super) fn touch_sa(&mut self, slot: Slot<Sa>) {
        if let Some(claim) = self.sad.get(slot).and_then(|sa| sa.claim) {
            self.touch_child(claim.child);
        }
    }
}
