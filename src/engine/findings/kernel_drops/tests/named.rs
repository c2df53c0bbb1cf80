//! Whose packets they are.

use super::*;

/// A pair in the kernel with its policies, changed by hand before the counter grows.
fn told(counter: &str, change: impl FnOnce(&mut World, SaId, SaId)) -> (World, Finding) {
    let (mut world, out, inn) = in_software();
    change(&mut world, out, inn);
    growing(&mut world, (out, inn), (counter, 100), 7);
    let finding = world.finding(&format!("kernel-drops:{counter}"));
    (world, finding)
}

fn policy_of(world: &World, direction: PolicyDirection) -> KernelPolicy {
    *world.policies.values().find(|policy| policy.id.direction == direction).unwrap()
}

/// In place of the policy of this direction there is another one.
fn replace(world: &mut World, direction: PolicyDirection, change: impl FnOnce(&mut KernelPolicy)) {
    let mut policy = policy_of(world, direction);
    let before = policy.id;
    change(&mut policy);
    world.set_policy(policy);
    if policy.id != before {
        world.delete_policy(before);
    }
}

fn has_line(finding: &Finding, text: &str) {
    assert!(finding.evidence.iter().any(|line| line.text.contains(text)), "{text}: {:?}", finding.evidence);
    assert_eq!(finding.subject.connection.as_deref(), Some("t1"));
    assert!(finding.summary.contains(" t1 "), "{}", finding.summary);
}

/// With its forward policy, as tunnels have.
fn with_forward(world: &mut World) {
    let mut forward = policy_of(world, PolicyDirection::In);
    forward.id.direction = PolicyDirection::Forward;
    world.set_policy(forward);
}

#[test]
fn a_policy_with_a_mark_that_its_sa_has_not() {
    let (world, finding) = told("XfrmInNoPols", |world, _, _| {
        with_forward(world);
        replace(world, PolicyDirection::In, |policy| policy.id.mark = Mark { value: 5, mask: 0xff });
    });
    has_line(&finding, "wants mark 0x5/0xff, and it has none");
    world.keep("made-kernel-drops-mark");
}

#[test]
fn an_sa_in_transport_mode_needs_no_policy() {
    let (mut world, out, inn) = in_software();
    let stray = KernelSa { mode: SaMode::Transport, reqid: 88, ..sa("10.0.0.9", LOCAL, 0x77, false) };
    world.kernel.insert(stray.id, stray);
    world.see(What::Kernel(Event::SaAdded(Box::new(stray))));
    growing(&mut world, (out, inn), ("XfrmInNoPols", 100), 7);
    assert_eq!(world.finding("kernel-drops:XfrmInNoPols").subject.spi, None);
    // So the missing policy of a tunnel is all that is found, and that is told.
    world.delete_policy(policy_of(&world, PolicyDirection::In).id);
    growing(&mut world, (out, inn), ("XfrmInNoPols", 100), 2);
    assert!(world.closed().contains(&"kernel-drops:XfrmInNoPols"), "{:?}", world.open());
    assert!(world.open().contains(&"policy-mismatch:t1".to_owned()), "{:?}", world.open());
}

#[test]
fn a_policy_of_another_interface_id() {
    let (_, finding) = told("XfrmInTmplMismatch", |world, _, _| {
        with_forward(world);
        replace(world, PolicyDirection::In, |policy| policy.id.if_id = 7);
    });
    has_line(&finding, "wants if_id 0x7, and it has 0x0");
    let (_, finding) = told("XfrmOutNoStates", |world, _, _| {
        replace(world, PolicyDirection::Out, |policy| policy.id.if_id = 7);
    });
    has_line(&finding, "wants if_id 0x7, and it has 0x0 (of esp ");
}

