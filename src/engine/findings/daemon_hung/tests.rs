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

/// A daemon that is asked when it already does this.
fn asked_of(silent: fn(u64) -> Silence) -> World {
    let mut world = World::new();
    world.answers = false;
    world.silent = Some(silent);
    world.wait(61);
    world
}

#[test]
fn one_that_works_without_an_end_is_told_as_that() {
    let mut world = asked_of(works);
    let finding = world.finding("daemon-hung:host");
    assert_eq!(finding.reason, Reason::Spins);
    assert!(finding.summary.contains("works without an end"), "{}", finding.summary);
    assert!(finding.advice.starts_with("'perf top -p 100'"), "{}", finding.advice);
    let seen = "had 4.9 s of a processor";
    assert!(finding.evidence.iter().any(|line| line.text.contains(seen)), "{:?}", finding.evidence);
    // It stays the same, and is told once.
    let told = world.told.len();
    world.stay_silent(5, 60);
    assert_eq!(world.told.len(), told);
    world.keep("made-daemon-spins");
}

#[test]
fn one_that_sleeps_is_told_with_what_it_sleeps_in() {
    let mut world = asked_of(sleeps);
    let finding = world.finding("daemon-hung:host");
    assert_eq!(finding.reason, Reason::Sleeps);
    let where_it_is = "sleeps in the system call connect (inet_wait_for_connect)";
    assert!(finding.summary.contains(where_it_is), "{}", finding.summary);
    assert!(finding.advice.contains("'cat /proc/100/wchan /proc/100/syscall'"), "{}", finding.advice);
    world.stay_silent(5, 60);
    world.keep("made-daemon-sleeps");
}

#[test]
fn what_may_not_be_read_is_said_and_the_script_that_it_waits_for_is_named() {
    let mut world = asked_of(|over| Silence {
        place: None,
        children: vec![ChildProcess { pid: 4_711, name: "_updown".to_owned() }],
        ..sleeps(over)
    });
    let finding = world.finding("daemon-hung:host");
    assert_eq!(finding.reason, Reason::Sleeps);
    assert!(finding.summary.contains(") sleeps and does not answer"), "{}", finding.summary);
    assert!(finding.advice.contains("process 4711 (_updown)"), "{}", finding.advice);
    assert!(finding.evidence.iter().any(|line| line.text.contains("CAP_SYS_PTRACE")), "{:?}", finding.evidence);
    world.stay_silent(5, 10);
    world.keep("made-daemon-waits-for-a-script");
}

#[test]
fn waiting_in_the_kernel_and_being_frozen_are_neither_sleep() {
    let kernel = |over| {
        let looks = Looks { uninterruptible: u32::try_from(over).unwrap(), ..Looks::default() };
        let place = SleepPlace { function: Some("folio_wait_bit_common".to_owned()), call: None };
        Silence { looks, place: Some(place), ..sleeps(over) }
    };
    let world = asked_of(kernel);
    let finding = world.finding("daemon-hung:host");
    assert_eq!(finding.reason, Reason::Uninterruptible);
    assert!(finding.summary.contains("waits in the kernel in folio_wait_bit_common"), "{}", finding.summary);
    let world = asked_of(|over| Silence { frozen: true, ..sleeps(over) });
    assert_eq!(world.finding("daemon-hung:host").reason, Reason::Frozen);
}

#[test]
fn what_it_does_may_change_while_it_hangs() {
    let mut world = asked_of(sleeps);
    world.silent = Some(|over| Silence { worked: Some(0), place: None, ..works(over) });
    world.stay_silent(5, 5);
    assert_eq!(world.finding("daemon-hung:host").reason, Reason::Sleeps, "one look more decides nothing");
    world.silent = Some(works);
    world.stay_silent(10, 30);
    assert_eq!(world.finding("daemon-hung:host").reason, Reason::Spins);
    assert_eq!(world.told.len(), 2);
}

/// A charon with so many idle worker threads, which then answers nobody.
fn without_workers(idle: u32, silent: fn(u64) -> Silence) -> World {
    let mut world = World::charon("5.9.8", &["t1"]);
    world.makes("gw/t1", 1, None);
    world.brief.idle_workers = Some(idle);
    world.wait(30);
    world.answers = false;
    world.silent = Some(silent);
    world.wait(10);
    world
}

#[test]
fn a_daemon_whose_workers_all_wait_is_told_as_that_and_noted_before() {
    let mut world = World::charon("5.9.8", &["t1"]);
    world.makes("gw/t1", 1, None);
    for idle in [11, 6, 4] {
        world.brief.idle_workers = Some(idle);
        world.wait(6);
        assert!(world.engine.facts.notes().is_empty(), "{idle}");
    }
    world.brief.idle_workers = Some(1);
    world.wait(2);
    let notes = world.engine.facts.notes();
    assert_eq!(notes.iter().map(|note| note.name.as_str()).collect::<Vec<_>>(), ["few-workers"]);
    assert!(notes[0].summary.contains("1 idle worker thread left"), "{}", notes[0].summary);
    world.answers = false;
    world.silent = Some(sleeps);
    world.wait(10);
    let finding = world.finding("daemon-hung:host");
    assert_eq!(finding.reason, Reason::NoWorkers);
    assert!(finding.summary.contains("no worker thread left"), "{}", finding.summary);
    for says in ["does not help", "'kill -KILL 100'", "swanctl --initiate", "stay in the kernel"] {
        assert!(finding.advice.contains(says), "{says}: {}", finding.advice);
    }
    assert!(finding.evidence.iter().any(|line| line.text.contains("1 of its worker threads was idle")));
    assert!(world.engine.facts.notes().is_empty(), "it is told otherwise");
    world.stay_silent(5, 60);
    assert_eq!(world.finding("daemon-hung:host").reason, Reason::NoWorkers);
    world.keep("made-charon-no-workers");
}

#[test]
fn what_else_holds_it_is_told_though_few_workers_are_idle() {
    assert_eq!(without_workers(11, sleeps).finding("daemon-hung:host").reason, Reason::Sleeps);
    assert_eq!(without_workers(1, works).finding("daemon-hung:host").reason, Reason::Spins);
    let others = |over| Silence { others_worked: Some(over * 900_000), ..sleeps(over) };
    assert_eq!(without_workers(1, others).finding("daemon-hung:host").reason, Reason::Sleeps);
    let frozen = |over| Silence { frozen: true, ..sleeps(over) };
    assert_eq!(without_workers(1, frozen).finding("daemon-hung:host").reason, Reason::Frozen);
    let mut world = World::charon("5.9.8", &["t1"]);
    world.brief.idle_workers = Some(1);
    world.wait(6);
    world.answers = false;
    world.see(look(RunState::Stopped, 0));
    world.wait(6);
    assert_eq!(world.finding("daemon-hung:host").reason, Reason::Stopped);
}

#[test]
fn another_process_has_workers_of_its_own() {
    let mut world = World::charon("5.9.8", &["t1"]);
    world.brief.idle_workers = Some(0);
    world.wait(6);
    world.see(What::DaemonGone(Death { pid: 100 }));
    world.answers = false;
    world.see(What::DaemonFound(Box::new(world.process(200))));
    assert!(world.engine.facts.notes().is_empty());
}
