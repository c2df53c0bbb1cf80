//! What is over without its remedy, and who is said to have done it.

use super::*;

#[test]
fn what_the_daemon_heals_by_itself_is_left_to_it() {
    let mut world = acting(&[RemedyKind::Rekey]);
    let (out, _) = world.establish("t1", 2, true);
    world.delete(out);
    world.wait(2);
    world.establish("t1", 3, true);
    world.wait(3600);
    assert_eq!(world.steps, []);
    assert_eq!(states(&world), [RemedyState::Queued, RemedyState::Waiting, RemedyState::Refused], "nothing was done");
    let last = world.remedied.last().unwrap();
    assert!(last.healed && last.text.contains("healed by itself"), "{last:?}");
    let (_, closed) = world.told.iter().rfind(|(change, _)| *change == Change::Closed).unwrap();
    let remedy = closed.remedy.clone().unwrap();
    assert_eq!((remedy.state, remedy.why.as_str()), (RemedyState::Refused, "healed by itself"));
    world.keep("made-healed-by-itself");
}

#[test]
fn what_heals_after_a_refusal_or_a_failure_is_not_told_as_done() {
    let mut refused = acting(&[RemedyKind::Rekey]);
    refused.see(What::Link(Link { esp_hw_offload: Some(false), ..nic(true) }));
    refused.establish("t1", 2, false);
    refused.wait(60);
    assert_eq!(remedy(&refused, "sa-not-offloaded:t1:out").1, RemedyState::Refused);
    rekeyed(&mut refused, 2, 4);
    refused.wait(2);
    assert_eq!((refused.steps.len(), refused.open().len()), (0, 0));
    let last = refused.remedied.last().unwrap();
    assert_eq!((last.state, last.text.as_str(), last.healed), (RemedyState::Refused, "healed by itself", true));

    let mut failed = acting(&[RemedyKind::Rekey]);
    failed.results.push_back(StepResult::Failed("whack says no".to_owned()));
    let (out, _) = failed.establish("t1", 2, true);
    failed.delete(out);
    failed.wait(6);
    assert_eq!(remedy(&failed, MISSING).1, RemedyState::Waiting);
    rekeyed(&mut failed, 2, 4);
    failed.wait(10);
    let last = failed.remedied.last().unwrap();
    assert_eq!((last.state, last.healed), (RemedyState::Failed, true));
    assert_eq!(last.text, "healed by itself, after a try without a visible effect");
}

#[test]
fn of_many_tunnels_those_that_healed_by_themselves_are_counted_apart() {
    let mut world = acting(&[RemedyKind::Rekey]);
    world.connections.push(connection("t2", OffloadSetting::Crypto));
    world.see(What::DaemonFound(Box::new(daemon(100))));
    world.establish("t1", 2, true);
    world.establish_with("t2", 3, "10.0.1.3", true);
    world.kernel.clear();
    world.see(What::Link(nic(false)));
    world.see(What::Link(nic(true)));
    world.wait(2);
    rekeyed(&mut world, 2, 4);
    world.wait(1);
    assert_eq!(world.steps, []);
    let (_, state, why) = remedy(&world, "offload-lost:eth0");
    assert_eq!(state, RemedyState::Waiting, "{why}");
    assert!(why.starts_with("1 waiting, 1 not needed any more; t2: "), "{why}");
}
