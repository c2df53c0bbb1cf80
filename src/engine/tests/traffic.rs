//! Windows of traffic: what carries as it should is silent, and each fault has its code and its figures.

use super::world::*;
use crate::model::*;

/// One window.
pub const WINDOW: u64 = 10;

/// A pair of `t1` on a NIC that counts, its first window begun.
pub fn carrying(offload: bool) -> (World, SaId, SaId) {
    let mut world = World::new();
    world.devices.insert("eth0".to_owned(), mlx5([0; 4]));
    let (out, inn) = world.establish("t1", 2, offload);
    world.wait(2 * WINDOW);
    assert_eq!(world.told.len(), usize::from(!offload) * 2);
    world.told.clear();
    (world, out, inn)
}

/// Without offload, and none expected.
pub fn in_software() -> (World, SaId, SaId) {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::No));
    world.join();
    let (out, inn) = world.establish("t1", 2, false);
    world.wait(2 * WINDOW);
    assert_eq!(world.told, []);
    (world, out, inn)
}

pub fn mlx5([rx, tx, rx_drop, tx_drop]: [u64; 4]) -> DeviceCounters {
    let names = ["ipsec_rx_pkts", "ipsec_tx_pkts", "ipsec_rx_drop_pkts", "ipsec_tx_drop_pkts"];
    let ipsec = names.map(str::to_owned).into_iter().zip([rx, tx, rx_drop, tx_drop]).collect();
    DeviceCounters { ipsec, rx_dropped: Some(0), tx_dropped: Some(0) }
}

impl World {
    pub fn sa(&mut self, id: SaId) -> &mut KernelSa {
        self.kernel.get_mut(&id).unwrap()
    }

    /// The CPU or the NIC encrypts: GSO packets of ten segments.
    pub fn send(&mut self, id: SaId, packets: u64) {
        let sa = self.sa(id);
        sa.replay.sent += packets;
        sa.counters.packets += packets.div_ceil(10);
        sa.counters.bytes += packets * 1000;
    }

    pub fn receive(&mut self, id: SaId, packets: u64) {
        let sa = self.sa(id);
        sa.replay.received += packets;
        sa.counters.packets += packets;
        sa.counters.bytes += packets * 1000;
    }

    pub fn count(&mut self, device: &str, counter: &str, more: u64) {
        *self.devices.get_mut(device).unwrap().ipsec.get_mut(counter).unwrap() += more;
    }

    fn drop_without_state(&mut self, more: u64) {
        *self.host.xfrm.entry("XfrmInNoStates".to_owned()).or_default() += more;
    }

    /// Windows in which the same happens.
    pub fn windows(&mut self, count: usize, mut happens: impl FnMut(&mut Self)) {
        for _ in 0..count {
            happens(self);
            self.wait(WINDOW);
        }
    }

    /// Traffic as it should be.
    pub fn healthy(&mut self, (out, inn): (SaId, SaId), packets: u64) {
        self.send(out, packets);
        self.receive(inn, packets);
        self.count("eth0", "ipsec_tx_pkts", packets);
        self.count("eth0", "ipsec_rx_pkts", packets);
    }
}

// --- sampling

#[test]
fn nothing_is_sampled_where_no_tunnel_stands() {
    let mut world = World::new();
    world.wait(300);
    assert_eq!(world.samplings, 0);
    let (out, inn) = world.establish("t1", 2, true);
    world.wait(101);
    assert_eq!(world.samplings, 10);
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    world.table.children.clear();
    world.delete(out);
    world.delete(inn);
    world.wait(100);
    assert_eq!(world.samplings, 10);
}

