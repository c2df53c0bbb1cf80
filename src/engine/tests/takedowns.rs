//! SAs that the daemon takes down: by an order, or because of what it noticed itself. Its line is the same.

use super::world::*;
use crate::model::*;

/// Connections that are to be up, each with a pair.
fn up(names: &[&str]) -> (World, Vec<(SaId, SaId)>) {
    let mut world = World::unjoined();
    let wanted = |name: &&str| LoadedConnection { wanted_up: Some(true), ..connection(name, OffloadSetting::Crypto) };
    world.connections = names.iter().map(wanted).collect();
    world.join();
    let pairs = names.iter().zip(2..).map(|(name, serial)| world.establish(name, serial, true)).collect();
    world.wait(20);
    (world, pairs)
}

/// The line, and what follows from it in the log and in the kernel.
fn terminated(world: &mut World, name: &str, serial: u32, (out, inn): (SaId, SaId)) {
    let about = Speaker { connection: name.to_owned(), instance: None, serial: None };
    let text = format!("\"{name}\": terminating SAs using this connection");
    world.line(Some(about), Statement::ConnectionTerminated, text);
    gone(world, name, serial, (out, inn));
}

fn gone(world: &mut World, name: &str, serial: u32, (out, inn): (SaId, SaId)) {
    world.log(name, serial, Statement::Deleting { is_ike: false, established: true });
    world.table.children.retain(|child| child.connection != name);
    world.delete(out);
    world.delete(inn);
    let policies: Vec<_> = world.policies.keys().copied().collect();
    for id in policies {
        if world.table.children.is_empty() {
            world.delete_policy(id);
        }
    }
}

fn tunnels_down(world: &World) -> Vec<String> {
    world.open().into_iter().filter(|id| id.starts_with("tunnel-down")).collect()
}

#[test]
fn what_a_dead_peer_costs_stays_open_until_a_pair_stands() {
    let (mut world, pairs) = up(&["t1", "t2"]);
    world.log("t1", 1, Statement::NoAnswer);
    world.log("t1", 1, Statement::PeerDead);
    terminated(&mut world, "t1", 2, pairs[0]);
    terminated(&mut world, "t2", 3, pairs[1]);
    assert_eq!(tunnels_down(&world), ["tunnel-down:t1"]);
    for serial in [5, 7] {
        world.log("t1", serial, Statement::Initiating { rekeys: None });
        world.log("t2", serial + 1, Statement::Initiating { rekeys: None });
        for _ in 0..6 {
            world.log("t1", serial, Statement::Negotiating { inbound: None });
            world.wait(10);
        }
        world.log("t1", serial, Statement::NoAnswer);
    }
    let finding = world.finding("tunnel-down:t1");
    assert_eq!((finding.reason, finding.affected.list), (Reason::NoAnswer, vec!["t1".to_owned(), "t2".to_owned()]));
    assert!(finding.evidence.iter().any(|line| line.text.contains("PeerDead")), "{:?}", finding.evidence);
    assert!(finding.evidence.iter().any(|line| line.text.contains("terminating")), "{:?}", finding.evidence);
    let other = |told: &Finding| told.code == Code::TunnelDown && told.reason != Reason::NoAnswer;
    assert!(!world.told.iter().any(|(_, told)| other(told)), "{:?}", world.told);
    assert!(!world.closed().iter().any(|id| id.starts_with("tunnel-down")), "{:?}", world.closed());
    world.establish("t1", 9, true);
    world.establish("t2", 10, true);
    world.wait(10);
    assert_eq!(tunnels_down(&world), [] as [&str; 0]);
    world.keep("made-dead-peer-restarted");
}

#[test]
fn what_was_refused_before_it_was_taken_down_stays_refused() {
    let (mut world, pairs) = up(&["t1"]);
    world.log("t1", 4, Statement::PeerRefused { notify: Notify("TS_UNACCEPTABLE".to_owned()) });
    assert_eq!(tunnels_down(&world), [] as [&str; 0]);
    terminated(&mut world, "t1", 2, pairs[0]);
    world.wait(300);
    assert_eq!(tunnels_down(&world), ["tunnel-down:t1"]);
    assert_eq!(world.finding("tunnel-down:t1").reason, Reason::PeerRefused);
    assert_eq!(world.closed().iter().filter(|id| id.starts_with("tunnel-down")).count(), 0);
}

