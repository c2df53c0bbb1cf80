//! The daemon's life.

use super::world::*;
use crate::model::*;

pub fn gone(world: &mut World) {
    world.see(What::DaemonGone(Death { pid: 100 }));
}

#[test]
fn a_death_without_a_word_is_a_crash_and_its_sas_carry_on() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    gone(&mut world);
    assert_eq!(world.open(), ["daemon-crashed:host"]);
    let finding = world.finding("daemon-crashed:host");
    assert!(finding.summary.contains("2 SAs still carry traffic"), "{}", finding.summary);
    world.wait(300);
    assert_eq!(world.open(), ["daemon-crashed:host"]);
}

#[test]
fn a_unit_that_flushes_is_named_and_the_crash_closes_when_the_tunnels_are_back() {
    let mut world = World::unjoined();
    world.unit = Some("ipsec.service".to_owned());
    world.join();
    world.see(What::Unit(unit("active", "running", "success")));
    let (out, inn) = world.establish("t1", 2, true);
    gone(&mut world);
    world.see(What::Unit(unit("deactivating", "stop-post", "signal")));
    world.kernel.clear();
    world.see(What::Kernel(Event::PoliciesFlushed));
    world.see(What::Kernel(Event::SasFlushed { protocol: None }));
    assert_eq!(world.open(), ["daemon-crashed:host", "clear-text-window:host"]);
    let finding = world.finding("daemon-crashed:host");
    assert!(finding.summary.contains("ipsec.service flushed all SAs and policies"), "{}", finding.summary);
    assert!(finding.advice.starts_with("systemd restarts it"), "{}", finding.advice);
    assert!(finding.evidence.iter().any(|line| line.text.contains("signal")));
    let _ = (out, inn);
    world.table.children.clear();
    world.see(What::DaemonFound(Box::new(daemon(200))));
    world.wait(20);
    assert_eq!(world.open(), ["daemon-crashed:host", "clear-text-window:host"]);
    world.establish("t1", 2, true);
    world.wait(1);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.wait(120);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-crash-under-unit");
}

#[test]
fn what_another_unit_does_is_no_advice_for_a_daemon_started_by_hand() {
    let mut world = World::new();
    gone(&mut world);
    world.see(What::Unit(unit("failed", "failed", "signal")));
    let finding = world.finding("daemon-crashed:host");
    assert!(finding.advice.starts_with("start it again"), "{}", finding.advice);
}

pub fn unit(active: &str, sub: &str, result: &str) -> UnitLook {
    UnitLook {
        unit: "ipsec.service".to_owned(),
        active: active.to_owned(),
        sub: sub.to_owned(),
        result: result.to_owned(),
        restarts: 0,
        main_pid: Some(100),
        restart_policy: "on-failure".to_owned(),
        flushes_on_stop: true,
        masked: false,
        ..UnitLook::default()
    }
}

#[test]
fn an_announced_end_is_no_crash() {
    let mut world = World::new();
    let (out, inn) = world.establish("t1", 2, true);
    world.log_of_daemon(Statement::ShuttingDown);
    world.delete(out);
    world.delete(inn);
    gone(&mut world);
    assert_eq!(world.open(), ["daemon-down:host"]);
    assert_eq!(world.finding("daemon-down:host").severity, Severity::Warning);
    world.table.children.clear();
    world.see(What::DaemonFound(Box::new(daemon(200))));
    world.wait(10);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-stopped-in-order");
}

#[test]
fn what_a_daemon_deletes_while_its_unit_stops_is_not_missing_though_its_log_is_late() {
    let mut world = World::new();
    let (out, inn) = world.establish("t1", 2, true);
    world.see(What::Unit(unit("deactivating", "stop", "success")));
    world.delete(out);
    world.delete(inn);
    world.wait(1);
    assert_eq!(world.open(), [] as [&str; 0]);
    gone(&mut world);
    assert_eq!(world.open(), ["daemon-down:host"]);
    world.see(What::Unit(unit("activating", "start-pre", "success")));
    world.table.children.clear();
    world.see(What::DaemonFound(Box::new(daemon(200))));
    world.see(What::Unit(unit("active", "running", "success")));
    world.wait(10);
    assert_eq!(world.open(), [] as [&str; 0]);
    let (out, _) = world.establish("t1", 2, true);
    world.delete(out);
    world.wait(1);
    assert_eq!(world.open(), ["sa-missing:t1:out"]);
}

