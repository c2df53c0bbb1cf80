//! The fence: what is fenced, for how long, and what takes a pair away.

use super::world::*;
use crate::model::*;

fn fencing() -> World {
    let mut world = World::unjoined();
    world.settings.act = [RemedyKind::Fence].into();
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.join();
    world
}

fn told(world: &World) -> Vec<(usize, usize)> {
    let sizes = |step: &Step| match step {
        Step::Fence { protect, release, lasts: 120 } => Some((protect.len(), release.len())),
        _ => None,
    };
    world.steps.iter().filter_map(sizes).collect()
}

fn outbound(world: &World, dst: &str) -> KernelPolicy {
    let mut policy = policy(&sa(LOCAL, PEER, 1, false));
    policy.id.direction = PolicyDirection::Out;
    policy.id.selector.dst = dst.parse().unwrap();
    let _ = world;
    policy
}

#[test]
fn a_policy_is_fenced_until_it_is_deleted_alone_and_a_flush_takes_nothing_away() {
    let mut world = fencing();
    let (one, two) = (outbound(&world, "10.7.0.1"), outbound(&world, "10.7.0.2"));
    world.set_policy(one);
    world.set_policy(two);
    world.wait(1);
    assert_eq!(told(&world).last(), Some(&(2, 0)));
    world.wait(81);
    assert_eq!(told(&world).iter().filter(|sizes| **sizes == (2, 0)).count(), 3, "{:?}", told(&world));
    world.delete_policy(one.id);
    world.wait(1);
    assert_eq!(told(&world).last(), Some(&(1, 1)));
    let before = told(&world).len();
    world.policies.clear();
    world.see(What::Kernel(Event::PoliciesFlushed));
    world.wait(200);
    assert_eq!(told(&world).len(), before, "nothing is set again, nothing is released: it expires");
}

#[test]
fn what_addresses_do_not_tell_is_not_fenced_and_said() {
    let mut world = fencing();
    let plain = outbound(&world, "10.7.0.1");
    let mut all = outbound(&world, "0.0.0.0");
    all.id.selector.dst_prefix = 0;
    let mut by_interface = outbound(&world, "10.7.0.2");
    by_interface.id.if_id = 5;
    let mut by_mark = outbound(&world, "10.7.0.3");
    by_mark.id.mark = Mark { value: 6, mask: u32::MAX };
    let mut one_port = outbound(&world, "10.7.0.4");
    (one_port.id.selector.protocol, one_port.id.selector.dst_port) = (6, (80, 0xffff));
    for policy in [plain, all, by_interface, by_mark, one_port] {
        world.set_policy(policy);
    }
    world.wait(1);
    assert_eq!(told(&world).last(), Some(&(1, 0)));
    let coverage = world.engine.status(RealTime::default()).coverage;
    let line = coverage.iter().find(|line| line.source == Source::Remedy).unwrap();
    assert!(line.state == SourceState::Ok && line.detail.contains("4 policies have packets"), "{line:?}");
}

#[test]
fn without_the_word_nothing_is_fenced_and_when_it_is_taken_back_all_is_released() {
    let mut world = World::new();
    let one = outbound(&world, "10.7.0.1");
    world.set_policy(one);
    world.wait(60);
    assert_eq!(told(&world), []);
    let act = [RemedyKind::Fence].into();
    world.see(What::Reconfigured(EngineSettings { act, ..EngineSettings::default() }));
    world.wait(1);
    assert_eq!(told(&world), [(1, 0)]);
    world.results.push_back(StepResult::Failed("nft cannot be run: no such file".to_owned()));
    world.wait(40);
    let coverage = world.engine.status(RealTime::default()).coverage;
    let line = coverage.iter().find(|line| line.source == Source::Remedy).unwrap();
    assert!(line.state == SourceState::Degraded && line.detail.contains("nft cannot be run"), "{line:?}");
    world.see(What::Reconfigured(EngineSettings::default()));
    world.wait(1);
    assert_eq!(told(&world).last(), Some(&(0, 1)));
    world.wait(120);
    assert_eq!(told(&world).len(), 3);
}
