//! Storage that grows by pieces, so that a table of a million rows never holds twice its size, and whose places have a type.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::num::NonZeroU32;

/// Rows in one piece.
const PIECE: usize = 1024;

/// Which row of a place is the first one; no row at all is 0.
const FIRST_ROW: u32 = 1;

/// Where a row stands, and which one it is of those that have stood there: whoever keeps it longer than the row lives finds nothing, and
/// never another row.
pub struct Slot<T> {
    number: NonZeroU32,
    generation: u32,
    of: PhantomData<fn() -> T>,
}

/// The rows.
#[derive(Debug)]
pub struct Slab<T> {
    places: Column<T, Option<T>>,
    free: Vec<Slot<T>>,
    rows: usize,
    /// Generations of new places begin here: above all that were given out before the last `clear`.
    floor: u32,
    /// The highest generation that was given out.
    latest: u32,
}

/// Values of the rows of a slab: the rows themselves, or what stands beside them because it is needed of many at once without the rest.
#[derive(Debug)]
pub struct Column<T, V> {
    pieces: Vec<Vec<Cell<V>>>,
    of: PhantomData<fn() -> T>,
}

/// The value of the row of this generation.
#[derive(Debug, Default)]
struct Cell<V> {
    generation: u32,
    value: V,
}

impl<T> Slot<T> {
    /// Before every other: where a range of slots begins.
    pub const FIRST: Self = Self { number: NonZeroU32::MIN, generation: FIRST_ROW, of: PhantomData };

    /// One that no row ever has.
    pub const NONE: Self = Self { number: NonZeroU32::MIN, generation: 0, of: PhantomData };

    fn new(place: usize, generation: u32) -> Option<Self> {
        let number = u32::try_from(place).ok().and_then(|p| p.checked_add(1)).and_then(NonZeroU32::new)?;
        Some(Self { number, generation, of: PhantomData })
    }

    /// The place that is as far behind this one as this one is behind `before`; there may be no row.
    pub fn place_beyond(self, before: Self) -> Option<usize> {
        self.place().checked_mul(2)?.checked_sub(before.place())
    }

    /// The place, counted from 0: the order in which `iter` goes.
    pub fn place(self) -> usize {
        self.number() as usize
    }

    /// The place in fewer bytes.
    pub fn number(self) -> u32 {
        self.number.get() - 1
    }

    /// The next row that stands there; none after four thousand million of them.
    fn successor(self) -> Option<Self> {
        Some(Self { generation: self.generation.checked_add(1)?, ..self })
    }

    fn key(self) -> (NonZeroU32, u32) {
        (self.number, self.generation)
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
        self.key() == other.key()
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
        self.key().cmp(&other.key())
    }
}

impl<T> Hash for Slot<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.place(), self.generation)
    }
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { places: Column::default(), free: Vec::new(), rows: 0, floor: FIRST_ROW, latest: FIRST_ROW }
    }
}

impl<T> Slab<T> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Puts a row in; none only beyond four thousand million rows.
    pub fn insert(&mut self, row: T) -> Option<Slot<T>> {
        let slot = self.free.pop().or_else(|| Slot::new(self.places.end(), self.floor))?;
        self.latest = self.latest.max(slot.generation);
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

    /// The row that stands at a place now.
    pub fn at(&self, place: usize) -> Option<(Slot<T>, &T)> {
        let (slot, row) = self.places.at(place)?;
        Some((slot, row.as_ref()?))
    }

    /// Takes the row at `slot` out.
    pub fn remove(&mut self, slot: Slot<T>) -> Option<T> {
        let row = self.places.remove(slot)??;
        // A place whose generations are used up stays empty for good.
        self.free.extend(slot.successor());
        self.rows -= 1;
        Some(row)
    }

    /// All rows in the order of their places, which depends on the order of inserts and removes alone.
    pub fn iter(&self) -> impl Iterator<Item = (Slot<T>, &T)> {
        self.starting_at(0)
    }

    /// All rows, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let cells = self.places.pieces.iter_mut().flatten();
        #[cfg(test)]
        let cells = cells.inspect(|_| crate::engine::work::looked());
        cells.filter_map(|cell| cell.value.as_mut())
    }

    /// The rows from `place` on.
    pub fn starting_at(&self, place: usize) -> impl Iterator<Item = (Slot<T>, &T)> {
        self.places.starting_at(place).filter_map(|(slot, row)| Some((slot, row.as_ref()?)))
    }

    /// Removes everything and gives the memory back. What was there is not found again.
    pub fn clear(&mut self) {
        if let Some(floor) = self.latest.checked_add(1) {
            *self = Self { floor, latest: floor, ..Self::default() };
            return;
        }
        let all: Vec<_> = self.iter().map(|(slot, _)| slot).collect();
        for slot in all {
            self.remove(slot);
        }
    }
}

