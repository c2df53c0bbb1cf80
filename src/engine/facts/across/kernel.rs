//! What the kernel's events mean for the tables. Events are hints where they lie: then the SA is read back.

use std::collections::BTreeSet;

use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::join::How;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::story::StoryLine;
use crate::model::{
    AskId, DumpTable, Effect, Event, Evidence, Failure, KernelSa, OffloadMode, PROBE_REQID, Reason, SaId, SaStage,
    Source, Spi,
};

impl Facts {
    pub(in crate::engine) fn kernel_event(&mut self, event: &Event, out: &mut Vec<Effect>) {
        match event {
            // A probe's, gone in a moment: its deletion then finds nothing to delete.
            Event::SaAdded(row) | Event::SaUpdated(row) if row.reqid == PROBE_REQID => {}
            Event::SaAdded(row) => self.sa_event(row, "added"),
            Event::SaUpdated(row) => self.sa_updated(row, out),
            Event::SaDeleted { id, last } => self.sa_deleted(id, How::Deleted, last.as_deref(), out),
            Event::SasFlushed { protocol } => self.sas_flushed(*protocol, out),
            Event::SaExpired { sa, hard, selector } => {
                if *hard {
                    if sa.id.spi == Spi::LARVAL {
                        self.happens(Happened::AcquireExpired(**selector));
                    }
                    self.sa_deleted(&sa.id, How::Expired, None, out);
                }
            }
            Event::PolicySet(policy) => {
                if let Some(slot) = self.spd.put(policy)
                    && let Some(row) = self.spd.get_mut(slot)
                {
                    row.event = self.seq;
                }
                self.happens(Happened::PolicySet(**policy));
            }
            Event::PolicyDeleted(id) => {
                self.resync.policy_gone(id);
                if let Some(row) = self.spd.find(id).and_then(|slot| self.spd.remove(slot)) {
                    self.policy_touched(row.reqid());
                    self.happens(Happened::PolicyDeleted(row.policy));
                    self.protection_lost([row.of_its_tunnel()].into_iter(), Reason::Deleted, out);
                }
            }
            Event::PoliciesFlushed => {
                let flushed: Vec<_> = self.spd.iter().map(|(_, row)| row.of_its_tunnel()).collect();
                self.protection_lost(flushed.into_iter(), Reason::Flushed, out);
                self.spd.clear();
                self.happens(Happened::PoliciesFlushed);
                self.touch_every_tunnel();
                self.resync.spoil(DumpTable::Spd);
                self.life.policies_flushed(self.now);
                self.tell_story(Source::Xfrm, None, None, "the kernel flushed all policies".to_owned());
            }
            // The old SA went and the new one came without another event.
            Event::Migrated => {
                self.resync.migrated();
                self.want_dumps();
            }
            Event::Mapped { id, mark, sender } => self.mapped(id, *mark, *sender),
        }
    }

    /// A policy of this reqid went.
    pub(super) fn policy_touched(&mut self, reqid: Option<u32>) {
        if let Some(connection) = reqid.and_then(|reqid| self.claims.connection_of_reqid(reqid)) {
            self.touch_connection(connection);
        }
    }

    fn sa_event(&mut self, row: &KernelSa, what: &str) {
        let Some((slot, new)) = self.sad.put(row, &mut self.shapes, self.now) else { return };
        let Some(sa) = self.sad.get_mut(slot) else { return };
        sa.event = self.seq;
        if new && let Some(claim) = sa.claim.take() {
            self.claims.set_claim(claim, None);
        }
        self.came.push(slot);
        self.join_what_came();
        self.tell_of_sa(row, what);
    }

    /// Over a larval SA, or where there was none, the event shows the SA. Over an installed one it shows the request.
    fn sa_updated(&mut self, row: &KernelSa, out: &mut Vec<Effect>) {
        let held =
            self.sad.find(&row.id).and_then(|slot| self.sad.get(slot)).is_some_and(|sa| sa.stage == SaStage::Installed);
        if !held {
            self.sa_event(row, "added");
            return;
        }
        if let Some(slot) = self.sad.find(&row.id)
            && let Some(sa) = self.sad.get_mut(slot)
        {
            sa.event = self.seq;
        }
        if !self.read_sa(row.id, out) {
            self.want_dump(DumpTable::Sad);
        }
    }

