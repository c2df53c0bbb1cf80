//! `hw-sw-mismatch`: who encrypts, by the counters of the device.

use crate::engine::tests::traffic::*;
use crate::engine::tests::world::*;
use crate::model::*;

#[test]
fn an_sa_that_claims_the_nic_while_the_cpu_works_is_told_in_three_windows() {
    let (mut world, out, inn) = carrying(true);
    world.windows(4, |world| world.healthy((out, inn), 500));
    let silently_in_software = |world: &mut World| {
        world.both((out, inn), 500);
        world.count("eth0", "ipsec_rx_pkts", 500);
    };
    world.windows(2, silently_in_software);
    assert_eq!(world.told, []);
    world.windows(1, silently_in_software);
    let finding = world.finding("hw-sw-mismatch:eth0:out");
    assert_eq!((finding.reason, finding.severity), (Reason::CpuInstead, Severity::Critical));
    assert_eq!((finding.affected.list, finding.affected.connections), (vec!["t1".to_owned()], 1));
    assert_eq!(finding.evidence.len(), 3);
    assert!(finding.evidence[0].text.contains("carried 500 packets"), "{:?}", finding.evidence);
    assert!(finding.evidence[0].text.contains("ipsec_tx_pkts grew by 0"), "{:?}", finding.evidence);
    world.windows(10, |world| world.healthy((out, inn), 500));
    assert_eq!(world.closed(), ["hw-sw-mismatch:eth0:out"]);
    world.keep("made-hw-sw-mismatch");
}

#[test]
fn a_nic_that_does_what_sas_carry_that_claim_none_is_told_with_these() {
    let mut world = World::unjoined();
    world.connections.extend([connection("t1", OffloadSetting::Crypto), connection("t2", OffloadSetting::No)]);
    world.join();
    world.devices.insert("eth0".to_owned(), mlx5([0; 4]));
    world.establish("t1", 2, true);
    let (out, inn) = world.establish("t2", 3, false);
    world.wait(2 * WINDOW);
    let uncalled = |world: &mut World| {
        world.both((out, inn), 500);
        world.count("eth0", "ipsec_tx_pkts", 500);
    };
    world.windows(2, uncalled);
    assert_eq!(world.told, []);
    world.windows(1, uncalled);
    assert_eq!(world.open(), ["hw-sw-mismatch:eth0:out"]);
    let finding = world.finding("hw-sw-mismatch:eth0:out");
    assert_eq!(
        (finding.reason, finding.affected.sas, &finding.affected.list),
        (Reason::NicInstead, 1, &vec!["t2".to_owned()])
    );
    assert!(finding.evidence[0].text.contains("others 500; ipsec_tx_pkts grew by 500"), "{:?}", finding.evidence);
    world.windows(8, |world| world.both((out, inn), 500));
    assert_eq!(world.closed(), ["hw-sw-mismatch:eth0:out"]);
    world.keep("made-hw-sw-mismatch-nic-instead");
}

#[test]
fn counters_that_are_set_back_are_no_mismatch() {
    let (mut world, out, inn) = carrying(true);
    for round in 0..12 {
        world.healthy((out, inn), 500);
        // The driver is loaded anew, or a register of 32 bits runs over, in every second window.
        if round % 2 == 0 {
            world.devices.insert("eth0".to_owned(), mlx5([3, 3, 0, 0]));
        }
        world.wait(WINDOW);
    }
    assert_eq!(world.told, []);
    world.keep("made-traffic-counters-set-back");
}

#[test]
fn registers_of_32_bits_that_run_over_are_no_traffic() {
    let (mut world, out, inn) = carrying(true);
    let full = u64::from(u32::MAX);
    world.windows(9, |world| {
        world.healthy((out, inn), 500);
        // Each time a look falls behind the turn of a register of the NIC, and one of the kernel's.
        for name in ["ipsec_tx_pkts", "ipsec_rx_pkts", "ipsec_rx_drop_pkts"] {
            let counter = world.devices.get_mut("eth0").unwrap().ipsec.get_mut(name).unwrap();
            *counter = if *counter > full / 2 { *counter % full % 1000 } else { full - 100 };
        }
        let failures = &mut world.sa(inn).counters.integrity_failures;
        *failures = if *failures == 0 { u32::MAX } else { 0 };
    });
    let told: Vec<_> = world.told.iter().map(|(_, finding)| finding.id.as_str()).collect();
    assert_eq!(told, [] as [&str; 0]);
    world.keep("made-traffic-registers-run-over");
}

