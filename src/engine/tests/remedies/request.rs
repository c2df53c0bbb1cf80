//! What a person asks for or allows.

use super::*;

#[test]
fn a_dry_run_shows_each_step_and_does_nothing() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    let ask = |what: &str| RemedyAsked { what: what.to_owned(), kind: None, ..RemedyAsked::default() };
    let plans = world.engine.plan_of(&ask("t1")).unwrap();
    assert_eq!(plans.len(), 1);
    assert_eq!(plans[0].steps, ["have the daemon rekey t1"]);
    assert_eq!(plans[0].state, RemedyState::Queued);
    assert!(world.engine.plan_of(&ask("t9")).unwrap_err().contains("'t9'"));
    let other = RemedyAsked { what: "t1".to_owned(), kind: Some(RemedyKind::Fence), ..RemedyAsked::default() };
    assert!(world.engine.plan_of(&other).is_err());
    assert_eq!((world.steps.len(), world.remedied.len()), (0, 0));
    world.see(What::Requested(ask("t1")));
    assert_eq!(world.steps, [rekey("t1")], "a person need not wait, and needs no configuration");
    assert!(world.engine.plan_of(&ask("t1")).unwrap()[0].why.contains("under way already"));
    world.see(What::Requested(ask("t1")));
    assert_eq!(world.steps.len(), 1, "one at a time");
}

#[test]
fn a_remedy_that_may_act_from_now_on_takes_up_what_is_open() {
    let mut world = World::new();
    let (out, _) = world.establish("t1", 2, true);
    world.delete(out);
    world.wait(60);
    assert_eq!(remedy(&world, MISSING).1, RemedyState::Advised);
    world.see(What::Reconfigured(EngineSettings { act: [RemedyKind::Rekey].into(), ..EngineSettings::default() }));
    world.wait(6);
    assert_eq!(world.steps, [rekey("t1")]);
    world.see(What::Reconfigured(EngineSettings { act: [].into(), ..EngineSettings::default() }));
    world.wait(3600);
    assert_eq!(world.steps.len(), 1);
    assert_eq!(remedy(&world, MISSING).1, RemedyState::Refused);
}
