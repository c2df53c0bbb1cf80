//! No daemon runs: whether one is due, and what is said.

use crate::engine::tests::daemon::{gone, unit};
use crate::engine::tests::world::*;
use crate::model::*;

/// A look at a unit that does not run.
fn look(active: &str, enabled: bool) -> UnitLook {
    let (sub, result) = if active == "failed" { ("failed", "exit-code") } else { ("dead", "success") };
    UnitLook { enabled, main_pid: None, ..unit(active, sub, result) }
}

/// A gateway on which no daemon runs, joined; with this unit where there is one.
fn without(started: Started, unit: Option<UnitLook>) -> World {
    let mut world = World::unjoined();
    world.see(What::Started(Box::new(Started { acquire_expires: 30, ..started })));
    world.see(What::LinksKnown);
    unit.into_iter().for_each(|unit| world.see(What::Unit(unit)));
    world.see(What::DaemonAbsent);
    assert!(world.engine.is_joined());
    world
}

fn with_wish(daemon: DaemonWish) -> Started {
    Started { settings: EngineSettings { daemon, ..EngineSettings::default() }, ..Started::default() }
}

fn seen(days: u64, program: Option<&str>) -> Started {
    let program = program.map(str::to_owned);
    Started {
        daemon_seen: Some(DaemonSeen { at: RealTime::default(), ago: days * 86_400, program }),
        ..Started::default()
    }
}

fn state(world: &World) -> DueState {
    world.engine.status(RealTime::default()).daemon.due.unwrap().state
}

const TOLD: [&str; 1] = ["daemon-down:host"];

#[test]
fn a_unit_that_is_enabled_and_not_started_is_told_when_it_had_its_time() {
    let mut world = without(Started::default(), Some(look("inactive", true)));
    assert_eq!(state(&world), DueState::Awaited);
    world.wait(59);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.wait(2);
    assert_eq!((world.open(), state(&world)), (TOLD.map(str::to_owned).to_vec(), DueState::Due));
    let finding = world.finding(TOLD[0]);
    assert_eq!((finding.reason, finding.severity), (Reason::NotStarted, Severity::Warning));
    assert!(finding.summary.contains("ipsec.service is enabled"), "{}", finding.summary);
    assert!(finding.advice.starts_with("'systemctl start ipsec.service'"), "{}", finding.advice);
    // Its start closes it, and is not told as a return from the dead.
    world.see(What::Unit(UnitLook { enabled: true, ..unit("activating", "start", "success") }));
    assert_eq!(world.open(), TOLD);
    world.see(What::DaemonFound(Box::new(daemon(100))));
    world.wait(5);
    assert_eq!(world.open(), [] as [&str; 0]);
    assert_eq!(world.closed(), TOLD);
    assert_eq!(world.engine.status(RealTime::default()).daemon.due, None);
    world.keep("made-not-started");
}

#[test]
fn a_unit_that_failed_is_told_soon_and_once() {
    let mut world = without(Started::default(), Some(look("failed", true)));
    world.wait(10);
    assert_eq!(world.open(), TOLD);
    let finding = world.finding(TOLD[0]);
    assert_eq!((finding.reason, finding.times), (Reason::Failed, 1));
    assert!(finding.summary.contains("ipsec.service failed (result exit-code)"), "{}", finding.summary);
    assert!(finding.advice.starts_with("'journalctl -u ipsec.service -e'"), "{}", finding.advice);
    world.wait(600);
    assert_eq!(world.told.len(), 1);
    world.keep("made-unit-failed");
}

#[test]
fn what_the_service_manager_gave_up_has_that_name_alone() {
    let given_up = UnitLook { restarts: 5, result: "start-limit-hit".to_owned(), ..look("failed", true) };
    let mut world = without(Started::default(), Some(given_up));
    world.wait(600);
    assert_eq!(world.open(), ["daemon-crash-loop:host"]);
    // Also where it comes later.
    let mut world = without(Started::default(), Some(look("failed", true)));
    world.wait(10);
    assert_eq!(world.open(), TOLD);
    world.see(What::Unit(UnitLook { restarts: 5, result: "start-limit-hit".to_owned(), ..look("failed", true) }));
    world.wait(10);
    assert_eq!(world.open(), ["daemon-crash-loop:host"]);
}

