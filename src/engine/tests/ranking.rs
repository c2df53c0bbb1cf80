//! Who carries most.

use super::traffic::{WINDOW, carrying, in_software};
use super::world::*;
use crate::engine::Ranking;
use crate::model::*;

/// Looked at `piece` SAs at a time.
fn ranked(world: &World, order: TrafficOrder, (offset, limit): (usize, usize), piece: usize) -> TrafficReport {
    let mut ranking = Ranking::new(order, offset, limit);
    let mut cursor = Some(0);
    while let Some(from) = cursor {
        cursor = world.engine.rank(from, piece, &mut ranking);
    }
    world.engine.traffic(ranking, RealTime::from_micros(1))
}

fn spis(report: &TrafficReport) -> Vec<u32> {
    report.sas.iter().map(|row| row.spi.0).collect()
}

#[test]
fn each_order_has_its_first_and_pages_join_whatever_the_piece() {
    let mut world = World::new();
    world.devices.insert("eth0".to_owned(), DeviceCounters::default());
    let pairs: Vec<_> = (2..12).map(|serial| world.establish("t1", serial, serial % 2 == 0)).collect();
    world.wait(2 * WINDOW);
    for (place, (out, inn)) in (0u32..).zip(&pairs) {
        world.send(*out, 100 * u64::from(place));
        world.receive(*inn, 50);
        world.sa(*inn).counters.integrity_failures += 20 * (10 - place);
        world.sa(*out).counters.bytes += u64::from((10 - place) * 1_000_000);
    }
    world.wait(WINDOW);
    for piece in [1, 3, 100] {
        let all = ranked(&world, TrafficOrder::Packets, (0, 100), piece);
        assert_eq!((all.sas_total, all.sas.len(), all.window_ms.is_some()), (20, 20, true));
        let rates: Vec<_> = all.sas.iter().map(|row| row.packets_per_second).collect();
        assert!(rates.is_sorted_by(|a, b| a >= b), "{rates:?}");
        assert_eq!(spis(&all)[..3], [22, 20, 18]);
        let pages = [0, 7, 14].map(|offset| spis(&ranked(&world, TrafficOrder::Packets, (offset, 7), piece)));
        assert_eq!(pages.concat(), spis(&all));
        assert_eq!(spis(&ranked(&world, TrafficOrder::Drops, (0, 2), piece)), [5, 7]);
        assert_eq!(spis(&ranked(&world, TrafficOrder::Bytes, (0, 1), piece)), [4]);
        assert_eq!(spis(&ranked(&world, TrafficOrder::Total, (0, 1), piece)), [4]);
        assert_eq!(spis(&ranked(&world, TrafficOrder::Total, (20, 5), piece)), [0; 0]);
    }
}

#[test]
fn devices_show_what_sas_claim_beside_what_the_nic_counts() {
    let (mut world, out, inn) = carrying(true);
    world.windows(1, |world| world.healthy((out, inn), 500));
    let report = ranked(&world, TrafficOrder::Packets, (0, 10), 10);
    let device = &report.devices[0];
    assert_eq!((device.device.as_deref(), device.driver.as_deref()), (Some("eth0"), Some("mlx5_core")));
    assert_eq!((device.offloaded_sas, device.software_sas), (2, 0));
    assert_eq!(device.rates.sent.offloaded_packets_per_second, 50);
    assert_eq!(device.nic_packets_per_second, ByDirection { received: Some(50), sent: Some(50) });
    assert_eq!(device.encrypts, ByDirection { received: Some(Worker::Nic), sent: Some(Worker::Nic) });
    assert!(report.sas.iter().all(|row| row.encrypts == Some(Worker::Nic)));
    // One window in which the NIC did nothing says nothing; the third one does.
    let encrypts = |world: &World| ranked(world, TrafficOrder::Packets, (0, 10), 10).devices[0].encrypts.sent;
    let cpu = |world: &mut World| {
        world.both((out, inn), 500);
    };
    world.windows(1, cpu);
    assert_eq!(encrypts(&world), None);
    world.windows(2, cpu);
    assert_eq!(encrypts(&world), Some(Worker::Cpu));
    let report = ranked(&world, TrafficOrder::Packets, (0, 10), 10);
    assert_eq!(report.findings, FindingCount { critical: 2, warning: 0 });
    assert_eq!(report.sas[0].encrypts, Some(Worker::Cpu));
}

#[test]
fn without_offload_it_is_the_cpu_and_before_two_samplings_there_are_no_rates() {
    let (mut world, out, _) = in_software();
    world.windows(1, |world| world.send(out, 1000));
    let report = ranked(&world, TrafficOrder::Packets, (0, 1), 10);
    assert_eq!((report.sas[0].spi, report.sas[0].encrypts), (out.spi, Some(Worker::Cpu)));
    assert_eq!(report.all.sent.software_packets_per_second, 100);
    assert_eq!((report.devices[0].encrypts.sent, report.devices[0].nic_packets_per_second.sent), (None, None));
    let world = World::new();
    let report = ranked(&world, TrafficOrder::Packets, (0, 1), 10);
    assert_eq!((report.window_ms, report.sas_total, report.devices), (None, 0, vec![]));
}