impl<T, V> Default for Column<T, V> {
    fn default() -> Self {
        Self { pieces: Vec::new(), of: PhantomData }
    }
}

impl<T, V: Default> Column<T, V> {
    /// The value of the row at `slot`; none where none was set for it.
    pub fn get(&self, slot: Slot<T>) -> Option<&V> {
        #[cfg(test)]
        crate::engine::work::looked();
        let cell = self.pieces.get(slot.place() / PIECE)?.get(slot.place() % PIECE)?;
        (cell.generation == slot.generation).then_some(&cell.value)
    }

    /// The value of the row at `slot`, to be changed.
    pub fn get_mut(&mut self, slot: Slot<T>) -> Option<&mut V> {
        let cell = self.pieces.get_mut(slot.place() / PIECE)?.get_mut(slot.place() % PIECE)?;
        (cell.generation == slot.generation).then_some(&mut cell.value)
    }

    /// The value at a place, and whose it is.
    pub fn at(&self, place: usize) -> Option<(Slot<T>, &V)> {
        let cell = self.pieces.get(place / PIECE)?.get(place % PIECE)?;
        Some((Slot::new(place, cell.generation_of_a_row()?)?, &cell.value))
    }

    /// The same, to be changed.
    pub fn at_mut(&mut self, place: usize) -> Option<(Slot<T>, &mut V)> {
        let cell = self.pieces.get_mut(place / PIECE)?.get_mut(place % PIECE)?;
        Some((Slot::new(place, cell.generation_of_a_row()?)?, &mut cell.value))
    }

    /// Sets the value of the row at `slot`. That of the row before it is gone.
    pub fn set(&mut self, slot: Slot<T>, value: V) {
        let (piece, within) = (slot.place() / PIECE, slot.place() % PIECE);
        while self.pieces.len() <= piece {
            self.pieces.push(Vec::with_capacity(PIECE));
        }
        let Some(cells) = self.pieces.get_mut(piece) else { return };
        let cell = Cell { generation: slot.generation, value };
        match cells.get_mut(within) {
            Some(place) => *place = cell,
            None => {
                cells.resize_with(within, Cell::default);
                cells.push(cell);
            }
        }
    }

    /// Takes the value of the row at `slot` out.
    pub fn remove(&mut self, slot: Slot<T>) -> Option<V> {
        let cell = self.pieces.get_mut(slot.place() / PIECE)?.get_mut(slot.place() % PIECE)?;
        (cell.generation == slot.generation).then(|| std::mem::take(cell).value)
    }

    /// All values in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = (Slot<T>, &V)> {
        self.starting_at(0)
    }

    /// The first place behind all values.
    fn end(&self) -> usize {
        self.pieces.last().map_or(0, |last| (self.pieces.len() - 1) * PIECE + last.len())
    }

    fn starting_at(&self, place: usize) -> impl Iterator<Item = (Slot<T>, &V)> {
        let (piece, within) = (place / PIECE, place % PIECE);
        self.pieces.iter().enumerate().skip(piece).flat_map(move |(number, cells)| {
            let skipped = if number == piece { within } else { 0 };
            let cells = cells.iter().enumerate().skip(skipped);
            cells.filter_map(move |(offset, cell)| {
                Some((Slot::new(number * PIECE + offset, cell.generation_of_a_row()?)?, &cell.value))
            })
        })
    }
}

impl<V> Cell<V> {
    /// None where no row stands.
    fn generation_of_a_row(&self) -> Option<u32> {
        #[cfg(test)]
        crate::engine::work::looked();
        (self.generation >= FIRST_ROW).then_some(self.generation)
    }
}

#[cfg(test)]
mod tests;
