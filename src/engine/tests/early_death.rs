//! A daemon that was found, and ended before everything that can be known at the start was known.

use std::time::Duration;

use super::daemon::unit;
use super::world::*;
use crate::model::*;

const LONG_AGO: u64 = 3600;

/// The gateway of `before`, as a new run finds it: a daemon that has been there for `age` seconds, and everything but the links and the
/// log's past is known.
fn begins(before: &World, daemon: Daemon, age: u64) -> World {
    let mut world = World::unjoined();
    world.settings.act = [RemedyKind::Restart].into();
    world.connections = before.connections.clone();
    world.kernel = before.kernel.clone();
    world.policies = before.policies.clone();
    world.table = before.table.clone();
    world.remembered = before.kept.clone();
    world.fails = before.fails;
    world.see(What::Started(Box::new(Started {
        acquire_expires: 30,
        settings: world.settings.clone(),
        remembered: world.remembered.clone(),
        ..Started::default()
    })));
    world.see(What::Link(nic(true)));
    let ago = i64::try_from(Duration::from_secs(age).as_micros()).unwrap();
    let since = RealTime::from_micros(world.wall().micros() - ago);
    world.see(What::DaemonFound(Box::new(Daemon { since, ..daemon })));
    world
}

fn with_a_tunnel() -> World {
    let mut before = World::new();
    before.establish("t1", 2, true);
    before.wait(30);
    before
}

fn under_unit() -> Daemon {
    Daemon { unit: Some("ipsec.service".to_owned()), ..daemon(100) }
}

fn dies(world: &mut World) {
    world.see(What::DaemonGone(Death { pid: 100 }));
}

fn joins(world: &mut World) {
    world.see(What::LinksKnown);
    world.see(What::LogEnd { ask: None });
    assert!(world.engine.is_joined());
}

fn only(world: &World) -> (Code, Reason, u64, u64) {
    let [finding]: [Finding; 1] = world.engine.findings().try_into().unwrap();
    (finding.code, finding.reason, finding.affected.sas, finding.affected.connections)
}

#[test]
fn a_death_before_the_join_is_a_crash_and_is_told_at_the_join() {
    let before = with_a_tunnel();
    for (daemon, late) in [(daemon(100), 0), (daemon(100), 90), (under_unit(), 0), (under_unit(), 90)] {
        let mut world = begins(&before, daemon, LONG_AGO);
        dies(&mut world);
        world.wait(late);
        assert_eq!(world.told, [], "not everything is known");
        joins(&mut world);
        world.wait(2);
        assert_eq!(only(&world), (Code::DaemonCrashed, Reason::Died, 2, 1));
        world.wait(300);
        assert_eq!(only(&world), (Code::DaemonCrashed, Reason::Died, 2, 1), "and nothing else");
        world.keep("made-crash-before-the-join");
    }
}

#[test]
fn it_need_not_have_answered_anything() {
    let mut before = with_a_tunnel();
    before.fails = true;
    let mut world = begins(&before, under_unit(), LONG_AGO);
    dies(&mut world);
    joins(&mut world);
    world.wait(2);
    // The run before alone knows what it had up.
    assert_eq!(only(&world), (Code::DaemonCrashed, Reason::Died, 2, 1));
}

#[test]
fn an_order_to_stop_is_none_the_less_one() {
    let before = with_a_tunnel();
    let mut world = begins(&before, under_unit(), LONG_AGO);
    world.log_of_daemon(Statement::ShuttingDown);
    dies(&mut world);
    joins(&mut world);
    world.wait(2);
    assert_eq!(only(&world), (Code::DaemonDown, Reason::OrderlyStop, 2, 1));
    let mut world = begins(&before, under_unit(), LONG_AGO);
    world.see(What::Unit(unit("deactivating", "stop", "success")));
    dies(&mut world);
    joins(&mut world);
    world.wait(2);
    assert_eq!(only(&world), (Code::DaemonDown, Reason::OrderlyStop, 2, 1));
}

#[test]
fn a_listener_that_is_gone_is_told_too() {
    let before = with_a_tunnel();
    let by_socket = Daemon { known: KnownBy::Socket { listener: 7 }, ..daemon(0) };
    let mut world = begins(&before, by_socket, 0);
    world.see(What::ListenerGone(ListenerLoss { listener: 7, how: ListenerEnd::NobodyListens }));
    joins(&mut world);
    world.wait(2);
    assert_eq!(only(&world), (Code::DaemonDown, Reason::SocketGone, 2, 1));
}

#[test]
fn the_fork_of_a_start_is_no_death() {
    for late in [0, 30] {
        let mut before = World::new();
        before.fails = true;
        let mut world = begins(&before, daemon(100), 1);
        dies(&mut world);
        world.see(What::DaemonFound(Box::new(daemon(101))));
        world.wait(late);
        world.fails = false;
        joins(&mut world);
        world.wait(600);
        assert_eq!(world.told, []);
    }
}

#[test]
fn what_an_earlier_run_saw_up_is_owed_by_the_next_process() {
    let mut world = World::unjoined();
    world.unit = Some("ipsec.service".to_owned());
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.join();
    world.establish("t1", 2, true);
    world.wait(90);
    assert_eq!(world.kept.as_ref().unwrap().tunnels.len(), 1);
    // Its table was not read by this run: nothing is claimed.
    world.table.children.clear();
    let mut world = begins(&world, under_unit(), LONG_AGO);
    dies(&mut world);
    joins(&mut world);
    world.wait(2);
    assert_eq!(only(&world), (Code::DaemonCrashed, Reason::Died, 2, 1));
    world.see(What::DaemonFound(Box::new(Daemon { unit: Some("ipsec.service".to_owned()), ..daemon(200) })));
    world.wait(12);
    assert_eq!(world.steps, [Step::Initiate { connection: "t1".to_owned() }]);
}

#[test]
fn a_crash_that_an_earlier_run_saw_is_owed_though_the_next_start_forks() {
    let mut before = with_a_tunnel();
    dies(&mut before);
    before.wait(2);
    assert!(before.kept.as_ref().unwrap().process.as_ref().unwrap().crashed);
    before.table.children.clear();
    for back_late in [false, true] {
        let mut world = begins(&before, daemon(200), 1);
        world.see(What::DaemonGone(Death { pid: 200 }));
        let found = || What::DaemonFound(Box::new(daemon(201)));
        if back_late {
            joins(&mut world);
            world.wait(1);
            world.see(found());
        } else {
            world.see(found());
            joins(&mut world);
        }
        world.wait(15);
        assert_eq!(world.open(), ["daemon-crashed:host"], "{back_late}");
        assert_eq!(world.steps, [Step::Initiate { connection: "t1".to_owned() }], "{back_late}");
        world.wait(60);
        // The new process does not know the old pair.
        assert_eq!(world.open(), ["tunnel-not-restored:t1", "sa-orphaned:10.0.0.1-10.0.0.2"], "{back_late}");
    }
}
