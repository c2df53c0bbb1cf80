//! More pairs than a rekey explains.

use crate::engine::tests::world::*;
use crate::model::*;

#[test]
fn more_than_two_pairs_for_a_minute_are_duplicates() {
    let mut world = World::new();
    for serial in [2, 4] {
        world.establish("t1", serial, true);
    }
    world.wait(300);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.establish("t1", 6, true);
    world.wait(59);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.establish("t1", 8, true);
    world.wait(2);
    assert_eq!(world.open(), ["sa-duplicates:t1"]);
    assert!(world.finding("sa-duplicates:t1").summary.contains("4 pairs"));
    for serial in [2, 4, 6] {
        world.log("t1", serial, Statement::Deleting { is_ike: false, established: true });
    }
    assert_eq!(world.closed(), ["sa-duplicates:t1"]);
    world.keep("made-duplicates");
}
