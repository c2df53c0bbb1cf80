//! A peer whose NAT moves it.

use std::net::SocketAddr;

use crate::engine::tests::traffic::WINDOW;
use crate::engine::tests::world::*;
use crate::model::*;

const ID: &str = "nat-moved:t1";
const PATIENCE: u64 = 15;

/// `t1` with a pair in UDP, both ports 4500, and packets both ways.
fn begun() -> (World, (SaId, SaId)) {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::No));
    world.join();
    let pair = in_udp(&mut world, 2, PEER, 4500);
    world.windows(2, |world| world.both(pair, 20));
    (world, pair)
}

/// Another pair of `t1` that sends to this port of the peer.
fn in_udp(world: &mut World, serial: u32, peer: &str, port: u16) -> (SaId, SaId) {
    let pair = world.establish_with("t1", serial, peer, false);
    moves(world, pair, port);
    pair
}

/// The daemon has the SAs of a pair send to this port, and take packets from it.
fn moves(world: &mut World, (out, inn): (SaId, SaId), port: u16) {
    for (id, source_port, destination_port) in [(out, 4500, port), (inn, port, 4500)] {
        let encapsulation = Some(Encapsulation { kind: 2, source_port, destination_port });
        let row = KernelSa { encapsulation, ..world.kernel[&id] };
        world.kernel.insert(id, row);
        world.see(What::Kernel(Event::SaUpdated(Box::new(row))));
    }
}

fn goes(world: &mut World, (out, inn): (SaId, SaId)) {
    world.table.children.retain(|child| child.spis.is_none_or(|spis| spis.outbound != out.spi));
    for id in [out, inn] {
        let last = world.kernel.remove(&id).map(Box::new);
        world.see(What::Kernel(Event::SaDeleted { id, last }));
    }
}

/// A rekey by the daemon's word, which ends with the old pair's going.
fn rekeyed(world: &mut World, (old, pair): (u32, (SaId, SaId)), peer: &str, port: u16) -> (SaId, SaId) {
    world.log("t1", old + 1, Statement::Initiating { rekeys: Some(Serial(old)) });
    let next = in_udp(world, old + 1, peer, port);
    world.log("t1", old, Statement::Deleting { is_ike: false, established: true });
    goes(world, pair);
    next
}

fn mapped(world: &mut World, id: SaId, sender: Option<&str>) {
    let sender = sender.map(|sender| sender.parse::<SocketAddr>().unwrap());
    world.see(What::Kernel(Event::Mapped { id, mark: None, sender }));
}

/// For so many windows packets come from there, and the kernel says so of each.
fn comes_from(world: &mut World, pair: (SaId, SaId), windows: u64, senders: &[&str]) {
    for _ in 0..windows {
        for sender in senders {
            mapped(world, pair.1, Some(sender));
            world.both(pair, 10);
        }
        world.wait(WINDOW);
    }
}

#[test]
fn fifteen_seconds_later_it_is_told_from_where_to_where_until_the_sa_is_moved() {
    let (mut world, pair) = begun();
    mapped(&mut world, pair.1, Some("10.0.0.2:1024"));
    world.wait(PATIENCE / 2);
    mapped(&mut world, pair.1, Some("10.0.0.2:1024"));
    world.wait(PATIENCE - PATIENCE / 2 - 1);
    assert_eq!(world.told, []);
    world.wait(1);
    let found = world.finding(ID);
    assert_eq!((found.severity, found.subject.connection.as_deref()), (Severity::Warning, Some("t1")));
    let says = "the peer of t1 now sends from 10.0.0.2:1024, its outbound SA still sends to 10.0.0.2:4500: what is sent is lost";
    assert_eq!(found.summary, says);
    for word in ["'ipsec auto --down NAME'", "'ipsec auto --up NAME'", "--rekey-ipsec", "'mobike=yes'"] {
        assert!(found.advice.contains(word), "{}", found.advice);
    }
    assert_eq!((found.subject.spi, found.subject.dst), (Some(pair.0.spi), Some(pair.0.dst)));
    comes_from(&mut world, pair, 30, &["10.0.0.2:1024"]);
    assert_eq!(world.told.len(), 1, "{:?}", world.told);
    moves(&mut world, pair, 1024);
    assert_eq!(world.closed(), [ID]);
    world.windows(12, |world| world.both(pair, 20));
    assert_eq!((world.told.len(), world.open()), (2, vec![]));
    world.keep("made-nat-moved");
}

#[test]
fn a_daemon_that_follows_at_once_is_left_alone_however_it_does_so() {
    let (mut world, pair) = begun();
    comes_from(&mut world, pair, 1, &["10.0.0.2:1024"]);
    moves(&mut world, pair, 1024);
    world.windows(12, |world| world.both(pair, 20));
    // A pair that takes the place of the first.
    mapped(&mut world, pair.1, Some("10.0.0.2:1025"));
    world.wait(3);
    let pair = rekeyed(&mut world, (2, pair), PEER, 1025);
    world.windows(12, |world| world.both(pair, 20));
    // The outbound one alone, and the kernel goes on telling of the inbound one.
    let both = world.kernel[&pair.1];
    moves(&mut world, pair, 1026);
    world.kernel.insert(pair.1, both);
    world.see(What::Kernel(Event::SaUpdated(Box::new(both))));
    comes_from(&mut world, pair, 12, &["10.0.0.2:1026"]);
    assert_eq!(world.told, []);
    world.keep("made-nat-followed");
}

