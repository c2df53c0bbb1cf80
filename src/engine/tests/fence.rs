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
    assert!(line.state == SourceState::Ok && line.detail.contains("cannot cover 4 policies"), "{line:?}");
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

/// A tunnel whose policies are fenced, on a host an hour and a half east of Greenwich; and the time when they are flushed.
fn fenced_tunnel() -> World {
    let mut world = World::unjoined();
    world.settings.act = [RemedyKind::Fence].into();
    world.zone =
        Zone::of(&jiff::tz::TimeZone::fixed(jiff::tz::Offset::from_seconds(5400).unwrap()), RealTime::default());
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.join();
    world.establish("t1", 2, true);
    world.wait(10);
    assert_eq!(told(&world).last(), Some(&(1, 0)));
    world
}

fn flush(world: &mut World) {
    world.policies.clear();
    world.see(What::Kernel(Event::PoliciesFlushed));
    world.wait(1);
}

fn window(world: &World) -> Finding {
    world.finding("clear-text-window:host")
}

#[test]
fn what_the_fence_holds_back_is_a_warning_until_its_elements_expire() {
    let mut world = fenced_tunnel();
    let policies: Vec<_> = world.policies.values().copied().collect();
    flush(&mut world);
    let finding = window(&world);
    assert_eq!((finding.severity, finding.reason), (Severity::Warning, Reason::Flushed));
    let since = "1 selector has had no policy since 2023-11-15 00:00:";
    assert!(finding.summary.contains(since), "{}", finding.summary);
    let held = "traffic is held back by the fence until 00:01:";
    assert!(finding.summary.contains(held) && !finding.summary.contains("leaves"), "{}", finding.summary);
    assert!(!finding.advice.contains("nftables") && finding.advice.contains("before 00:01:"), "{}", finding.advice);
    world.wait(100);
    assert_eq!(window(&world).severity, Severity::Warning);
    // Nobody has set them again.
    world.wait(20);
    let finding = window(&world);
    assert_eq!(finding.severity, Severity::Critical);
    assert!(
        finding.summary.starts_with("traffic leaves unencrypted: 1 selector has had no policy since "),
        "{finding:?}"
    );
    assert!(finding.advice.contains("a rule of nftables that drops packets without a policy"), "{}", finding.advice);
    policies.into_iter().for_each(|policy| world.set_policy(policy));
    world.wait(6);
    assert_eq!(world.open(), [] as [&str; 0]);
    let (_, last) = world.told.iter().rfind(|(_, finding)| finding.code == Code::ClearTextWindow).unwrap();
    let why = &last.evidence.last().unwrap().text;
    assert!(why.starts_with("1 selector had no policy from 2023-11-15 00:00:"), "{why}");
    assert!(why.ends_with("; the fence held back a part of the traffic"), "{why}");
    world.keep("made-fenced");
}

#[test]
fn a_fence_that_holds_to_the_end_leaves_nothing_critical() {
    let mut world = fenced_tunnel();
    let policies: Vec<_> = world.policies.values().copied().collect();
    flush(&mut world);
    world.wait(30);
    policies.into_iter().for_each(|policy| world.set_policy(policy));
    world.wait(200);
    let of: Vec<_> = world.told.iter().filter(|(_, finding)| finding.code == Code::ClearTextWindow).collect();
    assert_eq!(of.iter().map(|(change, _)| *change).collect::<Vec<_>>(), [Change::Opened, Change::Closed]);
    assert!(of.iter().all(|(_, finding)| finding.severity == Severity::Warning));
    let why = &of[1].1.evidence.last().unwrap().text;
    assert!(why.ends_with("; the fence held the traffic back"), "{why}");
}

#[test]
fn what_the_fence_cannot_know_by_its_addresses_is_critical_beside_what_it_holds() {
    let mut world = fenced_tunnel();
    let mut by_interface = outbound(&world, "10.7.0.2");
    by_interface.id.if_id = 5;
    world.set_policy(by_interface);
    world.wait(1);
    flush(&mut world);
    let finding = window(&world);
    assert_eq!(finding.severity, Severity::Critical);
    let fate = "2 selectors have had no policy since 2023-11-15 00:00:";
    assert!(finding.summary.contains(fate), "{}", finding.summary);
    let fate = "traffic of 1 selector leaves unencrypted, that of 1 is held back by the fence until 00:02:";
    assert!(finding.summary.contains(fate), "{}", finding.summary);
    assert!(finding.advice.contains("an nftables rule of their own"), "{}", finding.advice);
    let list = &finding.affected.list;
    assert_eq!(list[0], format!("{LOCAL}/32 to 10.7.0.2/32"));
    assert_eq!(list[1], format!("{LOCAL}/32 to {PEER}/32 (held back by the fence)"));
    // It came back, and the other is held.
    world.set_policy(by_interface);
    world.wait(1);
    assert_eq!(window(&world).severity, Severity::Warning);
    world.wait(130);
    assert_eq!(window(&world).severity, Severity::Critical);
    world.keep("made-fenced-in-part");
}

