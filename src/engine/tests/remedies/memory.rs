//! What outlives a run of swanwatch.

use super::*;

#[test]
fn a_restart_of_swanwatch_forgets_neither_limits_nor_what_was_under_way() {
    let mut world = acting(&[RemedyKind::Rekey]);
    let (out, _) = world.establish("t1", 2, true);
    world.delete(out);
    world.wait(6);
    assert_eq!(world.steps.len(), 1);
    let kept = world.kept.clone().unwrap();
    let mut again = World::unjoined();
    again.settings.act = [RemedyKind::Rekey].into();
    again.remembered = Some(kept.clone());
    again.connections.push(connection("t1", OffloadSetting::Crypto));
    again.kernel = world.kernel.clone();
    again.policies = world.policies.clone();
    again.table = world.table.clone();
    again.join();
    let first = again.remedied.first().unwrap();
    assert_eq!((first.id, first.state), (kept.intents[0].id, RemedyState::Failed));
    assert!(first.text.contains("swanwatch ended while a rekey was under way"), "{}", first.text);
    again.wait(7200);
    let tries = again.steps.iter().filter(|step| **step == rekey("t1")).count();
    assert!((1..=5).contains(&tries), "{:?}", again.steps);
    assert!(again.kept.unwrap().last > kept.last, "numbers go on");
}

#[test]
fn what_was_kept_in_another_boot_means_nothing() {
    let mut world = World::unjoined();
    let target = RemedyTarget::Tunnel { connection: "t1".to_owned(), instance: None };
    let tries = Tries {
        target,
        at: Vec::new(),
        failures: 99,
        failed: std::collections::BTreeMap::new(),
        tried: std::collections::BTreeMap::new(),
        waits: std::collections::BTreeMap::new(),
        not_before: Boottime::from_micros(u64::MAX / 2),
    };
    let kept = Remembered { boot_id: "another".to_owned(), tries: vec![tries], ..Remembered::default() };
    world.remembered = Some(Box::new(kept));
    world.settings.act = [RemedyKind::Rekey].into();
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.join();
    let (out, _) = world.establish("t1", 2, true);
    world.delete(out);
    world.wait(6);
    assert_eq!(world.steps, [rekey("t1")]);
}

#[test]
fn an_sa_that_a_reinstall_left_out_of_the_kernel_is_replaced_whatever_may_act() {
    let mut world = World::unjoined();
    let target = RemedyTarget::Tunnel { connection: "t1".to_owned(), instance: None };
    let lost = sa(LOCAL, PEER, 4, true);
    let kept = Remembered {
        intents: vec![Intent {
            id: RemedyId(3),
            kind: RemedyKind::Reinstall,
            target,
            finding: None,
            began: Boottime::default(),
            sas: vec![lost.id],
            of: Vec::new(),
        }],
        last: RemedyId(3),
        ..Remembered::default()
    };
    world.remembered = Some(Box::new(kept));
    world.settings.act.clear();
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    // The daemon still claims the pair; the kernel has its other half.
    let inbound = sa(PEER, LOCAL, 5, true);
    world.kernel.insert(inbound.id, inbound);
    world.daemon_claims("t1", 2, PEER, (lost.id.spi, inbound.id.spi));
    world.join();
    world.wait(2);
    assert_eq!(world.steps, [rekey("t1")]);
}
