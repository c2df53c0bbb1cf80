//! Reinstall: which SAs, in which order, when not, and what follows where one is lost.

use super::world::*;
use crate::model::*;

fn world(offload: OffloadWish, act: &[RemedyKind]) -> World {
    let mut world = World::unjoined();
    world.settings = EngineSettings { offload, act: act.iter().copied().collect(), ..EngineSettings::default() };
    world.connections.push(connection("t1", OffloadSetting::No));
    world.join();
    world
}

fn on_the_nic(direction: Direction) -> Option<Offload> {
    Some(Offload { ifindex: DEVICE, mode: OffloadMode::Crypto, direction })
}

fn step(sa: SaId, direction: Direction) -> Step {
    Step::Reinstall { sa, direction, offload: on_the_nic(direction) }
}

/// What the hands do to the kernel, as its events tell it.
fn put_back(world: &mut World, sa: SaId, direction: Direction) {
    let row = KernelSa { offload: on_the_nic(direction), ..world.kernel[&sa] };
    world.see(What::Kernel(Event::SaDeleted { id: sa, last: None }));
    world.kernel.insert(sa, row);
    world.see(What::Kernel(Event::SaAdded(Box::new(row))));
}

#[test]
fn software_sas_go_onto_the_nic_one_after_the_other_the_inbound_one_first() {
    let mut world = world(OffloadWish::Preferred, &[RemedyKind::Reinstall]);
    let (out, inn) = world.establish("t1", 2, false);
    assert_eq!(world.open(), ["sa-not-offloaded:t1:in", "sa-not-offloaded:t1:out"]);
    world.wait(6);
    assert_eq!(world.steps, [step(inn, Direction::In), step(out, Direction::Out)]);
    let intents = &world.kept.as_ref().unwrap().intents;
    assert_eq!(intents[0].sas, [inn, out]);
    put_back(&mut world, inn, Direction::In);
    put_back(&mut world, out, Direction::Out);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.wait(10);
    assert_eq!(world.remedied.last().map(|change| change.state), Some(RemedyState::Done), "{:?}", world.remedied);
    assert_eq!(world.kept.as_ref().unwrap().intents, []);
    world.keep("made-reinstalled");
}

#[test]
fn nothing_is_touched_unless_it_is_allowed_and_never_where_offload_is_required() {
    for (wish, act) in [
        (OffloadWish::Preferred, &[][..]),
        (OffloadWish::Required, &[RemedyKind::Reinstall]),
        (OffloadWish::Off, &[RemedyKind::Reinstall]),
    ] {
        let mut world = world(wish, act);
        world.establish("t1", 2, false);
        world.wait(120);
        assert_eq!(world.steps, [], "{wish:?}");
        if wish == OffloadWish::Required {
            let remedy = world.finding("sa-not-offloaded:t1:out").remedy.unwrap();
            assert_eq!((remedy.kind, remedy.state), (RemedyKind::Rekey, RemedyState::Advised));
        }
    }
}

#[test]
fn it_waits_for_its_feature_its_ike_sa_and_a_dangerous_device_is_refused() {
    let remedy = |world: &World| world.finding("sa-not-offloaded:t1:in").remedy.unwrap();
    let mut off = world(OffloadWish::Preferred, &[RemedyKind::Reinstall]);
    off.see(What::Link(Link { esp_hw_offload: Some(false), ..nic(true) }));
    off.establish("t1", 2, false);
    off.wait(10);
    assert_eq!((off.steps.len(), remedy(&off).state), (0, RemedyState::Refused));
    off.see(What::Link(nic(true)));
    off.wait(10);
    assert_eq!(off.steps.len(), 2);

    let mut bond = World::unjoined();
    bond.settings.offload = OffloadWish::Preferred;
    bond.settings.act = [RemedyKind::Reinstall].into();
    bond.connections.push(connection("t1", OffloadSetting::No));
    bond.join();
    bond.see(What::Link(Link { kind: Some("bond".to_owned()), driver: Some("bonding".to_owned()), ..nic(true) }));
    bond.establish("t1", 2, false);
    bond.wait(10);
    assert_eq!(bond.steps, []);
    assert!(remedy(&bond).why.contains("may be dangerous"), "{:?}", remedy(&bond));
}

#[test]
fn what_is_lost_is_rekeyed_whatever_may_act_and_the_short_absence_is_no_finding() {
    let mut world = world(OffloadWish::Preferred, &[RemedyKind::Reinstall]);
    world.results.push_back(StepResult::Lost("in this test".to_owned()));
    let (_, inn) = world.establish("t1", 2, false);
    world.kernel.remove(&inn);
    world.wait(6);
    assert_eq!(world.steps.first(), Some(&step(inn, Direction::In)));
    assert!(
        matches!(world.steps.get(1), Some(Step::Rekey { connection, .. }) if connection == "t1"),
        "{:?}",
        world.steps
    );
    assert_eq!(world.steps.len(), 2, "the outbound one is not touched");
    assert!(world.open().iter().any(|id| id.starts_with("sa-missing")), "{:?}", world.open());
}

#[test]
fn an_sa_whose_event_is_late_is_not_missing_and_one_that_stays_away_is() {
    let mut world = world(OffloadWish::Preferred, &[RemedyKind::Reinstall]);
    let (_, inn) = world.establish("t1", 2, false);
    world.wait(1);
    assert_eq!(world.steps.len(), 2);
    let row = world.kernel.remove(&inn).unwrap();
    world.see(What::Kernel(Event::SaDeleted { id: inn, last: Some(Box::new(row)) }));
    let is_missing = |world: &World| world.open().iter().any(|id| id.starts_with("sa-missing"));
    assert!(!is_missing(&world), "{:?}", world.open());
    world.wait(6);
    assert!(is_missing(&world), "{:?}", world.open());
}

