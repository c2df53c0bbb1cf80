//! A table that may leave out IKE SAs.

use super::*;

/// Both tunnels are up, on an IKE SA each.
fn two_ikes() -> (World, [SaId; 2], [SaId; 2]) {
    let mut world = World::charon("5.9.8", &["t1", "t2"]);
    let one = world.makes("gw/t1", 1, None);
    world.ike_stands(2);
    let other = world.makes("gw/t2", 2, None);
    world.wait(30);
    (world, one, other)
}

fn children(world: &World) -> usize {
    world.engine.facts.claims.children().count()
}

#[test]
fn what_it_leaves_out_is_not_gone() {
    let (mut world, ..) = two_ikes();
    let whole = world.table.clone();
    world.table.ike.remove(0);
    world.table.children.remove(0);
    world.wait(7200);
    assert_eq!((children(&world), world.told.len()), (2, 0), "{:?}", world.told);
    assert!(world.engine.facts.life.is_ike_standing(Serial(1)));
    // With one that is whole it would be.
    world.table.partial = false;
    world.wait(7200);
    assert_eq!(children(&world), 1);
    world.table = whole;
}

#[test]
fn of_an_ike_sa_in_it_every_child_is() {
    let (mut world, one, _) = two_ikes();
    // Nobody heard of its end.
    world.table.children.remove(0);
    one.iter().for_each(|id| world.delete(*id));
    world.misses();
    world.wait(5);
    assert_eq!(children(&world), 1);
    world.wait(120);
    assert!(!world.open().iter().any(|id| id.starts_with("sa-missing")), "{:?}", world.open());
}

#[test]
fn a_daemon_without_an_ike_sa_has_no_child() {
    let (mut world, one, other) = two_ikes();
    world.table.ike.clear();
    world.table.children.clear();
    for id in [one, other].as_flattened() {
        world.kernel.remove(id);
    }
    world.brief.ike = 0;
    world.wait(130);
    assert_eq!(children(&world), 0);
}

#[test]
fn an_ike_sa_that_pile_up_are_counted_where_they_are_left_out_now_and_then() {
    let mut world = World::charon("5.9.8", &["t1"]);
    for serial in 2..9 {
        world.ike_stands(serial);
    }
    world.ike = 8;
    world.makes("gw/t1", 1, None);
    let whole = world.table.clone();
    world.wait(70);
    world.table.ike.truncate(2);
    world.wait(130);
    world.table = whole;
    world.wait(130);
    let finding = world.finding("ike-sa-duplicates:gw/t1");
    assert!(finding.summary.contains("gw/t1"), "{}", finding.summary);
}
