//! A daemon that is known by its control socket alone.

use super::daemon::unit;
use super::world::*;
use crate::model::*;

const NO_FINDING: [&str; 0] = [];

fn by(listener: u32) -> Daemon {
    Daemon { known: KnownBy::Socket { listener }, log: "unknown".to_owned(), ..daemon(0) }
}

/// A gateway with the tunnel t1 up, whose daemon is in a container; everything is allowed.
fn gateway() -> World {
    let mut world = World::unjoined();
    world.known = KnownBy::Socket { listener: 7 };
    world.settings.act = [RemedyKind::Restart, RemedyKind::RestartHung].into();
    world.settings.restart_command = true;
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.join();
    world.establish("t1", 2, true);
    world.wait(30);
    world
}

fn lose(world: &mut World, listener: u32, how: ListenerEnd) {
    world.see(What::ListenerGone(ListenerLoss { listener, how }));
}

fn ask(what: &str, kind: RemedyKind) -> What {
    What::Requested(RemedyAsked { what: what.to_owned(), kind: Some(kind), ..RemedyAsked::default() })
}

fn restarts(world: &World) -> usize {
    let restarts = |step: &&Step| {
        matches!(step, Step::RestartUnit { .. } | Step::RestartCommand | Step::Continue { .. } | Step::Initiate { .. })
    };
    world.steps.iter().filter(restarts).count()
}

#[test]
fn one_that_answers_is_up_without_a_number_or_a_unit() {
    let mut world = gateway();
    world.see(What::Unit(unit("inactive", "dead", "success")));
    world.wait(900);
    assert_eq!(world.open(), NO_FINDING);
    let status = world.engine.status(RealTime::default()).daemon;
    assert_eq!((status.state.as_str(), status.pid, status.unit), ("up", None, None));
    assert!(serde_json::to_value(world.engine.status(RealTime::default())).unwrap()["daemon"]["pid"].is_null());
    world.keep("made-daemon-by-socket-healthy");
}

#[test]
fn nobody_asks_more_than_once_a_minute_while_all_is_quiet() {
    let mut world = gateway();
    world.wait(120);
    world.asked.clear();
    world.wait(600);
    assert_eq!(world.asked, [Question::Brief; 10]);
}

#[test]
fn one_that_is_gone_is_down_and_never_crashed_whatever_its_log_and_a_unit_say() {
    for how in [ListenerEnd::FileGone, ListenerEnd::NobodyListens, ListenerEnd::NotRoots] {
        let mut world = gateway();
        world.log_of_daemon(Statement::Dying);
        lose(&mut world, 7, how);
        assert_eq!(world.open(), ["daemon-down:host"]);
        let finding = world.finding("daemon-down:host");
        assert_eq!((finding.reason, finding.severity), (Reason::SocketGone, Severity::Warning));
        assert!(
            finding.summary.contains("/run/pluto/pluto.ctl") && !finding.summary.contains("process"),
            "{finding:?}"
        );
        assert!(!finding.advice.contains("systemctl"), "{}", finding.advice);
        let status = world.engine.status(RealTime::default()).daemon;
        assert_eq!((status.state.as_str(), status.pid), ("down", None));
        // The unit of this host's own daemon is another matter.
        for look in [unit("failed", "failed", "core-dump"), unit("failed", "failed", "start-limit-hit")] {
            world.see(What::Unit(look));
            world.wait(10);
        }
        world.see(ask("daemon-down:host", RemedyKind::Restart));
        world.wait(600);
        assert_eq!(world.open(), ["daemon-down:host"]);
        assert_eq!(restarts(&world), 0, "{:?}", world.steps);
    }
}

#[test]
fn one_that_said_so_was_stopped_in_order() {
    let mut world = gateway();
    world.log_of_daemon(Statement::ShuttingDown);
    lose(&mut world, 7, ListenerEnd::FileGone);
    assert_eq!(world.finding("daemon-down:host").reason, Reason::OrderlyStop);
}

#[test]
fn its_loss_explains_its_tunnels_and_it_is_joined_anew_when_it_is_back() {
    let mut world = gateway();
    lose(&mut world, 7, ListenerEnd::NobodyListens);
    let told = |world: &World| world.told.iter().map(|(_, finding)| finding.id.clone()).collect::<Vec<_>>();
    world.wait(20);
    world.kernel.clear();
    world.see(What::Kernel(Event::SasFlushed { protocol: None }));
    world.wait(120);
    assert_eq!(world.open(), ["daemon-down:host"], "{:?}", told(&world));
    world.table.children.clear();
    world.asked.clear();
    world.see(What::DaemonFound(Box::new(by(8))));
    world.wait(10);
    assert!(
        world.asked.contains(&Question::Table) && world.asked.contains(&Question::Connections),
        "{:?}",
        world.asked
    );
    world.establish("t1", 2, true);
    world.wait(60);
    assert_eq!(world.open(), NO_FINDING);
    assert_eq!(world.closed(), ["daemon-down:host"]);
    let status = world.engine.status(RealTime::default());
    assert_eq!((status.daemon.state.as_str(), status.summary.tunnels.up), ("up", 1));
    assert_eq!(restarts(&world), 0, "{:?}", world.steps);
    world.keep("made-daemon-by-socket-gone");
}