#[test]
fn an_sa_that_left_with_an_unknown_count_makes_no_mismatch() {
    let mut world = World::new();
    world.devices.insert("eth0".to_owned(), mlx5([0; 4]));
    let mut pair = world.establish("t1", 2, true);
    world.wait(2 * WINDOW);
    for serial in 3..9 {
        // All of its packets after the last sampling, and no last state in the event.
        world.healthy(pair, 500);
        world.log("t1", serial, Statement::Initiating { rekeys: Some(Serial(serial - 1)) });
        let next = world.establish("t1", serial, true);
        world.log("t1", serial - 1, Statement::Deleting { is_ike: false, established: true });
        world.delete(pair.0);
        world.delete(pair.1);
        world.table.children.retain(|child| child.serial != Serial(serial - 1));
        pair = next;
        world.wait(WINDOW);
    }
    assert_eq!(world.told, []);
    world.keep("made-traffic-gone-between-samplings");
}

#[test]
fn ixgbe_counts_a_gso_packet_once() {
    let (mut world, out, inn) = carrying(true);
    let ipsec = ["rx_ipsec", "tx_ipsec"].map(|name| (name.to_owned(), 0)).into();
    world.devices.insert("eth0".to_owned(), DeviceCounters { ipsec, ..DeviceCounters::default() });
    world.windows(6, |world| {
        world.send(out, 5000);
        world.receive(inn, 500);
        world.count("eth0", "tx_ipsec", 500);
        world.count("eth0", "rx_ipsec", 500);
    });
    assert_eq!(world.told, []);
}

#[test]
fn a_driver_without_counters_is_said_and_is_no_finding() {
    let (mut world, out, inn) = carrying(true);
    let none = DeviceCounters { rx_dropped: Some(0), tx_dropped: Some(0), ..DeviceCounters::default() };
    world.devices.insert("eth0".to_owned(), none);
    world.windows(6, |world| world.both((out, inn), 500));
    assert_eq!(world.told, []);
    let story = world.engine.explain("t1").unwrap().now.join("\n");
    assert!(story.contains("(out) cannot be told: eth0 (mlx5_core) counts no IPsec packets"), "{story}");
    assert!(story.contains("500 packets out and 500 in"), "{story}");
    world.devices.clear();
    world.windows(2, |_| {});
    let story = world.engine.explain("t1").unwrap().now.join("\n");
    assert!(story.contains("cannot be told: reading the counters of eth0: no such device"), "{story}");
}

#[test]
fn a_bonds_slaves_do_its_work() {
    let mut world = World::unjoined();
    // On others a bond is unsafe.
    world.abilities = Abilities::LINUX_7_3;
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.join();
    let slave =
        |index, name: &str| Link { index, name: name.to_owned(), master: Some(DEVICE), addresses: vec![], ..nic(true) };
    world.see(What::Link(Link { kind: Some("bond".to_owned()), ..nic(true) }));
    for (index, name) in [(7, "eth1"), (8, "eth2")] {
        world.see(What::Link(slave(index, name)));
        world.devices.insert(name.to_owned(), mlx5([0; 4]));
    }
    let (out, inn) = world.establish("t1", 2, true);
    world.wait(2 * WINDOW);
    let carry = |world: &mut World, slaves: &[&str]| {
        world.both((out, inn), 600);
        for name in slaves {
            world.count(name, "ipsec_rx_pkts", 300);
            world.count(name, "ipsec_tx_pkts", 300);
        }
    };
    world.windows(5, |world| carry(world, &["eth1", "eth2"]));
    assert_eq!(world.told, []);
    world.windows(3, |world| carry(world, &[]));
    assert_eq!(world.open(), ["hw-sw-mismatch:eth0:in", "hw-sw-mismatch:eth0:out"]);
}