#[test]
fn a_forward_policy_that_is_missing() {
    let network = |policy: &mut KernelPolicy| {
        (policy.id.selector.dst, policy.id.selector.dst_prefix) = ("10.1.0.0".parse().unwrap(), 16);
    };
    let (_, finding) = told("XfrmInNoPols", |world, _, _| replace(world, PolicyDirection::In, network));
    has_line(&finding, "no policy fwd wants its reqid 16389");
    // What is for this host alone needs none.
    let (mut world, out, inn) = in_software();
    growing(&mut world, (out, inn), ("XfrmInNoPols", 100), 7);
    assert_eq!(world.finding("kernel-drops:XfrmInNoPols").subject.connection, None);
}

#[test]
fn a_policy_with_a_template_that_its_sa_does_not_match() {
    let (_, finding) = told("XfrmInTmplMismatch", |world, _, _| {
        replace(world, PolicyDirection::In, |policy| {
            policy.template.as_mut().unwrap().src = "10.0.0.77".parse().unwrap()
        });
    });
    has_line(&finding, "wants addresses 10.0.0.77 to 10.0.0.1, and it has 10.0.0.2 to 10.0.0.1");
}

#[test]
fn a_policy_that_blocks_what_a_tunnel_should_carry() {
    let block = |world: &mut World, dst: &str| {
        let mut block = policy_of(world, PolicyDirection::Out);
        (block.action, block.template, block.templates, block.priority) = (Action::Block, None, 0, 1);
        block.id.selector.dst = dst.parse().unwrap();
        block.id.selector.protocol = 17;
        world.set_policy(block);
    };
    let (world, finding) = told("XfrmOutPolBlock", |world, _, _| block(world, PEER));
    has_line(&finding, "with priority 1 blocks what policy out 10.0.0.1/32 to 10.0.0.2/32");
    world.keep("made-kernel-drops-blocked");
    // One that concerns no tunnel is there to block.
    let (mut world, out, inn) = in_software();
    block(&mut world, "10.0.0.99");
    growing(&mut world, (out, inn), ("XfrmOutPolBlock", 100), 10);
    assert_eq!(world.told, []);
}

#[test]
fn an_sa_that_has_used_its_last_number() {
    let (mut world, out, inn) = in_software();
    world.sa(out).replay.sent = u64::from(u32::MAX);
    world.windows(7, |world| {
        world.receive(inn, 10);
        world.count_host("XfrmOutStateSeqError", 100);
    });
    let finding = world.finding("kernel-drops:XfrmOutStateSeqError");
    has_line(&finding, "its last sequence number, 4294967295, is used");
    assert!(finding.advice.contains("makes a new pair"), "{}", finding.advice);
    assert_eq!((finding.subject.spi, finding.subject.direction), (Some(out.spi), Some(Span::Out)));
}

#[test]
fn an_sa_that_was_added_for_the_other_direction() {
    let (_, finding) = told("XfrmInStateDirError", |world, _, inn| {
        world.sa(inn).direction = Some(Direction::Out);
        let row = *world.sa(inn);
        world.see(What::Kernel(Event::SaAdded(Box::new(row))));
    });
    has_line(&finding, "it was added for direction out, and is used for in");
}

#[test]
fn what_is_made_for_whoever_may_come_has_no_sa_until_somebody_comes() {
    let mut world = World::unjoined();
    let template = LoadedConnection { template: true, reqid: Some(16400), ..connection("private", OffloadSetting::No) };
    world.connections.extend([connection("t1", OffloadSetting::No), template]);
    world.join();
    let (out, inn) = world.establish("t1", 2, false);
    world.wait(2 * WINDOW);
    let mut trap = policy_of(&world, PolicyDirection::Out);
    trap.template.as_mut().unwrap().reqid = 16400;
    trap.id.selector.dst = "10.7.0.0".parse().unwrap();
    trap.id.selector.dst_prefix = 16;
    world.set_policy(trap);
    growing(&mut world, (out, inn), ("XfrmOutNoStates", 100), 10);
    assert_eq!(world.open(), [] as [&str; 0]);
}
