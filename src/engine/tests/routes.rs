//! The way of what the NIC is to protect.

use std::net::IpAddr;

use super::policies::{in_packet_mode_on, outbound};
use super::world::*;
use crate::model::*;

const ELSEWHERE: u32 = 7;

fn elsewhere() -> Option<Route> {
    Some(Route { ifindex: ELSEWHERE, gateway: Some("10.7.0.1".parse().unwrap()), table: Some(254) })
}

fn peer() -> IpAddr {
    PEER.parse().unwrap()
}

/// With a second interface.
fn with_two_interfaces() -> World {
    with_two_interfaces_on(Abilities::LINUX_6_12)
}

fn with_two_interfaces_on(abilities: Abilities) -> World {
    let mut world = in_packet_mode_on(abilities);
    let name = "eth0.7".to_owned();
    world.see(What::Link(Link { index: ELSEWHERE, name, lower: Some(DEVICE), addresses: Vec::new(), ..nic(true) }));
    world
}

/// Routes change, and the engine has had time to ask.
fn routes_changed(world: &mut World) {
    world.see(What::RoutesChanged);
    world.wait(1);
}

fn transport(policy: KernelPolicy) -> KernelPolicy {
    let template = policy.template.map(|template| {
        let unspecified = IpAddr::from([0, 0, 0, 0]);
        Template { mode: SaMode::Transport, src: unspecified, dst: unspecified, ..template }
    });
    KernelPolicy { template, ..policy }
}

#[test]
fn a_route_that_moves_to_another_device_is_told_at_once_and_so_is_its_return() {
    let mut world = with_two_interfaces();
    assert_eq!(
        world.ways.last(),
        Some(&RouteQuery { src: Some(LOCAL.parse().unwrap()), dst: peer(), mark: 0, oif: 0 })
    );
    world.routes.insert(peer(), elsewhere());
    routes_changed(&mut world);
    assert_eq!(world.open(), ["clear-text-route:t1"]);
    let finding = world.finding("clear-text-route:t1");
    assert_eq!((finding.severity, finding.reason), (Severity::Critical, Reason::OtherDevice));
    assert_eq!((finding.subject.device.as_deref(), finding.subject.dst), (Some("eth0"), Some(peer())));
    assert!(finding.summary.contains("its route goes by eth0.7, but its policy is on eth0"), "{}", finding.summary);
    let texts: Vec<_> = finding.evidence.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts[0], format!("policy out {LOCAL}/32 to {PEER}/32 is on eth0"));
    assert_eq!(texts[1], format!("the route to {PEER} from {LOCAL} goes by eth0.7 via 10.7.0.1, table 254"));
    world.routes.clear();
    routes_changed(&mut world);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-clear-text-route");
}

#[test]
fn where_the_kernel_drops_what_goes_astray_it_is_no_leak_and_where_it_does_not_say_both_are_told() {
    for (keeps_in, id, becomes) in [
        (Some(true), "route-blackhole:t1", "is dropped: its route"),
        (Some(false), "clear-text-route:t1", "leaves unencrypted: its route"),
        (None, "clear-text-route:t1", "leaves unencrypted or is dropped: its route"),
    ] {
        let mut world = with_two_interfaces_on(Abilities { packet_mode_keeps_in: keeps_in, ..Abilities::LINUX_6_12 });
        world.routes.insert(peer(), elsewhere());
        routes_changed(&mut world);
        assert_eq!(world.open(), [id]);
        let finding = world.finding(id);
        assert_eq!((finding.severity, finding.reason), (Severity::Critical, Reason::OtherDevice));
        assert!(finding.summary.contains(becomes), "{}", finding.summary);
        assert_eq!(finding.summary.contains("this kernel does not say"), keeps_in.is_none(), "{}", finding.summary);
        world.routes.clear();
        routes_changed(&mut world);
        assert_eq!(world.open(), [] as [&str; 0]);
        if keeps_in == Some(true) {
            world.keep("made-route-blackhole");
        }
    }
}

