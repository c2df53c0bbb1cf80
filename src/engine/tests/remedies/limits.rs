//! How often, how fast, and what may start one at all.

use super::*;

#[test]
fn what_does_not_help_is_tried_less_and_less_and_given_up() {
    let mut world = acting(&[RemedyKind::Rekey]);
    let (out, inn) = world.establish("t1", 2, true);
    world.delete(out);
    world.wait(7200);
    assert_eq!(world.steps.len(), 4);
    let (_, state, why) = remedy(&world, MISSING);
    assert_eq!(state, RemedyState::GivenUp);
    assert!(why.contains("4 tries in a row did not help"), "{why}");
    assert_eq!(world.remedied.iter().filter(|change| change.state == RemedyState::GivenUp).count(), 1);
    // A person has looked, and has it tried again; the finding's own tries stay given up for the hour's limit.
    world.see(What::Requested(RemedyAsked { what: "t1".to_owned(), kind: None, ..RemedyAsked::default() }));
    assert_eq!(world.steps.len(), 5);
    rekeyed(&mut world, 2, 9);
    world.delete(inn);
    world.wait(20);
    assert_eq!(world.remedied.last().unwrap().state, RemedyState::Done);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-given-up");
}

#[test]
fn a_scrape_counts_what_they_came_to_and_what_held_them() {
    let counts = |world: &World| world.engine.metrics(&crate::engine::Tally::default(), Feed::default()).remedies;
    let mut world = acting(&[RemedyKind::Rekey]);
    assert_eq!(counts(&world), RemedyCounts::default());
    let (out, _) = world.establish("t1", 2, true);
    world.delete(out);
    assert_eq!(counts(&world).in_progress, [((RemedyKind::Rekey, RemedyState::Waiting), 1)].into());
    world.wait(1200);
    let ended = |outcome, count| ((RemedyKind::Rekey, outcome), count);
    let expected = [ended(RemedyOutcome::Failed, 4), ended(RemedyOutcome::GivenUp, 1)];
    assert_eq!(counts(&world).ended, expected.into());
    assert_eq!((counts(&world).in_progress.len(), counts(&world).limits.len()), (0, 0));
    // A person has it tried again, up to the hour's limit. What the person's wish takes the place of has come to no end of its own.
    for _ in 0..3 {
        world.see(What::Requested(RemedyAsked { what: "t1".to_owned(), kind: None, ..RemedyAsked::default() }));
        world.wait(100);
    }
    let expected = [ended(RemedyOutcome::Failed, 6), ended(RemedyOutcome::GivenUp, 1)];
    assert_eq!(counts(&world).ended, expected.into());
    assert_eq!(counts(&world).limits, [((RemedyKind::Rekey, RemedyLimit::OfTarget), 1)].into());
    assert_eq!(counts(&world).in_progress, [((RemedyKind::Rekey, RemedyState::Waiting), 1)].into());
    let why = world.remedied.last().unwrap().text.clone();
    assert!(why.contains("its limit of tries in one hour is reached; not before 2023-11-14 23:"), "{why}");
}

#[test]
fn nothing_is_begun_that_could_not_be_remembered() {
    let mut world = acting(&[RemedyKind::Rekey]);
    world.keeps = false;
    let (out, _) = world.establish("t1", 2, true);
    world.delete(out);
    world.wait(60);
    assert_eq!(world.steps, []);
    let (_, state, why) = remedy(&world, MISSING);
    assert_eq!(state, RemedyState::Refused);
    assert!(why.contains("state.json cannot be written (the disk is full)"), "{why}");
    assert_eq!(world.open(), [MISSING], "watching goes on");
}

#[test]
fn no_counter_that_a_stranger_moves_starts_anything() {
    let mut world = acting(&RemedyKind::ALL);
    world.establish("t1", 2, true);
    let mut sent = 0;
    for window in 0..120 {
        sent += 1000;
        for counter in ["XfrmInNoStates", "XfrmInStateProtoError", "XfrmInStateSeqError", "XfrmInStateMismatch"] {
            world.host.xfrm.insert(counter.to_owned(), sent);
        }
        // Half-open IKE SAs, as a flood of IKE_SA_INIT makes them.
        world.log("t1", 100 + window, Statement::Responding);
        world.wait(10);
    }
    // The fence stands whatever comes: its elements are only refreshed.
    world.steps.retain(|step| !matches!(step, Step::Fence { .. }));
    assert_eq!((world.steps.len(), world.remedied.len()), (0, 0), "{:?}", world.open());
}

#[test]
fn many_tunnels_keep_the_pace_that_the_daemon_can_bear() {
    let mut world = World::unjoined();
    world.settings.act = [RemedyKind::Rekey].into();
    let names: Vec<String> = (0..60).map(|number| format!("t{number}")).collect();
    for name in &names {
        world.connections.push(connection(name, OffloadSetting::Crypto));
    }
    world.join();
    for (number, name) in (0_u32..).zip(&names) {
        world.establish_with(name, 10 + number, &format!("10.0.1.{}", 1 + number), true);
    }
    world.kernel.clear();
    world.see(What::Link(nic(false)));
    world.see(What::Link(nic(true)));
    // They are dumped, and the daemon has its 5 s.
    world.wait(10);
    let mut before = world.steps.len();
    assert!(before <= 5, "{before}");
    for _ in 0..3 {
        world.wait(1);
        assert!(world.steps.len() - before <= 6, "{} in a second", world.steps.len() - before);
        before = world.steps.len();
    }
    world.wait(2);
    assert_eq!(world.steps.len(), 20, "as many are in flight as may be");
    assert!(world.finding("offload-lost:eth0").remedy.unwrap().why.contains("20 verifying"));
}
