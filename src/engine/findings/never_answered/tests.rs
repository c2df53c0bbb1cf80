//! A tunnel that sends and has never received.

use crate::engine::tests::traffic::WINDOW;
use crate::engine::tests::world::*;
use crate::model::*;

const ID: &str = "never-answered:t1";
const WEEK: u64 = 7 * 24 * 3600;

/// Of `t1`, which may be told so of itself, with what an earlier run kept.
fn begun(settings: EngineSettings, remembered: Option<Remembered>) -> (World, (SaId, SaId)) {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::No));
    (world.settings, world.remembered) = (settings, remembered.map(Box::new));
    world.join();
    let pair = world.establish("t1", 2, false);
    world.wait(2 * WINDOW);
    (world, pair)
}

fn one_way() -> EngineSettings {
    EngineSettings { one_way: vec!["t*".to_owned()], ..EngineSettings::default() }
}

/// Another pair takes the place of this one.
fn rekeyed(world: &mut World, old: u32, (out, inn): (SaId, SaId), new: u32) -> (SaId, SaId) {
    world.log("t1", new, Statement::Initiating { rekeys: Some(Serial(old)) });
    let next = world.establish("t1", new, false);
    world.log("t1", old, Statement::Deleting { is_ike: false, established: true });
    world.table.children.retain(|child| child.serial != Serial(old));
    for id in [out, inn] {
        let last = world.kernel.remove(&id).map(Box::new);
        world.see(What::Kernel(Event::SaDeleted { id, last }));
    }
    next
}

#[test]
fn three_hundred_packets_in_ten_minutes_without_one_back_are_told_over_rekeys_and_one_packet_ends_it_for_good() {
    let (mut world, mut pair) = begun(EngineSettings::default(), None);
    for serial in 3..9 {
        world.windows(9, |world| world.send(pair.0, 10));
        assert_eq!(world.told, [], "{serial}");
        pair = rekeyed(&mut world, serial - 1, pair, serial);
    }
    world.windows(8, |world| world.send(pair.0, 10));
    let found = world.finding(ID);
    assert_eq!((found.severity, found.subject.connection.as_deref()), (Severity::Warning, Some("t1")));
    assert!(found.summary.contains("has not received one packet"), "{}", found.summary);
    let order = ["counters", "firewall", "UDP 4500", "NAT that", "way back", "xfrm interface", "one_way: true"];
    let places: Vec<_> = order.iter().map(|words| found.advice.find(words).unwrap()).collect();
    assert!(places.is_sorted(), "{}", found.advice);
    world.windows(20, |world| world.send(pair.0, 10));
    assert_eq!(world.told.len(), 1);
    world.receive(pair.1, 1);
    world.wait(WINDOW);
    assert_eq!(world.closed(), [ID]);
    // A later pair is answered by nobody: it was answered once.
    let pair = rekeyed(&mut world, 8, pair, 9);
    world.windows(65, |world| world.send(pair.0, 10));
    assert!(!world.open().contains(&ID.to_owned()), "{:?}", world.open());
    world.keep("made-never-answered");
}

#[test]
fn few_packets_or_a_short_time_are_no_proof() {
    let (mut world, pair) = begun(EngineSettings::default(), None);
    world.windows(58, |world| world.send(pair.0, 100));
    assert_eq!(world.told, []);
    let (mut world, pair) = begun(EngineSettings::default(), None);
    world.windows(299, |world| world.send(pair.0, 1));
    assert_eq!(world.told, []);
    world.windows(2, |world| world.send(pair.0, 1));
    assert_eq!(world.open(), [ID]);
}

#[test]
fn what_is_said_to_go_one_way_is_not_told_and_may_be_said_so_later() {
    let (mut world, pair) = begun(one_way(), None);
    world.windows(70, |world| world.send(pair.0, 20));
    assert_eq!(world.told, []);
    world.keep("made-one-way");
    let (mut world, pair) = begun(EngineSettings::default(), None);
    world.windows(70, |world| world.send(pair.0, 20));
    assert_eq!(world.open(), [ID]);
    world.see(What::Reconfigured(one_way()));
    assert_eq!(world.closed(), [ID]);
}

#[test]
fn it_is_told_once_a_week_over_restarts_and_what_was_answered_once_is_remembered_over_boots() {
    let (mut world, pair) = begun(EngineSettings::default(), None);
    world.windows(70, |world| world.send(pair.0, 20));
    assert_eq!(world.open(), [ID]);
    world.wait(70);
    let kept = *world.kept.clone().unwrap();
    assert_eq!(kept.unanswered_told.keys().collect::<Vec<_>>(), ["t1"]);
    let (mut world, pair) = begun(EngineSettings::default(), Some(kept.clone()));
    world.windows(200, |world| world.send(pair.0, 20));
    assert_eq!(world.told, []);
    // A week later it may be told again.
    world.forget_seen();
    let told = kept.unanswered_told.keys().map(|name| (name.clone(), Boottime::from_micros(0))).collect();
    let later = Remembered { unanswered_told: told, ..kept };
    let (mut world, pair) = begun(EngineSettings::default(), Some(later));
    world.rest(seconds(WEEK));
    world.windows(70, |world| world.send(pair.0, 20));
    assert_eq!(world.open(), [ID]);

    let (mut world, pair) = begun(EngineSettings::default(), None);
    world.windows(2, |world| world.both(pair, 5));
    let pair = rekeyed(&mut world, 2, pair, 3);
    world.wait(70);
    let kept = *world.kept.clone().unwrap();
    assert_eq!(kept.answered, ["t1"]);
    let _ = pair;
    let (mut world, pair) =
        begun(EngineSettings::default(), Some(Remembered { boot_id: "another".to_owned(), ..kept }));
    world.windows(100, |world| world.send(pair.0, 20));
    assert_eq!(world.told, []);
}

#[test]
fn in_packet_mode_the_nic_has_to_count() {
    let (mut world, pair) = begun(EngineSettings::default(), None);
    for (id, direction) in [(pair.0, Direction::Out), (pair.1, Direction::In)] {
        let offload = Some(Offload { ifindex: DEVICE, mode: OffloadMode::Packet, direction });
        let row = KernelSa { offload, ..world.kernel[&id] };
        world.kernel.insert(id, row);
        world.see(What::Kernel(Event::SaUpdated(Box::new(row))));
    }
    world.windows(100, |world| world.sa(pair.0).counters.packets += 20);
    assert!(!world.open().contains(&ID.to_owned()), "{:?}", world.open());
}

#[test]
fn one_that_nobody_wants_up_is_not_told() {
    let mut world = World::unjoined();
    world.connections.push(LoadedConnection { wanted_up: Some(false), ..connection("t1", OffloadSetting::No) });
    world.join();
    let pair = world.establish("t1", 2, false);
    world.windows(100, |world| world.send(pair.0, 20));
    assert_eq!(world.told, []);
}