#[test]
fn a_policy_that_goes_takes_the_finding_along() {
    for flushed in [false, true] {
        let mut world = with_two_interfaces();
        world.routes.insert(peer(), elsewhere());
        routes_changed(&mut world);
        assert_eq!(world.open(), ["clear-text-route:t1"]);
        if flushed {
            world.policies.clear();
            world.see(What::Kernel(Event::PoliciesFlushed));
        } else {
            let id = outbound(&world).id;
            world.delete_policy(id);
        }
        world.wait(2);
        assert_eq!(world.open(), ["clear-text-window:host"]);
        let asked = world.ways.len();
        routes_changed(&mut world);
        assert_eq!(world.ways.len(), asked, "nothing is asked where no policy is left");
    }
}

#[test]
fn packets_that_do_not_leave_are_not_in_clear_and_no_answer_says_nothing() {
    let mut world = with_two_interfaces();
    world.routes.insert(peer(), None);
    routes_changed(&mut world);
    assert_eq!(world.open(), [] as [&str; 0]);
    // The same question once more, by the number that it will have.
    world.routes.insert(peer(), elsewhere());
    routes_changed(&mut world);
    assert_eq!(world.open(), ["clear-text-route:t1"]);
    let query = *world.ways.last().unwrap();
    world.see(What::Routed { ask: AskId(u64::MAX), query, answer: Ok(None) });
    assert_eq!(world.open(), ["clear-text-route:t1"], "an answer that nobody asked for");
}

#[test]
fn a_link_that_changes_has_the_ways_asked_for_again() {
    let mut world = with_two_interfaces();
    let asked = world.ways.len();
    world.routes.insert(peer(), elsewhere());
    // The kernel tells of no IPv4 route that goes with its link.
    world.see(What::Link(Link { addresses: vec!["10.0.0.9".parse().unwrap()], ..nic(true) }));
    world.wait(1);
    assert_eq!((world.ways.len(), world.open()), (asked + 1, vec!["clear-text-route:t1".to_owned()]));
    world.see(What::Link(nic(false)));
    assert!(!world.open().contains(&"clear-text-route:t1".to_owned()), "its policies went with the device");
}

#[test]
fn in_transport_mode_the_packets_own_way_counts() {
    let mut world = with_two_interfaces();
    let policy = transport(outbound(&world));
    let net = Selector { dst: "10.50.0.0".parse().unwrap(), dst_prefix: 16, src_prefix: 8, ..policy.id.selector };
    world.set_policy(KernelPolicy { id: PolicyId { selector: net, ..policy.id }, ..policy });
    let first: IpAddr = "10.50.0.1".parse().unwrap();
    assert_eq!(world.ways.last(), Some(&RouteQuery { src: None, dst: first, mark: 0, oif: 0 }));
    let all = Selector { dst_prefix: 0, dst: "0.0.0.0".parse().unwrap(), ..net };
    let asked = world.ways.len();
    world.set_policy(KernelPolicy { id: PolicyId { selector: all, ..policy.id }, ..policy });
    world.set_policy(KernelPolicy { id: PolicyId { if_id: 9, ..policy.id }, ..policy });
    assert_eq!(world.ways.len(), asked, "no address stands for these");
    let marked = PolicyId { mark: Mark { value: 5, mask: 0xff }, ..policy.id };
    world.set_policy(KernelPolicy { id: marked, ..policy });
    assert_eq!(world.ways.last().map(|query| (query.dst, query.mark)), Some((peer(), 5)));
}

#[test]
fn in_a_vrf_its_own_table_is_asked() {
    let mut world = with_two_interfaces();
    let vrf = Link { index: 9, name: "vrf0".to_owned(), kind: Some("vrf".to_owned()), ..nic(true) };
    world.see(What::Link(vrf));
    world.see(What::Link(Link { master: Some(9), ..nic(true) }));
    world.wait(1);
    assert_eq!(world.ways.last().map(|query| query.oif), Some(9));
}

