//! Ordinary life opens nothing.

use super::*;

fn three_rekeys(world: &mut World) -> (u32, [SaId; 2]) {
    world.says("gw/t1", 1, Statement::Initiating { rekeys: None });
    let mut last = (1, world.makes("gw/t1", 1, None));
    for serial in 2..5 {
        world.wait(90);
        last = (serial, world.rekeys("gw/t1", last, serial));
    }
    world.wait(60);
    last
}

#[test]
fn rekeys_leave_an_inbound_sa_for_five_seconds_and_are_silent() {
    for version in ["5.9.8", "6.0.1"] {
        let mut world = World::charon(version, &["t1"]);
        three_rekeys(&mut world);
        assert_eq!(world.told, [], "{version}");
        assert_eq!(world.engine.facts.claims.children().count(), 1, "{version}");
        // The IKE SA too.
        world.says("gw", 2, Statement::IkeRekeyed { replaces: None });
        world.says("gw", 1, Statement::Deleting { is_ike: true, established: true });
        world.tells("gw", 2, Statement::IkeRekeyed { replaces: Some(Serial(1)) });
        world.table.ike[0].serial = Serial(2);
        world.table.children[0].ike = Some(Serial(2));
        world.wait(200);
        assert_eq!((world.told.len(), world.engine.facts.claims.children().count()), (0, 1), "{version}");
        world.keep(&format!("made-charon-{}-rekeyed", version.split('.').next().unwrap()));
    }
}

#[test]
fn a_reauthentication_that_breaks_first_is_silent() {
    let mut world = World::charon("5.9.8", &["t1", "t2"]);
    let one = world.makes("gw/t1", 1, None);
    let other = world.makes("gw/t2", 2, None);
    world.wait(100);
    world.ike_goes(1, &[("gw/t1", 1, one), ("gw/t2", 2, other)]);
    world.rest(std::time::Duration::from_millis(30));
    world.says("gw", 2, Statement::Initiating { rekeys: None });
    world.says("gw/t1", 3, Statement::Initiating { rekeys: None });
    world.ike_stands(2);
    world.makes("gw/t1", 3, None);
    world.says("gw/t2", 4, Statement::Initiating { rekeys: None });
    world.makes("gw/t2", 4, None);
    world.wait(100);
    assert_eq!((world.told.len(), world.engine.facts.claims.children().count()), (0, 2), "{:?}", world.told);
    world.keep("made-charon-5-reauthenticated");
}

#[test]
fn a_reauthentication_that_makes_first_is_silent() {
    let mut world = World::charon("6.0.1", &["t1"]);
    let pair = world.makes("gw/t1", 1, None);
    world.wait(100);
    world.says("gw", 2, Statement::Initiating { rekeys: None });
    world.says("gw/t1", 2, Statement::Initiating { rekeys: None });
    world.ike_stands(2);
    world.makes("gw/t1", 2, None);
    world.wait(1);
    let policies = world.policies.clone();
    world.ike_goes(1, &[("gw/t1", 1, pair)]);
    policies.into_values().for_each(|policy| world.set_policy(policy));
    world.wait(100);
    assert_eq!((world.told.len(), world.engine.facts.claims.children().count()), (0, 1), "{:?}", world.told);
    world.keep("made-charon-6-reauthenticated");
}