#[test]
fn nothing_is_due_where_the_unit_is_masked_disabled_or_gone() {
    for unit in [UnitLook { masked: true, ..look("failed", true) }, look("inactive", false)] {
        let mut world = without(Started::default(), Some(unit));
        world.wait(900);
        assert_eq!((world.told.as_slice(), state(&world)), ([].as_slice(), DueState::Unknown));
    }
    // Purged after it was missed.
    let mut world = without(Started::default(), Some(look("inactive", true)));
    world.wait(70);
    assert_eq!(world.open(), TOLD);
    world.see(What::Unit(look("inactive", false)));
    assert_eq!((world.open(), state(&world)), (Vec::new(), DueState::Unknown));
}

#[test]
fn a_unit_on_its_way_up_has_more_time_and_not_all_of_it() {
    for starting in [unit("activating", "start-pre", "success"), UnitLook { queued: true, ..look("inactive", true) }] {
        let mut world = without(Started::default(), Some(starting));
        world.wait(290);
        assert_eq!((world.open(), state(&world)), (Vec::new(), DueState::Starting));
        world.wait(20);
        assert_eq!(world.open(), TOLD);
        assert_eq!(world.finding(TOLD[0]).reason, Reason::NotStarted);
    }
}

#[test]
fn a_start_after_hours_has_its_time_too() {
    let mut world = without(Started::default(), Some(look("inactive", false)));
    world.wait(36_000);
    world.see(What::Unit(unit("activating", "start-pre", "success")));
    world.wait(60);
    assert_eq!((world.open(), state(&world)), (Vec::new(), DueState::Starting));
}

#[test]
fn one_that_the_configuration_names_is_due() {
    let mut world = without(with_wish(DaemonWish::Named), None);
    world.wait(61);
    assert_eq!(world.open(), TOLD);
    assert!(world.finding(TOLD[0]).summary.contains("the configuration names one"));
    // Its unit runs something that is not here: it is missed all the same.
    let mut world = without(with_wish(DaemonWish::Named), Some(unit("active", "running", "success")));
    world.wait(61);
    assert_eq!(world.open(), TOLD);
    world.keep("made-named-and-not-started");
}

