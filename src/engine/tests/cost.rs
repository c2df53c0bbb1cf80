//! How what is looked at grows with what there is: a step that looks at all of it for one change would take the square of it.

use std::time::Duration;

use super::world::*;
use crate::engine::work;
use crate::model::*;

/// Four times as many may cost this many times as much: their number to the power of 1.2.
const FOUR_TIMES: f64 = 5.3;

/// What is looked at, and told, with 250 of something and with four times as many.
fn grows(scenario: impl Fn(u32) -> u64) {
    let (few, many) = (scenario(250), scenario(1000));
    assert!(few > 0);
    assert!(many as f64 <= few as f64 * FOUR_TIMES, "{few} for 250, {many} for 1,000");
}

/// SAs that nobody claims, removed one by one while they are told.
fn orphans(count: u32, row: impl Fn(u32) -> KernelSa) -> u64 {
    let mut world = World::new();
    world.establish("t1", 2, true);
    let rows: Vec<_> = (0..count).map(row).collect();
    for row in &rows {
        world.kernel.insert(row.id, *row);
        world.see(What::Kernel(Event::SaAdded(Box::new(*row))));
    }
    world.wait(60);
    assert!(!world.open().is_empty());
    let told = world.told.len();
    let looked = work::of(|| {
        for row in rows {
            world.rest(Duration::from_millis(10));
            world.delete(row.id);
        }
    });
    assert_eq!(world.open(), [] as [&str; 0]);
    looked + (world.told.len() - told) as u64
}

fn peer(number: u32) -> String {
    std::net::Ipv4Addr::from(0x0b00_0000 + number).to_string()
}

#[test]
fn orphans_of_as_many_hosts_are_removed_one_by_one() {
    grows(|count| orphans(count, |number| KernelSa { reqid: 77, ..sa(LOCAL, &peer(number), 0x900 + number, false) }));
}

#[test]
fn orphans_between_two_hosts_are_removed_one_by_one() {
    grows(|count| orphans(count, |number| KernelSa { reqid: 77, ..sa(LOCAL, &peer(1), 0x900 + number, false) }));
}

#[test]
fn halves_of_a_connection_are_removed_one_by_one() {
    // Of the reqid of t1, whose pair stands.
    grows(|count| orphans(count, |number| sa(LOCAL, &peer(1), 0x900 + number, false)));
}

#[test]
fn a_pair_of_hosts_with_ever_more_orphans_is_told_once_a_second() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    for number in 0..200 {
        let row = KernelSa { reqid: 77, ..sa(LOCAL, &peer(1), 0x900 + number, false) };
        world.kernel.insert(row.id, row);
        world.see(What::Kernel(Event::SaAdded(Box::new(row))));
        world.rest(Duration::from_millis(20));
    }
    world.wait(60);
    assert_eq!(world.open(), ["sa-orphaned:10.0.0.1-11.0.0.1"]);
    assert_eq!(world.finding("sa-orphaned:10.0.0.1-11.0.0.1").affected.sas, 200);
    assert!((2..=8).contains(&world.told.len()), "{} times told", world.told.len());
}
