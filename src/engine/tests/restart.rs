//! The daemon is brought back, or left alone, and its tunnels with it.

use std::collections::BTreeSet;

use super::daemon::unit;
use super::world::*;
use crate::model::*;

const UNIT: &str = "ipsec.service";

fn under_unit(pid: u32) -> Daemon {
    Daemon { unit: Some(UNIT.to_owned()), ..daemon(pid) }
}

fn look(active: &str, sub: &str, result: &str, policy: &str) -> UnitLook {
    let main_pid = (active == "active").then_some(100);
    UnitLook { restart_policy: policy.to_owned(), main_pid, ..unit(active, sub, result) }
}

/// A gateway whose daemon runs under a unit with this `Restart=`, with these tunnels up.
fn gateway(act: &[RemedyKind], policy: &str, names: &[&str]) -> World {
    let mut world = World::unjoined();
    world.settings.act = act.iter().copied().collect();
    world.connections.extend(names.iter().map(|name| connection(name, OffloadSetting::Crypto)));
    world.unit = Some(UNIT.to_owned());
    world.join();
    world.see(What::Unit(look("active", "running", "success", policy)));
    for (serial, name) in (2..).zip(names) {
        world.establish_with(name, serial, &format!("10.0.1.{serial}"), true);
    }
    world.wait(30);
    world.steps.clear();
    world
}

fn dies(world: &mut World) {
    world.see(What::DaemonGone(Death { pid: 100 }));
    world.kernel.clear();
    world.policies.clear();
    world.see(What::Kernel(Event::PoliciesFlushed));
    world.see(What::Kernel(Event::SasFlushed { protocol: None }));
}

fn back(world: &mut World, pid: u32) {
    world.table.children.clear();
    world.see(What::Unit(UnitLook { main_pid: Some(pid), ..look("active", "running", "success", "no") }));
    world.see(What::DaemonFound(Box::new(under_unit(pid))));
}

fn remedy(world: &World, id: &str) -> Remedy {
    world.finding(id).remedy.unwrap_or_else(|| panic!("{id} has no remedy"))
}

const RESTART: &[RemedyKind] = &[RemedyKind::Restart];
const BOTH: &[RemedyKind] = &[RemedyKind::Restart, RemedyKind::RestartHung];

fn restarts(world: &World) -> usize {
    world.steps.iter().filter(|step| matches!(step, Step::RestartUnit { .. } | Step::RestartCommand)).count()
}

fn initiated(world: &World) -> BTreeSet<&str> {
    world.steps.iter().filter_map(initiates).collect()
}

fn initiates(step: &Step) -> Option<&str> {
    match step {
        Step::Initiate { connection } => Some(connection),
        _ => None,
    }
}

#[test]
fn a_unit_that_systemd_lets_lie_is_restarted_and_every_tunnel_is_back_or_named() {
    let mut world = gateway(RESTART, "no", &["t1", "t2", "t3"]);
    dies(&mut world);
    world.see(What::Unit(look("deactivating", "stop-post", "signal", "no")));
    world.wait(5);
    assert_eq!(remedy(&world, "daemon-crashed:host").state, RemedyState::Waiting);
    world.see(What::Unit(look("failed", "failed", "signal", "no")));
    world.wait(1);
    assert_eq!(restarts(&world), 0, "it may still change");
    world.wait(2);
    assert_eq!(world.steps, [Step::RestartUnit { unit: UNIT.to_owned(), main_pid: None }]);
    back(&mut world, 200);
    world.wait(6);
    world.establish_with("t1", 2, "10.0.1.2", true);
    world.wait(3);
    assert!(initiated(&world).is_empty(), "the daemon has ten seconds of its own");
    world.wait(3);
    assert_eq!(initiated(&world), ["t2", "t3"].into());
    world.establish_with("t2", 3, "10.0.1.3", true);
    world.wait(60);
    let open: Vec<_> = world.open().into_iter().filter(|id| id.starts_with("tunnel")).collect();
    assert_eq!(open, ["tunnel-not-restored:t3"]);
    assert_eq!(remedy(&world, "tunnel-not-restored:t3").kind, RemedyKind::Restart);
    world.keep("made-restarted");
}

#[test]
fn what_the_dead_daemon_was_negotiating_keeps_no_tunnel_away() {
    let mut world = gateway(RESTART, "on-failure", &["t1"]);
    world.log("t1", 7, Statement::Initiating { rekeys: Some(Serial(2)) });
    dies(&mut world);
    world.wait(1);
    back(&mut world, 200);
    world.wait(10);
    assert_eq!(initiated(&world), ["t1"].into());
}

