//! What a death leaves: tunnels that do not come back, deaths that repeat, selectors without a policy.

use super::daemon::{gone, unit};
use super::world::*;
use crate::model::*;

fn permanent(names: &[&str]) -> World {
    let mut world = World::unjoined();
    world.connections.extend(names.iter().map(|name| connection(name, OffloadSetting::Crypto)));
    world.join();
    world
}

fn back(world: &mut World, pid: u32) {
    world.table.children.clear();
    world.see(What::DaemonFound(Box::new(daemon(pid))));
}

fn dies(world: &mut World, pid: u32) {
    world.see(What::DaemonGone(Death { pid }));
}

fn flush(world: &mut World) {
    world.kernel.clear();
    world.policies.clear();
    world.see(What::Kernel(Event::PoliciesFlushed));
    world.see(What::Kernel(Event::SasFlushed { protocol: None }));
}

#[test]
fn each_permanent_tunnel_that_is_not_back_after_a_minute_is_named() {
    let mut world = permanent(&["t1", "t2", "t3"]);
    world.establish_with("t1", 2, PEER, true);
    world.establish_with("t2", 3, "10.0.0.3", true);
    world.establish_with("t3", 4, "10.0.0.4", true);
    world.wait(20);
    // It goes as the daemon dies, and nobody wanted it.
    let out = world.kernel.keys().find(|id| id.dst.to_string() == "10.0.0.4").copied().unwrap();
    world.delete(out);
    gone(&mut world);
    flush(&mut world);
    back(&mut world, 200);
    world.wait(10);
    world.establish("t1", 2, true);
    world.log("t2", 3, Statement::PeerRefused { notify: crate::model::Notify("TS_UNACCEPTABLE".to_owned()) });
    world.wait(45);
    assert!(!world.open().iter().any(|id| id.starts_with("tunnel")), "{:?}", world.open());
    world.wait(6);
    let open: Vec<_> = world.open().into_iter().filter(|id| id.starts_with("tunnel")).collect();
    assert_eq!(open, ["tunnel-not-restored:t2", "tunnel-not-restored:t3"]);
    let finding = world.finding("tunnel-not-restored:t2");
    assert_eq!((finding.reason, finding.times), (Reason::PeerRefused, 1));
    assert!(finding.evidence.iter().any(|line| line.text.contains("process 100 died")));
    // A later attempt counts up, and is no second finding.
    world.log("t2", 5, Statement::NoAnswer);
    assert_eq!(world.finding("tunnel-not-restored:t2").times, 2);
    world.establish_with("t2", 6, "10.0.0.3", true);
    world.wait(6);
    world.log("t3", 7, Statement::ConnectionTerminated);
    world.wait(2);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-tunnel-not-restored");
}

#[test]
fn peers_that_call_by_themselves_are_counted_and_not_waited_for() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.connections.push(LoadedConnection {
        template: true,
        remote: None,
        ..connection("rw", OffloadSetting::Crypto)
    });
    world.join();
    world.establish("t1", 2, true);
    world.establish_with("rw", 3, "10.0.0.3", true);
    gone(&mut world);
    flush(&mut world);
    let finding = world.finding("daemon-crashed:host");
    assert!(finding.evidence.iter().any(|line| line.text.contains("1 tunnels of peers that call")));
    back(&mut world, 200);
    world.wait(6);
    world.establish("t1", 2, true);
    world.wait(1);
    assert_eq!(world.open(), ["clear-text-window:host"]);
    world.wait(120);
    assert_eq!(world.open(), [] as [&str; 0]);
    let (_, window) = world.told.iter().rfind(|(_, finding)| finding.code == Code::ClearTextWindow).unwrap();
    assert!(window.evidence.last().unwrap().text.contains("1 of them is given up"), "{window:?}");
}