#[test]
fn rates_are_of_the_wire_and_unknown_before_the_second_sampling() {
    let mut world = World::new();
    let (out, inn) = world.establish("t1", 2, true);
    let rates = |world: &World| {
        let mut rows = Vec::new();
        world.engine.sas(0, 10, &mut rows);
        rows.iter().map(|row| (row.packets_per_second, row.bytes_per_second)).collect::<Vec<_>>()
    };
    world.wait(WINDOW);
    assert_eq!(rates(&world), [(None, None); 2]);
    world.send(out, 5000);
    world.receive(inn, 20);
    world.wait(WINDOW);
    assert_eq!(rates(&world), [(Some(500), Some(500_000)), (Some(2), Some(2000))]);
    // Set back: what came since is not known.
    world.sa(out).replay.sent = 7;
    world.wait(WINDOW);
    assert_eq!(rates(&world), [(None, None), (Some(0), Some(0))]);
}

#[test]
fn healthy_traffic_with_rekeys_is_silent() {
    let (mut world, mut out, mut inn) = carrying(true);
    for serial in 3..6 {
        world.windows(2, |world| world.healthy((out, inn), 100_000));
        // The rekey comes in the middle of a window, and the old pair's last packets are known from its deletion alone.
        world.log("t1", serial, Statement::Initiating { rekeys: Some(Serial(serial - 1)) });
        let next = world.establish("t1", serial, true);
        world.healthy((out, inn), 60_000);
        for id in [out, inn] {
            let last = world.kernel.remove(&id).map(Box::new);
            world.log("t1", serial - 1, Statement::Deleting { is_ike: false, established: true });
            world.see(What::Kernel(Event::SaDeleted { id, last }));
        }
        world.table.children.retain(|child| child.serial != Serial(serial - 1));
        (out, inn) = next;
        world.healthy((out, inn), 40_000);
        world.wait(WINDOW);
        let story = world.engine.explain("t1").unwrap().now.join("\n");
        assert!(story.contains("its SAs carried 100000 packets in the last window"), "{story}");
    }
    world.windows(3, |_| {});
    assert_eq!(world.told, []);
    world.keep("made-traffic-healthy");
}

// --- hw-sw-mismatch

#[test]
fn an_sa_that_claims_the_nic_while_the_cpu_works_is_told_in_three_windows() {
    let (mut world, out, inn) = carrying(true);
    world.windows(4, |world| world.healthy((out, inn), 500));
    let silently_in_software = |world: &mut World| {
        world.send(out, 500);
        world.receive(inn, 500);
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
fn what_the_nic_drops_on_the_way_out_is_no_work_of_the_cpu() {
    let (mut world, out, inn) = carrying(true);
    world.windows(6, |world| {
        world.send(out, 500);
        world.receive(inn, 500);
        world.count("eth0", "ipsec_rx_pkts", 500);
        world.count("eth0", "ipsec_tx_pkts", 100);
        world.count("eth0", "ipsec_tx_drop_pkts", 400);
    });
    assert_eq!(world.open(), ["nic-drops:eth0"]);
}

#[test]
fn what_a_nic_drops_of_sas_that_it_has_forgotten_is_told_though_nothing_passes() {
    let mut world = super::policies::in_packet_mode();
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
    world.windows(6, |world| {
        world.send(out, 500);
        world.receive(inn, 500);
    });
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
    let mut world = World::new();
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
        world.send(out, 600);
        world.receive(inn, 600);
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

// --- esp-blackhole

#[test]
fn a_tunnel_that_falls_silent_one_way_is_a_blackhole_after_three_windows() {
    let (mut world, out, inn) = in_software();
    world.windows(2, |world| {
        world.send(out, 50);
        world.receive(inn, 50);
    });
    world.windows(2, |world| world.send(out, 50));
    assert_eq!(world.told, []);
    world.windows(1, |world| world.send(out, 50));
    let finding = world.finding("esp-blackhole:t1");
    assert_eq!((finding.reason, finding.subject.direction), (Reason::NoAnswer, Some(Span::In)));
    assert_eq!((finding.subject.spi, finding.evidence.len()), (Some(inn.spi), 3));
    assert!(finding.evidence[0].text.contains("50 packets were sent and none received"), "{:?}", finding.evidence);
    world.windows(3, |world| {
        world.send(out, 50);
        world.receive(inn, 50);
    });
    assert_eq!(world.closed(), ["esp-blackhole:t1"]);
    world.keep("made-blackhole-no-answer");
}

#[test]
fn one_way_traffic_is_no_blackhole_where_no_answer_ever_came() {
    let (mut world, out, _) = in_software();
    world.windows(20, |world| world.send(out, 5000));
    assert_eq!(world.told, []);
    let story = world.engine.explain("t1").unwrap().now.join("\n");
    assert!(story.contains("one way only so far"), "{story}");
    world.keep("made-traffic-one-way");
}

#[test]
fn what_sas_carried_before_swanwatch_came_counts_as_carried() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::No));
    for (src, dst, spi) in [(LOCAL, PEER, 4), (PEER, LOCAL, 5)] {
        let mut row = sa(src, dst, spi, false);
        row.counters.packets = 9;
        world.kernel.insert(row.id, row);
    }
    world.daemon_claims("t1", 2, PEER, (Spi(4), Spi(5)));
    world.join();
    world.wait(2 * WINDOW);
    let out = sa(LOCAL, PEER, 4, false).id;
    world.windows(3, |world| world.send(out, 50));
    assert!(world.open().contains(&"esp-blackhole:t1".to_owned()), "{:?}", world.open());
}

