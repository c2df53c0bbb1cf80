//! Evacuate: what is taken off a device, what is said meanwhile, and how it ends.

use super::world::*;
use crate::model::*;

const BACK: RemedyAsked =
    RemedyAsked { what: String::new(), kind: Some(RemedyKind::Evacuate), back: true, leave_packet_mode: false };

pub(super) fn off() -> RemedyAsked {
    RemedyAsked { what: device(), kind: Some(RemedyKind::Evacuate), ..RemedyAsked::default() }
}

pub(super) fn back() -> RemedyAsked {
    RemedyAsked { what: device(), ..BACK }
}

pub(super) fn device() -> String {
    nic(true).name
}

/// A tunnel on the NIC; the kernel moves SAs in place, or does not.
pub(super) fn world(moves: bool) -> (World, [SaId; 2]) {
    let mut world = World::unjoined();
    world.moves = moves;
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.join();
    let (out, inn) = world.establish("t1", 2, true);
    assert_eq!(world.open(), [] as [&str; 0]);
    (world, [inn, out])
}

fn evacuated([inn, out]: [SaId; 2], in_place: bool) -> [Step; 2] {
    [
        Step::Evacuate { sa: inn, direction: Direction::In, in_place },
        Step::Evacuate { sa: out, direction: Direction::Out, in_place },
    ]
}

pub(super) fn last(world: &World) -> (RemedyState, &str) {
    let last = world.remedied.last().unwrap();
    assert_eq!(last.kind, RemedyKind::Evacuate);
    (last.state, &last.text)
}

pub(super) fn noted(world: &World) -> Option<Note> {
    world.engine.status(world.wall()).notes.into_iter().find(|note| note.name == "evacuated")
}

/// As the hands put it back.
fn put_back(world: &mut World, sa: SaId, direction: Direction) {
    let offload = Some(Offload { ifindex: DEVICE, mode: OffloadMode::Crypto, direction });
    let row = KernelSa { offload, ..world.kernel[&sa] };
    world.kernel.insert(sa, row);
    world.see(What::Kernel(Event::SaDeleted { id: sa, last: None }));
    world.see(What::Kernel(Event::SaAdded(Box::new(row))));
}

#[test]
fn a_dry_run_says_of_each_sa_whether_it_will_be_away_and_changes_nothing() {
    for (moves, word) in [(true, "it is never away"), (false, "it is away for some milliseconds")] {
        let (world, _) = world(moves);
        let plans = world.engine.plan_of(&off()).unwrap();
        assert_eq!((plans.len(), plans[0].state, plans[0].steps.len()), (1, RemedyState::Queued, 2));
        assert!(plans[0].steps.iter().all(|step| step.contains(word)), "{:?}", plans[0].steps);
        assert_eq!((world.steps.len(), noted(&world)), (0, None));
    }
}

#[test]
fn its_sas_come_off_and_their_being_in_software_is_a_note_and_no_finding() {
    let (mut world, pair) = world(true);
    world.see(What::Requested(off()));
    world.wait(40);
    assert_eq!(world.steps, evacuated(pair, true));
    assert!(world.kernel.values().all(|sa| sa.offload.is_none()));
    assert_eq!(last(&world).0, RemedyState::Done, "{:?}", world.remedied);
    assert_eq!(world.open(), [] as [&str; 0]);
    let note = noted(&world).unwrap();
    assert!(note.summary.contains("is evacuated by hand until") && note.summary.contains("2 SAs"), "{note:?}");
    let kept = world.kept.as_ref().unwrap();
    assert_eq!((kept.intents.len(), kept.evacuated[0].moved.len(), kept.evacuated[0].returns), (0, 2, false));
    // What it was about was on disk before anything was done.
    world.see(What::Link(nic(false)));
    world.wait(60);
    assert!(!world.open().iter().any(|id| id.starts_with("offload-lost")), "{:?}", world.open());
    world.see(What::Link(nic(true)));
    world.wait(60);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-evacuated");
}

#[test]
fn what_the_daemon_puts_on_it_meanwhile_is_taken_off_too_once_and_said() {
    let (mut world, _) = world(true);
    world.see(What::Requested(off()));
    world.wait(40);
    let before = world.remedied.len();
    let (out, inn) = world.establish("t1", 3, true);
    world.wait(40);
    assert_eq!(world.steps[2..], evacuated([inn, out], true));
    assert!(world.remedied[before].text.contains("there are SAs on"), "{:?}", world.remedied[before]);
    assert_eq!((last(&world).0, world.open().len()), (RemedyState::Done, 0));
    // One that does not come off is not tried again, and again.
    world.results.push_back(StepResult::Refused("it is larval".to_owned()));
    let (_, inn) = world.establish("t1", 4, true);
    world.wait(900);
    assert_eq!(world.steps.len(), 6, "{:?}", world.steps);
    assert_eq!(last(&world).0, RemedyState::Failed);
    assert!(last(&world).1.contains("1 SA is still on"), "{:?}", last(&world));
    // Unless a person asks again.
    world.see(What::Requested(off()));
    world.wait(40);
    assert_eq!(world.steps[6..], [Step::Evacuate { sa: inn, direction: Direction::In, in_place: true }]);
    assert_eq!(last(&world).0, RemedyState::Done);
}

