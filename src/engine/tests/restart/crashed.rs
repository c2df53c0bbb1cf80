//! A daemon that died: who starts it, and its tunnels.

use super::*;

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
    assert!(world.engine.facts.claims.connections().all(|(_, connection)| connection.negotiating.is_none()));
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