#[test]
fn an_order_is_known_by_the_daemons_table_and_is_silent() {
    for unloaded in [false, true] {
        let (mut world, pairs) = up(&["t1"]);
        if unloaded {
            world.connections.clear();
        } else {
            world.connections[0].wanted_up = Some(false);
        }
        terminated(&mut world, "t1", 2, pairs[0]);
        world.wait(600);
        assert_eq!(world.told, [], "unloaded: {unloaded}");
        if !unloaded {
            world.keep("made-taken-down-by-order");
        }
    }
}

#[test]
fn an_order_ends_what_was_open() {
    let (mut world, pairs) = up(&["t1"]);
    world.log("t1", 1, Statement::PeerDead);
    gone(&mut world, "t1", 2, pairs[0]);
    world.wait(30);
    assert_eq!(tunnels_down(&world), ["tunnel-down:t1"]);
    world.connections[0].wanted_up = Some(false);
    world.log("t1", 3, Statement::ConnectionTerminated);
    world.wait(30);
    assert_eq!(tunnels_down(&world), [] as [&str; 0]);
}

#[test]
fn an_order_that_left_no_line_ends_what_was_open() {
    let (mut world, pairs) = up(&["t1"]);
    world.log("t1", 1, Statement::PeerDead);
    gone(&mut world, "t1", 2, pairs[0]);
    world.connections[0].wanted_up = Some(false);
    world.wait(1700);
    assert_eq!(tunnels_down(&world), ["tunnel-down:t1"]);
    world.wait(130);
    assert_eq!(tunnels_down(&world), [] as [&str; 0]);
}

#[test]
fn what_nobody_can_tell_opens_nothing_and_closes_nothing() {
    let (mut world, pairs) = up(&["t1", "t2"]);
    world.log("t1", 1, Statement::PeerDead);
    gone(&mut world, "t1", 2, pairs[0]);
    world.wait(30);
    world.fails = true;
    terminated(&mut world, "t2", 3, pairs[1]);
    world.log("t1", 2, Statement::ConnectionTerminated);
    world.wait(600);
    assert_eq!(tunnels_down(&world), ["tunnel-down:t1"]);
    world.fails = false;
    world.wait(70);
    // Of t2 nobody said more; it is the same peer that does not answer.
    assert_eq!(tunnels_down(&world), ["tunnel-down:t1"]);
    assert_eq!(world.finding("tunnel-down:t1").affected.connections, 2);
}

#[test]
fn a_daemon_that_begins_anew_was_not_ordered_to_end() {
    let (mut world, pairs) = up(&["t1"]);
    world.fails = true;
    terminated(&mut world, "t1", 2, pairs[0]);
    world.log("t1", 3, Statement::Initiating { rekeys: None });
    world.wait(70);
    assert_eq!(tunnels_down(&world), ["tunnel-down:t1"]);
}

#[test]
fn an_address_that_goes_takes_its_tunnels_with_it_until_it_is_back() {
    // With the line (5.x) and without it (4.x).
    for says_so in [true, false] {
        let (mut world, pairs) = up(&["t1"]);
        world.see(What::Link(Link { addresses: Vec::new(), ..nic(true) }));
        // It does not know any more which end is its own.
        world.connections[0] = LoadedConnection {
            oriented: Some(false),
            interface: None,
            local: Some(PEER.parse().unwrap()),
            remote: Some(LOCAL.parse().unwrap()),
            ..world.connections[0].clone()
        };
        world.log_of_daemon(Statement::AddressGone { address: LOCAL.parse().unwrap() });
        if says_so {
            terminated(&mut world, "t1", 2, pairs[0]);
        } else {
            gone(&mut world, "t1", 2, pairs[0]);
        }
        assert_eq!(tunnels_down(&world), ["tunnel-down:t1"], "{says_so}");
        world.wait(600);
        let finding = world.finding("tunnel-down:t1");
        assert_eq!((finding.reason, finding.times), (Reason::AddressGone, 1));
        assert_eq!(finding.summary, "t1 is down: its address 10.0.0.1 is on no interface");
        assert!(finding.advice.contains("ipsec whack --listen"), "{}", finding.advice);
        world.see(What::Link(nic(true)));
        world.wait(1);
        let finding = world.finding("tunnel-down:t1");
        assert_eq!(finding.reason, Reason::AddressGone);
        assert!(finding.summary.contains("the daemon has not looked since"), "{}", finding.summary);
        world.connections[0] = connection("t1", OffloadSetting::Crypto);
        world.log_of_daemon(Statement::Listening);
        world.establish("t1", 4, true);
        world.wait(10);
        assert_eq!(tunnels_down(&world), [] as [&str; 0]);
        assert_eq!(world.closed().iter().filter(|id| id.starts_with("tunnel-down")).count(), 1);
        if says_so {
            world.keep("made-address-gone");
        }
    }
}

