//! `nic-drops`: what a device drops, where no tunnel tells of it.

use crate::engine::tests::traffic::*;
use crate::engine::tests::world::*;
use crate::model::*;

#[test]
fn what_the_nic_drops_on_the_way_out_is_no_work_of_the_cpu() {
    let (mut world, out, inn) = carrying(true);
    world.windows(6, |world| {
        world.both((out, inn), 500);
        world.count("eth0", "ipsec_rx_pkts", 500);
        world.count("eth0", "ipsec_tx_pkts", 100);
        world.count("eth0", "ipsec_tx_drop_pkts", 400);
    });
    assert_eq!(world.open(), ["nic-drops:eth0"]);
}

#[test]
fn what_a_nic_drops_of_sas_that_it_has_forgotten_is_told_though_nothing_passes() {
    let mut world = crate::engine::tests::policies::in_packet_mode();
    world.devices.insert("eth0".to_owned(), mlx5([0; 4]));
    let [inn, out] = [LOCAL, PEER].map(|dst| *world.kernel.keys().find(|id| id.dst.to_string() == dst).unwrap());
    world.wait(20);
    world.windows(2, |world| world.healthy((out, inn), 1000));
    // In packet mode the NIC alone counts what an SA carries, and it has none.
    world.windows(2, |world| world.count("eth0", "ipsec_tx_drop_pkts", 1000));
    assert_eq!(world.open(), [""; 0]);
    world.windows(1, |world| world.count("eth0", "ipsec_tx_drop_pkts", 1000));
    assert_eq!(world.open(), ["nic-drops:eth0"]);
    world.windows(3, |world| world.healthy((out, inn), 1000));
    assert_eq!(world.open(), [""; 0]);
    world.keep("made-nic-drops-all");
}

#[test]
fn what_a_tunnels_own_checks_refused_is_not_told_of_its_nic_too() {
    let (mut world, out, inn) = carrying(true);
    world.windows(4, |world| {
        world.healthy((out, inn), 1000);
        world.sa(inn).counters.integrity_failures += 500;
        world.count("eth0", "ipsec_rx_drop_pkts", 500);
    });
    assert_eq!(world.open(), ["auth-failures:t1"]);
}

/// The NIC drops what is sent from within a window on, and a later window's beginning.
fn nic_drops_what_is_sent(world: &mut World, (out, inn): (SaId, SaId), windows: usize) {
    world.receive(inn, 50);
    world.windows(windows, |world| {
        world.send(out, 200);
        world.count("eth0", "ipsec_tx_drop_pkts", 150);
    });
}

#[test]
fn a_blackhole_of_the_nics_making_is_told_neither_before_nor_after_as_the_nics_drops() {
    let (mut world, out, inn) = carrying(true);
    world.windows(2, |world| world.healthy((out, inn), 200));
    nic_drops_what_is_sent(&mut world, (out, inn), 4);
    assert_eq!(world.open(), ["esp-blackhole:t1"]);
    // Mended within a window in which the NIC still dropped.
    world.count("eth0", "ipsec_tx_drop_pkts", 150);
    world.windows(4, |world| world.healthy((out, inn), 200));
    let told: Vec<_> = world.told.iter().map(|(change, finding)| (*change, finding.id.as_str())).collect();
    assert_eq!(told, [(Change::Opened, "esp-blackhole:t1"), (Change::Closed, "esp-blackhole:t1")]);
    world.keep("made-blackhole-of-the-nic-mended");
}

#[test]
fn a_tunnel_that_is_silent_for_two_windows_does_not_hide_what_the_nic_drops() {
    let (mut world, out, inn) = carrying(true);
    world.windows(2, |world| world.healthy((out, inn), 200));
    nic_drops_what_is_sent(&mut world, (out, inn), 3);
    assert_eq!(world.open(), [""; 0]);
    world.windows(1, |world| {
        world.healthy((out, inn), 200);
        world.count("eth0", "ipsec_tx_drop_pkts", 150);
    });
    assert_eq!(world.open(), ["nic-drops:eth0"]);
}