#[test]
fn three_deaths_within_minutes_are_a_loop_until_a_process_has_lived_for_five() {
    let mut world = permanent(&["t1"]);
    for pid in [100, 101, 102] {
        assert!(!world.open().contains(&"daemon-crash-loop:host".to_owned()));
        dies(&mut world, pid);
        world.wait(5);
        back(&mut world, pid + 1);
        world.wait(20);
    }
    let finding = world.finding("daemon-crash-loop:host");
    assert_eq!((finding.reason, finding.severity), (Reason::DiedAgain, Severity::Critical));
    world.wait(240);
    assert_eq!(world.open(), ["daemon-crash-loop:host"]);
    world.wait(60);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-crash-loop");
}

#[test]
fn deaths_far_apart_are_no_loop() {
    let mut world = permanent(&["t1"]);
    for pid in [100, 101, 102, 103] {
        dies(&mut world, pid);
        world.wait(5);
        back(&mut world, pid + 1);
        world.wait(200);
    }
    assert!(!world.told.iter().any(|(_, finding)| finding.code == Code::DaemonCrashLoop));
}

#[test]
fn a_process_that_dies_before_it_answers_counts_where_a_unit_runs_it() {
    let mut world = permanent(&["t1"]);
    dies(&mut world, 100);
    for pid in [101, 102] {
        world.answers = false;
        world.see(What::DaemonFound(Box::new(Daemon { unit: Some("ipsec.service".to_owned()), ..daemon(pid) })));
        dies(&mut world, pid);
        world.wait(1);
    }
    assert_eq!(world.finding("daemon-crash-loop:host").reason, Reason::DiedAgain);
}

#[test]
fn a_unit_that_systemd_restarts_no_more_is_given_up() {
    let mut world = permanent(&["t1"]);
    gone(&mut world);
    let look = |active: &str, sub: &str, restarts| UnitLook { restarts, main_pid: None, ..unit(active, sub, "signal") };
    world.see(What::Unit(look("failed", "failed", 0)));
    world.wait(1);
    world.see(What::Unit(look("activating", "auto-restart", 1)));
    world.wait(10);
    assert_eq!(world.open(), ["daemon-crashed:host"]);
    world.see(What::Unit(look("failed", "failed", 5)));
    world.wait(1);
    assert_eq!(world.open(), ["daemon-crashed:host"]);
    world.wait(2);
    assert_eq!(world.finding("daemon-crash-loop:host").reason, Reason::StartLimit);
    world.keep("made-start-limit");
}

#[test]
fn what_is_taken_down_by_order_opens_no_window() {
    let mut world = permanent(&["t1"]);
    let (out, inn) = world.establish("t1", 2, true);
    world.wait(10);
    let policies: Vec<_> = world.policies.keys().copied().collect();
    // The events may come before the daemon's line.
    for id in policies {
        world.delete_policy(id);
    }
    world.log("t1", 2, Statement::ConnectionTerminated);
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    world.delete(out);
    world.delete(inn);
    world.wait(60);
    assert_eq!(world.told, []);
}

#[test]
fn a_policy_that_is_replaced_by_a_wider_one_or_a_block_opens_no_window() {
    for block in [false, true] {
        let mut world = permanent(&["t1"]);
        world.establish("t1", 2, true);
        let own = super::policies::outbound(&world);
        let selector = Selector { src_prefix: 8, dst_prefix: 8, ..own.id.selector };
        let wider = KernelPolicy { id: PolicyId { selector, ..own.id }, ..own };
        let wider =
            if block { KernelPolicy { action: Action::Block, template: None, templates: 0, ..wider } } else { wider };
        world.set_policy(wider);
        world.delete_policy(own.id);
        world.wait(3);
        assert!(!world.open().contains(&"clear-text-window:host".to_owned()), "block: {block}");
        world.delete_policy(wider.id);
        world.wait(3);
        assert_eq!(world.open().contains(&"clear-text-window:host".to_owned()), !block);
    }
}

#[test]
fn an_orderly_stop_opens_no_window_and_names_no_tunnel() {
    let mut world = permanent(&["t1"]);
    world.establish("t1", 2, true);
    world.log_of_daemon(Statement::ShuttingDown);
    flush(&mut world);
    gone(&mut world);
    back(&mut world, 200);
    world.wait(70);
    let codes: std::collections::BTreeSet<_> = world.told.iter().map(|(_, finding)| finding.code).collect();
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), [Code::DaemonDown]);
}