#[test]
fn a_peer_that_seems_dead_because_this_ends_address_is_gone_is_not_blamed() {
    let (mut world, pairs) = up(&["t1"]);
    world.see(What::Link(Link { addresses: Vec::new(), ..nic(true) }));
    world.log("t1", 1, Statement::PeerDead);
    gone(&mut world, "t1", 2, pairs[0]);
    assert_eq!(world.finding("tunnel-down:t1").reason, Reason::AddressGone);
}

#[test]
fn a_connection_whose_ends_are_both_here_says_so() {
    let (mut world, pairs) = up(&["t1"]);
    world.log_of_daemon(Statement::EndsUnclear);
    // 4.x forgets with it that it should be up.
    world.connections[0].wanted_up = Some(false);
    terminated(&mut world, "t1", 2, pairs[0]);
    world.wait(600);
    let finding = world.finding("tunnel-down:t1");
    assert!(finding.summary.contains("which of its ends is this host"), "{}", finding.summary);
}

#[test]
fn traffic_brings_up_again_what_traffic_brought_up() {
    let (mut world, pairs) = up(&["t1"]);
    world.connections[0] =
        LoadedConnection { wanted_up: Some(false), routed: Some(true), ..world.connections[0].clone() };
    world.log("t1", 2, Statement::ConnectionAdded);
    world.wait(10);
    world.log_of_daemon(Statement::AddressGone { address: LOCAL.parse().unwrap() });
    terminated(&mut world, "t1", 2, pairs[0]);
    world.wait(600);
    assert_eq!(tunnels_down(&world), [] as [&str; 0]);
}

#[test]
fn an_order_long_after_a_sign_does_not_follow_from_it_though_both_are_read_at_once() {
    let mut world = World::unjoined();
    world.connections = vec![LoadedConnection { wanted_up: Some(false), ..connection("t1", OffloadSetting::Crypto) }];
    let about = |serial| Some(Speaker { connection: "t1".to_owned(), instance: None, serial });
    let lines = [
        (0, about(Some(Serial(1))), Statement::Initiating { rekeys: None }),
        (10, None, Statement::AddressGone { address: LOCAL.parse().unwrap() }),
        (3600, about(None), Statement::ConnectionTerminated),
    ];
    world.join();
    for (second, about, says) in lines {
        let time = Some(RealTime::from_micros(second * 1_000_000));
        let text = format!("{says:?}");
        let line = LogLine {
            time,
            pid: None,
            past: true,
            forgeable: false,
            severity: LogSeverity::Ordinary,
            about,
            says,
            text,
        };
        world.see(What::Log(Box::new(line)));
    }
    world.wait(300);
    assert_eq!(world.told, []);
}

#[test]
fn a_trap_that_goes_after_its_tunnel_leaves_traffic_in_clear_unless_that_was_ordered() {
    for ordered in [false, true] {
        let (mut world, pairs) = up(&["t1"]);
        let out = *world.policies.values().find(|policy| policy.id.direction == PolicyDirection::Out).unwrap();
        world.see(What::Link(Link { addresses: Vec::new(), ..nic(true) }));
        if ordered {
            world.connections[0].wanted_up = Some(false);
            world.log("t1", 1, Statement::ConnectionTerminated);
        } else {
            world.connections[0].oriented = Some(false);
            world.log_of_daemon(Statement::AddressGone { address: LOCAL.parse().unwrap() });
        }
        // 4.x has the policy hold what is sent, and then takes it away as well.
        let template = out.template.map(|template| Template { reqid: 0, ..template });
        world.set_policy(KernelPolicy { template, ..out });
        gone(&mut world, "t1", 2, pairs[0]);
        world.delete_policy(out.id);
        world.wait(5);
        let is_clear = world.open().contains(&"clear-text-window:host".to_owned());
        assert_eq!(is_clear, !ordered, "{:?}", world.open());
        if is_clear {
            world.set_policy(out);
            world.wait(5);
            assert!(!world.open().contains(&"clear-text-window:host".to_owned()), "{:?}", world.open());
        }
    }
}