#[test]
fn without_a_state_that_can_be_written_nothing_is_begun_and_nothing_is_evacuated() {
    let (mut world, _) = world(true);
    world.keeps = false;
    world.see(What::Requested(off()));
    world.wait(40);
    assert_eq!((world.steps.len(), noted(&world), last(&world).0), (0, None, RemedyState::Refused));
}

#[test]
fn where_sas_are_taken_out_the_daemon_has_to_be_there() {
    let (mut world, _) = world(false);
    world.see(What::DaemonGone(Death { pid: 100 }));
    world.wait(1);
    let plan = world.engine.plan_of(&off()).unwrap().remove(0);
    assert_eq!(plan.state, RemedyState::Refused, "{}", plan.why);
    // Where they are moved in their place nobody is needed.
    let (mut world, _) = self::world(true);
    world.see(What::DaemonGone(Death { pid: 100 }));
    world.see(What::Requested(off()));
    world.wait(40);
    assert_eq!(world.steps.iter().filter(|step| matches!(step, Step::Evacuate { .. })).count(), 2, "{:?}", world.steps);
}

#[test]
fn back_puts_on_what_was_taken_off_and_ends_it() {
    let (mut world, [inn, out]) = world(false);
    world.see(What::Requested(back()));
    assert!(last(&world).1.contains("is not evacuated"), "{:?}", last(&world));
    world.see(What::Requested(off()));
    world.wait(40);
    assert_eq!(world.steps, evacuated([inn, out], false));
    world.see(What::Link(nic(false)));
    assert!(world.engine.plan_of(&back()).unwrap()[0].why.contains("is down"));
    world.see(What::Link(nic(true)));
    world.see(What::Requested(back()));
    world.wait(1);
    let on = |sa, direction| Step::Reinstall {
        sa,
        direction,
        offload: Some(Offload { ifindex: DEVICE, mode: OffloadMode::Crypto, direction }),
    };
    assert_eq!(world.steps[2..], [on(inn, Direction::In), on(out, Direction::Out)]);
    put_back(&mut world, inn, Direction::In);
    put_back(&mut world, out, Direction::Out);
    world.wait(40);
    assert_eq!((last(&world).0, noted(&world)), (RemedyState::Done, None), "{:?}", world.remedied);
    assert_eq!(world.kept.as_ref().unwrap().evacuated, []);
    world.wait(100);
    assert_eq!((world.steps.len(), world.open().len()), (4, 0));
    world.keep("made-evacuated-and-back");
}

#[test]
fn it_ends_after_an_hour_or_with_the_device_and_then_what_is_in_software_is_a_finding() {
    let (mut world, _) = world(true);
    world.see(What::Requested(off()));
    world.wait(3590);
    assert!(noted(&world).is_some() && world.open().is_empty());
    world.wait(30);
    assert_eq!(noted(&world), None);
    assert!(last(&world).1.contains("over after an hour"), "{:?}", last(&world));
    assert_eq!(world.open(), ["sa-not-offloaded:t1:in", "sa-not-offloaded:t1:out"]);
    assert_eq!(world.kept.as_ref().unwrap().evacuated, []);

    let (mut world, _) = self::world(true);
    world.see(What::Requested(off()));
    world.wait(40);
    world.see(What::LinkGone { index: DEVICE });
    world.wait(5);
    assert!(noted(&world).is_none() && last(&world).1.contains("the device is gone"), "{:?}", last(&world));
}