#[test]
fn tables_that_could_not_be_had_are_asked_for_again_after_a_minute() {
    let mut world = World::unjoined();
    world.fails = true;
    world.join();
    assert_eq!(world.asked, [Question::Brief], "nothing says that the tables are small enough");
    world.fails = false;
    world.wait(61);
    assert_eq!(world.asked, [Question::Brief, Question::Brief, Question::Connections, Question::Table]);
    world.fails = true;
    world.see(What::DaemonFound(Box::new(daemon(200))));
    world.asked.clear();
    world.wait(30);
    let tables = [Question::Connections, Question::Table];
    assert_eq!(world.asked, tables);
    world.fails = false;
    world.wait(30);
    assert_eq!(world.asked.iter().filter(|question| tables.contains(question)).count(), 2, "not at once");
    world.wait(60);
    assert_eq!(world.asked.iter().filter(|question| tables.contains(question)).count(), 4);
}

#[test]
fn a_quiet_daemon_is_asked_at_most_once_a_minute() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    world.wait(60);
    world.asked.clear();
    world.wait(1200);
    assert!(world.asked.len() <= 20, "{:?}", world.asked);
    assert!(world.asked.iter().all(|question| *question == Question::Brief));
}

#[test]
fn without_a_daemon_it_joins_and_says_nothing() {
    let mut world = World::unjoined();
    world.see(What::Started(Box::new(Started { acquire_expires: 30, ..Started::default() })));
    world.see(What::LinksKnown);
    world.see(What::DaemonAbsent);
    assert!(world.engine.is_joined());
    assert_eq!(world.engine.status(RealTime::default()).daemon.state, "absent");
    world.wait(600);
    assert_eq!(world.told, []);
}

#[test]
fn before_everything_was_seen_nothing_is_said_of_the_daemon() {
    for found in [What::DaemonAbsent, What::DaemonFound(Box::new(daemon(100)))] {
        for wish in [DaemonWish::Auto, DaemonWish::Named, DaemonWish::None] {
            let mut world = World::unjoined();
            let settings = EngineSettings { daemon: wish, ..EngineSettings::default() };
            let started = Started { acquire_expires: 30, settings, ..Started::default() };
            world.see(What::Started(Box::new(started)));
            world.see(found.clone());
            world.wait(90);
            let status = world.engine.status(RealTime::default());
            assert_eq!((status.daemon.state.as_str(), &status.daemon.due), ("unknown", &None), "{found:?} {wish:?}");
            assert!(!status.is_whole() && status.is_wrong());
            world.see(What::LogEnd { ask: None });
            world.see(What::LinksKnown);
            let now = world.engine.status(RealTime::default());
            let none = now.daemon.due.is_some_and(|due| due.state == DueState::None);
            let absent = found == What::DaemonAbsent;
            assert_eq!(now.daemon.state, if absent { "absent" } else { "up" });
            assert_eq!(none, absent && wish == DaemonWish::None);
        }
    }
}

#[test]
fn a_start_that_forks_is_no_death() {
    let mut world = World::unjoined();
    world.see(What::Started(Box::new(Started { acquire_expires: 30, ..Started::default() })));
    world.see(What::LinksKnown);
    world.see(What::DaemonAbsent);
    world.see(What::DaemonFound(Box::new(daemon(100))));
    gone(&mut world);
    world.wait(1);
    world.see(What::DaemonFound(Box::new(daemon(101))));
    world.wait(300);
    assert_eq!(world.told, []);
}

#[test]
fn the_fork_of_a_restart_does_not_hide_the_death_before() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    gone(&mut world);
    world.table.children.clear();
    world.see(What::DaemonFound(Box::new(daemon(200))));
    world.see(What::DaemonGone(Death { pid: 200 }));
    world.see(What::DaemonFound(Box::new(daemon(201))));
    world.wait(20);
    assert_eq!(world.open(), ["daemon-crashed:host"]);
    assert!(world.finding("daemon-crashed:host").summary.contains("process 100"));
}
