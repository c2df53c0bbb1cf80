//! A daemon that is there and does nothing.

use crate::engine::tests::world::*;
use crate::model::*;

fn look(state: RunState, ike: u64) -> What {
    What::Process(ProcessLook { pid: 100, state, unread: Unread { ike, ..Unread::default() } })
}

#[test]
fn a_stopped_daemon_is_asked_once_and_hangs_until_it_answers() {
    let mut world = World::new();
    world.answers = false;
    world.asked.clear();
    for _ in 0..20 {
        world.see(look(RunState::Stopped, 0));
        world.wait(1);
    }
    assert_eq!(world.open(), ["daemon-hung:host"]);
    assert_eq!(world.finding("daemon-hung:host").reason, Reason::Stopped);
    assert_eq!(world.asked, [Question::Brief]);
    world.answers = true;
    let pending = world.engine.facts.asks.daemon.unwrap().0;
    world.see(What::DaemonAnsweredLate { ask: pending });
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-stopped");
}

#[test]
fn unread_bytes_that_do_not_fall_are_a_hint_and_those_that_fall_are_not() {
    let mut world = World::new();
    world.wait(10);
    world.asked.clear();
    for unread in [500, 400, 300] {
        world.see(look(RunState::Running, unread));
    }
    assert_eq!(world.asked, []);
    world.see(look(RunState::Running, 300));
    assert_eq!(world.asked, [Question::Brief]);
    assert_eq!(world.told, []);
}

#[test]
fn an_idle_hang_is_found_within_65_seconds() {
    let mut world = World::new();
    world.answers = false;
    world.wait(61);
    assert_eq!(world.open(), ["daemon-hung:host"]);
    assert_eq!(world.finding("daemon-hung:host").reason, Reason::Unresponsive);
    world.keep("made-idle-hang");
}
