//! IKE SAs without Child SAs, and as many as ordinary life leaves.

use crate::engine::tests::world::*;
use crate::model::*;

const ID: &str = "ike-sa-duplicates:t1";

fn ike(serial: u32, instance: Option<&str>) -> IkeState {
    let (connection, instance) = ("t1".to_owned(), instance.map(ToOwned::to_owned));
    IkeState { serial: Serial(serial), connection, instance, established: true }
}

/// The daemon counts what its table has.
fn stand(world: &mut World, all: impl IntoIterator<Item = IkeState>) {
    world.table.ike.extend(all);
    let count = |number: usize| u32::try_from(number).unwrap();
    world.brief = BriefStatus {
        ike: count(world.table.ike.len()),
        half_open: 0,
        children: count(world.table.children.len()),
        idle_workers: None,
        encrypts_itself: false,
    };
}

#[test]
fn a_pile_is_told_with_the_command_that_leaves_the_newest_and_closes_when_it_is_gone() {
    let mut world = World::unjoined();
    let t1 = connection("t1", OffloadSetting::No);
    world.connections.push(t1);
    stand(&mut world, (0..110).map(|number| ike(8 + 2 * number, None)));
    world.join();
    world.wait(9);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.wait(3);
    let finding = world.finding(ID);
    assert_eq!((finding.severity, finding.subject.dst), (Severity::Warning, PEER.parse().ok()));
    assert!(
        finding.summary.starts_with(
            "110 established IKE SAs of t1 with 10.0.0.2 serve no Child SA, where a rekey leaves one or two"
        ),
        "{}",
        finding.summary
    );
    assert!(finding.summary.ends_with("they were first seen so at 2023-11-14 22:30:00 UTC"), "{}", finding.summary);
    assert!(finding.advice.starts_with("'for state in 8 10 12 "), "{}", finding.advice);
    assert!(
        finding.advice.contains(
            " 106; do ipsec whack --deletestate $state; done' removes those that nobody needs (the first 50;"
        ),
        "{}",
        finding.advice
    );
    assert!(finding.advice.contains("the newest (#226)"), "{}", finding.advice);
    assert_eq!((finding.affected.list.len(), finding.affected.more), (100, 10));
    let tables = world.asked.iter().filter(|question| **question == Question::Table).count();
    world.wait(600);
    assert_eq!(world.told.len(), 1, "{:?}", world.told);
    let more = world.asked.iter().filter(|question| **question == Question::Table).count() - tables;
    assert!((5..=12).contains(&more), "{more} tables in ten minutes");
    for serial in (8..218).step_by(2) {
        world.table.ike.retain(|ike| ike.serial != Serial(serial));
        world.log("t1", serial, Statement::Deleting { is_ike: true, established: true });
    }
    world.wait(6);
    assert!(world.finding(ID).summary.starts_with("5 established IKE SAs"), "{}", world.finding(ID).summary);
    assert!(world.told.len() < 5, "{} times told", world.told.len());
    world.table.ike.retain(|ike| ike.serial != Serial(218));
    world.log("t1", 218, Statement::Deleting { is_ike: true, established: true });
    world.wait(5);
    assert_eq!(world.closed(), [ID]);
    world.keep("made-ike-sa-duplicates");
}

#[test]
fn one_that_grows_while_it_is_watched_is_noticed_by_what_the_daemon_counts() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    stand(&mut world, [ike(1, None)]);
    world.wait(300);
    stand(&mut world, (0..5).map(|number| ike(10 + number, None)));
    world.wait(140);
    let finding = world.finding(ID);
    assert!(finding.summary.starts_with("5 established IKE SAs"), "{}", finding.summary);
    // What serves, and the newest, are left.
    assert!(finding.advice.starts_with("'for state in 10 11 12 13; do"), "{}", finding.advice);
    // It loses two of them, and no line tells.
    world.table.ike.retain(|ike| ike.serial < Serial(13));
    world.wait(70);
    assert_eq!(world.closed(), [ID]);
}

#[test]
fn what_ordinary_life_leaves_is_silent() {
    let mut world = World::unjoined();
    world.connections.push(LoadedConnection { template: true, remote: None, ..connection("t1", OffloadSetting::No) });
    // Callers, each with an IKE SA whose Child SA is closed, and four of one of them.
    let callers: Vec<_> = (0..40).map(|number| format!("[{number}] 10.0.9.{number}")).collect();
    stand(&mut world, callers.iter().zip(100..).map(|(caller, serial)| ike(serial, Some(caller))));
    stand(&mut world, (200..203).map(|serial| ike(serial, Some(&callers[7]))));
    // On its way, not established.
    stand(&mut world, (300..340).map(|serial| IkeState { established: false, ..ike(serial, Some(&callers[7])) }));
    world.join();
    world.wait(2000);
    assert_eq!(world.told, []);
    world.keep("made-childless-ike-sas");
}

#[test]
fn where_a_child_sa_does_not_name_its_ike_sa_none_is_without_one() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    for child in &mut world.table.children {
        child.ike = None;
    }
    stand(&mut world, (10..20).map(|serial| ike(serial, None)));
    world.wait(400);
    assert_eq!(world.told, []);
}

#[test]
fn a_burst_that_goes_again_is_no_pile() {
    let mut world = World::new();
    world.wait(100);
    stand(&mut world, (10..30).map(|serial| ike(serial, None)));
    let tables = |world: &World| world.asked.iter().filter(|question| **question == Question::Table).count();
    let before = tables(&world);
    while tables(&world) == before {
        world.wait(1);
    }
    world.wait(8);
    world.table.ike.clear();
    stand(&mut world, []);
    world.wait(600);
    assert_eq!(world.told, []);
}
