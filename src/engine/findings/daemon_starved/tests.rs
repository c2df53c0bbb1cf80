//! A daemon that answers late because others have the processor.

use crate::engine::tests::world::*;
use crate::model::*;

/// A daemon that is asked when it already has none.
fn starving(silent: fn(u64) -> Silence) -> World {
    let mut world = World::new();
    world.answers = false;
    world.silent = Some(silent);
    world.wait(61);
    world
}

fn answers(world: &mut World) {
    world.answers = true;
    let ask = world.engine.facts.asks.daemon.unwrap().0;
    world.see(What::DaemonAnsweredLate { ask });
}

#[test]
fn one_that_waits_for_a_processor_does_not_hang_and_is_told_as_starved() {
    let mut world = starving(starves);
    world.stay_silent(5, 10);
    assert_eq!(world.open(), [] as [&str; 0], "a host is busy for a moment now and then");
    world.stay_silent(15, 20);
    assert_eq!(world.open(), ["daemon-starved:host"]);
    let finding = world.finding("daemon-starved:host");
    assert_eq!((finding.reason, finding.severity), (Reason::Processor, Severity::Warning));
    assert!(finding.advice.contains("'top -b"), "{}", finding.advice);
    answers(&mut world);
    assert_eq!(world.open(), [] as [&str; 0]);
    assert_eq!(world.told.len(), 2);
    world.keep("made-daemon-starved");
}

#[test]
fn a_short_want_is_not_told() {
    let mut world = starving(starves);
    world.stay_silent(5, 10);
    answers(&mut world);
    world.wait(300);
    assert_eq!(world.told, []);
    world.keep("made-daemon-starved-for-a-moment");
}

#[test]
fn one_that_had_the_time_after_all_hangs() {
    let mut world = starving(starves);
    world.stay_silent(5, 30);
    assert_eq!(world.open(), ["daemon-starved:host"]);
    // A tenth of a processor is enough for an answer, in ten times the time.
    world.stay_silent(35, 30);
    assert_eq!(world.open(), ["daemon-hung:host"]);
    assert_eq!(world.finding("daemon-hung:host").reason, Reason::Spins);
    // It stays so, however little it gets from now on.
    world.stay_silent(65, 300);
    assert_eq!(world.open(), ["daemon-hung:host"]);
    answers(&mut world);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-daemon-starved-and-hung");
}

#[test]
fn its_quota_and_its_memory_are_named() {
    let mut world = starving(|over| Silence { throttled: Some(over * 900_000), ..starves(over) });
    world.stay_silent(5, 25);
    assert_eq!(world.finding("daemon-starved:host").reason, Reason::Quota);
    let mut world = starving(|over| {
        let looks = Looks { uninterruptible: u32::try_from(over).unwrap(), ..Looks::default() };
        Silence { looks, memory: Some(over * 950_000), ..sleeps(over) }
    });
    world.stay_silent(5, 25);
    assert_eq!(world.finding("daemon-starved:host").reason, Reason::Memory);
}

#[test]
fn a_question_that_never_reached_it_opens_nothing() {
    let mut world = starving(|over| Silence { asker_waited: over * 900_000, ..sleeps(over) });
    world.stay_silent(5, 30);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn a_starved_daemon_that_ends_is_starved_no_more() {
    let mut world = starving(starves);
    world.stay_silent(5, 30);
    world.see(What::DaemonGone(Death { pid: 100 }));
    assert!(!world.open().contains(&"daemon-starved:host".to_owned()), "{:?}", world.open());
}
