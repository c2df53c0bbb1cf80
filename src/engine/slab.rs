//! Storage that grows by pieces, so that a table of a million rows never holds twice its size, and whose places have a type.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::num::NonZeroU32;

/// Rows in one piece.
const PIECE: usize = 1024;

/// Where a row stands. Valid until the row is removed; afterwards the place may hold another row.
pub struct Slot<T> {
    number: NonZeroU32,
    of: PhantomData<fn() -> T>,
}

/// The rows.
#[derive(Debug)]
pub struct Slab<T> {
    places: Column<T, Option<T>>,
    free: Vec<Slot<T>>,
    rows: usize,
}

/// Values by the places of a slab: its rows themselves, or what stands beside them because it is needed of many at once without the rest.
#[derive(Debug)]
pub struct Column<T, V> {
    pieces: Vec<Vec<V>>,
    of: PhantomData<fn() -> T>,
}

// === impl Slot ===

impl<T> Slot<T> {
    /// The first place: where a range of places begins.
    pub const FIRST: Self = Self { number: NonZeroU32::MIN, of: PhantomData };

    fn new(place: usize) -> Option<Self> {
        let number = u32::try_from(place).ok().and_then(|p| p.checked_add(1)).and_then(NonZeroU32::new)?;
        Some(Self { number, of: PhantomData })
    }

    /// The place that is as far behind this one as this one is behind `before`; there may be no row.
    pub fn beyond(self, before: Self) -> Option<Self> {
        let number = self.number.get().wrapping_mul(2).wrapping_sub(before.number.get());
        Some(Self { number: NonZeroU32::new(number)?, of: PhantomData })
    }

    /// The place, counted from 0: the order in which `iter` goes.
    pub fn place(self) -> usize {
        self.number.get() as usize - 1
    }
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slot<T> {}

impl<T> PartialEq for Slot<T> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<T> Eq for Slot<T> {}

impl<T> PartialOrd for Slot<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Slot<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number.cmp(&other.number)
    }
}

impl<T> Hash for Slot<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place())
    }
}

// === impl Slab ===

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { places: Column::default(), free: Vec::new(), rows: 0 }
    }
}

impl<T> Slab<T> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Puts a row in; none only beyond four thousand million rows.
    pub fn insert(&mut self, row: T) -> Option<Slot<T>> {
        let slot = self.free.pop().or_else(|| Slot::new(self.places.end()))?;
        self.places.set(slot, Some(row));
        self.rows += 1;
        Some(slot)
    }

    /// The row at `slot`.
    pub fn get(&self, slot: Slot<T>) -> Option<&T> {
        self.places.get(slot)?.as_ref()
    }

    /// The row at `slot`, to be changed.
    pub fn get_mut(&mut self, slot: Slot<T>) -> Option<&mut T> {
        self.places.get_mut(slot)?.as_mut()
    }

    /// Takes the row at `slot` out.
    pub fn remove(&mut self, slot: Slot<T>) -> Option<T> {
        let row = self.places.get_mut(slot)?.take()?;
        self.free.push(slot);
        self.rows -= 1;
        Some(row)
    }

    /// All rows in the order of their places, which depends on the order of inserts and removes alone.
    pub fn iter(&self) -> impl Iterator<Item = (Slot<T>, &T)> {
        self.starting_at(0)
    }

    /// All rows, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.places.pieces.iter_mut().flatten().flatten()
    }

    /// The rows from `place` on.
    pub fn starting_at(&self, place: usize) -> impl Iterator<Item = (Slot<T>, &T)> {
        self.places.starting_at(place).filter_map(|(slot, row)| Some((slot, row.as_ref()?)))
    }

    /// Removes everything and gives the memory back.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

// === impl Column ===

impl<T, V> Default for Column<T, V> {
    fn default() -> Self {
        Self { pieces: Vec::new(), of: PhantomData }
    }
}

