//! Connections with several pairs of subnets, and others that are down for the same cause.

use crate::engine::tests::world::*;
use crate::model::*;

fn pair(name: &str, instance: &str) -> LoadedConnection {
    let instance = Some(instance.to_owned());
    LoadedConnection { instance, wanted_up: Some(true), ..connection(name, OffloadSetting::Crypto) }
}

fn plain(name: &str) -> LoadedConnection {
    LoadedConnection { wanted_up: Some(true), ..connection(name, OffloadSetting::Crypto) }
}

/// t1 and t2 with two pairs each, and t3, all with the same peer.
fn three() -> World {
    let mut world = World::unjoined();
    world.connections =
        vec![pair("t1", "/1x1"), pair("t1", "/1x2"), pair("t2", "/1x1"), pair("t2", "/1x2"), plain("t3")];
    world.join();
    world
}

fn log(world: &mut World, (name, instance): (&str, &str), serial: u32, says: Statement) {
    let instance = (!instance.is_empty()).then(|| instance.to_owned());
    let about = Speaker { connection: name.to_owned(), instance: instance.clone(), serial: Some(Serial(serial)) };
    world.line(Some(about), says.clone(), format!("\"{name}{}\" #{serial}: {says:?}", instance.unwrap_or_default()));
}

fn no_answer(world: &mut World, who: (&str, &str), serial: u32) {
    log(world, who, serial, Statement::Initiating { rekeys: None });
    log(world, who, serial, Statement::NoAnswer);
}

fn establish(world: &mut World, (name, instance): (&str, &str), serial: u32) {
    let (out, inn) = world.establish_silently(name, serial, PEER, true);
    let subnets = (!instance.is_empty()).then(|| instance.to_owned());
    world.table.children.last_mut().unwrap().instance = subnets;
    let spis = SpiPair { protocol: Protocol::Esp, outbound: out.spi, inbound: inn.spi };
    let ike = Some(Serial(1));
    let says =
        Statement::ChildEstablished { ike, rekeys: None, spis, selectors: None, esn: false, offload_claim: None };
    log(world, (name, instance), serial, says);
}

const PAIRS: [(&str, &str); 4] = [("t1", "/1x1"), ("t1", "/1x2"), ("t2", "/1x1"), ("t2", "/1x2")];
const T3: (&str, &str) = ("t3", "");

fn told(world: &World, id: &str) -> (Reason, Vec<String>, String) {
    let finding = world.finding(id);
    (finding.reason, finding.affected.list, finding.summary)
}

#[test]
fn what_a_dead_peer_takes_is_one_finding_whichever_is_seen_first() {
    for order in [[("t1", "/1x1"), ("t2", "/1x1"), T3], [T3, ("t1", "/1x1"), ("t2", "/1x1")]] {
        let mut world = three();
        for (who, serial) in order.into_iter().zip(1..) {
            no_answer(&mut world, who, serial);
        }
        world.wait(120);
        let id = format!("tunnel-down:{}", order[0].0);
        assert_eq!(world.open(), [id.as_str()]);
        let (reason, list, summary) = told(&world, &id);
        assert_eq!((reason, list.len()), (Reason::NoAnswer, 3), "{summary}");
        assert!(summary.contains("and 2 other connections are down: the peer does not answer"), "{summary}");
        // The peer is back, and with it one after the other.
        for (who, serial) in PAIRS.into_iter().chain([T3]).zip(20..) {
            establish(&mut world, who, serial);
            world.wait(1);
            assert_eq!(world.open().len(), 1, "{:?}", world.open());
        }
        world.wait(20);
        assert_eq!(world.open(), [] as [&str; 0]);
        if order[0] == T3 {
            world.keep("made-dead-peer-of-pairs");
        }
    }
}

#[test]
fn one_that_stays_down_when_the_others_are_back_is_told_with_its_pairs() {
    let mut world = three();
    no_answer(&mut world, T3, 1);
    no_answer(&mut world, ("t1", "/1x1"), 2);
    no_answer(&mut world, ("t2", "/1x1"), 3);
    for (who, serial) in [T3, ("t2", "/1x1"), ("t2", "/1x2")].into_iter().zip(20..) {
        establish(&mut world, who, serial);
    }
    world.wait(30);
    assert_eq!(world.open(), ["tunnel-down:t1"]);
    let (reason, list, summary) = told(&world, "tunnel-down:t1");
    assert_eq!((reason, list), (Reason::NoAnswer, vec!["t1/1x1".to_owned(), "t1/1x2".to_owned()]));
    assert!(summary.starts_with("2 of the 2 tunnels of t1 are down"), "{summary}");
    establish(&mut world, ("t1", "/1x2"), 30);
    world.wait(30);
    let (_, list, summary) = told(&world, "tunnel-down:t1");
    assert_eq!(list, [] as [&str; 0], "{summary}");
    establish(&mut world, ("t1", "/1x1"), 31);
    world.wait(30);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn one_that_comes_back_by_half_is_told_by_itself_after_a_while() {
    let mut world = three();
    for (who, serial) in [("t1", "/1x1"), T3].into_iter().zip(1..) {
        no_answer(&mut world, who, serial);
    }
    assert_eq!(world.open(), ["tunnel-down:t1"]);
    establish(&mut world, ("t1", "/1x1"), 20);
    world.wait(5);
    assert_eq!(world.open(), ["tunnel-down:t1"]);
    world.wait(30);
    assert_eq!(world.open(), ["tunnel-down:t1", "tunnel-down:t3"]);
    let (reason, list, summary) = told(&world, "tunnel-down:t1");
    assert_eq!((reason, list.len()), (Reason::NoAnswer, 0));
    assert!(summary.starts_with("t1/1x2 is down"), "{summary}");
    assert!(told(&world, "tunnel-down:t3").2.starts_with("t3 is down"));
}

#[test]
fn another_cause_of_one_pair_takes_the_connection_out() {
    let mut world = three();
    no_answer(&mut world, T3, 1);
    no_answer(&mut world, ("t1", "/1x1"), 2);
    assert_eq!(world.open(), ["tunnel-down:t3"]);
    log(&mut world, ("t1", "/1x1"), 5, Statement::IkeEstablished);
    log(&mut world, ("t1", "/1x2"), 6, Statement::Initiating { rekeys: None });
    log(&mut world, ("t1", "/1x2"), 6, Statement::PeerRefused { notify: Notify("TS_UNACCEPTABLE".to_owned()) });
    assert!(world.open().contains(&"tunnel-down:t1".to_owned()), "{:?}", world.open());
    assert!(world.open().contains(&"tunnel-down:t3".to_owned()), "{:?}", world.open());
    assert_eq!(told(&world, "tunnel-down:t3").1, [] as [&str; 0]);
}

#[test]
fn one_that_is_taken_down_leaves_the_others() {
    let mut world = three();
    for (who, serial) in [("t1", "/1x1"), ("t2", "/1x1"), T3].into_iter().zip(1..) {
        no_answer(&mut world, who, serial);
    }
    assert_eq!(world.open(), ["tunnel-down:t1"]);
    for connection in world.connections.iter_mut().filter(|connection| connection.connection == "t1") {
        connection.wanted_up = Some(false);
    }
    for (who, serial) in PAIRS[..2].iter().zip(5..) {
        log(&mut world, *who, serial, Statement::ConnectionTerminated);
    }
    world.wait(20);
    assert_eq!(world.open(), ["tunnel-down:t2"]);
    assert_eq!(told(&world, "tunnel-down:t2").1, ["t2", "t3"]);
}