#[test]
fn a_tunnel_is_brought_up_as_soon_as_its_negotiation_has_ended_without_a_pair() {
    let mut world = gateway(RESTART, "on-failure", &["t1"]);
    dies(&mut world);
    world.wait(1);
    back(&mut world, 200);
    world.wait(8);
    world.log("t1", 7, Statement::Initiating { rekeys: None });
    world.wait(6);
    assert!(initiated(&world).is_empty(), "it is under way by itself");
    world.log("t1", 7, Statement::ChildFailed { notify: None });
    world.wait(0);
    assert_eq!(initiated(&world), ["t1"].into());
}

#[test]
fn a_negotiation_that_is_read_after_the_daemons_table_told_of_its_pair_is_over() {
    let mut world = gateway(RESTART, "on-failure", &["t1"]);
    let spis = world.table.children[0].spis.unwrap();
    let (ike, rekeys) = (Some(Serial(1)), None);
    world.past("t1", 2, Statement::Initiating { rekeys });
    let says = Statement::ChildEstablished { ike, rekeys, spis, selectors: None, esn: false, offload_claim: None };
    world.past("t1", 2, says);
    assert!(world.engine.claims.connections().all(|(_, connection)| connection.negotiating.is_none()));
}

#[test]
fn without_its_word_in_act_it_is_advised_and_nothing_is_done() {
    let mut world = gateway(&[], "no", &["t1"]);
    dies(&mut world);
    world.see(What::Unit(look("failed", "failed", "signal", "no")));
    world.wait(20);
    let remedy = remedy(&world, "daemon-crashed:host");
    assert_eq!(remedy.state, RemedyState::Advised);
    assert!(remedy.why.contains("systemctl start ipsec.service"), "{}", remedy.why);
    back(&mut world, 200);
    world.wait(120);
    assert_eq!(world.steps, []);
}

#[test]
fn what_systemd_does_itself_what_somebody_stopped_and_what_is_masked_is_left_to_them() {
    for (looks, state) in [
        (vec![look("activating", "auto-restart", "signal", "on-failure")], RemedyState::Waiting),
        (vec![look("failed", "failed", "signal", "on-failure")], RemedyState::Refused),
        (vec![look("failed", "failed", "start-limit-hit", "no")], RemedyState::Refused),
        (vec![look("inactive", "dead", "success", "no")], RemedyState::Refused),
        (vec![UnitLook { masked: true, ..look("failed", "failed", "signal", "no") }], RemedyState::Refused),
        (vec![look("activating", "start-pre", "success", "no")], RemedyState::Waiting),
    ] {
        let mut world = gateway(RESTART, "no", &["t1"]);
        dies(&mut world);
        let shown = format!("{looks:?}");
        for look in looks {
            world.see(What::Unit(look));
        }
        world.wait(30);
        assert_eq!(remedy(&world, "daemon-crashed:host").state, state, "{shown}");
        assert_eq!(restarts(&world), 0, "{shown}");
    }
}

#[test]
fn an_orderly_end_is_nobodys_to_undo() {
    let mut world = gateway(RESTART, "no", &["t1"]);
    world.log_of_daemon(Statement::ShuttingDown);
    dies(&mut world);
    world.see(What::Unit(look("inactive", "dead", "success", "no")));
    world.wait(120);
    assert_eq!(world.open(), ["daemon-down:host"]);
    assert_eq!(world.steps, []);
}

#[test]
fn a_loop_is_not_fed() {
    let mut world = gateway(RESTART, "no", &["t1"]);
    let mut pid = 100;
    for _ in 0..6 {
        world.see(What::DaemonGone(Death { pid }));
        world.see(What::Unit(look("failed", "failed", "signal", "no")));
        world.wait(50);
        if restarts(&world) == usize::try_from(pid - 99).unwrap() {
            pid += 1;
            back(&mut world, pid);
            world.wait(20);
        }
    }
    assert_eq!(restarts(&world), 2);
    assert!(world.open().contains(&"daemon-crash-loop:host".to_owned()));
    let remedy = remedy(&world, "daemon-crashed:host");
    assert_eq!(remedy.state, RemedyState::Refused);
    assert!(remedy.why.contains("feed the loop"), "{}", remedy.why);
}

#[test]
fn without_a_unit_the_command_starts_it_once_its_fork_had_time() {
    for command in [true, false] {
        let mut world = World::unjoined();
        world.settings.restart_command = command;
        world.connections.push(connection("t1", OffloadSetting::Crypto));
        world.join();
        world.establish("t1", 2, true);
        world.wait(30);
        world.steps.clear();
        world.see(What::DaemonGone(Death { pid: 100 }));
        world.wait(2);
        assert_eq!(world.steps, []);
        world.wait(2);
        let expected = if command { vec![Step::RestartCommand] } else { Vec::new() };
        assert_eq!(world.steps, expected);
    }
}

