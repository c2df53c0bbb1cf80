//! Rekeys, from the finding that calls for one to its end.

use super::*;

#[test]
fn without_a_word_in_the_configuration_it_is_advised_with_the_command() {
    let mut world = World::new();
    let (out, _) = world.establish("t1", 2, true);
    world.delete(out);
    let (kind, state, why) = remedy(&world, MISSING);
    assert_eq!((kind, state), (RemedyKind::Rekey, RemedyState::Advised));
    assert!(why.contains("ipsec whack --rekey-ipsec --name t1 --asynchronous"), "{why}");
    world.wait(3600);
    assert_eq!((world.steps.len(), world.remedied.len()), (0, 0));
    assert!(world.kept.is_none_or(|kept| kept.tries.is_empty() && kept.intents.is_empty()));
}

#[test]
fn a_deleted_sa_is_rekeyed_and_what_helped_is_seen_in_the_kernel() {
    let mut world = acting(&[RemedyKind::Rekey]);
    let (out, _) = world.establish("t1", 2, true);
    world.delete(out);
    assert_eq!(remedy(&world, MISSING).1, RemedyState::Waiting);
    world.wait(4);
    assert_eq!(world.steps, [], "the daemon may heal it by itself");
    world.wait(2);
    assert_eq!(world.steps, [rekey("t1")]);
    assert_eq!(remedy(&world, MISSING).1, RemedyState::Verifying, "a command that ended well proves nothing");
    assert_eq!(world.kept.as_ref().unwrap().intents.len(), 1, "its intent is kept while it is at work");
    let (out, inn) = rekeyed(&mut world, 2, 4);
    assert_eq!(world.open(), [] as [&str; 0]);
    carries(&mut world, out, 7);
    carries(&mut world, inn, 5);
    world.wait(10);
    let last = world.remedied.last().unwrap();
    assert_eq!(last.state, RemedyState::Done);
    assert!(last.text.contains("#4") && last.text.contains("packets: 7 out, 5 in"), "{}", last.text);
    let expected =
        [RemedyState::Queued, RemedyState::Waiting, RemedyState::Running, RemedyState::Verifying, RemedyState::Done];
    assert_eq!(states(&world), expected);
    assert_eq!(world.kept.as_ref().unwrap().intents, []);
    let story = world.engine.explain("t1").unwrap();
    let lines: Vec<_> = story.lines.iter().filter(|line| line.source == Source::Remedy).collect();
    for part in ["rekey queued", "5 s to make a new pair", "have the daemon rekey t1: done", "rekey done"] {
        assert!(lines.iter().any(|line| line.text.contains(part)), "{part}: {lines:?}");
    }
    world.keep("made-rekeyed");
}

#[test]
fn a_tunnel_whose_device_is_away_waits_for_it() {
    let mut world = acting(&[RemedyKind::Rekey]);
    world.establish("t1", 2, true);
    world.kernel.clear();
    world.see(What::Link(nic(false)));
    assert_eq!(world.open(), ["offload-lost:eth0"]);
    world.wait(600);
    assert_eq!(world.steps, []);
    let (_, state, why) = remedy(&world, "offload-lost:eth0");
    assert_eq!(state, RemedyState::Waiting);
    assert!(why.contains("eth0") && why.contains("down"), "{why}");
    world.see(What::Link(nic(true)));
    assert_eq!(world.steps, [rekey("t1")]);
    rekeyed(&mut world, 2, 4);
    world.wait(10);
    assert_eq!(world.open(), [] as [&str; 0]);
    assert_eq!(world.remedied.last().unwrap().state, RemedyState::Done);
    world.keep("made-link-flap-rekeyed");
}

