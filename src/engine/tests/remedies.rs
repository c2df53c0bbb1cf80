//! Remedies, from the finding that calls for one to its end.

use super::world::*;
use crate::model::*;

const MISSING: &str = "sa-missing:t1:out";

/// A gateway on which `act` may act, and nothing else.
fn acting(act: &[RemedyKind]) -> World {
    let mut world = World::unjoined();
    world.settings.act = act.iter().copied().collect();
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.join();
    world
}

fn rekey(name: &str) -> Step {
    Step::Rekey { connection: name.to_owned(), state: None }
}

/// States that a remedy came through, one after the other.
fn states(world: &World) -> Vec<RemedyState> {
    let mut states: Vec<_> = world.remedied.iter().map(|change| change.state).collect();
    states.dedup();
    states
}

/// The daemon makes the new pair, and lets the old one go.
fn rekeyed(world: &mut World, old: u32, new: u32) -> (SaId, SaId) {
    world.log("t1", new, Statement::Initiating { rekeys: Some(Serial(old)) });
    let pair = world.establish("t1", new, true);
    world.log("t1", old, Statement::Deleting { is_ike: false, established: true });
    world.table.children.retain(|child| child.serial != Serial(old));
    pair
}

fn carries(world: &mut World, id: SaId, packets: u64) {
    world.kernel.get_mut(&id).unwrap().counters.packets = packets;
}

fn remedy(world: &World, id: &str) -> (RemedyKind, RemedyState, String) {
    let remedy = world.finding(id).remedy.expect("it has a remedy");
    (remedy.kind, remedy.state, remedy.why)
}

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
    assert!(last.text.contains("#4") && last.text.contains("7 packets out, 5 in"), "{}", last.text);
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
    assert_eq!(last.text, "healed by itself, after a try that was not seen to help");
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
    assert!(why.starts_with("1 waiting, 1 over without it; t2: "), "{why}");
}

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
    world.see(What::Requested(Request { what: "t1".to_owned(), kind: None }));
    assert_eq!(world.steps.len(), 5);
    rekeyed(&mut world, 2, 9);
    world.delete(inn);
    world.wait(20);
    assert_eq!(world.remedied.last().unwrap().state, RemedyState::Done);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-given-up");
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
    let spis = SpiPair { protocol: Protocol::Esp, outbound: lost.id.spi, inbound: inbound.id.spi };
    world.table.children.push(ChildState {
        serial: Serial(2),
        ike: Some(Serial(1)),
        connection: "t1".to_owned(),
        instance: None,
        established: true,
        newest: true,
        spis: Some(spis),
        remote: Some(PEER.parse().unwrap()),
        local: Some(LOCAL.parse().unwrap()),
    });
    world.join();
    world.wait(2);
    assert_eq!(world.steps, [rekey("t1")]);
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

#[test]
fn a_dry_run_shows_each_step_and_does_nothing() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    let ask = |what: &str| Request { what: what.to_owned(), kind: None };
    let plans = world.engine.plan_of(&ask("t1")).unwrap();
    assert_eq!(plans.len(), 1);
    assert_eq!(plans[0].steps, ["have the daemon rekey t1"]);
    assert_eq!(plans[0].state, RemedyState::Queued);
    assert!(world.engine.plan_of(&ask("t9")).unwrap_err().contains("«t9»"));
    let other = Request { what: "t1".to_owned(), kind: Some(RemedyKind::Fence) };
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

#[test]
fn a_policy_that_is_gone_comes_back_with_a_new_pair() {
    let mut world = acting(&[RemedyKind::Rekey]);
    world.establish("t1", 2, true);
    world.wait(10);
    let policy = super::policies::outbound(&world);
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
    assert!(failed.text.contains("as wrong as before"), "{failed:?}");
    world.wait(60);
    assert_eq!(world.steps.len(), 2);
    rekeyed(&mut world, 4, 6);
    world.set_policy(policy);
    world.wait(30);
    assert_eq!(world.remedied.last().unwrap().state, RemedyState::Done);
}

#[test]
fn where_ike_has_no_way_out_a_rekey_is_no_cure() {
    let mut world = super::policies::in_packet_mode();
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
    use super::traffic::mlx5;
    let act = EngineSettings { act: [RemedyKind::Rekey].into(), ..EngineSettings::default() };
    for (counter, is_rekeyed) in [("ipsec_tx_drop_pkts", true), ("ipsec_rx_drop_pkts", false), ("none", false)] {
        let mut world = super::policies::in_packet_mode();
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
    }
    // The same in crypto mode.
    let (mut world, out, inn) = super::traffic::carrying(true);
    world.see(What::Reconfigured(act));
    world.windows(2, |world| world.healthy((out, inn), 50));
    world.windows(4, |world| {
        world.send(out, 50);
        world.count("eth0", "ipsec_tx_drop_pkts", 50);
    });
    assert_eq!(world.open(), ["esp-blackhole:t1"]);
    assert_eq!(world.steps, []);
}