#[test]
fn a_stopped_process_is_continued_and_a_traced_one_is_left_alone() {
    for (state, expected) in [(RunState::Stopped, true), (RunState::Traced, false), (RunState::Uninterruptible, false)]
    {
        let mut world = gateway(BOTH, "on-failure", &["t1"]);
        world.answers = false;
        world.see(What::Process(ProcessLook { pid: 100, state, unread: Unread::default() }));
        world.wait(300);
        let continued = world.steps.contains(&Step::Continue { pid: 100, start_ticks: 100 });
        assert_eq!(continued, expected, "{state:?}");
        assert_eq!(restarts(&world), 0, "{state:?}");
        if !expected {
            assert_eq!(remedy(&world, "daemon-hung:host").state, RemedyState::Refused);
        }
    }
}

#[test]
fn a_hung_daemon_is_restarted_where_that_harms_nobody() {
    let hang = |world: &mut World| {
        world.answers = false;
        world.wait(40);
    };
    let mut world = gateway(BOTH, "on-failure", &["t1"]);
    hang(&mut world);
    assert_eq!(restarts(&world), 0, "it has half a minute to go on by itself");
    world.wait(40);
    assert_eq!(world.steps, [Step::RestartUnit { unit: UNIT.to_owned(), main_pid: Some(100) }]);

    // Not without its word.
    let mut world = gateway(RESTART, "on-failure", &["t1"]);
    hang(&mut world);
    world.wait(300);
    assert_eq!(world.steps, []);
    assert_eq!(remedy(&world, "daemon-hung:host").state, RemedyState::Advised);

    // Not while it reads what strangers send it.
    let mut world = gateway(BOTH, "on-failure", &["t1"]);
    hang(&mut world);
    for second in 0..120 {
        let unread = Unread { ike: 1000 + 500 * (second % 3), ..Unread::default() };
        world.see(What::Process(ProcessLook { pid: 100, state: RunState::Running, unread }));
        world.wait(1);
    }
    assert_eq!(world.steps, []);
}

#[test]
fn a_hung_daemon_whose_sas_carry_traffic_is_not_restarted_before_one_of_them_ends() {
    for soon in [false, true] {
        let mut world = gateway(BOTH, "on-failure", &["t1"]);
        let age = u32::try_from((world.now() - START) / 1_000_000).unwrap();
        let rows: Vec<_> = world.kernel.values().copied().collect();
        for row in rows {
            let lifetime = Lifetime { hard_add_seconds: age + if soon { 500 } else { 5000 }, ..row.lifetime };
            let row = KernelSa { lifetime, ..row };
            world.kernel.insert(row.id, row);
            world.see(What::Kernel(Event::SaAdded(Box::new(row))));
        }
        world.answers = false;
        for _ in 0..15 {
            for row in world.kernel.values_mut() {
                row.counters.packets += 1000;
                row.counters.bytes += 100_000;
            }
            world.wait(10);
        }
        assert_eq!(restarts(&world), usize::from(soon), "soon: {soon}");
        if !soon {
            assert!(remedy(&world, "daemon-hung:host").why.contains("carry traffic"));
        }
    }
}

/// Another run of swanwatch in the same boot, with what this one kept.
fn begins_again(before: World, daemon: Option<Daemon>) -> World {
    let mut world = World::unjoined();
    world.connections = before.connections.clone();
    world.kernel = before.kernel.clone();
    world.policies = before.policies.clone();
    world.table = before.table.clone();
    world.remembered = before.kept;
    world.see(What::Started(Box::new(Started {
        acquire_expires: 30,
        settings: world.settings.clone(),
        remembered: world.remembered.clone(),
        ..Started::default()
    })));
    world.see(What::Link(nic(true)));
    world.see(What::LinksKnown);
    match daemon {
        Some(daemon) => world.see(What::DaemonFound(Box::new(daemon))),
        None => world.see(What::DaemonAbsent),
    }
    world.see(What::LogEnd { ask: None });
    assert!(world.engine.is_joined());
    world
}

#[test]
fn a_death_that_an_earlier_run_saw_is_seen_to_its_end() {
    let mut world = gateway(RESTART, "no", &["t1", "t2"]);
    world.wait(60);
    dies(&mut world);
    world.wait(2);
    assert_eq!(world.kept.as_ref().unwrap().tunnels.len(), 2);
    world.table.children.clear();
    // swanwatch ends here, and the daemon is back before it begins again.
    let mut world = begins_again(world, Some(under_unit(200)));
    assert_eq!(world.open(), ["daemon-crashed:host"]);
    assert!(
        world.finding("daemon-crashed:host").summary.contains("nobody watched then"),
        "its SAs may be the successor's"
    );
    world.wait(12);
    assert_eq!(initiated(&world), ["t1", "t2"].into());
    world.establish("t1", 2, true);
    world.wait(60);
    assert_eq!(world.open(), ["tunnel-not-restored:t2"]);
}

