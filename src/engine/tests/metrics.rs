//! What a scrape counts.

use super::world::*;
use crate::engine::Tally;
use crate::model::*;

/// Counted in pieces of `piece` SAs.
fn metrics(world: &World, piece: usize) -> Metrics {
    let mut tally = Tally::default();
    let mut cursor = Some(0);
    while let Some(from) = cursor {
        cursor = world.engine.tally(from, piece, &mut tally);
    }
    world.engine.metrics(&tally, Feed::default())
}

fn kind(connection: &str, device: Option<&str>, offload: &'static str) -> SaKind {
    SaKind { connection: SaOwner::Connection(connection.to_owned()), device: device.map(str::to_owned), offload }
}

#[test]
fn sas_are_counted_by_connection_device_and_offload_whatever_the_pieces() {
    let mut world = World::new();
    world.connections.push(connection("t2", OffloadSetting::Crypto));
    world.establish("t1", 2, true);
    world.establish_with("t2", 3, "10.0.0.3", false);
    let device = nic(true).name;
    for piece in [1, 3, 100] {
        let metrics = metrics(&world, piece);
        assert_eq!(
            metrics.sas,
            [(kind("t1", Some(&device), "crypto"), 2), (kind("t2", Some(&device), "none"), 2)].into()
        );
        assert_eq!(metrics.folded, 0);
    }
}

#[test]
fn findings_are_counted_by_code_and_severity() {
    let mut world = World::new();
    world.establish("t1", 2, false);
    let open = [((Code::SaNotOffloaded, Severity::Warning), world.open().len() as u64)];
    assert_eq!(metrics(&world, 10).findings, open.into());
}

#[test]
fn connections_beyond_a_thousand_are_counted_together() {
    let mut world = World::new();
    for serial in 2..1_102 {
        let (high, low) = (serial / 250, serial % 250);
        world.establish_with(&format!("c{serial}"), serial, &format!("10.9.{high}.{low}"), true);
    }
    let metrics = metrics(&world, 300);
    // The one that the world begins with, and 1,100.
    assert_eq!(metrics.folded, 101);
    let folded = SaKind { connection: SaOwner::Folded, device: Some(nic(true).name), offload: "crypto" };
    assert_eq!(metrics.sas[&folded], 202);
    assert_eq!(metrics.sas.values().sum::<u64>(), 2_200);
    assert!(metrics.sas.len() <= 1_001, "{}", metrics.sas.len());
}