#[test]
fn none_is_missed_where_the_configuration_says_so() {
    let mut world = without(with_wish(DaemonWish::None), Some(look("failed", true)));
    world.see(What::OtherDaemons(vec![charon()]));
    world.wait(900);
    assert_eq!((world.told.as_slice(), state(&world)), ([].as_slice(), DueState::None));
    // Said while it is missed.
    let mut world = without(with_wish(DaemonWish::Named), None);
    world.wait(61);
    world.see(What::Reconfigured(with_wish(DaemonWish::None).settings));
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn one_that_the_history_saw_is_due_for_seven_days_while_it_is_installed() {
    for (started, expected) in [
        (seen(3, Some("/usr/libexec/ipsec/pluto")), DueState::Due),
        (seen(3, None), DueState::Unknown),
        (seen(8, Some("/usr/libexec/ipsec/pluto")), DueState::Unknown),
    ] {
        let mut world = without(started, None);
        world.wait(61);
        assert_eq!((state(&world), world.open().len()), (expected, usize::from(expected == DueState::Due)));
    }
    let mut world = without(seen(6, Some("/opt/pluto")), None);
    world.wait(61);
    assert!(world.finding(TOLD[0]).summary.contains("/opt/pluto is still installed"));
    world.wait(86_400);
    assert_eq!((world.open(), state(&world)), (Vec::new(), DueState::Unknown));
    // Who masks a unit wants none.
    let mut world = without(seen(3, Some("/opt/pluto")), Some(UnitLook { masked: true, ..look("inactive", false) }));
    world.wait(61);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn a_stop_by_order_is_said_until_the_next_boot_and_is_no_fault() {
    let mut world = World::new();
    world.see(What::Unit(UnitLook { enabled: true, ..unit("active", "running", "success") }));
    world.log_of_daemon(Statement::ShuttingDown);
    gone(&mut world);
    world.see(What::Unit(UnitLook { ran: true, ..look("inactive", true) }));
    world.wait(900);
    assert_eq!((world.open(), state(&world)), (TOLD.map(str::to_owned).to_vec(), DueState::Stopped));
    assert_eq!(world.finding(TOLD[0]).reason, Reason::OrderlyStop);
    // Another run in the same boot, though nobody can be asked about the unit.
    let kept = world.kept.clone();
    assert!(kept.as_ref().unwrap().stopped.is_some());
    let before = |boot_id: &str| Started {
        boot_id: boot_id.to_owned(),
        remembered: kept.clone(),
        ..seen(0, Some("/usr/libexec/ipsec/pluto"))
    };
    let mut again = without(before(""), None);
    again.wait(900);
    assert_eq!((again.told.as_slice(), state(&again)), ([].as_slice(), DueState::Stopped));
    // In another boot nobody has stopped it.
    let mut next = without(before("another"), None);
    next.wait(900);
    assert_eq!(next.open(), TOLD);
}

#[test]
fn a_stop_that_nobody_watched_is_known_by_the_unit() {
    let stopped = UnitLook { ran: true, ..look("inactive", true) };
    let mut world = without(Started::default(), Some(stopped));
    world.wait(900);
    assert_eq!((world.told.as_slice(), state(&world)), ([].as_slice(), DueState::Stopped));
    world.keep("made-stopped-before");
}

#[test]
fn a_start_that_fails_after_a_stop_by_order_is_a_fault() {
    let mut world = World::new();
    world.log_of_daemon(Statement::ShuttingDown);
    gone(&mut world);
    world.see(What::Unit(UnitLook { ran: true, ..look("inactive", true) }));
    assert_eq!(world.finding(TOLD[0]).reason, Reason::OrderlyStop);
    world.see(What::Unit(UnitLook { enabled: true, ..unit("activating", "start-pre", "success") }));
    world.see(What::Unit(UnitLook { ran: true, ..look("failed", true) }));
    world.wait(10);
    assert_eq!((world.open(), state(&world)), (TOLD.map(str::to_owned).to_vec(), DueState::Due));
    assert_eq!(world.finding(TOLD[0]).reason, Reason::Failed);
    world.see(What::Unit(UnitLook { enabled: true, ..unit("activating", "start-pre", "success") }));
    world.see(What::DaemonFound(Box::new(daemon(200))));
    world.see(What::Unit(UnitLook { enabled: true, ..unit("active", "running", "success") }));
    world.wait(10);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn a_crash_is_told_by_its_own_name() {
    let mut world = World::new();
    world.see(What::Unit(UnitLook { enabled: true, ..unit("active", "running", "success") }));
    gone(&mut world);
    world.see(What::Unit(UnitLook { ran: true, result: "signal".to_owned(), ..look("failed", true) }));
    world.wait(900);
    assert_eq!((world.open(), state(&world)), (vec!["daemon-crashed:host".to_owned()], DueState::Due));
}

fn charon() -> OtherDaemon {
    OtherDaemon { name: "charon".to_owned(), pid: 812, supported: false }
}

#[test]
fn a_daemon_that_is_not_supported_and_one_that_is_elsewhere_are_no_faults() {
    let why = |world: &World| world.engine.status(RealTime::default()).daemon.due.unwrap().why;
    let mut world = without(Started::default(), Some(unit("active", "running", "success")));
    assert_eq!(state(&world), DueState::Elsewhere);
    world.see(What::OtherDaemons(vec![charon()]));
    world.wait(900);
    assert_eq!((world.told.as_slice(), state(&world)), ([].as_slice(), DueState::Unsupported));
    assert_eq!(why(&world), "charon (process 812) runs here, and is not supported");
    let line = Coverage { source: Source::Process, state: SourceState::Ok, detail: "no pluto runs".to_owned() };
    world.see(What::Coverage(line));
    let covered = world.engine.status(RealTime::default()).coverage;
    let line = covered.iter().find(|line| line.source == Source::Process).unwrap();
    assert_eq!(line.state, SourceState::Degraded);
    assert_eq!(line.detail, "no pluto runs; charon (process 812) runs here, and is not supported");
    world.see(What::OtherDaemons(Vec::new()));
    world.see(What::Unit(look("inactive", false)));
    assert_eq!(state(&world), DueState::Unknown);
    // One that is due is missed all the same.
    let mut world = without(Started::default(), Some(look("inactive", true)));
    world.see(What::OtherDaemons(vec![charon()]));
    world.wait(61);
    assert_eq!(world.open(), TOLD);
}