#[test]
fn a_peer_that_has_its_sas_moved_is_left_alone_and_one_that_is_late_ends_what_was_said() {
    for late in [false, true] {
        let (mut world, pair) = begun();
        if late {
            comes_from(&mut world, pair, 3, &["10.0.0.9:1024"]);
            assert_eq!(world.open(), [ID]);
        } else {
            mapped(&mut world, pair.1, Some("10.0.0.9:1024"));
            world.wait(2);
        }
        let there = "10.0.0.9".parse().unwrap();
        let [out, inn] = [pair.0, pair.1].map(|id| world.kernel.remove(&id).unwrap());
        let port = |source_port, destination_port| Some(Encapsulation { kind: 2, source_port, destination_port });
        let out = KernelSa { id: SaId { dst: there, ..out.id }, encapsulation: port(4500, 1024), ..out };
        let inn = KernelSa { src: there, encapsulation: port(1024, 4500), ..inn };
        world.kernel.extend([(out.id, out), (inn.id, inn)]);
        world.see(What::Kernel(Event::Migrated));
        world.windows(12, |world| world.both((out.id, inn.id), 20));
        let told: Vec<_> = world.told.iter().map(|(change, finding)| (*change, finding.id.as_str())).collect();
        let expected: &[_] = if late { &[(Change::Opened, ID), (Change::Closed, ID)] } else { &[] };
        assert_eq!(told, expected);
    }
}

#[test]
fn another_address_is_told_and_a_new_pair_to_the_old_place_does_not_end_it() {
    let (mut world, pair) = begun();
    comes_from(&mut world, pair, 3, &["10.0.0.9:4500"]);
    assert!(world.finding(ID).summary.contains("from 10.0.0.9:4500, its outbound SA still sends to 10.0.0.2:4500"));
    // Libreswan from 5.1 on: a rekey by the peer goes to where it was.
    let next = rekeyed(&mut world, (2, pair), PEER, 4500);
    assert_eq!(world.closed(), [ID]);
    comes_from(&mut world, next, 3, &["10.0.0.9:4500"]);
    assert_eq!(world.open(), [ID]);
    // The peer comes anew, and what was there goes.
    let last = in_udp(&mut world, 4, "10.0.0.9", 4500);
    goes(&mut world, next);
    world.windows(3, |world| world.both(last, 20));
    assert_eq!((world.open(), world.closed()), (vec![], vec![ID, ID]));
}

#[test]
fn a_nat_that_changes_with_every_packet_is_one_finding_that_does_not_change() {
    let (mut world, pair) = begun();
    comes_from(&mut world, pair, 60, &["10.0.0.2:1024", "10.0.0.2:1025"]);
    assert_eq!(world.told.len(), 1, "{:?}", world.told);
    assert!(world.finding(ID).summary.contains("one place after the other"), "{}", world.finding(ID).summary);
    // One of the two is where the SA says: the kernel is silent of its packets.
    let (mut world, pair) = begun();
    for _ in 0..60 {
        comes_from(&mut world, pair, 1, &["10.0.0.2:1024"]);
        world.windows(3, |world| world.both(pair, 10));
    }
    assert_eq!(world.told.len(), 0, "each time it was back in time: {:?}", world.told);
    for _ in 0..60 {
        comes_from(&mut world, pair, 3, &["10.0.0.2:1024"]);
        world.windows(4, |world| world.both(pair, 10));
    }
    assert_eq!(world.told.len(), 1, "{:?}", world.told);
    // For good.
    world.windows(10, |world| world.both(pair, 10));
    assert_eq!(world.closed(), [ID]);
}

#[test]
fn one_stray_packet_and_packets_from_the_old_place_behind_it_are_nothing() {
    let (mut world, pair) = begun();
    mapped(&mut world, pair.1, Some("10.0.0.66:666"));
    world.windows(20, |world| world.both(pair, 20));
    // And where nothing comes behind it nobody knows.
    mapped(&mut world, pair.1, Some("10.0.0.66:666"));
    world.windows(20, |world| world.send(pair.0, 20));
    assert!(!world.open().contains(&ID.to_owned()), "{:?}", world.told);
}

#[test]
fn a_packet_now_and_then_from_there_is_enough() {
    let (mut world, pair) = begun();
    for _ in 0..2 {
        mapped(&mut world, pair.1, Some("10.0.0.2:1024"));
        assert_eq!(world.told, []);
        world.wait(60);
    }
    assert_eq!(world.open(), [ID]);
    assert_eq!(world.told.len(), 1);
}