#[test]
fn sas_in_packet_mode_are_named_and_refused_unless_they_may_stay() {
    let (mut world, [inn, _]) = world(true);
    let packet = Offload { ifindex: DEVICE, mode: OffloadMode::Packet, direction: Direction::Out };
    let row = KernelSa { offload: Some(packet), ..sa(LOCAL, PEER, 77, true) };
    world.kernel.insert(row.id, row);
    world.see(What::Kernel(Event::SaAdded(Box::new(row))));
    let plan = world.engine.plan_of(&off()).unwrap().remove(0);
    assert_eq!(plan.state, RemedyState::Refused);
    assert!(plan.why.contains("1 SA in packet mode") && plan.why.contains("--leave-packet-mode"), "{}", plan.why);
    world.see(What::Requested(off()));
    world.wait(40);
    assert_eq!((world.steps.len(), noted(&world)), (0, None));
    world.see(What::Requested(RemedyAsked { leave_packet_mode: true, ..off() }));
    world.wait(40);
    assert_eq!((world.steps.len(), last(&world).0), (2, RemedyState::Done));
    assert!(world.kernel[&row.id].offload.is_some() && world.kernel[&inn].offload.is_none());
    assert!(world.kept.as_ref().unwrap().evacuated[0].leave_packet_mode);
    let note = noted(&world).unwrap().summary;
    assert!(note.contains("1 SA still on it, and lost when it goes down"), "{note}");
    // What comes in packet mode meanwhile keeps nothing else there.
    let (mut world, _) = self::world(true);
    world.see(What::Requested(off()));
    world.wait(40);
    world.kernel.insert(row.id, row);
    world.see(What::Kernel(Event::SaAdded(Box::new(row))));
    let (out, inn) = world.establish("t1", 3, true);
    world.wait(40);
    assert_eq!(world.steps[2..], evacuated([inn, out], true));
    assert_eq!(last(&world).0, RemedyState::Done);
}

#[test]
fn one_that_is_lost_on_the_way_is_rekeyed_and_nothing_more_is_touched() {
    let (mut world, [inn, _]) = world(false);
    world.results.push_back(StepResult::Lost("in this test".to_owned()));
    world.goes = Some(inn);
    world.see(What::Requested(off()));
    world.wait(3);
    assert_eq!(world.steps.len(), 2, "{:?}", world.steps);
    assert!(matches!(&world.steps[1], Step::Rekey { connection, .. } if connection == "t1"), "{:?}", world.steps);
}

#[test]
fn a_killed_swanwatch_goes_on_with_it_and_rekeys_what_it_left_out() {
    let (first, [inn, out]) = world(false);
    let target = RemedyTarget::Device { device: device(), ifindex: DEVICE };
    let tunnel = RemedyTarget::Tunnel { connection: "t1".to_owned(), instance: None };
    let evacuation = Evacuation {
        device: device(),
        ifindex: DEVICE,
        until: Boottime::from_micros(first.now() + 1_000_000_000),
        leave_packet_mode: false,
        returns: false,
        moved: [].into(),
        left: [].into(),
    };
    let intent = Intent {
        id: RemedyId(1),
        kind: RemedyKind::Evacuate,
        target,
        finding: None,
        began: Boottime::default(),
        sas: vec![inn, out],
        of: vec![tunnel],
    };
    for lost in [false, true] {
        let mut again = World::unjoined();
        again.connections.push(connection("t1", OffloadSetting::Crypto));
        again.kernel = first.kernel.clone();
        again.kernel.get_mut(&inn).unwrap().offload = None;
        if lost {
            again.kernel.remove(&inn);
        }
        again.policies = first.policies.clone();
        again.table = first.table.clone();
        let (intents, evacuated) = (vec![intent.clone()], vec![evacuation.clone()]);
        again.remembered = Some(Box::new(Remembered { intents, evacuated, ..Remembered::default() }));
        again.join();
        again.wait(5);
        // What the one before blocked may stand.
        assert!(!again.steps.iter().any(|step| matches!(step, Step::Evacuate { .. })), "{:?}", again.steps);
        again.wait(5);
        let rest = Step::Evacuate { sa: out, direction: Direction::Out, in_place: false };
        assert!(again.steps.contains(&rest), "{:?}", again.steps);
        let rekeyed = again.steps.iter().any(|step| matches!(step, Step::Rekey { .. }));
        assert_eq!(rekeyed, lost, "{:?}", again.steps);
        assert!(!again.open().iter().any(|id| id.starts_with("sa-not-offloaded")), "{:?}", again.open());
        assert!(noted(&again).is_some());
    }
}

#[test]
fn only_a_person_may_have_it_and_only_of_a_device() {
    let (mut world, _) = world(true);
    world.see(What::Reconfigured(EngineSettings { act: RemedyKind::ALL.into(), ..EngineSettings::default() }));
    world.wait(60);
    assert!(!world.steps.iter().any(|step| matches!(step, Step::Evacuate { .. })));
    let of = |what: &str| world.engine.plan_of(&RemedyAsked { what: what.to_owned(), ..off() }).unwrap_err();
    assert!(of("t1").contains("no network device is called 't1'"), "{}", of("t1"));
    let other = RemedyAsked { what: "t1".to_owned(), back: true, ..RemedyAsked::default() };
    assert!(world.engine.plan_of(&other).unwrap_err().contains("--kind evacuate"));
}