#[test]
fn what_is_up_is_kept_at_the_first_full_join() {
    let mut before = gateway(RESTART, "no", &["t1"]);
    before.kept = None;
    let world = begins_again(before, Some(under_unit(100)));
    let kept = world.kept.clone().unwrap();
    assert_eq!(kept.process.as_ref().map(|process| (process.pid, process.crashed)), Some((100, false)));
    assert_eq!(kept.tunnels.len(), 1);
    // Both end in the same second.
    let mut world = begins_again(world, None);
    world.see(What::Unit(look("failed", "failed", "signal", "no")));
    world.wait(10);
    assert_eq!(restarts(&world), 1);
}

#[test]
fn a_death_that_nobody_saw_is_not_forgotten_while_its_unit_is_on_its_way_nor_by_another_run() {
    let mut world = gateway(RESTART, "no", &["t1"]);
    world.wait(60);
    for active in [look("active", "running", "success", "no"), look("deactivating", "stop-post", "signal", "no")] {
        world = begins_again(world, None);
        world.see(What::Unit(active));
        world.wait(10);
        assert_eq!((world.open().len(), restarts(&world)), (0, 0), "nothing is known yet");
        assert_eq!(world.kept.as_ref().unwrap().tunnels.len(), 1);
    }
    world.see(What::Unit(look("failed", "failed", "signal", "no")));
    world.wait(10);
    assert_eq!(restarts(&world), 1);
    back(&mut world, 200);
    world.wait(12);
    assert_eq!(initiated(&world), ["t1"].into());
}

#[test]
fn a_death_that_nobody_saw_is_known_by_the_unit_and_mended() {
    let failed = UnitLook { main_pid: None, ..look("failed", "failed", "signal", "no") };
    for (unit, crashed) in [(failed, true), (look("inactive", "dead", "success", "no"), false)] {
        let mut before = gateway(RESTART, "no", &["t1"]);
        before.wait(60);
        let mut world = begins_again(before, None);
        assert_eq!(world.open(), [] as [&str; 0], "nothing is known yet");
        world.see(What::Unit(unit));
        world.wait(10);
        assert_eq!(world.open(), if crashed { vec!["daemon-crashed:host"] } else { Vec::new() });
        assert_eq!(restarts(&world), usize::from(crashed));
    }
}

#[test]
fn what_comes_back_with_the_restarted_daemon_is_healed_by_whoever_restarted_it() {
    for (policy, by) in [("no", "the restart of the daemon"), ("on-failure", "itself")] {
        let mut world = gateway(RESTART, policy, &["t1"]);
        dies(&mut world);
        let active = if policy == "no" { "failed" } else { "activating" };
        world.see(What::Unit(look(active, "failed", "signal", policy)));
        world.wait(6);
        assert_eq!(restarts(&world), usize::from(policy == "no"));
        back(&mut world, 200);
        world.wait(8);
        world.log("t1", 7, Statement::Initiating { rekeys: None });
        world.wait(6);
        world.establish_with("t1", 7, "10.0.1.2", true);
        world.wait(60);
        let last = world.remedied.iter().rfind(|change| change.target.connection() == Some("t1")).unwrap();
        assert_eq!((last.text.as_str(), last.healed), (format!("healed by {by}").as_str(), true));
        assert_eq!((world.open(), initiated(&world).len()), (Vec::new(), 0));
    }
}

#[test]
fn what_a_death_explains_has_not_healed() {
    let mut world = gateway(&[RemedyKind::Restart, RemedyKind::Rekey], "no", &["t1"]);
    let out = *world.kernel.keys().find(|id| id.dst.to_string() == "10.0.1.2").unwrap();
    world.delete(out);
    assert_eq!(remedy(&world, "sa-missing:t1:out").state, RemedyState::Waiting);
    dies(&mut world);
    world.wait(2);
    assert_eq!(world.open(), ["daemon-crashed:host", "clear-text-window:host"]);
    let rekey = world.remedied.iter().rfind(|change| change.kind == RemedyKind::Rekey).unwrap();
    assert_eq!(rekey.text, "not needed any more: the daemon is gone, and has to come back first");
}

#[test]
fn a_process_that_is_still_there_owes_nothing() {
    let mut before = gateway(RESTART, "no", &["t1"]);
    before.wait(60);
    let mut world = begins_again(before, Some(under_unit(100)));
    world.see(What::Unit(look("active", "running", "success", "no")));
    world.wait(30);
    assert_eq!((world.told.len(), world.steps.len()), (0, 0));
}