#[test]
fn few_packets_and_pauses_are_no_blackhole() {
    let (mut world, out, inn) = in_software();
    world.windows(1, |world| {
        world.send(out, 50);
        world.receive(inn, 50);
    });
    // Liveness inside of the tunnel: 30 packets a window.
    world.windows(10, |world| world.send(out, 30));
    world.windows(1, |_| {});
    world.windows(9, |world| {
        world.send(out, 500);
        world.wait(WINDOW);
        world.send(out, 500);
        world.wait(WINDOW);
    });
    assert_eq!(world.told, []);
}

#[test]
fn what_is_received_and_never_answered_is_the_other_direction() {
    let (mut world, out, inn) = in_software();
    world.windows(1, |world| {
        world.send(out, 50);
        world.receive(inn, 50);
    });
    world.windows(3, |world| world.receive(inn, 400));
    let finding = world.finding("esp-blackhole:t1");
    assert_eq!((finding.reason, finding.subject.direction), (Reason::Unknown, Some(Span::Out)));
}

#[test]
fn an_end_that_drops_all_that_comes_says_so_though_nothing_ever_passed() {
    let (mut world, _, inn) = in_software();
    world.windows(3, |world| world.sa(inn).counters.integrity_failures += 40);
    let finding = world.finding("esp-blackhole:t1");
    assert_eq!((finding.reason, finding.subject.direction), (Reason::AuthFailed, Some(Span::In)));
    assert!(finding.evidence[0].text.contains("40 failed their integrity check"), "{:?}", finding.evidence);
    world.keep("made-blackhole-auth-failed");
}

#[test]
fn few_answers_to_much_that_is_sent_are_the_reason_where_all_of_them_fail() {
    for (failing, reason) in [(50, Reason::AuthFailed), (3, Reason::NoAnswer)] {
        let (mut world, out, inn) = in_software();
        world.windows(2, |world| {
            world.send(out, 2000);
            world.receive(inn, failing);
        });
        world.windows(3, |world| {
            world.send(out, 2000);
            world.sa(inn).counters.integrity_failures += failing as u32;
        });
        assert_eq!(world.finding("esp-blackhole:t1").reason, reason);
    }
}

#[test]
fn a_blackhole_that_begins_within_a_window_is_not_told_as_drops_first() {
    let (mut world, out, inn) = in_software();
    world.windows(2, |world| {
        world.send(out, 200);
        world.receive(inn, 200);
    });
    world.receive(inn, 50);
    world.windows(4, |world| {
        world.send(out, 200);
        world.sa(inn).counters.integrity_failures += 150;
    });
    let told: Vec<_> = world.told.iter().map(|(_, finding)| finding.id.as_str()).collect();
    assert_eq!(told, ["esp-blackhole:t1"]);
}

