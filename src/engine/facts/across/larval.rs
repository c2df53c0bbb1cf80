//! SAs that are only reserved, under the SPI of one that was there. The template of some daemons' policies has the SPI of the outbound SA:
//! when that is gone, the next packet has the kernel reserve one of the same name (net/xfrm/xfrm_state.c, `xfrm_init_tempstate`).

use std::collections::BTreeSet;

use crate::engine::facts::Facts;
use crate::engine::facts::join::How;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::model::{AskId, Effect, KernelPolicy, KernelSa, SaStage, Spi};

impl Facts {
    /// Of a piece of a dump: what an event has shown since it began is newer.
    pub(super) fn larval_took_places(&mut self, ask: AskId, rows: &[KernelSa], out: &mut Vec<Effect>) {
        let Some(began) = self.resync.sad.running.as_ref().filter(|running| running.ask == ask).map(|it| it.began)
        else {
            return;
        };
        for row in rows.iter().filter(|row| row.stage == SaStage::Larval) {
            let held = self.sad.find(&row.id).and_then(|slot| self.sad.get(slot));
            if held.is_some_and(|sa| sa.event <= began) {
                self.larval_took_place(row, out);
            }
        }
    }

    /// The SA that was there by this name is gone, if the kernel shows one that is only reserved.
    fn larval_took_place(&mut self, row: &KernelSa, out: &mut Vec<Effect>) {
        let held = self.sad.find(&row.id).filter(|_| row.stage == SaStage::Larval);
        let installed = |slot: &Slot<Sa>| self.sad.get(*slot).is_some_and(|sa| sa.stage == SaStage::Installed);
        if let Some(slot) = held.filter(installed) {
            self.sa_left(slot, How::Silently, out);
        }
    }

    /// One that was looked for is only reserved: what the daemon claims by this name is not there.
    pub(super) fn read_as_larval(&mut self, row: &KernelSa, out: &mut Vec<Effect>) {
        if row.stage != SaStage::Larval {
            return;
        }
        self.larval_took_place(row, out);
        let legs: BTreeSet<_> = self.claims.absent(row.id.spi, row.id.protocol).collect();
        for leg in legs {
            self.never_seen(leg, row.id, out);
        }
    }

    /// It was reserved for a packet that found no SA, be it by the name of one that was there.
    pub(in crate::engine) fn is_reserved_for_packet(&self, stage: SaStage, (spi, reqid): (Spi, u32)) -> bool {
        let is_its = |policy: &KernelPolicy| policy.template.is_some_and(|template| template.spi == spi);
        let of_policy = || reqid != 0 && self.spd.with_reqid(reqid).any(is_its);
        stage == SaStage::Larval && (spi == Spi::LARVAL || of_policy())
    }
}
