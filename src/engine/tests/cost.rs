//! How what is looked at grows with what there is: a step that looks at all of it for one change would take the square of it.

use std::time::Duration;

use super::world::*;
use crate::engine::work;
use crate::model::*;

/// Four times as many may cost this many times as much: their number to the power of 1.2.
const FOUR_TIMES: f64 = 5.3;

/// What is looked at, and told, with 250 of something and with four times as many.
fn grows(scenario: impl Fn(u32) -> u64) {
    let (few, many) = (scenario(250), scenario(1000));
    assert!(few > 0);
    assert!(many as f64 <= few as f64 * FOUR_TIMES, "{few} for 250, {many} for 1,000");
}

/// SAs that nobody claims, removed one by one while they are told.
fn orphans(count: u32, row: impl Fn(u32) -> KernelSa) -> u64 {
    let mut world = World::new();
    world.establish("t1", 2, true);
    let rows: Vec<_> = (0..count).map(row).collect();
    for row in &rows {
        world.kernel.insert(row.id, *row);
        world.see(What::Kernel(Event::SaAdded(Box::new(*row))));
    }
    world.wait(60);
    assert!(!world.open().is_empty());
    let told = world.told.len();
    let looked = work::of(|| {
        for row in rows {
            world.rest(Duration::from_millis(10));
            world.delete(row.id);
        }
    });
    assert_eq!(world.open(), [] as [&str; 0]);
    looked + (world.told.len() - told) as u64
}

fn peer(number: u32) -> String {
    std::net::Ipv4Addr::from(0x0b00_0000 + number).to_string()
}

#[test]
fn orphans_of_as_many_hosts_are_removed_one_by_one() {
    grows(|count| orphans(count, |number| KernelSa { reqid: 77, ..sa(LOCAL, &peer(number), 0x900 + number, false) }));
}

#[test]
fn orphans_between_two_hosts_are_removed_one_by_one() {
    grows(|count| orphans(count, |number| KernelSa { reqid: 77, ..sa(LOCAL, &peer(1), 0x900 + number, false) }));
}

#[test]
fn halves_of_a_connection_are_removed_one_by_one() {
    // Of the reqid of t1, whose pair stands.
    grows(|count| orphans(count, |number| sa(LOCAL, &peer(1), 0x900 + number, false)));
}

#[test]
fn a_pair_of_hosts_with_ever_more_orphans_is_told_once_a_second() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    for number in 0..200 {
        let row = KernelSa { reqid: 77, ..sa(LOCAL, &peer(1), 0x900 + number, false) };
        world.kernel.insert(row.id, row);
        world.see(What::Kernel(Event::SaAdded(Box::new(row))));
        world.rest(Duration::from_millis(20));
    }
    world.wait(60);
    assert_eq!(world.open(), ["sa-orphaned:10.0.0.1-11.0.0.1"]);
    assert_eq!(world.finding("sa-orphaned:10.0.0.1-11.0.0.1").affected.sas, 200);
    assert!((2..=8).contains(&world.told.len()), "{} times told", world.told.len());
}

/// So many pairs of connections, or of instances of one connection, each on an IKE SA of its own. What each made is returned.
fn pairs(world: &mut World, count: u32, of: impl Fn(u32) -> (String, Option<String>)) -> Vec<(Speaker, [KernelSa; 2])> {
    (0..count)
        .map(|number| {
            let ((connection, instance), serial) = (of(number), Some(Serial(10 + number)));
            let about = Speaker { connection, instance, serial };
            let (out, inn) = (0x1000 + 2 * number, 0x1001 + 2 * number);
            let rows = [sa(LOCAL, &peer(number), out, false), sa(&peer(number), LOCAL, inn, false)];
            let rows = rows.map(|row| KernelSa { reqid: 100_000 + number, ..row });
            for row in rows {
                world.kernel.insert(row.id, row);
                world.see(What::Kernel(Event::SaAdded(Box::new(row))));
                world.set_policy(policy(&row));
            }
            let spis = SpiPair { protocol: Protocol::Esp, outbound: Spi(out), inbound: Spi(inn) };
            let ike = Some(Serial(100_000 + number));
            let (rekeys, selectors, esn, offload_claim) = (None, None, false, None);
            let says = Statement::ChildEstablished { ike, rekeys, spis, selectors, esn, offload_claim };
            world.line(Some(about.clone()), says, "established".to_owned());
            world.rest(Duration::from_millis(10));
            (about, rows)
        })
        .collect()
}

fn connections(number: u32) -> (String, Option<String>) {
    (format!("c{number}"), None)
}

fn callers(number: u32) -> (String, Option<String>) {
    ("callers".to_owned(), Some(format!("[{number}] 11.0.0.1")))
}

#[test]
fn callers_come_up_one_by_one() {
    grows(|count| {
        let mut world = World::new();
        work::of(|| {
            pairs(&mut world, count, callers);
            // Whether each of them stands is looked at after a while.
            world.wait(20);
        })
    });
}

#[test]
fn ike_sas_go_one_by_one() {
    grows(|count| {
        let mut world = World::new();
        let pairs = pairs(&mut world, count, connections);
        world.wait(60);
        work::of(|| {
            for (number, (about, rows)) in (0..).zip(pairs) {
                let ike = Speaker { serial: Some(Serial(100_000 + number)), ..about.clone() };
                world.line(Some(ike), Statement::Deleting { is_ike: true, established: true }, "IKE".to_owned());
                world.line(Some(about), Statement::Deleting { is_ike: false, established: true }, "child".to_owned());
                rows.iter().for_each(|row| world.delete(row.id));
            }
        })
    });
}

/// SAs that somebody deletes one by one.
fn losses(count: u32, of: impl Fn(u32) -> (String, Option<String>)) -> u64 {
    let mut world = World::new();
    let pairs = pairs(&mut world, count, of);
    world.wait(60);
    let told = world.told.len();
    let looked = work::of(|| {
        for (_, [out, _]) in pairs {
            world.rest(Duration::from_millis(10));
            world.delete(out.id);
        }
    });
    assert!(world.open().iter().any(|id| id.starts_with("sa-missing")));
    looked + (world.told.len() - told) as u64
}

#[test]
fn sas_of_as_many_connections_are_lost_one_by_one() {
    grows(|count| losses(count, connections));
}

#[test]
fn sas_of_as_many_callers_are_lost_one_by_one() {
    grows(|count| losses(count, callers));
}

#[test]
fn a_device_goes_with_its_sas_and_the_tunnels_come_back_one_by_one() {
    grows(|count| {
        let mut world = World::new();
        let serials = 2..2 + count;
        for serial in serials.clone() {
            world.establish_with(&format!("c{serial}"), serial, &peer(serial), true);
            world.rest(Duration::from_millis(10));
        }
        world.wait(60);
        world.kernel.clear();
        world.see(What::Link(nic(false)));
        world.wait(10);
        world.see(What::Link(nic(true)));
        assert!(world.open().contains(&"offload-lost:eth0".to_owned()));
        let looked = work::of(|| {
            for serial in serials {
                world.establish_with(&format!("c{serial}"), 10_000 + serial, &peer(serial), true);
            }
        });
        assert_eq!(world.open(), [] as [&str; 0]);
        looked
    });
}