#[test]
fn another_listener_is_another_daemon_whose_states_are_its_own() {
    let mut world = gateway();
    lose(&mut world, 7, ListenerEnd::Replaced);
    world.table.children.clear();
    world.see(What::DaemonFound(Box::new(by(8))));
    world.wait(30);
    // #2 of the other one means another state.
    let open = world.open();
    assert!(!open.contains(&"daemon-crashed:host".to_owned()), "{open:?}");
    // News of the one before is none.
    lose(&mut world, 7, ListenerEnd::NobodyListens);
    assert_eq!(world.engine.status(RealTime::default()).daemon.state, "up");
    lose(&mut world, 8, ListenerEnd::NobodyListens);
    assert_eq!(world.engine.status(RealTime::default()).daemon.state, "down");
}

#[test]
fn one_that_comes_and_goes_is_no_crash_loop() {
    let mut world = gateway();
    for listener in 7..17 {
        lose(&mut world, listener, ListenerEnd::NobodyListens);
        world.wait(2);
        world.see(What::DaemonFound(Box::new(by(listener + 1))));
        world.wait(3);
    }
    world.wait(120);
    assert!(world.told.iter().all(|(_, finding)| finding.code == Code::DaemonDown), "{:?}", world.told);
    assert_eq!(world.open(), NO_FINDING);
}

#[test]
fn one_that_answers_nothing_for_three_minutes_hangs_and_is_left_alone() {
    let mut world = gateway();
    world.answers = false;
    world.asked.clear();
    while world.asked.is_empty() {
        world.wait(1);
    }
    world.wait(177);
    assert_eq!(world.open(), NO_FINDING);
    assert_eq!(world.asked, [Question::Brief], "one call, which stays on the line");
    world.wait(4);
    assert_eq!(world.open(), ["daemon-hung:host"]);
    let finding = world.finding("daemon-hung:host");
    assert_eq!((finding.reason, finding.severity), (Reason::Unresponsive, Severity::Critical));
    assert!(!finding.summary.contains("process") && !finding.advice.contains("kill"), "{finding:?}");
    assert_eq!(finding.remedy.unwrap().state, RemedyState::Refused);
    let status = world.engine.status(RealTime::default()).daemon;
    assert_eq!((status.state.as_str(), status.pid), ("hung", None));
    world.see(ask("daemon-hung:host", RemedyKind::RestartHung));
    world.see(ask("daemon-hung:host", RemedyKind::Restart));
    world.wait(600);
    assert_eq!(restarts(&world), 0, "{:?}", world.steps);
    assert_eq!(world.asked, [Question::Brief]);
    world.answers = true;
    let asked = last_ask(&world);
    world.see(What::DaemonAnsweredLate { ask: asked });
    world.wait(60);
    assert_eq!(world.open(), NO_FINDING);
    world.keep("made-daemon-by-socket-hung");
}

#[test]
fn a_pause_of_two_minutes_is_no_hang() {
    let mut world = gateway();
    world.answers = false;
    world.wait(150);
    world.answers = true;
    let asked = last_ask(&world);
    world.see(What::DaemonAnsweredLate { ask: asked });
    world.wait(600);
    assert!(world.told.is_empty(), "{:?}", world.told);
}

#[test]
fn a_call_that_is_ended_is_no_answer_and_it_is_asked_again() {
    let mut world = gateway();
    world.answers = false;
    world.wait(100);
    world.asked.clear();
    let asked = last_ask(&world);
    world.see(What::DaemonCallEnded { ask: asked });
    world.wait(70);
    assert!(!world.asked.is_empty());
    world.wait(70);
    assert_eq!(world.open(), ["daemon-hung:host"], "the silence began with the first call");
    world.answers = true;
    let asked = last_ask(&world);
    world.see(What::DaemonCallEnded { ask: asked });
    world.wait(70);
    assert_eq!(world.open(), NO_FINDING);
}

#[test]
fn one_that_hangs_and_goes_is_down() {
    let mut world = gateway();
    world.answers = false;
    world.wait(300);
    lose(&mut world, 7, ListenerEnd::FileGone);
    world.wait(5);
    assert_eq!(world.open(), ["daemon-down:host"]);
    world.answers = true;
    world.see(What::DaemonFound(Box::new(by(8))));
    world.wait(60);
    assert_eq!(world.open(), NO_FINDING);
}

#[test]
fn what_waits_at_its_socket_makes_it_asked_sooner() {
    let mut world = gateway();
    world.wait(20);
    world.asked.clear();
    let look = |listener, waiting| What::Listener(ListenerLook { listener, waiting });
    world.see(look(7, 2));
    world.see(look(8, 2));
    assert_eq!(world.asked, []);
    world.see(look(7, 2));
    assert_eq!(world.asked, [Question::Brief]);
    for _ in 0..4 {
        world.wait(1);
        world.see(look(7, 2));
    }
    assert_eq!(world.asked, [Question::Brief]);
}

#[test]
fn one_that_is_seen_as_a_process_after_all_was_never_gone() {
    let mut world = gateway();
    world.see(What::DaemonFound(Box::new(daemon(100))));
    world.wait(60);
    assert!(world.told.is_empty(), "{:?}", world.told);
    assert_eq!(world.engine.status(RealTime::default()).daemon.pid, Some(100));
    super::daemon::gone(&mut world);
    world.wait(5);
    assert_eq!(world.open(), ["daemon-crashed:host"]);
}

#[test]
fn one_that_hangs_when_the_watch_begins_holds_nothing_up() {
    let mut world = World::unjoined();
    world.known = KnownBy::Socket { listener: 7 };
    world.answers = false;
    world.join();
    world.wait(185);
    assert_eq!(world.open(), ["daemon-hung:host"]);
}

/// The last question to the daemon.
fn last_ask(world: &World) -> AskId {
    world.last_daemon_ask.unwrap()
}
