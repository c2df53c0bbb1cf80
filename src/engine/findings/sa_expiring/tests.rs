//! `sa-expiring`: SAs close to a limit.

use crate::engine::tests::traffic::*;
use crate::model::*;

#[test]
fn numbers_that_run_out_are_told_until_a_successor_stands() {
    let (mut world, out, inn) = in_software();
    world.sa(out).replay.sent = 3_900_000_000;
    world.sa(inn).replay.received = 12;
    world.wait(WINDOW);
    let finding = world.finding("sa-expiring:t1:out");
    assert_eq!((finding.reason, finding.severity), (Reason::Sequence, Severity::Warning));
    assert!(finding.evidence[0].text.contains("3900000000 of 4294967295"), "{:?}", finding.evidence);
    world.wait(60);
    world.log("t1", 3, Statement::Initiating { rekeys: Some(Serial(2)) });
    world.establish("t1", 3, false);
    assert_eq!(world.closed(), ["sa-expiring:t1:out"]);
    world.keep("made-sa-expiring");
}

#[test]
fn both_ways_close_to_their_end_are_one_finding() {
    let (mut world, out, inn) = in_software();
    for id in [out, inn] {
        world.sa(id).lifetime = Lifetime { hard_add_seconds: 3600, ..Lifetime::default() };
    }
    world.wait(3300);
    assert_eq!(world.told, []);
    world.wait(200);
    assert_eq!(world.finding("sa-expiring:t1:both").reason, Reason::Time);
}
