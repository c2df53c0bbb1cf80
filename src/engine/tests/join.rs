//! The join, and what becomes of SAs.

use super::world::*;
use crate::model::*;

#[test]
fn a_healthy_pair_is_joined_and_nothing_is_said() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    world.wait(3600);
    assert_eq!(world.told, []);
    let mut rows = Vec::new();
    assert_eq!(world.engine.sas(0, 10, &mut rows), None);
    let shown: Vec<_> = rows
        .iter()
        .map(|row| (row.connection.as_deref(), row.direction, row.daemon.as_str(), row.expected.as_str()))
        .collect();
    assert_eq!(
        shown,
        [(Some("t1"), Some(Direction::Out), "known", "crypto"), (Some("t1"), Some(Direction::In), "known", "crypto")]
    );
    assert_eq!(world.engine.status(RealTime::default()).summary.tunnels.up, 1);
}

#[test]
fn three_rekeys_say_nothing() {
    let mut world = World::new();
    let mut before = world.establish("t1", 2, true);
    for serial in 3..6 {
        world.wait(20);
        world.log("t1", serial, Statement::Initiating { rekeys: Some(Serial(serial - 1)) });
        let next = world.establish("t1", serial, true);
        world.wait(1);
        world.log("t1", serial - 1, Statement::Deleting { is_ike: false, established: true });
        world.table.children.retain(|child| child.serial != Serial(serial - 1));
        world.delete(before.0);
        world.delete(before.1);
        before = next;
    }
    world.wait(120);
    assert_eq!(world.told, []);
    world.keep("made-three-rekeys");
}

#[test]
fn a_pair_that_is_migrated_to_other_addresses_is_the_same_pair() {
    const ELSEWHERE: (&str, &str) = ("10.0.0.77", "10.0.0.99");
    for (local, remote) in [(LOCAL, ELSEWHERE.1), (ELSEWHERE.0, PEER), ELSEWHERE] {
        let mut world = World::unjoined();
        world.connections.push(connection("t1", OffloadSetting::No));
        world.join();
        let (out, inn) = world.establish("t1", 2, false);
        world.wait(20);
        let (here, there) = (local.parse().unwrap(), remote.parse().unwrap());
        for (id, src, dst) in [(out, here, there), (inn, there, here)] {
            let old = world.kernel.remove(&id).unwrap();
            let row = KernelSa { id: SaId { dst, ..id }, src, ..old };
            world.kernel.insert(row.id, row);
        }
        // The daemon's table has the new addresses, too.
        let row = &mut world.table.children[0];
        (row.local, row.remote) = (Some(here), Some(there));
        world.see(What::Kernel(Event::Migrated));
        world.wait(600);
        assert_eq!(world.told, [], "{local} {remote}");
        let mut rows = Vec::new();
        world.engine.sas(0, 10, &mut rows);
        let joined: Vec<_> = rows.iter().map(|row| row.connection.as_deref()).collect();
        assert_eq!(joined, [Some("t1"), Some("t1")]);
    }
}

#[test]
fn a_pair_established_before_the_start_is_joined_from_the_daemons_table() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    let (kernel, table, connections) = (world.kernel.clone(), world.table.clone(), world.connections.clone());
    let policies = world.policies.clone();
    let mut later = World::unjoined();
    (later.kernel, later.policies) = (kernel, policies);
    (later.table, later.connections) = (table, connections);
    later.join();
    assert_eq!(later.engine.status(RealTime::default()).summary.tunnels.up, 1);
    later.wait(120);
    assert_eq!(later.told, []);
}

#[test]
fn an_sa_that_nobody_knows_is_an_orphan_after_ten_seconds() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    world.wait(100);
    let stranger = sa("10.0.0.9", LOCAL, 0x900, false);
    let stranger = KernelSa { reqid: 77, ..stranger };
    world.kernel.insert(stranger.id, stranger);
    world.see(What::Kernel(Event::SaAdded(Box::new(stranger))));
    world.wait(9);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.wait(2);
    assert_eq!(world.open(), ["sa-orphaned:10.0.0.1-10.0.0.9"]);
    world.delete(stranger.id);
    assert_eq!(world.closed(), ["sa-orphaned:10.0.0.1-10.0.0.9"]);
    world.keep("made-orphaned");
}

#[test]
fn a_probes_sa_is_neither_counted_nor_an_orphan() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    let counted = world.engine.status(RealTime::from_micros(0)).summary;
    let probes = KernelSa { reqid: PROBE_REQID, ..sa("198.51.100.77", "192.0.2.77", 0x900, true) };
    // Left behind by a probe that was killed: by its event, by a dump, and by its end.
    world.kernel.insert(probes.id, probes);
    world.see(What::Kernel(Event::SaAdded(Box::new(probes))));
    world.see(What::EventsLost { malformed: 0 });
    world.wait(700);
    assert!(world.dumps > 2, "a dump showed it");
    assert_eq!(world.engine.status(RealTime::from_micros(0)).summary, counted);
    world.kernel.remove(&probes.id);
    let selector = Box::new(crate::model::Selector {
        src: probes.src,
        src_prefix: 32,
        dst: probes.id.dst,
        dst_prefix: 32,
        protocol: 0,
        src_port: (0, 0),
        dst_port: (0, 0),
        ifindex: 0,
    });
    world.see(What::Kernel(Event::SaExpired { sa: Box::new(probes), hard: true, selector }));
    world.wait(60);
    assert!(!world.told.iter().any(|(_, finding)| finding.code != Code::EventsLost), "{:?}", world.told);
    // The same of another owner is told: the test would notice.
    let stranger = KernelSa { reqid: 77, ..probes };
    world.kernel.insert(stranger.id, stranger);
    world.see(What::Kernel(Event::SaAdded(Box::new(stranger))));
    world.wait(11);
    assert_eq!(world.open().len(), 1);
}

#[test]
fn one_direction_of_a_known_connection_is_half_open() {
    let mut world = World::new();
    let (out, inn) = world.establish("t1", 2, true);
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    world.table.children.clear();
    world.delete(out);
    world.wait(60);
    assert_eq!(world.open(), ["sa-half-open:t1"]);
    world.delete(inn);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-half-open");
}

#[test]
fn an_sa_that_went_before_the_first_join_is_nobodys_other_half() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    let stale = sa(LOCAL, PEER, 90, true);
    world.kernel.insert(stale.id, stale);
    world.see(What::Started(Box::new(Started { acquire_expires: 30, ..Started::default() })));
    world.see(What::Link(nic(true)));
    world.see(What::Coverage(Coverage { source: Source::Log, state: SourceState::Ok, detail: String::new() }));
    world.see(What::DaemonFound(Box::new(daemon(100))));
    world.see(What::LogEnd { ask: None });
    // The daemon's table is read by now, and does not have it.
    world.delete(stale.id);
    assert!(!world.engine.is_joined());
    world.see(What::LinksKnown);
    assert!(world.engine.is_joined());
    let (out, _) = world.establish("t1", 2, true);
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    world.table.children.clear();
    world.delete(out);
    world.wait(60);
    assert_eq!(world.open(), ["sa-half-open:t1"]);
}
