//! What the engine keeps of those who came and went.

use std::time::Duration;

use super::world::*;
use crate::model::*;

const CALLERS: u32 = 20_000;

/// More than is kept of what is over, whatever there was.
const MOST: usize = 1_500;

/// How much is kept: names, connections, tunnels, reqids, findings, timers.
fn kept(world: &World) -> [usize; 5] {
    let claims = &world.engine.facts.claims;
    let (connections, tunnels) = (claims.connections().count(), claims.tunnels().count());
    [world.engine.facts.names.len(), connections, tunnels, claims.reqids(), world.engine.facts.timers.len()]
}

/// A caller's pair comes up and goes again.
fn calls(world: &mut World, connection: &str, instance: Option<String>, number: u32) {
    let serial = Serial(2 + number);
    let peer = std::net::Ipv4Addr::from(0x0b00_0000 + number).to_string();
    let (outbound, inbound) = (Spi(0x1000 + 2 * number), Spi(0x1001 + 2 * number));
    let rows = [sa(LOCAL, &peer, outbound.0, false), sa(&peer, LOCAL, inbound.0, false)];
    let rows = rows.map(|row| KernelSa { reqid: 100_000 + number, ..row });
    let about =
        || Some(Speaker { connection: connection.to_owned(), instance: instance.clone(), serial: Some(serial) });
    for row in rows {
        world.kernel.insert(row.id, row);
        world.see(What::Kernel(Event::SaAdded(Box::new(row))));
    }
    let spis = SpiPair { protocol: Protocol::Esp, outbound, inbound };
    let ike = Some(Serial(1));
    let says =
        Statement::ChildEstablished { ike, rekeys: None, spis, selectors: None, esn: false, offload_claim: None };
    world.line(about(), says, "established".to_owned());
    world.line(about(), Statement::Deleting { is_ike: false, established: true }, "deleting".to_owned());
    for row in rows {
        world.delete(row.id);
    }
    world.rest(Duration::from_millis(20));
    world.forget_seen();
}

#[test]
fn callers_that_come_and_go_leave_nothing() {
    let mut world = World::unjoined();
    world.connections = vec![
        connection("t1", OffloadSetting::No),
        LoadedConnection { template: true, remote: None, ..connection("callers", OffloadSetting::No) },
    ];
    world.join();
    world.establish("t1", 1, false);
    for number in 0..CALLERS {
        calls(&mut world, "callers", Some(format!("[{number}] 11.0.0.{number}")), number);
        if number % 1_000 == 999 {
            let kept = kept(&world);
            assert!(kept.iter().all(|count| *count < MOST + 1_000), "{kept:?} after {number} callers");
        }
    }
    world.wait(1_000);
    let kept = kept(&world);
    assert!(kept[0] < MOST && kept[3] < MOST, "{kept:?}");
    assert_eq!((kept[1], kept[2]), (2, 1));
    assert_eq!(world.engine.status(RealTime::default()).summary.tunnels.up, 1);
}

#[test]
fn connections_that_are_unloaded_are_forgotten_but_not_while_they_are_spoken_of() {
    let mut world = World::new();
    world.establish("t1", 1, true);
    for number in 0..5_000 {
        calls(&mut world, &format!("made-{number}"), None, number);
    }
    let kept = kept(&world);
    assert!(kept[0] < MOST && kept[1] < MOST, "{kept:?}");
    // One whose peer refused it, and that should be up.
    world.connections.push(LoadedConnection { wanted_up: Some(true), ..connection("t2", OffloadSetting::No) });
    world.log("t2", 9_000, Statement::ConnectionAdded);
    world.wait(120);
    world.log("t2", 9_001, Statement::Initiating { rekeys: None });
    world.log("t2", 9_001, Statement::AuthenticationFailed);
    assert_eq!(world.open(), ["tunnel-down:t2"]);
    for number in 5_000..10_000 {
        calls(&mut world, &format!("made-{number}"), None, number);
    }
    assert_eq!(world.open(), ["tunnel-down:t2"]);
    assert_eq!(world.finding("tunnel-down:t2").subject.connection.as_deref(), Some("t2"));
    world.establish("t2", 9_500, false);
    world.wait(10);
    assert_eq!(world.open(), [] as [&str; 0]);
}
