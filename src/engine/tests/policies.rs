//! SA against policy, bonds, policies that drop, and advice that needs no fault.

use super::world::*;
use crate::model::*;

pub fn packet(row: &KernelSa) -> KernelSa {
    let direction = if row.src.to_string() == LOCAL { Direction::Out } else { Direction::In };
    KernelSa { offload: Some(Offload { ifindex: DEVICE, mode: OffloadMode::Packet, direction }), ..*row }
}

/// A pair in packet mode with its policies and the bypass for IKE, as a daemon makes it.
pub fn in_packet_mode() -> World {
    in_packet_mode_on(Abilities::LINUX_6_12)
}

/// On a kernel that can do this.
pub fn in_packet_mode_on(abilities: Abilities) -> World {
    let mut world = World::unjoined();
    world.abilities = abilities;
    world.connections.push(connection("t1", OffloadSetting::Packet));
    world.join();
    world.set_policy(bypass());
    for row in [sa(LOCAL, PEER, 4, false), sa(PEER, LOCAL, 5, false)] {
        let row = packet(&row);
        world.set_policy(KernelPolicy { offload: row.offload, ..policy(&row) });
        world.kernel.insert(row.id, row);
        world.see(What::Kernel(Event::SaAdded(Box::new(row))));
    }
    let spis = SpiPair { protocol: Protocol::Esp, outbound: Spi(4), inbound: Spi(5) };
    let says = Statement::ChildEstablished {
        ike: Some(Serial(1)),
        rekeys: None,
        spis,
        selectors: None,
        esn: false,
        offload_claim: None,
    };
    world.log("t1", 2, says);
    world.wait(20);
    assert_eq!(world.open(), [] as [&str; 0]);
    world
}

fn bypass() -> KernelPolicy {
    let pass = policy(&sa(LOCAL, PEER, 0, false));
    let selector =
        Selector { protocol: 17, dst_port: (500, u16::MAX), src_prefix: 0, dst_prefix: 0, ..pass.id.selector };
    let offload = Some(Offload { ifindex: DEVICE, mode: OffloadMode::Packet, direction: Direction::Out });
    KernelPolicy { id: PolicyId { selector, ..pass.id }, template: None, templates: 0, offload, priority: 1, ..pass }
}

pub fn outbound(world: &World) -> KernelPolicy {
    *world
        .policies
        .values()
        .find(|policy| policy.id.direction == PolicyDirection::Out && policy.templates == 1)
        .unwrap()
}

#[test]
fn a_packet_mode_sa_without_its_policy_on_the_device_is_told_after_a_while_and_closes() {
    let mut world = in_packet_mode();
    let policy = outbound(&world);
    world.set_policy(KernelPolicy { offload: None, ..policy });
    world.wait(4);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.wait(2);
    assert_eq!(world.open(), ["policy-mismatch:t1"]);
    assert_eq!(world.finding("policy-mismatch:t1").reason, Reason::PolicyNotOffloaded);
    world.set_policy(policy);
    world.wait(4);
    assert_eq!(world.open(), ["policy-mismatch:t1"]);
    world.wait(2);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-policy-mismatch");
}

#[test]
fn without_the_bypass_the_device_swallows_ike() {
    let mut world = in_packet_mode();
    world.delete_policy(bypass().id);
    let policy = outbound(&world);
    world.set_policy(policy);
    world.wait(6);
    assert_eq!(world.finding("policy-mismatch:t1").reason, Reason::BypassMissing);
}

#[test]
fn a_deleted_policy_leaves_the_sa_without_packets() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    world.wait(10);
    let policy = outbound(&world);
    world.delete_policy(policy.id);
    world.wait(6);
    let finding = world.finding("policy-mismatch:t1");
    assert_eq!((finding.reason, finding.subject.direction), (Reason::PolicyMissing, Some(Span::Out)));
    assert_eq!(world.open(), ["clear-text-window:host", "policy-mismatch:t1"]);
    world.set_policy(policy);
    world.wait(6);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.policies.clear();
    world.see(What::Kernel(Event::PoliciesFlushed));
    world.wait(6);
    assert_eq!(world.open(), ["clear-text-window:host", "policy-mismatch:t1"]);
    world.keep("made-policies-flushed");
}

#[test]
fn a_policy_on_the_device_does_not_use_an_sa_in_software() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    let offload = Some(Offload { ifindex: DEVICE, mode: OffloadMode::Packet, direction: Direction::Out });
    let policy = KernelPolicy { offload, ..outbound(&world) };
    world.delete_policy(policy.id);
    world.set_policy(policy);
    world.wait(6);
    assert_eq!(world.finding("policy-mismatch:t1").reason, Reason::SaNotOffloaded);
}

#[test]
fn in_packet_mode_a_refused_policy_is_a_refused_offload() {
    for (setting, refused) in [(OffloadSetting::Packet, true), (OffloadSetting::Crypto, false)] {
        let mut world = World::unjoined();
        world.connections.push(connection("t1", setting));
        world.join();
        world.log("t1", 2, Statement::KernelRefused { operation: KernelOperation::Policy, sa: None, errno: 22 });
        world.log("t1", 2, Statement::KernelSaid { words: "Policy offload is not supported".to_owned() });
        world.log("t1", 2, Statement::ChildFailed { notify: None });
        world.wait(1);
        if refused {
            assert_eq!(world.finding("offload-rejected:t1").reason, Reason::PolicyUnsupported);
            world.keep("made-reason-policy-unsupported");
        } else {
            assert_eq!(world.open(), [] as [&str; 0]);
        }
    }
}