#[test]
fn policies_in_software_ask_for_nothing() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    world.see(What::RoutesChanged);
    world.see(What::Link(nic(true)));
    world.wait(5);
    assert_eq!((world.ways.len(), world.open()), (0, Vec::new()));
}

#[test]
fn a_policy_that_no_connection_has_is_told_by_its_addresses() {
    let mut world = World::unjoined();
    world.join();
    world.routes.insert(peer(), elsewhere());
    let mut row = policy(&sa(LOCAL, PEER, 4, false));
    row.offload = Some(Offload { ifindex: DEVICE, mode: OffloadMode::Packet, direction: Direction::Out });
    world.set_policy(row);
    assert_eq!(world.open(), ["clear-text-route:10.0.0.1-10.0.0.2"]);
    let other = Selector { dst: "10.0.0.3".parse().unwrap(), ..row.id.selector };
    world.set_policy(KernelPolicy { id: PolicyId { selector: other, ..row.id }, ..row });
    let finding = world.finding("clear-text-route:10.0.0.1-10.0.0.2");
    assert_eq!((finding.affected.list.len(), finding.subject.connection), (2, None));
    assert_eq!(world.ways.len(), 1, "policies to one peer share the question");
}

#[test]
fn a_storm_of_changes_costs_a_tenth_of_the_time() {
    let mut world = World::unjoined();
    world.join();
    let device = Offload { ifindex: DEVICE, mode: OffloadMode::Packet, direction: Direction::Out };
    for number in 0..200_u32 {
        let mut row = policy(&sa(LOCAL, &format!("10.1.0.{number}"), number, false));
        row.offload = Some(device);
        world.set_policy(row);
    }
    assert_eq!(world.ways.len(), 200);
    let (began, before) = (world.now(), world.ways.len());
    for _ in 0..5000 {
        world.see(What::RoutesChanged);
    }
    let passes = (world.ways.len() - before) / 200;
    // An answer takes 10 µs here, so a pass takes 2 ms and the next may begin 20 ms later.
    let most = (world.now() - began) / 22_000 + 1;
    assert!(passes > 1 && passes as u64 <= most, "{passes} passes, {most} may be");
    world.routes.insert("10.1.0.7".parse().unwrap(), elsewhere());
    world.see(What::RoutesChanged);
    world.wait(1);
    assert_eq!(world.open(), ["clear-text-route:10.0.0.1-10.1.0.7"], "the last change is seen, too");
}

#[test]
fn what_is_not_sent_because_of_its_route_is_one_alarm() {
    for (abilities, id) in
        [(Abilities::LINUX_7_3, "route-blackhole:t1"), (Abilities::LINUX_6_12, "clear-text-route:t1")]
    {
        for route_first in [true, false] {
            let mut world = with_two_interfaces_on(abilities);
            let [out, inn] = [4, 5].map(|spi| *world.kernel.keys().find(|id| id.spi == Spi(spi)).unwrap());
            world.windows(3, |world| world.both((out, inn), 20_000));
            assert_eq!(world.open(), [] as [&str; 0]);
            world.routes.insert(peer(), elsewhere());
            if route_first {
                routes_changed(&mut world);
            }
            world.windows(6, |world| {
                world.receive(inn, 20_000);
                world.count_host("XfrmOutError", 20_000);
            });
            if !route_first {
                routes_changed(&mut world);
                world.windows(2, |world| world.receive(inn, 20_000));
            }
            assert_eq!(world.open(), [id], "{route_first}");
            world.routes.clear();
            routes_changed(&mut world);
            world.windows(3, |world| world.both((out, inn), 20_000));
            assert_eq!(world.open(), [] as [&str; 0]);
            // Nothing hides it where no route does.
            world.windows(6, |world| world.receive(inn, 20_000));
            assert_eq!(world.open(), ["esp-blackhole:t1"]);
        }
    }
}