#[test]
fn a_refusal_of_both_ends_it_and_says_why() {
    let mut world = world(OffloadWish::Preferred, &[RemedyKind::Reinstall]);
    for why in ["the NIC is full", "still is"] {
        world.results.push_back(StepResult::Refused(why.to_owned()));
    }
    world.establish("t1", 2, false);
    world.wait(60);
    assert_eq!(world.steps.len(), 2);
    let remedy = world.finding("sa-not-offloaded:t1:in").remedy.unwrap();
    assert_eq!(
        (remedy.kind, remedy.state, remedy.why.as_str()),
        (RemedyKind::Reinstall, RemedyState::Refused, "the NIC is full")
    );
    world.keep("made-reinstall-refused");
}

#[test]
fn an_sa_that_a_killed_swanwatch_left_out_is_rekeyed() {
    let mut first = world(OffloadWish::Preferred, &[RemedyKind::Reinstall]);
    let (out, inn) = first.establish("t1", 2, false);
    let target = RemedyTarget::Tunnel { connection: "t1".to_owned(), instance: None };
    let intent = Intent {
        id: RemedyId(1),
        kind: RemedyKind::Reinstall,
        target,
        finding: None,
        began: Boottime::default(),
        sas: vec![inn, out],
        of: Vec::new(),
    };
    let mut again = World::unjoined();
    again.settings.act.clear();
    again.remembered = Some(Box::new(Remembered { intents: vec![intent], ..Remembered::default() }));
    again.connections = first.connections.clone();
    again.table = first.table.clone();
    again.kernel = first.kernel.clone();
    again.kernel.remove(&out);
    again.join();
    again.wait(20);
    assert!(
        matches!(again.steps.as_slice(), [Step::Rekey { connection, .. }] if connection == "t1"),
        "{:?}",
        again.steps
    );
}

#[test]
fn where_the_inbound_one_is_not_touched_the_outbound_one_is_still_moved_and_where_it_was_put_back_is_not() {
    let mut refused = world(OffloadWish::Preferred, &[RemedyKind::Reinstall]);
    refused.results.push_back(StepResult::Refused("no room for what comes".to_owned()));
    let (out, inn) = refused.establish("t1", 2, false);
    refused.wait(1);
    assert_eq!(refused.steps, [step(inn, Direction::In), step(out, Direction::Out)]);
    put_back(&mut refused, out, Direction::Out);
    refused.wait(20);
    assert_eq!(refused.open(), ["sa-not-offloaded:t1:in"]);
    let remedy = refused.finding("sa-not-offloaded:t1:in").remedy.unwrap();
    assert_eq!(remedy.state, RemedyState::Refused);
    assert!(
        remedy.why.contains("outbound SA is on the NIC") && remedy.why.contains("no room for what comes"),
        "{remedy:?}"
    );
    assert_eq!(refused.kept.as_ref().unwrap().intents, []);
    // Only what is left is tried again.
    refused.wait(1000);
    assert!(refused.steps.len() > 2 && refused.steps[2..].iter().all(|again| *again == step(inn, Direction::In)));

    let mut failed = world(OffloadWish::Preferred, &[RemedyKind::Reinstall]);
    failed.results.push_back(StepResult::Failed("it is back as it was".to_owned()));
    let (_, inn) = failed.establish("t1", 2, false);
    failed.wait(10);
    assert_eq!(failed.steps, [step(inn, Direction::In)]);
}

#[test]
fn where_a_rekey_is_refused_or_given_up_the_reinstall_has_its_turn() {
    let both = [RemedyKind::Rekey, RemedyKind::Reinstall];
    // The daemon was told nic-offload=no: a rekey asks the same again.
    let mut refused = world(OffloadWish::Preferred, &both);
    let (out, inn) = refused.establish("t1", 2, false);
    refused.wait(10);
    assert_eq!(refused.steps, [step(inn, Direction::In), step(out, Direction::Out)]);
    let first = refused.remedied.iter().find(|change| change.state == RemedyState::Refused).unwrap();
    assert_eq!(first.kind, RemedyKind::Rekey);
    let told = refused.finding("sa-not-offloaded:t1:in").remedy.unwrap();
    assert_eq!((told.kind, told.state), (RemedyKind::Reinstall, RemedyState::Verifying), "{told:?}");
    put_back(&mut refused, inn, Direction::In);
    put_back(&mut refused, out, Direction::Out);
    refused.wait(10);
    let last = |kind| refused.remedied.iter().rfind(|change| change.kind == kind).unwrap();
    assert_eq!(last(RemedyKind::Reinstall).state, RemedyState::Done);
    let rekey = last(RemedyKind::Rekey);
    assert_eq!((rekey.state, rekey.healed), (RemedyState::Refused, true));
    assert_eq!(rekey.text, "healed by the reinstall of t1", "nothing heals by itself that another remedy mends");

    let mut given_up = World::unjoined();
    given_up.settings.act = both.into();
    given_up.connections.push(connection("t1", OffloadSetting::Crypto));
    given_up.join();
    let (out, inn) = given_up.establish("t1", 2, false);
    // Four rekeys in vain: an hour's limit of them is none of the reinstall.
    given_up.wait(1200);
    let is_rekey = |step: &&Step| matches!(step, Step::Rekey { .. });
    assert_eq!(given_up.steps.iter().filter(is_rekey).count(), 4);
    let moved = [step(inn, Direction::In), step(out, Direction::Out)];
    assert!(given_up.steps.ends_with(&moved), "{:?}", given_up.steps);
}