#[test]
fn a_connection_whose_last_add_was_refused_is_not_rekeyed_with_4_x() {
    let mut world = acting(&[RemedyKind::Rekey]);
    let (out, _) = world.establish("t1", 2, true);
    let sa = RefusedSa { protocol: Protocol::Esp, spi: Spi(77), dst: None };
    world.log("t1", 3, Statement::KernelRefused { operation: KernelOperation::AddSa, sa: Some(sa), errno: 22 });
    world.log("t1", 3, Statement::ChildFailed { notify: None });
    world.wait(12);
    world.delete(out);
    world.wait(600);
    assert_eq!(world.steps, []);
    let refused = world.remedied.iter().find(|change| change.state == RemedyState::Refused);
    assert!(refused.is_some_and(|change| change.text.contains("the kernel refused its last SA")), "{refused:?}");
    world.keep("made-refused-and-not-rekeyed");
}

#[test]
fn a_software_sa_is_rekeyed_when_a_probe_says_that_its_cause_is_gone() {
    let mut world = acting(&[RemedyKind::Rekey]);
    world.see(What::Link(Link { esp_hw_offload: Some(false), ..nic(true) }));
    let (out, inn) = world.establish("t1", 2, false);
    world.wait(600);
    assert_eq!(world.steps, []);
    let (_, state, why) = remedy(&world, "sa-not-offloaded:t1:out");
    assert_eq!(state, RemedyState::Refused);
    assert!(why.contains("ethtool -K eth0 esp-hw-offload on"), "{why}");
    world.results.push_back(StepResult::Refused("eth0 says: no".to_owned()));
    world.see(What::Link(nic(true)));
    let probe = |sa| Step::Probe { sa, ifindex: DEVICE, mode: OffloadMode::Crypto };
    assert_eq!(world.steps, [probe(out)], "what the device does not take is not asked of the daemon");
    assert!(remedy(&world, "sa-not-offloaded:t1:out").2.contains("eth0 says: no"));
    world.wait(800);
    assert_eq!(world.steps.len(), 1);
    world.wait(110);
    assert_eq!(world.steps[1..], [probe(out), rekey("t1")]);
    rekeyed(&mut world, 2, 4);
    world.delete(out);
    world.delete(inn);
    world.wait(10);
    assert_eq!(world.open(), [] as [&str; 0]);
    assert_eq!(world.remedied.last().unwrap().state, RemedyState::Done);
    world.keep("made-software-sa-rekeyed");
}

#[test]
fn an_sa_that_the_daemon_was_told_to_keep_in_software_is_a_matter_of_configuration() {
    let mut world = World::unjoined();
    world.settings =
        EngineSettings { offload: OffloadWish::Required, act: [RemedyKind::Rekey].into(), ..world.settings };
    world.connections.push(connection("t1", OffloadSetting::No));
    world.join();
    world.establish("t1", 2, false);
    world.wait(60);
    assert_eq!(world.steps, []);
    let (_, state, why) = remedy(&world, "sa-not-offloaded:t1:out");
    assert_eq!(state, RemedyState::Refused);
    assert!(why.contains("nic-offload=no"), "{why}");
}

#[test]
fn a_policy_that_is_gone_comes_back_with_a_new_pair() {
    let mut world = acting(&[RemedyKind::Rekey]);
    world.establish("t1", 2, true);
    world.wait(10);
    let policy = crate::engine::tests::policies::outbound(&world);
    world.delete_policy(policy.id);
    world.wait(12);
    assert_eq!(world.steps, [rekey("t1")]);
    rekeyed(&mut world, 2, 4);
    // The daemon wrote nothing: a new pair alone is no cure.
    world.delete_policy(policy.id);
    world.wait(30);
    assert_eq!(remedy(&world, "policy-mismatch:t1").1, RemedyState::Verifying);
    world.wait(40);
    let failed = world.remedied.iter().find(|change| change.state == RemedyState::Failed).unwrap();
    assert!(failed.text.contains("the fault that it should mend is still there"), "{failed:?}");
    world.wait(60);
    assert_eq!(world.steps.len(), 2);
    rekeyed(&mut world, 4, 6);
    world.set_policy(policy);
    world.wait(30);
    assert_eq!(world.remedied.last().unwrap().state, RemedyState::Done);
}

