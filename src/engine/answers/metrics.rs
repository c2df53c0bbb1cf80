//! Counting SAs for a scrape: piece by piece, so that no step of the engine waits for a million of them.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::holders::Holders;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::findings::book::Book;
use crate::engine::remedies::Remedies;
use crate::model::{DeviceCounters, Feed, Metrics, OffloadMode, SaKind, SaOwner, SaStage};

/// How many connections are shown one by one: those that were known first, so that a series stays what it is.
const CONNECTIONS: usize = 1_000;

/// How many kinds of SAs are shown; connections beyond are folded even where there is room for their names.
const KINDS: usize = 4_000;

/// How many findings of each code are shown one by one.
const OPEN: usize = 20;

/// SAs counted so far.
#[derive(Debug, Default)]
pub struct Tally {
    counts: HashMap<CountedKind, u64, FixedState>,
    holders: Holders,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct CountedKind {
    /// None where no connection is known.
    connection: Option<ShownSas>,
    ifindex: Option<u32>,
    offload: Option<OffloadMode>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum ShownSas {
    Alone(Slot<Connection>),
    Folded,
}

impl Facts {
    /// Counts up to `limit` SAs from `cursor` on (0 at first); where to go on, or none at the end.
    pub(super) fn tally(&self, cursor: usize, limit: usize, tally: &mut Tally) -> Option<usize> {
        let mut walk = self.sad.starting_at(cursor);
        let mut next = cursor;
        for (slot, sa) in walk.by_ref().take(limit) {
            next = slot.place() + 1;
            if sa.stage == SaStage::Installed {
                let kind = self.kind(sa, &mut tally.holders);
                tally.add(kind);
            }
        }
        walk.next().map(|_| next)
    }

    /// Everything else that a scrape shows, beside the SAs that were counted.
    pub(super) fn metrics(&self, tally: &Tally, feed: Feed, (book, remedies): (&Book, &Remedies)) -> Metrics {
        Metrics {
            version: self.started.version.clone(),
            kernel: self.started.kernel.clone(),
            daemon: self.daemon_status(book),
            summary: self.summary(),
            sas: self.kinds(tally),
            folded: self.claims.connections().count().saturating_sub(CONNECTIONS) as u64,
            findings: book.counts(),
            open: book.places(OPEN),
            coverage: self.coverage_lines(),
            devices: self.device_counters(),
            host: self.traffic.host().cloned(),
            remedies: remedies.remedy_counts(),
            feed,
            receivers: Vec::new(),
        }
    }

    fn kind(&self, sa: &Sa, holders: &mut Holders) -> CountedKind {
        let connection = self.claims.connection_of(sa);
        let ifindex = match sa.offload {
            Some(offload) => Some(offload.ifindex),
            None => self.holder(sa, holders),
        };
        CountedKind {
            connection: connection
                .map(|slot| if slot.place() < CONNECTIONS { ShownSas::Alone(slot) } else { ShownSas::Folded }),
            ifindex,
            offload: sa.offload.map(|offload| offload.mode),
        }
    }

    fn kinds(&self, tally: &Tally) -> BTreeMap<SaKind, u64> {
        let mut kinds = BTreeMap::new();
        for (kind, count) in &tally.counts {
            let name = |slot| self.claims.connection_at(slot).map(|connection| self.names.text(connection.name));
            let connection = match kind.connection {
                None => SaOwner::Unknown,
                Some(ShownSas::Folded) => SaOwner::Folded,
                Some(ShownSas::Alone(slot)) => {
                    name(slot).map_or(SaOwner::Unknown, |name| SaOwner::Connection(name.to_owned()))
                }
            };
            let device = kind.ifindex.map(|index| self.links.name(index));
            let offload = match kind.offload {
                None => "none",
                Some(OffloadMode::Crypto) => "crypto",
                Some(OffloadMode::Packet) => "packet",
            };
            *kinds.entry(SaKind { connection, device, offload }).or_default() += count;
        }
        kinds
    }

    fn device_counters(&self) -> BTreeMap<String, DeviceCounters> {
        let readings = self.sad.devices().flat_map(|(index, _)| self.traffic.reading(index));
        readings.filter_map(|(name, reading)| Some((name.to_owned(), reading.as_ref().ok()?.clone()))).collect()
    }
}

impl Tally {
    fn add(&mut self, kind: CountedKind) {
        let kind = if self.counts.len() < KINDS || self.counts.contains_key(&kind) {
            kind
        } else {
            // One more kind for each mode, at most.
            CountedKind { connection: Some(ShownSas::Folded), ifindex: None, ..kind }
        };
        *self.counts.entry(kind).or_default() += 1;
    }
}
