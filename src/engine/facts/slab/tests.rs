use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[test]
fn a_removed_place_is_used_again_by_a_row_that_is_another() {
    let mut slab = Slab::default();
    let first = slab.insert('a').unwrap();
    slab.insert('b').unwrap();
    assert_eq!(slab.remove(first), Some('a'));
    assert_eq!(slab.get(first), None);
    let third = slab.insert('c').unwrap();
    assert_eq!((third.place(), third == first), (first.place(), false));
    assert_eq!((slab.get(first).copied(), slab.get_mut(first).is_some(), slab.remove(first)), (None, false, None));
    assert_eq!(slab.at(first.place()), Some((third, &'c')));
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
    assert_eq!((column.get(slots[0]), column.get(slots[PIECE])), (None, Some(&PIECE)));
    column.set(slots[PIECE], 7);
    *column.get_mut(slots[PIECE + 1]).unwrap() = 8;
    let values = [PIECE - 1, 7, 8, PIECE + 2, PIECE + 3, PIECE + 4];
    assert_eq!(column.iter().map(|(_, value)| *value).collect::<Vec<_>>(), values);
    assert_eq!(Column::<usize, usize>::default().get(slots[0]), None);
}

#[test]
fn what_was_set_for_a_row_is_not_its_successors() {
    let (mut slab, mut column) = (Slab::default(), Column::default());
    let old = slab.insert('a').unwrap();
    column.set(old, 1);
    slab.remove(old);
    let new = slab.insert('b').unwrap();
    assert_eq!((column.get(new).copied(), column.get_mut(new).is_some(), column.remove(new)), (None, false, None));
    column.set(new, 2);
    assert_eq!((column.get(old), column.get(new), column.at(new.place())), (None, Some(&2), Some((new, &2))));
    assert_eq!((column.remove(old), column.remove(new)), (None, Some(2)));
    assert_eq!(column.at(new.place()), None);
}

#[test]
fn a_place_is_given_up_before_it_has_the_same_row_twice() {
    let mut slab = Slab { floor: u32::MAX - 1, latest: u32::MAX - 1, ..Slab::default() };
    let (first, other) = (slab.insert(1).unwrap(), slab.insert(2).unwrap());
    slab.remove(first);
    let last = slab.insert(3).unwrap();
    assert_eq!((last.place(), last.generation), (first.place(), u32::MAX));
    slab.remove(last);
    let next = slab.insert(4).unwrap();
    assert_ne!(next.place(), first.place());
    slab.clear();
    assert_eq!((slab.len(), slab.get(other), slab.get(next)), (0, None, None));
    let after = slab.insert(5).unwrap();
    assert!(![first, other, last, next].contains(&after));
}

#[test]
fn a_slot_costs_eight_bytes_even_where_it_may_be_absent() {
    assert_eq!(std::mem::size_of::<Option<Slot<u64>>>(), 8);
}

/// What is done to a slab; numbers choose among the slots that were ever given out.
#[derive(Clone, Debug)]
enum Deed {
    Put,
    Remove(usize),
    Clear,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![8 => Just(Deed::Put), 8 => any::<usize>().prop_map(Deed::Remove), 1 => Just(Deed::Clear)]
}

proptest! {
    /// Whatever is put in and taken out: a slot finds its own row, or none.
    #[test]
    fn a_stale_slot_never_finds_another_row(deeds in proptest::collection::vec(deed(), 1..200)) {
        let (mut slab, mut column, mut given, mut there) = (Slab::default(), Column::default(), Vec::new(), BTreeMap::new());
        for (number, deed) in deeds.into_iter().enumerate() {
            match deed {
                Deed::Put => {
                    let slot = slab.insert(number).unwrap();
                    prop_assert!(!given.contains(&slot));
                    column.set(slot, number);
                    given.push(slot);
                    there.insert(slot, number);
                }
                Deed::Remove(which) if !given.is_empty() => {
                    let slot = given[which % given.len()];
                    prop_assert_eq!(slab.remove(slot), there.remove(&slot));
                }
                Deed::Remove(_) => {}
                Deed::Clear => {
                    slab.clear();
                    there.clear();
                }
            }
            prop_assert_eq!(slab.len(), there.len());
            for slot in &given {
                prop_assert_eq!(slab.get(*slot), there.get(slot));
                let beside = column.get(*slot).copied();
                prop_assert!(beside.is_none() || there.get(slot).is_none_or(|row| beside == Some(*row)));
            }
            let at: Vec<_> = (0..given.len()).filter_map(|place| slab.at(place)).collect();
            prop_assert_eq!(&at, &slab.iter().collect::<Vec<_>>());
            prop_assert!(at.iter().all(|(slot, row)| there.get(slot) == Some(*row)));
        }
    }
}