#[test]
fn where_ike_has_no_way_out_a_rekey_is_no_cure() {
    let mut world = crate::engine::tests::policies::in_packet_mode();
    world.see(What::Reconfigured(EngineSettings { act: RemedyKind::ALL.into(), ..EngineSettings::default() }));
    world.steps.clear();
    let bypass = world.policies.values().find(|policy| policy.templates == 0).unwrap().id;
    world.delete_policy(bypass);
    world.wait(120);
    assert_eq!(world.finding("policy-mismatch:t1").reason, Reason::BypassMissing);
    world.steps.retain(|step| !matches!(step, Step::Fence { .. }));
    assert_eq!((world.steps.len(), world.finding("policy-mismatch:t1").remedy), (0, None));
}

#[test]
fn what_the_nic_drops_of_packet_mode_on_the_way_out_is_rekeyed_and_nothing_else_of_a_blackhole() {
    use crate::engine::tests::traffic::mlx5;
    let act = EngineSettings { act: [RemedyKind::Rekey].into(), ..EngineSettings::default() };
    for (counter, is_rekeyed) in [("ipsec_tx_drop_pkts", true), ("ipsec_rx_drop_pkts", false), ("none", false)] {
        let mut world = crate::engine::tests::policies::in_packet_mode();
        world.see(What::Reconfigured(act.clone()));
        world.devices.insert("eth0".to_owned(), mlx5([0; 4]));
        let [inn, out] = [LOCAL, PEER].map(|dst| *world.kernel.keys().find(|id| id.dst.to_string() == dst).unwrap());
        // In packet mode the SA counts what the wire had.
        world.wait(20);
        world.windows(2, |world| world.healthy((out, inn), 1000));
        world.windows(4, |world| {
            world.send(out, 1000);
            if counter != "none" {
                world.count("eth0", counter, 1000);
            }
        });
        let finding = world.finding("esp-blackhole:t1");
        assert_eq!(!world.steps.is_empty(), is_rekeyed, "{counter}: {finding:?}");
        assert_eq!(finding.remedy.is_some(), is_rekeyed, "{counter}");
        assert_eq!(world.open(), ["esp-blackhole:t1"], "{counter}: no other packets pass");
    }
    // The same in crypto mode.
    let (mut world, out, inn) = crate::engine::tests::traffic::carrying(true);
    world.see(What::Reconfigured(act));
    world.windows(2, |world| world.healthy((out, inn), 50));
    world.windows(4, |world| {
        world.send(out, 50);
        world.count("eth0", "ipsec_tx_drop_pkts", 50);
    });
    assert_eq!(world.open(), ["esp-blackhole:t1"]);
    assert_eq!(world.steps, []);
}

#[test]
fn what_is_advised_is_what_the_remedy_would_do_on_this_version() {
    for (version, order) in [("4.10", "--rekey-ipsec"), ("5.2", "--rekey-child")] {
        let mut world = World::new();
        world.see(What::DaemonFound(Box::new(Daemon { version: Some(version.to_owned()), ..daemon(101) })));
        world.wait(10);
        let (out, _) = world.establish("t1", 2, true);
        world.wait(10);
        let command = format!("ipsec whack {order} --name t1 --asynchronous");
        let policy = crate::engine::tests::policies::outbound(&world);
        world.delete_policy(policy.id);
        world.wait(12);
        let mismatch = world.finding("policy-mismatch:t1");
        assert_eq!(mismatch.advice, format!("policies were deleted or flushed: '{command}' installs both again"));
        world.set_policy(policy);
        world.delete(out);
        let missing = world.finding(MISSING);
        assert_eq!(missing.advice, format!("'{command}' makes a new pair"));
        for finding in [mismatch, missing] {
            let by_hand = finding.remedy.unwrap().why;
            assert!(by_hand.ends_with(&format!("by hand: '{command}'")), "{by_hand}");
        }
    }
}