#[test]
fn a_policy_that_is_deleted_alone_takes_its_pair_out_of_the_fence_before_it_is_missed() {
    let mut world = fenced_tunnel();
    let id = *world.policies.keys().find(|id| id.direction == PolicyDirection::Out).unwrap();
    world.delete_policy(id);
    world.wait(3);
    let finding = window(&world);
    assert_eq!((finding.severity, finding.reason), (Severity::Critical, Reason::Deleted));
    assert!(
        finding.summary.starts_with("traffic leaves unencrypted: ")
            && finding.summary.ends_with("its policy was deleted"),
        "{}",
        finding.summary
    );
}

#[test]
fn a_fence_that_nftables_has_not_taken_holds_nothing_and_one_that_may_stand_still_is_not_counted_on() {
    for (result, held) in [
        (StepResult::Done(String::new()), true),
        (StepResult::Failed("nft cannot be run: no such file".to_owned()), false),
        (StepResult::Refused("not allowed".to_owned()), false),
        (StepResult::Timeout, false),
    ] {
        let mut world = World::new();
        world.establish("t1", 2, true);
        world.results.push_back(result.clone());
        let act = [RemedyKind::Fence].into();
        world.see(What::Reconfigured(EngineSettings { act, ..EngineSettings::default() }));
        world.wait(10);
        flush(&mut world);
        assert_eq!(window(&world).severity == Severity::Warning, held, "{result:?}");
    }
    // Taken back, and nobody knows whether the elements are gone.
    let mut world = fenced_tunnel();
    world.results.push_back(StepResult::Timeout);
    world.see(What::Reconfigured(EngineSettings::default()));
    world.wait(1);
    assert_eq!(told(&world).last(), Some(&(0, 1)));
    flush(&mut world);
    assert_eq!(window(&world).severity, Severity::Critical);
}

#[test]
fn a_pair_that_could_not_be_released_is_not_counted_on_when_the_fence_is_set_again_without_it() {
    let mut world = fencing();
    world.establish("t1", 2, true);
    world.set_policy(outbound(&world, "10.7.0.1"));
    world.wait(10);
    assert_eq!(told(&world).last(), Some(&(2, 0)));
    world.results.push_back(StepResult::Failed("nft: Device or resource busy".to_owned()));
    let of_t1 = |id: &PolicyId| id.direction == PolicyDirection::Out && id.selector.dst.to_string() == PEER;
    let id = *world.policies.keys().find(|id| of_t1(id)).unwrap();
    world.delete_policy(id);
    world.wait(3);
    assert_eq!((told(&world).last(), world.results.len()), (Some(&(1, 1)), 0));
    assert_eq!(window(&world).severity, Severity::Critical);
    world.wait(45);
    assert_eq!(told(&world).last(), Some(&(1, 0)));
    assert_eq!(window(&world).severity, Severity::Critical);
}

#[test]
fn a_step_that_fails_while_the_fence_holds_leaves_nothing_to_be_counted_on() {
    let mut world = fenced_tunnel();
    world.results.push_back(StepResult::Failed("nft: No such file or directory".to_owned()));
    world.wait(40);
    assert_eq!(world.results.len(), 0);
    flush(&mut world);
    let finding = window(&world);
    assert_eq!(finding.severity, Severity::Critical);
    assert!(!finding.summary.contains("fence"), "{}", finding.summary);
}

#[test]
fn a_selector_of_packets_that_the_fence_lets_pass_is_not_held_by_the_pair_of_another() {
    let mut world = fenced_tunnel();
    let mut ssh = policy(&sa(LOCAL, PEER, 1, false));
    (ssh.id.selector.protocol, ssh.id.selector.src_port) = (6, (22, 0xffff));
    world.set_policy(ssh);
    world.wait(1);
    flush(&mut world);
    let finding = window(&world);
    assert_eq!(finding.severity, Severity::Critical);
    assert!(finding.summary.starts_with("traffic of 1 selector leaves unencrypted"), "{}", finding.summary);
}

#[test]
fn selectors_that_differ_behind_the_prefix_alone_are_one_pair() {
    let mut world = fencing();
    for dst in ["10.7.0.1", "10.7.0.0"] {
        let mut policy = outbound(&world, dst);
        policy.id.selector.dst_prefix = 24;
        world.set_policy(policy);
    }
    world.wait(1);
    assert_eq!(told(&world), [(1, 0)]);
}