#[test]
fn offload_on_a_bond_is_unsafe_where_the_kernel_does_not_say_that_it_is_not() {
    for (abilities, unsafe_there) in [(Abilities::LINUX_6_12, true), (Abilities::LINUX_7_3, false)] {
        let mut world = World::unjoined();
        world.abilities = abilities;
        world.connections.push(connection("t1", OffloadSetting::Crypto));
        world.join();
        world.see(What::Link(Link { kind: Some("bond".to_owned()), ..nic(true) }));
        let (out, inn) = world.establish("t1", 2, true);
        world.wait(3);
        let open = world.open();
        assert_eq!(open, if unsafe_there { vec!["device-unsafe:eth0"] } else { vec![] }, "{abilities:?}");
        if unsafe_there {
            world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
            world.delete(out);
            world.delete(inn);
            world.wait(3);
            assert_eq!(world.open(), [] as [&str; 0]);
            world.keep("made-device-unsafe");
        }
    }
}

#[test]
fn a_block_that_covers_a_connection_is_evidence_of_its_being_down() {
    let mut world = World::unjoined();
    let mut t1 = connection("t1", OffloadSetting::Crypto);
    t1.local_selector = Some(format!("{LOCAL}/32"));
    t1.remote_selector = Some(format!("{PEER}/32"));
    t1.wanted_up = Some(true);
    world.connections.push(t1);
    let pass = policy(&sa(LOCAL, PEER, 0, false));
    let block = KernelPolicy { action: Action::Block, template: None, templates: 0, priority: 1, ..pass };
    let elsewhere = Selector { dst: "10.99.0.1".parse().unwrap(), ..pass.id.selector };
    let elsewhere = KernelPolicy { id: PolicyId { selector: elsewhere, ..pass.id }, ..block };
    world.policies.extend([(block.id, block), (elsewhere.id, elsewhere)]);
    world.join();
    world.wait(70);
    let finding = world.finding("tunnel-down:t1");
    let drops: Vec<_> = finding.evidence.iter().filter(|line| line.text.contains("drops its packets")).collect();
    assert_eq!(drops.len(), 1, "{:?}", finding.evidence);
    let counts = world.engine.status(RealTime::default()).summary.without_template;
    assert_eq!((counts.pass, counts.block), (0, 2));
}

#[test]
fn what_every_ike_daemon_lets_pass_is_counted_apart_from_what_somebody_else_does() {
    let mut world = World::unjoined();
    let any = "::".parse().unwrap();
    let mut pass = |protocol, kind: (u16, u16), to: (u16, u16), direction| {
        let like = policy(&sa(LOCAL, PEER, 0, false));
        let (src, dst) = if protocol == 58 { (any, any) } else { (like.id.selector.src, like.id.selector.dst) };
        let selector = Selector { src, dst, protocol, src_port: kind, dst_port: to, ..like.id.selector };
        let id = PolicyId { selector, direction, ..like.id };
        world.policies.insert(id, KernelPolicy { id, template: None, templates: 0, ..like });
    };
    let (none, out) = ((0, 0), PolicyDirection::Out);
    pass(58, (135, 0xffff), none, PolicyDirection::In);
    pass(58, (136, 0xffff), none, PolicyDirection::Forward);
    pass(17, none, (500, 0xffff), out);
    pass(0, none, none, PolicyDirection::Other(3));
    // An echo request, a name's lookup and everything: nobody negotiates with these.
    pass(58, (128, 0xffff), none, out);
    pass(17, none, (53, 0xffff), out);
    pass(0, none, none, out);
    world.join();
    let counts = world.engine.status(RealTime::default()).summary.without_template;
    assert_eq!((counts.pass, counts.bypass, counts.block), (7, 4, 0));
}

#[test]
fn a_row_has_when_it_was_added_and_whether_it_has_esn() {
    let mut world = World::unjoined();
    let mut row = sa(LOCAL, PEER, 5, false);
    row.counters.add_time = 1_700_000_000;
    row.replay.esn = true;
    world.kernel.insert(row.id, row);
    world.join();
    let mut rows = Vec::new();
    world.engine.sas(0, 10, &mut rows);
    let [found] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((found.added, found.esn), (Some(RealTime::from_micros(1_700_000_000_000_000)), Some(true)));
}

#[test]
fn what_will_hurt_later_is_noted_and_is_no_finding() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::Auto));
    world.connections.push(connection("t2", OffloadSetting::Crypto));
    world.join();
    let names = |world: &World| -> Vec<String> {
        world.engine.status(RealTime::default()).notes.into_iter().map(|note| note.name).collect()
    };
    assert_eq!(names(&world), ["nic-offload-auto", "refusal-kills-ike-sa"]);
    let debug = vec!["base".to_owned(), "private".to_owned()];
    let told = Daemon { log_addresses: Some(false), debug, version: Some("5.2".to_owned()), ..daemon(101) };
    world.see(What::DaemonGone(Death { pid: 100 }));
    world.see(What::DaemonFound(Box::new(told)));
    assert_eq!(names(&world), ["logip-no", "plutodebug-private"]);
}