#[test]
fn what_names_no_inbound_sa_is_nothing() {
    let (mut world, pair) = begun();
    let larval = KernelSa { stage: SaStage::Larval, ..sa("10.0.0.3", LOCAL, 77, false) };
    world.kernel.insert(larval.id, larval);
    world.see(What::Kernel(Event::SaAdded(Box::new(larval))));
    for id in [
        SaId { spi: Spi(0xdead), ..pair.1 },
        SaId { spi: Spi(0), ..pair.1 },
        SaId { dst: "10.0.0.77".parse().unwrap(), ..pair.1 },
        SaId { netns: Netns(4_026_531_999), ..pair.1 },
        SaId { protocol: Protocol::Ah, ..pair.1 },
        pair.0,
        larval.id,
    ] {
        mapped(&mut world, id, Some("10.0.0.9:1024"));
    }
    world.kernel.remove(&larval.id);
    world.see(What::Kernel(Event::SaDeleted { id: larval.id, last: None }));
    world.windows(6, |world| world.both(pair, 20));
    assert_eq!(world.told, []);
}

#[test]
fn a_marked_sa_is_found_though_the_kernel_does_not_tell_its_mark() {
    let (mut world, pair) = begun();
    goes(&mut world, pair);
    let mark = Mark { value: 7, mask: u32::MAX };
    let pair = world.establish_silently("t1", 3, PEER, false);
    for id in [pair.0, pair.1] {
        let row = world.kernel.remove(&id).unwrap();
        world.see(What::Kernel(Event::SaDeleted { id, last: None }));
        let row = KernelSa { id: SaId { mark, ..id }, ..row };
        world.kernel.insert(row.id, row);
        world.see(What::Kernel(Event::SaAdded(Box::new(row))));
    }
    let (outbound, inbound) = (pair.0.spi, pair.1.spi);
    let spis = SpiPair { protocol: Protocol::Esp, outbound, inbound };
    let says = Statement::ChildEstablished {
        ike: Some(Serial(1)),
        rekeys: None,
        spis,
        selectors: None,
        esn: false,
        offload_claim: None,
    };
    world.log("t1", 3, says);
    moves(&mut world, (SaId { mark, ..pair.0 }, SaId { mark, ..pair.1 }), 4500);
    for _ in 0..3 {
        mapped(&mut world, pair.1, Some("10.0.0.2:1024"));
        world.wait(PATIENCE / 2);
    }
    assert!(world.open().contains(&ID.to_owned()), "{:?}", world.open());
}

#[test]
fn it_goes_with_its_pair() {
    let (mut world, pair) = begun();
    comes_from(&mut world, pair, 3, &["10.0.0.2:1024"]);
    assert_eq!(world.open(), [ID]);
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    goes(&mut world, pair);
    assert!(world.closed().contains(&ID), "{:?}", world.told);
    // Another SA in its place in the table has nothing of it.
    let pair = in_udp(&mut world, 3, PEER, 4500);
    world.windows(6, |world| world.both(pair, 20));
    assert!(!world.open().contains(&ID.to_owned()), "{:?}", world.open());
}

#[test]
fn where_a_recording_does_not_say_from_where_it_is_told_all_the_same() {
    let (mut world, pair) = begun();
    mapped(&mut world, pair.1, None);
    world.windows(30, |world| world.both(pair, 20));
    let found = world.finding(ID);
    assert!(found.summary.contains("from another address or port, its outbound SA still"), "{}", found.summary);
    assert_eq!(world.told.len(), 1);
    moves(&mut world, pair, 1024);
    assert_eq!(world.closed(), [ID]);
}

#[test]
fn many_behind_one_nat_are_one_finding() {
    let mut world = World::unjoined();
    world.connections.push(LoadedConnection { remote: None, template: true, ..connection("road", OffloadSetting::No) });
    world.join();
    let mut pairs = Vec::new();
    for number in 0..5 {
        let instance = format!("[{number}] 10.0.0.2");
        let (serial, port) = (10 + number, 2000 + u16::try_from(number).unwrap());
        let pair = world.establish_silently("road", serial, PEER, false);
        world.table.children.last_mut().unwrap().instance = Some(instance.clone());
        let spis = SpiPair { protocol: Protocol::Esp, outbound: pair.0.spi, inbound: pair.1.spi };
        let says = Statement::ChildEstablished {
            ike: Some(Serial(serial)),
            rekeys: None,
            spis,
            selectors: None,
            esn: false,
            offload_claim: None,
        };
        let speaker = Speaker { connection: "road".to_owned(), instance: Some(instance), serial: Some(Serial(serial)) };
        world.line(Some(speaker), says, format!("{serial}"));
        moves(&mut world, pair, port);
        pairs.push(pair);
    }
    for _ in 0..3 {
        for (number, pair) in pairs.iter().enumerate() {
            mapped(&mut world, pair.1, Some(&format!("10.0.0.2:{}", 3000 + number)));
        }
        world.wait(PATIENCE / 2);
    }
    let found = world.finding("nat-moved:road");
    assert_eq!((world.open().len(), found.affected.list.len()), (1, 5), "{found:?}");
    assert!(found.summary.contains("road (5 tunnels)"), "{}", found.summary);
}