impl<T, V: Default> Column<T, V> {
    /// The value at `slot`; none where none was set. It stays when the row beside it is removed.
    pub fn get(&self, slot: Slot<T>) -> Option<&V> {
        self.pieces.get(slot.place() / PIECE)?.get(slot.place() % PIECE)
    }

    /// The value at `slot`, to be changed.
    pub fn get_mut(&mut self, slot: Slot<T>) -> Option<&mut V> {
        self.pieces.get_mut(slot.place() / PIECE)?.get_mut(slot.place() % PIECE)
    }

    /// Sets the value at `slot`.
    pub fn set(&mut self, slot: Slot<T>, value: V) {
        let (piece, within) = (slot.place() / PIECE, slot.place() % PIECE);
        while self.pieces.len() <= piece {
            self.pieces.push(Vec::with_capacity(PIECE));
        }
        let Some(values) = self.pieces.get_mut(piece) else { return };
        match values.get_mut(within) {
            Some(place) => *place = value,
            None => {
                values.resize_with(within, V::default);
                values.push(value);
            }
        }
    }

    /// All values in the order of their places, those of removed rows included.
    pub fn iter(&self) -> impl Iterator<Item = (Slot<T>, &V)> {
        self.starting_at(0)
    }

    /// The first place behind all values.
    fn end(&self) -> usize {
        self.pieces.last().map_or(0, |last| (self.pieces.len() - 1) * PIECE + last.len())
    }

    fn starting_at(&self, place: usize) -> impl Iterator<Item = (Slot<T>, &V)> {
        let (piece, within) = (place / PIECE, place % PIECE);
        self.pieces.iter().enumerate().skip(piece).flat_map(move |(number, values)| {
            let skipped = if number == piece { within } else { 0 };
            let values = values.iter().enumerate().skip(skipped);
            values.filter_map(move |(offset, value)| Some((Slot::new(number * PIECE + offset)?, value)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_place_is_used_again() {
        let mut slab = Slab::default();
        let first = slab.insert('a').unwrap();
        slab.insert('b').unwrap();
        assert_eq!(slab.remove(first), Some('a'));
        assert_eq!(slab.get(first), None);
        assert_eq!(slab.insert('c'), Some(first));
        assert_eq!(slab.len(), 2);
        assert_eq!(slab.iter().map(|(_, row)| *row).collect::<String>(), "cb");
    }

    #[test]
    fn rows_are_walked_across_pieces_and_from_any_place() {
        let mut slab = Slab::default();
        for number in 0..(PIECE * 2 + 10) {
            slab.insert(number).unwrap();
        }
        assert!(slab.iter().map(|(_, row)| *row).eq(0..PIECE * 2 + 10));
        assert!(slab.starting_at(PIECE + 3).map(|(_, row)| *row).eq(PIECE + 3..PIECE * 2 + 10));
    }

    #[test]
    fn a_column_stands_beside_its_slab() {
        let (mut slab, mut column) = (Slab::default(), Column::default());
        let slots: Vec<_> = (0..PIECE + 5).map(|number| slab.insert(number).unwrap()).collect();
        for slot in slots.iter().skip(PIECE - 1) {
            column.set(*slot, slot.place());
        }
        assert_eq!((column.get(slots[0]), column.get(slots[PIECE])), (Some(&0), Some(&PIECE)));
        column.set(slots[PIECE], 7);
        *column.get_mut(slots[PIECE + 1]).unwrap() = 8;
        assert_eq!(
            column.iter().skip(PIECE).map(|(_, value)| *value).collect::<Vec<_>>(),
            [7, 8, PIECE + 2, PIECE + 3, PIECE + 4]
        );
        assert_eq!(Column::<usize, usize>::default().get(slots[0]), None);
    }

    #[test]
    fn a_slot_costs_four_bytes_even_where_it_may_be_absent() {
        assert_eq!(std::mem::size_of::<Option<Slot<u64>>>(), 4);
    }
}
