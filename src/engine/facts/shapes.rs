//! What SAs are like: a gateway has many SAs and few shapes, so a row keeps a number. And which shapes each device has taken.

use std::collections::BTreeSet;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::model::{Direction, KernelSa, Offload, OffloadMode, SaShape};

/// Beyond this many, shapes are not told apart any more: no gateway has them, and nothing may grow without bound.
const ROOM: usize = 4096;

/// One shape; none where there was no room.
pub type Shape = Option<u16>;

/// Everything seen so far.
#[derive(Debug, Default)]
pub struct Shapes {
    rows: Vec<SaShape>,
    index: HashTable<u16>,
    hasher: FixedState,
    // Neighbours in a dump are mostly alike, or every other one is.
    last: [u16; 2],
    taken: BTreeSet<Taken>,
    last_taken: [Option<Taken>; 2],
}

type Taken = (u32, u16, OffloadMode, Direction);

impl Shapes {
    /// The number of this SA's shape.
    pub fn of(&mut self, row: &KernelSa) -> Shape {
        let shape = SaShape::from(row);
        for number in self.last {
            if self.rows.get(usize::from(number)) == Some(&shape) {
                return Some(number);
            }
        }
        let number = self.find(&shape).or_else(|| self.add(shape))?;
        let [last, _] = self.last;
        self.last = [number, last];
        Some(number)
    }

    /// A shape by its number.
    pub fn get(&self, shape: Shape) -> Option<&SaShape> {
        self.rows.get(usize::from(shape?))
    }

    /// A device has an SA of this shape.
    pub fn take(&mut self, shape: Shape, offload: Offload) {
        let Some(shape) = shape else { return };
        let taken = (offload.ifindex, shape, offload.mode, offload.direction);
        if !self.last_taken.contains(&Some(taken)) {
            self.taken.insert(taken);
            let [last, _] = self.last_taken;
            self.last_taken = [Some(taken), last];
        }
    }

    /// Whether a device has had an SA of this shape.
    pub fn took(&self, shape: &SaShape, (ifindex, mode, direction): (u32, OffloadMode, Direction)) -> bool {
        self.find(shape).is_some_and(|shape| self.taken.contains(&(ifindex, shape, mode, direction)))
    }

    /// The device is gone; another one may have its number.
    pub fn forget_device(&mut self, ifindex: u32) {
        self.taken.retain(|(device, ..)| *device != ifindex);
        self.last_taken = [None; 2];
    }

    fn find(&self, shape: &SaShape) -> Option<u16> {
        let same = |number: &u16| self.rows.get(usize::from(*number)) == Some(shape);
        self.index.find(self.hasher.hash_one(shape), same).copied()
    }

    fn add(&mut self, shape: SaShape) -> Option<u16> {
        let number = u16::try_from(self.rows.len()).ok().filter(|number| usize::from(*number) < ROOM)?;
        self.rows.push(shape);
        let (rows, hasher) = (&self.rows, &self.hasher);
        let rehash = |number: &u16| rows.get(usize::from(*number)).map_or(0, |row| hasher.hash_one(row));
        self.index.insert_unique(hasher.hash_one(shape), number, rehash);
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sample;

    #[test]
    fn equal_sas_share_a_shape_and_their_number_is_bounded() {
        let mut shapes = Shapes::default();
        let (one, other) = (sample::sa("10.0.0.2", 1), sample::sa("10.0.0.3", 2));
        assert_eq!(shapes.of(&one), shapes.of(&other));
        for window in 1..=2 * u32::try_from(ROOM).unwrap() {
            let mut row = one;
            row.replay.window = window;
            shapes.of(&row);
        }
        assert_eq!(shapes.rows.len(), ROOM);
        assert_eq!(shapes.of(&one), Some(0));
    }

    #[test]
    fn what_a_device_took_is_known_until_it_is_gone() {
        let mut shapes = Shapes::default();
        let row = sample::sa("10.0.0.2", 1);
        let shape = shapes.of(&row);
        let offload = Offload { ifindex: 3, mode: OffloadMode::Crypto, direction: Direction::Out };
        shapes.take(shape, offload);
        let asked =
            |shapes: &Shapes, device| shapes.took(&SaShape::from(&row), (device, OffloadMode::Crypto, Direction::Out));
        assert!(asked(&shapes, 3) && !asked(&shapes, 4));
        shapes.forget_device(3);
        assert!(!asked(&shapes, 3));
    }
}
