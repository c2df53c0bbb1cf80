//! A death that an earlier run saw, or that nobody saw.

use super::*;

/// Another run of swanwatch in the same boot, with what this one kept.
fn begins_again(before: World, daemon: Option<Daemon>) -> World {
    let mut world = World::unjoined();
    world.connections = before.connections.clone();
    world.kernel = before.kernel.clone();
    world.policies = before.policies.clone();
    world.table = before.table.clone();
    world.remembered = before.kept;
    world.see(What::Started(Box::new(Started {
        acquire_expires: 30,
        settings: world.settings.clone(),
        remembered: world.remembered.clone(),
        ..Started::default()
    })));
    world.see(What::Link(nic(true)));
    world.see(What::LinksKnown);
    match daemon {
        Some(daemon) => world.see(What::DaemonFound(Box::new(daemon))),
        None => world.see(What::DaemonAbsent),
    }
    world.see(What::LogEnd { ask: None });
    assert!(world.engine.is_joined());
    world
}

#[test]
fn a_death_that_an_earlier_run_saw_is_seen_to_its_end() {
    let mut world = gateway(RESTART, "no", &["t1", "t2"]);
    world.wait(60);
    dies(&mut world);
    world.wait(2);
    assert_eq!(world.kept.as_ref().unwrap().tunnels.len(), 2);
    world.table.children.clear();
    // swanwatch ends here, and the daemon is back before it begins again.
    let mut world = begins_again(world, Some(under_unit(200)));
    assert_eq!(world.open(), ["daemon-crashed:host"]);
    assert!(
        world.finding("daemon-crashed:host").summary.contains("swanwatch did not see it"),
        "its SAs may be the successor's"
    );
    world.wait(12);
    assert_eq!(initiated(&world), ["t1", "t2"].into());
    world.establish("t1", 2, true);
    world.wait(60);
    assert_eq!(world.open(), ["tunnel-not-restored:t2"]);
}

#[test]
fn what_is_up_is_kept_at_the_first_full_join() {
    let mut before = gateway(RESTART, "no", &["t1"]);
    before.kept = None;
    let world = begins_again(before, Some(under_unit(100)));
    let kept = world.kept.clone().unwrap();
    assert_eq!(kept.process.as_ref().map(|process| (process.pid, process.crashed)), Some((100, false)));
    assert_eq!(kept.tunnels.len(), 1);
    // Both end in the same second.
    let mut world = begins_again(world, None);
    world.see(What::Unit(look("failed", "failed", "signal", "no")));
    world.wait(10);
    assert_eq!(restarts(&world), 1);
}

#[test]
fn a_death_that_nobody_saw_is_not_forgotten_while_its_unit_is_on_its_way_nor_by_another_run() {
    let mut world = gateway(RESTART, "no", &["t1"]);
    world.wait(60);
    for active in [look("active", "running", "success", "no"), look("deactivating", "stop-post", "signal", "no")] {
        world = begins_again(world, None);
        world.see(What::Unit(active));
        world.wait(10);
        assert_eq!((world.open().len(), restarts(&world)), (0, 0), "nothing is known yet");
        assert_eq!(world.kept.as_ref().unwrap().tunnels.len(), 1);
    }
    world.see(What::Unit(look("failed", "failed", "signal", "no")));
    world.wait(10);
    assert_eq!(restarts(&world), 1);
    back(&mut world, 200);
    world.wait(12);
    assert_eq!(initiated(&world), ["t1"].into());
}

#[test]
fn a_death_that_nobody_saw_is_known_by_the_unit_and_mended() {
    let failed = UnitLook { main_pid: None, ..look("failed", "failed", "signal", "no") };
    for (unit, crashed) in [(failed, true), (look("inactive", "dead", "success", "no"), false)] {
        let mut before = gateway(RESTART, "no", &["t1"]);
        before.wait(60);
        let mut world = begins_again(before, None);
        assert_eq!(world.open(), [] as [&str; 0], "nothing is known yet");
        world.see(What::Unit(unit));
        world.wait(10);
        assert_eq!(world.open(), if crashed { vec!["daemon-crashed:host"] } else { Vec::new() });
        assert_eq!(restarts(&world), usize::from(crashed));
    }
}

#[test]
fn a_process_that_is_still_there_owes_nothing() {
    let mut before = gateway(RESTART, "no", &["t1"]);
    before.wait(60);
    let mut world = begins_again(before, Some(under_unit(100)));
    world.see(What::Unit(look("active", "running", "success", "no")));
    world.wait(30);
    assert_eq!((world.told.len(), world.steps.len()), (0, 0));
}