    pub(in crate::engine) fn sa_deleted(
        &mut self,
        id: &SaId,
        how: How,
        last: Option<&KernelSa>,
        out: &mut Vec<Effect>,
    ) {
        self.resync.sa_gone(id);
        let held = self.sad.find(id);
        let is_reserved = |sa: &Sa| sa.stage == SaStage::Larval;
        // The kernel says nothing when it reserves one, and so it may not be known.
        if id.spi != Spi::LARVAL && held.and_then(|slot| self.sad.get(slot)).is_none_or(is_reserved) {
            let verb = if how == How::Expired { "expired" } else { "was deleted" };
            let line = self.evidence(Source::Xfrm, format!("{id}, which was only reserved, {verb}"));
            self.refusals.reserved_went(id, how, line);
        }
        let Some(slot) = held else { return };
        let connection = self.connection_name_of_sa(slot);
        let verb = if how == How::Expired { "expired" } else { "deleted" };
        self.tell_story(Source::Xfrm, connection, Some(*id), format!("{id} {verb}"));
        self.sa_left_with(slot, how, last, out);
    }

    fn sas_flushed(&mut self, protocol: Option<crate::model::Protocol>, out: &mut Vec<Effect>) {
        self.resync.spoil(DumpTable::Sad);
        self.life.sas_flushed(self.now);
        self.tell_story(Source::Xfrm, None, None, "the kernel flushed all SAs".to_owned());
        let meant = |sa: &Sa| protocol.is_none_or(|protocol| protocol == sa.protocol);
        let gone: Vec<_> = self.sad.iter().filter(|(_, sa)| meant(sa)).map(|(slot, _)| slot).collect();
        for slot in gone {
            self.sa_left(slot, How::Flushed, out);
        }
    }

    pub(in crate::engine) fn sa_was_read(
        &mut self,
        ask: AskId,
        id: &SaId,
        answer: &Result<Option<Box<KernelSa>>, Failure>,
        out: &mut Vec<Effect>,
    ) {
        let Some((_, asked)) = self.asks.reads.remove(&ask) else { return };
        let held = self.sad.find(id);
        let newer = held.and_then(|slot| self.sad.get(slot)).is_some_and(|sa| sa.event > asked);
        if newer {
            return;
        }
        if let Ok(Some(row)) = answer {
            self.read_as_larval(row, out);
        }
        match (answer, held) {
            (Ok(Some(row)), _) => {
                if let Some((slot, _)) = self.sad.put(row, &mut self.shapes, self.now) {
                    if let Some(sa) = self.sad.get_mut(slot) {
                        sa.event = self.seq;
                    }
                    self.came.push(slot);
                    self.join_what_came();
                }
            }
            (Ok(None), Some(slot)) => self.sa_left(slot, How::Silently, out),
            (Ok(None), None) => {
                let legs: BTreeSet<_> = self.claims.absent(id.spi, id.protocol).collect();
                for leg in legs {
                    self.never_seen(leg, *id, out);
                }
            }
            // Nothing is known then; the next dump tells.
            (Err(_), _) => self.want_dump(DumpTable::Sad),
        }
        self.sa_was_looked_for(id);
    }

    fn tell_of_sa(&mut self, row: &KernelSa, what: &str) {
        let how = match row.offload {
            Some(offload) => {
                let mode = if offload.mode == OffloadMode::Packet { "packet" } else { "crypto" };
                format!("{mode} offload to {}", self.links.name(offload.ifindex))
            }
            None => "in software".to_owned(),
        };
        let connection = self.sad.find(&row.id).and_then(|slot| self.connection_name_of_sa(slot));
        self.tell_story(Source::Xfrm, connection, Some(row.id), format!("{} {what}, {how}", row.id));
    }

    pub(in crate::engine) fn tell_story(
        &mut self,
        source: Source,
        connection: Option<crate::engine::facts::names::Name>,
        sa: Option<SaId>,
        text: String,
    ) {
        let line = self.evidence(source, text);
        self.story.tell(StoryLine { line, connection, sa });
    }

    /// A line of evidence of this moment.
    pub(in crate::engine) fn evidence(&self, source: Source, text: impl Into<String>) -> Evidence {
        crate::engine::facts::story::evidence(self.wall, self.now, source, text)
    }
}
