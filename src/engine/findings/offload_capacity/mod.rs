//! `offload-capacity`: a device refuses what it took before. Its table is full, or its hash table has no place for this SA.

mod page;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::refused::{About, refused, unclaimed};
use super::{Draft, Finding, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::want::Want;
use crate::engine::findings::book::listing;
use crate::model::{Boottime, Code, Evidence, Reason, SaId, Source, Subject};

/// An SA has to stay on the device for so long to prove that there is room: half a pair goes again with the other half.
const STAYS: Duration = Duration::from_secs(5);

/// Devices that refused what they took before.
#[derive(Debug, Default)]
pub(super) struct OffloadCapacity {
    full: BTreeMap<u32, Full>,
}

#[derive(Debug)]
struct Full {
    // As it was called when that was told.
    name: String,
    // Whose SAs it refused.
    refused: BTreeSet<Slot<Connection>>,
    // What it took since, and when that has stayed for long enough.
    took: Option<(SaId, Boottime)>,
}

impl Finding for OffloadCapacity {
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
            self.refuses(facts, (device, None), (subject, refused.lines), say);
        }
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        if !self.full.is_empty() {
            self.there_may_be_room(facts, say);
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
            self.refuses(facts, (device, Some(*connection)), (subject, refused.lines), say);
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
        (device, connection): (u32, Option<Slot<Connection>>),
        (subject, mut lines): (Subject, Vec<Evidence>),
        say: &mut Say<'_>,
    ) {
        let new = || Full { name: facts.links.name(device), refused: BTreeSet::new(), took: None };
        let full = self.full.entry(device).or_insert_with(new);
        full.refused.extend(connection);
        full.took = None;
        let (held, all) = (facts.sad.on_device(device), full.refused.len());
        let names = full.refused.iter().map(|connection| facts.connection_text(*connection));
        let affected = listing(u64::from(held), all as u64, all, names);
        lines.push(say.line(Source::Xfrm, words::holds(&full.name, held)));
        let draft = Draft::of(
            Code::OffloadCapacity,
            full.name.clone(),
            words::full(&facts.life.behaviour, &full.name, held, all),
        )
        .because(Reason::Capacity)
        .critical()
        .about(Subject { device: Some(full.name.clone()), ..subject })
        .affecting(affected)
        .shown_by(lines)
        .explaining(full.refused.iter().copied())
        .again();
        say.open(draft);
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
                full.refused.iter().for_each(|connection| say.want(Want::Connection(*connection)));
            }
            !stays
        });
    }
}
