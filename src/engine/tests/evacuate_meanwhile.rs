//! Evacuate: what goes on meanwhile, and does not let it be forgotten, last or lie.

use super::evacuate::*;
use super::world::*;
use crate::model::*;

#[test]
fn one_that_was_gone_by_its_turn_is_no_fault_of_the_evacuation() {
    let (mut world, [inn, out]) = world(true);
    world.results.push_back(StepResult::Refused("it was not touched: the kernel has no such SA".to_owned()));
    world.goes = Some(inn);
    world.see(What::Requested(off()));
    world.wait(40);
    assert!(world.kernel[&out].offload.is_none());
    assert!(!last(&world).1.contains("outbound SA is on the NIC"), "{:?}", last(&world));
    assert_eq!(last(&world).0, RemedyState::Done, "{:?}", last(&world));
    assert_eq!(world.kept.as_ref().unwrap().evacuated.len(), 1);
}

#[test]
fn it_is_seen_at_once_that_they_are_off() {
    let (mut world, _) = world(true);
    world.see(What::Requested(off()));
    world.wait(3);
    assert_eq!(last(&world).0, RemedyState::Done, "{:?}", world.remedied);
}

#[test]
fn what_waits_for_the_daemon_begins_no_second_hour() {
    let (mut world, _) = world(false);
    world.see(What::Requested(off()));
    world.wait(40);
    let (out, inn) = world.establish("t1", 3, true);
    world.see(What::DaemonGone(Death { pid: 100 }));
    world.wait(3700);
    assert_eq!(noted(&world), None);
    for sa in [out, inn] {
        assert!(world.kernel[&sa].offload.is_some());
    }
    world.see(What::DaemonFound(Box::new(daemon(101))));
    world.wait(60);
    assert_eq!(noted(&world), None, "{:?}", world.remedied);
    assert_eq!(world.steps.iter().filter(|step| matches!(step, Step::Evacuate { .. })).count(), 2, "{:?}", world.steps);
}

#[test]
fn who_wants_them_back_while_they_are_taken_off_is_told_that_it_is_not_done() {
    let (mut world, _) = world(true);
    world.results.push_back(StepResult::Timeout);
    world.see(What::Requested(off()));
    world.wait(2);
    let plan = world.engine.plan_of(&back()).unwrap().remove(0);
    assert_eq!((plan.state, plan.steps.len()), (RemedyState::Refused, 0), "{plan:?}");
    assert!(plan.why.contains("taken off"), "{plan:?}");
    // The same order again is under way.
    assert_eq!(world.engine.plan_of(&off()).unwrap()[0].state, RemedyState::Verifying);
}

#[test]
fn no_file_can_make_it_last_longer_than_an_hour() {
    let (first, [inn, _]) = world(true);
    let mut again = World::unjoined();
    again.moves = true;
    again.connections.push(connection("t1", OffloadSetting::Crypto));
    again.kernel = first.kernel.clone();
    again.kernel.values_mut().for_each(|sa| sa.offload = None);
    again.policies = first.policies.clone();
    again.table = first.table.clone();
    let evacuated = vec![Evacuation {
        device: device(),
        ifindex: DEVICE,
        until: Boottime::from_micros(u64::MAX),
        leave_packet_mode: false,
        returns: false,
        moved: [inn].into(),
        left: [].into(),
    }];
    again.remembered = Some(Box::new(Remembered { evacuated, ..Remembered::default() }));
    again.join();
    assert!(noted(&again).is_some());
    again.wait(3700);
    assert_eq!(noted(&again), None);
}

#[test]
fn what_stays_on_it_is_named_before_it_is_taken_down() {
    let (mut world, _) = world(true);
    world.see(What::Requested(off()));
    world.wait(40);
    world.results.push_back(StepResult::Refused("it is larval".to_owned()));
    let _ = world.establish("t1", 3, true);
    world.wait(900);
    let _ = world.establish("t1", 4, true);
    world.wait(40);
    assert_eq!(last(&world).0, RemedyState::Done, "{:?}", last(&world));
    assert!(last(&world).1.contains("1 SA is still on"), "{:?}", last(&world));
    assert!(!last(&world).1.contains("can be taken down now"), "{:?}", last(&world));
}

#[test]
fn a_daemon_that_never_pauses_keeps_nothing_on_it() {
    let (mut world, _) = world(true);
    world.see(What::Requested(off()));
    world.wait(40);
    let steps = world.steps.len();
    for serial in 3..60 {
        let _ = world.establish("t1", serial, true);
        world.wait_until(world.now() + 700_000);
    }
    assert!(world.steps.len() > steps, "none was taken off in 40 s");
}

#[test]
fn what_is_gone_is_not_remembered_for_the_hour() {
    let (mut world, _) = world(true);
    world.see(What::Requested(off()));
    world.wait(40);
    for serial in 3..90 {
        let (out, inn) = world.establish("t1", serial, true);
        world.wait(35);
        for id in [out, inn] {
            let last = world.kernel.remove(&id).map(Box::new);
            world.see(What::Kernel(Event::SaDeleted { id, last }));
        }
    }
    let one = world.engine.facts.evacuations.of(DEVICE).unwrap();
    assert!(one.moved.len() + one.left.len() < 100, "{} {}", one.moved.len(), one.left.len());
}

#[test]
fn a_dry_run_shows_what_an_order_would_try_again() {
    let (mut world, _) = world(true);
    world.results.push_back(StepResult::Refused("it is larval".to_owned()));
    world.see(What::Requested(off()));
    world.wait(40);
    assert_eq!(world.engine.plan_of(&off()).unwrap()[0].steps.len(), 1);
}

#[test]
fn a_device_that_has_another_name_now_is_named_by_it() {
    let (mut world, _) = world(true);
    world.see(What::Requested(off()));
    world.wait(40);
    world.see(What::Link(Link { name: "wan9".to_owned(), ..nic(true) }));
    let note = noted(&world).unwrap();
    assert!(note.advice.contains("wan9") && note.summary.contains("wan9"), "{note:?}");
}

#[test]
fn what_was_moved_by_hand_was_not_moved_by_a_peer() {
    let (mut world, _) = world(true);
    world.see(What::Requested(off()));
    world.wait(3700);
    assert_ne!(world.finding("sa-not-offloaded:t1:out").reason, Reason::Migrated);
    assert_ne!(world.finding("sa-not-offloaded:t1:in").reason, Reason::Migrated);
}
