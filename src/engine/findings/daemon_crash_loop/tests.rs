//! Deaths that repeat.

use crate::engine::tests::daemon::{gone, unit};
use crate::engine::tests::recovery::{back, dies, permanent};
use crate::engine::tests::world::*;
use crate::model::*;

#[test]
fn three_deaths_within_minutes_are_a_loop_until_a_process_has_lived_for_five() {
    let mut world = permanent(&["t1"]);
    for pid in [100, 101, 102] {
        assert!(!world.open().contains(&"daemon-crash-loop:host".to_owned()));
        dies(&mut world, pid);
        world.wait(5);
        back(&mut world, pid + 1);
        world.wait(20);
    }
    let finding = world.finding("daemon-crash-loop:host");
    assert_eq!((finding.reason, finding.severity), (Reason::DiedAgain, Severity::Critical));
    world.wait(240);
    assert_eq!(world.open(), ["daemon-crash-loop:host"]);
    world.wait(60);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-crash-loop");
}

#[test]
fn deaths_far_apart_are_no_loop() {
    let mut world = permanent(&["t1"]);
    for pid in [100, 101, 102, 103] {
        dies(&mut world, pid);
        world.wait(5);
        back(&mut world, pid + 1);
        world.wait(200);
    }
    assert!(!world.told.iter().any(|(_, finding)| finding.code == Code::DaemonCrashLoop));
}

#[test]
fn a_process_that_dies_before_it_answers_counts_where_a_unit_runs_it() {
    let mut world = permanent(&["t1"]);
    dies(&mut world, 100);
    for pid in [101, 102] {
        world.answers = false;
        world.see(What::DaemonFound(Box::new(Daemon { unit: Some("ipsec.service".to_owned()), ..daemon(pid) })));
        dies(&mut world, pid);
        world.wait(1);
    }
    assert_eq!(world.finding("daemon-crash-loop:host").reason, Reason::DiedAgain);
}

#[test]
fn a_unit_that_systemd_restarts_no_more_is_given_up() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.unit = Some("ipsec.service".to_owned());
    world.join();
    gone(&mut world);
    let look = |active: &str, sub: &str, restarts| UnitLook { restarts, main_pid: None, ..unit(active, sub, "signal") };
    world.see(What::Unit(look("failed", "failed", 0)));
    world.wait(1);
    world.see(What::Unit(look("activating", "auto-restart", 1)));
    world.wait(10);
    assert_eq!(world.open(), ["daemon-crashed:host"]);
    world.see(What::Unit(look("failed", "failed", 5)));
    world.wait(1);
    assert_eq!(world.open(), ["daemon-crashed:host"]);
    world.wait(2);
    assert_eq!(world.finding("daemon-crash-loop:host").reason, Reason::StartLimit);
    world.keep("made-start-limit");
}
