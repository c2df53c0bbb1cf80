//! `offload-capacity`: a device refuses what it took before. Its table is full, or its hash table has no place for this SA.

mod page;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::felled::{self, Felled};
use super::refused::{About, refused, unclaimed};
use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::want::Want;
use crate::model::{Boottime, Code, Evidence, RealTime, Reason, SaId, Source, Subject};

/// An SA has to stay on the device for so long to prove that there is room: half a pair goes again with the other half.
const STAYS: Duration = Duration::from_secs(5);

/// Devices that refused what they took before.
#[derive(Debug, Default)]
pub(super) struct OffloadCapacity {
    full: BTreeMap<u32, FullDevice>,
}

#[derive(Debug, Default)]
struct FullDevice {
    // As it was called when that was told.
    name: String,
    // Whose SAs it refused, the last one, and how many it held then.
    refused: BTreeSet<Slot<Connection>>,
    subject: Subject,
    held: u32,
    // What it took since, and when that has stayed for long enough.
    took: Option<(SaId, Boottime)>,
}

impl FindingRule for OffloadCapacity {
    fn codes(&self) -> &'static [Code] {
        &[Code::OffloadCapacity]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        if let Happened::RefusalUnclaimed(id) = happened
            && let Some(refused) = unclaimed(facts, *id)
            && let About::Room(device) = refused.about
        {
            let tried = &refused.attempt.tried;
            let subject = Subject { spi: Some(tried.spi), dst: tried.dst, ..Subject::default() };
            let held = facts.sad.on_device(device);
            self.refuses(facts, (device, held, None), (subject, refused.lines), say);
        }
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        if !self.full.is_empty() {
            self.there_may_be_room(facts, say);
            self.tell_felled(facts, touched, say);
            touched.came.iter().for_each(|slot| self.took(facts, *slot, say));
        }
        if facts.refusals.connections().next().is_none() {
            return;
        }
        for connection in touched.connections.keys() {
            let Some(refused) = refused(facts, *connection) else { continue };
            let About::Room(device) = refused.about else { continue };
            let sa = refused.refusal.sa;
            let subject = Subject { spi: sa.map(|sa| sa.spi), dst: sa.and_then(|sa| sa.dst), ..Subject::default() };
            let held = refused.refusal.held.max(facts.sad.on_device(device));
            self.refuses(facts, (device, held, Some(*connection)), (subject, refused.lines), say);
            say.want(Want::RefusalTold(*connection, Reason::Capacity));
        }
    }

    fn undecided(&self) -> Vec<Slot<Connection>> {
        self.full.values().flat_map(|full| full.refused.iter().copied()).collect()
    }
}

impl OffloadCapacity {
    fn refuses(
        &mut self,
        facts: &Facts,
        (device, held, connection): (u32, u32, Option<Slot<Connection>>),
        (subject, mut lines): (Subject, Vec<Evidence>),
        say: &mut Say<'_>,
    ) {
        let new = || FullDevice { name: facts.links.name(device), ..FullDevice::default() };
        let full = self.full.entry(device).or_insert_with(new);
        full.refused.extend(connection);
        full.took = None;
        full.subject = Subject { device: Some(full.name.clone()), ..subject };
        full.held = held;
        lines.push(say.line(Source::Xfrm, words::holds(&full.name, full.held)));
        say.open(full.draft(facts, lines).again());
    }

    /// What was refused took others with it.
    fn tell_felled(&self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        let news = felled::news(facts, touched, say);
        for full in self.full.values().filter(|full| full.refused.iter().any(|one| news.contains(one))) {
            say.open(full.draft(facts, Vec::new()));
        }
    }

    /// An SA came: where it is on such a device, there may be room again.
    fn took(&mut self, facts: &Facts, slot: Slot<Sa>, say: &mut Say<'_>) {
        let device = facts.sad.get(slot).and_then(|sa| sa.offload).map(|offload| offload.ifindex);
        let Some(full) = device.and_then(|device| self.full.get_mut(&device)) else { return };
        if full.took.is_none() {
            let until = facts.now + STAYS;
            full.took = facts.sad.id(slot).map(|id| (id, until));
            say.look_again(until);
        }
    }

    fn there_may_be_room(&mut self, facts: &Facts, say: &mut Say<'_>) {
        let is_on_it =
            |id: &SaId| facts.sad.find(id).and_then(|slot| facts.sad.get(slot)).is_some_and(|sa| sa.offload.is_some());
        self.full.retain(|_, full| {
            let Some((id, _)) = full.took.take_if(|(_, until)| *until <= facts.now) else { return true };
            let stays = is_on_it(&id);
            if stays {
                say.over(Code::OffloadCapacity, &full.name, (Source::Xfrm, words::OVER));
                let felled = Felled::of(facts, full.refused.iter().copied());
                felled.all().for_each(|connection| say.want(Want::Connection(connection)));
            }
            !stays
        });
    }
}

impl FullDevice {
    fn draft(&self, facts: &Facts, mut lines: Vec<Evidence>) -> Draft {
        let felled = Felled::of(facts, self.refused.iter().copied());
        lines.extend(felled.lines(facts));
        let said = felled.said(words::full(
            &facts.life.behaviour,
            &self.name,
            (self.held, felled.is_none()),
            self.refused.len(),
        ));
        let said = words::with_rekeys(said, &rekeys_refused(facts, self.refused.iter().copied()));
        Draft::of(Code::OffloadCapacity, self.name.clone(), said)
            .because(Reason::Capacity)
            .critical()
            .about(self.subject.clone())
            .affecting(felled.affected(facts, u64::from(self.held)))
            .shown_by(lines)
            .explaining(felled.all())
    }
}

/// Tunnels that still have the pair that was to be rekeyed, and when the first SA of it ends.
fn rekeys_refused(facts: &Facts, refused: impl Iterator<Item = Slot<Connection>>) -> Vec<(String, Option<String>)> {
    if facts.life.behaviour.refusal_ends_ike_sa != Some(false) {
        return Vec::new();
    }
    let stands = |connection: Slot<Connection>| {
        let tunnels = facts.claims.connection_at(connection)?.tunnels.iter();
        let mut standing =
            tunnels.filter_map(|tunnel| facts.claims.newest_child(*tunnel)).filter(|child| child.stands());
        let newest = standing.next()?;
        let sas = [newest.outbound.sa, newest.inbound.sa].into_iter().flatten().filter_map(|sa| facts.sad.get(sa));
        let limited = sas.filter(|sa| sa.hard_add_seconds != 0);
        let ends = limited.map(|sa| i64::from(sa.add_time) + i64::from(sa.hard_add_seconds)).min();
        let ends =
            ends.map(|seconds| facts.started.zone.moment(RealTime::from_micros(seconds.saturating_mul(1_000_000))));
        Some((facts.connection_text(connection), ends))
    };
    refused.filter_map(stands).collect()
}