#[test]
fn each_cause_of_a_blackhole_has_its_reason() {
    type Happens = fn(&mut World, SaId);
    let cases: [(Happens, Reason); 3] = [
        (|world, inn| world.sa(inn).counters.replay_drops += 50, Reason::Replay),
        (|world, _| world.drop_without_state(50), Reason::NoState),
        (|world, _| world.count("eth0", "ipsec_rx_drop_pkts", 50), Reason::NicDrop),
    ];
    for (happens, reason) in cases {
        let (mut world, out, inn) = carrying(true);
        world.windows(2, |world| world.healthy((out, inn), 50));
        world.windows(3, |world| {
            world.send(out, 50);
            world.count("eth0", "ipsec_tx_pkts", 50);
            happens(world, inn);
        });
        assert_eq!(world.open(), ["esp-blackhole:t1"]);
        assert_eq!(world.finding("esp-blackhole:t1").reason, reason);
    }
}

#[test]
fn an_end_whose_nic_drops_what_it_sends_is_told_so_there() {
    let (mut world, out, inn) = carrying(true);
    world.windows(2, |world| world.healthy((out, inn), 50));
    world.windows(3, |world| {
        world.send(out, 50);
        world.count("eth0", "ipsec_tx_drop_pkts", 50);
    });
    assert_eq!(world.open(), ["esp-blackhole:t1"]);
    let finding = world.finding("esp-blackhole:t1");
    assert_eq!((finding.reason, finding.subject.direction), (Reason::NicDrop, Some(Span::Out)));
    assert_eq!(finding.subject.spi, Some(out.spi));
    assert!(finding.evidence[0].text.contains("50 were dropped by the NIC on their way out"), "{:?}", finding.evidence);
    world.keep("made-blackhole-nic-drops-what-is-sent");
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

#[test]
fn packets_without_state_explain_no_silence_where_two_tunnels_are_silent() {
    let mut world = World::unjoined();
    for name in ["t1", "t2"] {
        world.connections.push(connection(name, OffloadSetting::No));
    }
    world.join();
    let pairs = [world.establish_with("t1", 2, PEER, false), world.establish_with("t2", 3, "10.0.0.3", false)];
    world.wait(2 * WINDOW);
    for (out, inn) in pairs {
        world.send(out, 50);
        world.receive(inn, 50);
    }
    world.wait(WINDOW);
    world.windows(3, |world| {
        pairs.iter().for_each(|(out, _)| world.send(*out, 50));
        world.drop_without_state(50);
    });
    assert_eq!(world.open(), ["esp-blackhole:t1", "esp-blackhole:t2"]);
    assert_eq!(world.finding("esp-blackhole:t1").reason, Reason::NoAnswer);
}

#[test]
fn a_missing_sa_explains_both_the_silence_and_the_packets_without_state() {
    let (mut world, out, inn) = in_software();
    world.windows(2, |world| {
        world.send(out, 500);
        world.receive(inn, 500);
    });
    world.delete(inn);
    world.windows(6, |world| {
        world.send(out, 500);
        world.drop_without_state(500);
    });
    assert_eq!(world.open(), ["sa-missing:t1:in"]);
}

// --- counters of drops

#[test]
fn drops_beside_traffic_are_warnings_and_close_after_three_quiet_windows() {
    type Happens = fn(&mut World, SaId);
    let cases: [(&str, Happens); 4] = [
        ("auth-failures:t1", |world, inn| world.sa(inn).counters.integrity_failures += 100),
        ("replay-drops:t1", |world, inn| world.sa(inn).counters.replay_window_drops += 100),
        ("nic-drops:eth0", |world, _| world.count("eth0", "ipsec_rx_drop_pkts", 100)),
        ("no-state-drops:host", |world, _| world.drop_without_state(100)),
    ];
    for (id, happens) in cases {
        let (mut world, out, inn) = carrying(true);
        let window = |world: &mut World| {
            world.healthy((out, inn), 20_000);
            happens(world, inn);
        };
        world.windows(2, window);
        // One window without it: no three in a row.
        world.windows(1, |world| world.healthy((out, inn), 20_000));
        world.windows(2, window);
        assert_eq!(world.told, [], "{id}");
        world.windows(3, window);
        assert_eq!(world.open(), [id]);
        let finding = world.finding(id);
        assert_eq!((finding.severity, finding.evidence.len()), (Severity::Warning, 3), "{id}");
        assert!(finding.evidence[0].text.contains("100"), "{:?}", finding.evidence);
        world.windows(3, |world| world.healthy((out, inn), 20_000));
        assert_eq!(world.closed(), [id]);
        world.keep(&format!("made-{}", finding.code));
    }
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

#[test]
fn few_drops_and_a_small_share_of_them_are_nothing() {
    let (mut world, out, inn) = carrying(true);
    let drops = |world: &mut World, count: u32| {
        world.sa(inn).counters.integrity_failures += count;
        world.sa(inn).counters.replay_drops += count;
        world.count("eth0", "ipsec_rx_drop_pkts", count.into());
        world.drop_without_state(count.into());
    };
    world.windows(5, |world| {
        world.healthy((out, inn), 1000);
        drops(world, 99);
    });
    world.windows(5, |world| {
        world.healthy((out, inn), 400_000);
        drops(world, 399);
    });
    assert_eq!(world.told, []);
}

#[test]
fn forged_packets_on_a_tunnel_at_rest_are_a_finding_and_ask_for_nothing() {
    let (mut world, _, inn) = in_software();
    let asked = world.asked.len();
    world.windows(3, |world| {
        world.sa(inn).counters.integrity_failures += 5000;
        world.drop_without_state(5000);
    });
    assert_eq!(world.open(), ["esp-blackhole:t1", "no-state-drops:host"]);
    // Whoever can send packets can have this: nothing is done about it, not even a question is asked.
    assert_eq!(world.asked.len(), asked);
    world.keep("made-forged");
}

// --- sa-expiring

#[test]
fn numbers_that_run_out_are_told_until_a_successor_stands() {
    let (mut world, out, inn) = in_software();
    world.sa(out).replay.sent = 3_900_000_000;
    world.sa(inn).replay.received = 12;
    world.wait(WINDOW);
    let finding = world.finding("sa-expiring:t1:out");
    assert_eq!((finding.reason, finding.severity), (Reason::Sequence, Severity::Warning));
    assert!(finding.evidence[0].text.contains("3900000000 of 4294967295"), "{:?}", finding.evidence);
    world.wait(60);
    world.log("t1", 3, Statement::Initiating { rekeys: Some(Serial(2)) });
    world.establish("t1", 3, false);
    assert_eq!(world.closed(), ["sa-expiring:t1:out"]);
    world.keep("made-sa-expiring");
}

#[test]
fn both_ways_close_to_their_end_are_one_finding() {
    let (mut world, out, inn) = in_software();
    for id in [out, inn] {
        world.sa(id).lifetime = Lifetime { hard_add_seconds: 3600, ..Lifetime::default() };
    }
    world.wait(3300);
    assert_eq!(world.told, []);
    world.wait(200);
    assert_eq!(world.finding("sa-expiring:t1:both").reason, Reason::Time);
}

#[test]
fn a_daemon_that_is_gone_is_told_and_its_traffic_no_more() {
    let (mut world, out, inn) = in_software();
    world.windows(1, |world| {
        world.send(out, 50);
        world.receive(inn, 50);
    });
    world.windows(4, |world| world.send(out, 50));
    assert_eq!(world.open(), ["esp-blackhole:t1"]);
    world.see(What::DaemonGone(Death { pid: 100 }));
    world.wait(30);
    assert_eq!(world.open(), ["daemon-crashed:host"]);
}
