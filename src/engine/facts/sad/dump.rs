//! Rows of a dump: how they are found, and what becomes of what was known.

use super::meter::Fingerprint;
use super::{Meter, Sa, Sad, Sampled};
use crate::engine::facts::rows::Tunnel;
use crate::engine::facts::shapes::Shapes;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::traffic::SaGrowth;
use crate::model::{Boottime, Direction, KernelSa, SaId};

/// The last two rows that a dump showed: it shows them in the order in which they came, or the other way round, so the next one stands
/// beyond them. To look there first costs less than to look into an index that is larger than a processor's cache.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DumpOrder {
    last: Option<Slot<Sa>>,
    before: Option<Slot<Sa>>,
}

/// What a row of a dump was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownRow {
    /// An SA that was not known.
    New(Slot<Sa>),
    /// A known one; what it has carried since its counters were last taken, in a sampling.
    Known(Slot<Sa>, Option<SaGrowth>),
    /// A known one whose stage or offload is another than was known.
    Changed(Slot<Sa>),
    /// A known one of which an event told since the dump began: the row is older.
    Stale,
    /// There is no room for more.
    Full,
}

/// What a dump does with the counters of known SAs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterHandling {
    /// Nothing: they belong to the samplings.
    No,
    /// Brings them up to date.
    Plainly,
    /// It is the dump of the sampling with this number.
    Sampling(u32),
}

impl DumpOrder {
    /// Where the next row of a dump is expected.
    fn next(self) -> Option<usize> {
        self.last?.place_beyond(self.before?)
    }
}

impl Sad {
    /// Takes a row of a sampling's dump with this number, where it differs from what is known in its counters alone. The hot path of a sampling:
    /// where rows come in their order, nothing but the meter is touched. None where the row has to be looked at.
    pub fn sample(&mut self, row: &KernelSa, dump: u32, sampling: u32) -> Option<(Slot<Sa>, Sampled)> {
        let fingerprint = Fingerprint::of(row);
        let at = |sad: &mut Self, place| {
            let (slot, meter) = sad.meters.at_mut(place).filter(|(_, meter)| meter.is_of(fingerprint))?;
            Some((slot, meter.sample(row, dump, sampling)?))
        };
        let expected = self.order.next().and_then(|place| at(self, place));
        let found = expected.or_else(|| self.find(&row.id).and_then(|slot| at(self, slot.place())))?;
        self.order = DumpOrder { last: Some(found.0), before: self.order.last };
        Some(found)
    }

    /// A sampling looked at this SA, of which the join knows this.
    pub fn remember(&mut self, slot: Slot<Sa>, row: &KernelSa, way: Option<Direction>, tunnel: Option<Slot<Tunnel>>) {
        if let Some(meter) = self.meters.get_mut(slot) {
            meter.remember(row, way, tunnel);
        }
    }

    /// Takes a row of the dump with this number, which began at observation `began`: one look-up for a known SA. A dump that counts takes the
    /// counters of known SAs, too; one that is a sampling's notes what came since the sampling before.
    pub fn show(
        &mut self,
        row: &KernelSa,
        shapes: &mut Shapes,
        seen: Boottime,
        (number, began): (u32, u64),
        counting: CounterHandling,
    ) -> ShownRow {
        let Some(slot) = self.find_in_order(&row.id) else {
            return self
                .insert(Sa::new(row, shapes, seen), Meter::new(row, number))
                .map_or(ShownRow::Full, ShownRow::New);
        };
        let (Some(sa), Some(meter)) = (self.rows.get_mut(slot), self.meters.get_mut(slot)) else {
            return ShownRow::Full;
        };
        meter.forget();
        meter.dump = number;
        if sa.event > began {
            return ShownRow::Stale;
        }
        let before = (sa.stage, sa.offload);
        let grown = if let CounterHandling::Sampling(_) = counting { sa.grown(meter, row) } else { None };
        // An SA's own counters stay those of the last dump that counts, so that what is between two of them is known.
        if sa.refresh(row, shapes, seen) || counting != CounterHandling::No {
            meter.count(row);
        }
        if let (CounterHandling::Sampling(sampling), Some(grown)) = (counting, &grown) {
            meter.moved(sampling, grown);
        }
        let after = (row.stage, row.offload);
        if before == after {
            return ShownRow::Known(slot, grown);
        }
        self.count(before, false);
        self.count(after, true);
        ShownRow::Changed(slot)
    }

    /// SAs that the dump with this number, which began at observation `began`, did not show, and of which no event told since.
    pub fn not_shown(&self, (number, began): (u32, u64)) -> Vec<Slot<Sa>> {
        let unseen = self.meters.iter().filter(|(_, meter)| meter.dump != number).map(|(slot, _)| slot);
        unseen.filter(|slot| self.rows.get(*slot).is_some_and(|sa| sa.event < began)).collect()
    }

    /// The row of this key, looked for where it is expected first.
    fn find_in_order(&mut self, id: &SaId) -> Option<Slot<Sa>> {
        let expected = self.order.next().and_then(|place| self.at(place, id));
        let found = expected.or_else(|| self.find(id))?;
        self.order = DumpOrder { last: Some(found), before: self.order.last };
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sample;

    #[test]
    fn rows_are_found_whatever_the_order_in_which_a_dump_shows_them() {
        let (mut sad, mut shapes) = (Sad::default(), Shapes::default());
        let rows: Vec<_> = (0x100..0x140).map(|spi| sample::sa("10.0.0.2", spi)).collect();
        let slots: Vec<_> = rows.iter().map(|row| sad.put(row, &mut shapes, Boottime::default()).unwrap().0).collect();
        let orders: [Vec<usize>; 4] = [
            (0..64).collect(),
            (0..64).rev().collect(),
            (0..64).map(|number| number * 27 % 64).collect(),
            [63, 62, 0, 1, 2, 2, 2, 5, 3, 1, 0].to_vec(),
        ];
        for (number, order) in (1..).zip(orders) {
            for place in order {
                let shown = sad.show(&rows[place], &mut shapes, Boottime::default(), (number, 0), CounterHandling::No);
                assert_eq!(shown, ShownRow::Known(slots[place], None));
            }
        }
        // Who stood where the next one is expected is gone, and another one has its place.
        sad.remove(slots[2]).unwrap();
        let (other, new) = sad.put(&sample::sa("10.0.0.2", 0x200), &mut shapes, Boottime::default()).unwrap();
        assert_eq!((other.place(), new), (slots[2].place(), true));
        for place in [0, 1] {
            sad.show(&rows[place], &mut shapes, Boottime::default(), (9, 0), CounterHandling::No);
        }
        let shown = sad.show(&rows[2], &mut shapes, Boottime::default(), (9, 0), CounterHandling::No);
        assert!(matches!(shown, ShownRow::New(_)), "{shown:?}");
    }
}
