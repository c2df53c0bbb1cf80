//! Connections that should be up, and traffic in vain.

use super::world::*;
use crate::model::*;

fn refused() -> Statement {
    Statement::PeerRefused { notify: Notify("TS_UNACCEPTABLE".to_owned()) }
}

#[test]
fn what_this_end_asked_for_and_the_peer_refused_is_down() {
    let mut world = World::new();
    world.log("t1", 1, Statement::Initiating { rekeys: None });
    world.log("t1", 2, refused());
    assert_eq!(world.open(), ["tunnel-down:t1"]);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!(finding.reason, Reason::PeerRefused);
    assert!(finding.evidence[0].text.contains("TS_UNACCEPTABLE"));
    world.establish("t1", 4, true);
    world.wait(6);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-peer-refused");
}

#[test]
fn what_nobody_asked_for_is_not_down() {
    let mut world = World::new();
    world.log("t1", 2, refused());
    world.log_of_daemon(Statement::OnDemand { src: None, dst: None });
    world.log("t1", 3, Statement::Initiating { rekeys: None });
    world.log("t1", 3, Statement::NoAnswer);
    world.wait(2);
    world.log("t1", 4, Statement::Initiating { rekeys: None });
    world.log("t1", 4, Statement::NoAnswer);
    world.wait(300);
    assert_eq!(world.told, []);
}

#[test]
fn a_refused_rekey_leaves_the_tunnel_up() {
    let mut world = World::new();
    world.log("t1", 1, Statement::Initiating { rekeys: None });
    world.establish("t1", 2, true);
    world.log("t1", 3, Statement::Initiating { rekeys: Some(Serial(2)) });
    world.log("t1", 3, refused());
    world.wait(10);
    assert_eq!(world.told, []);
}

#[test]
fn an_operator_may_take_it_down() {
    let mut world = World::new();
    world.log("t1", 1, Statement::Initiating { rekeys: None });
    let (out, inn) = world.establish("t1", 2, true);
    world.log("t1", 2, Statement::ConnectionTerminated);
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    world.table.children.clear();
    world.delete(out);
    world.delete(inn);
    world.wait(300);
    assert_eq!(world.told, []);
    world.keep("made-taken-down");
}

#[test]
fn tunnels_that_went_with_a_killed_ike_sa_are_each_down() {
    let mut world = World::unjoined();
    world.connections = ["t1", "t2", "t3"].map(|name| connection(name, OffloadSetting::Crypto)).to_vec();
    world.join();
    let pairs: Vec<_> = [(2, "t1"), (3, "t2")].map(|(serial, name)| world.establish(name, serial, true)).to_vec();
    world.log("t3", 1, Statement::IkeFailed { notify: None });
    for ((serial, name), (out, inn)) in [(2, "t1"), (3, "t2")].into_iter().zip(pairs) {
        world.log(name, serial, Statement::Deleting { is_ike: false, established: true });
        world.delete(out);
        world.delete(inn);
    }
    assert_eq!(world.open(), ["tunnel-down:t1", "tunnel-down:t2"]);
    assert_eq!(world.finding("tunnel-down:t1").reason, Reason::LostWithIkeSa);
    world.keep("made-lost-with-ike-sa");
}

#[test]
fn a_connection_that_should_be_up_and_is_silent_is_down_after_a_minute() {
    let mut world = World::unjoined();
    world.connections.push(LoadedConnection { wanted_up: Some(true), ..connection("t1", OffloadSetting::Crypto) });
    world.join();
    world.wait(59);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.wait(5);
    assert_eq!(world.open(), ["tunnel-down:t1"]);
    assert_eq!(world.finding("tunnel-down:t1").reason, Reason::Unknown);
}

fn acquire() -> Event {
    let selector = Selector {
        src: LOCAL.parse().unwrap(),
        src_prefix: 32,
        dst: PEER.parse().unwrap(),
        dst_prefix: 32,
        protocol: 1,
        src_port: (0, 0),
        dst_port: (0, 0),
        ifindex: 0,
    };
    let mut larval = sa(LOCAL, PEER, 0, false);
    larval.stage = SaStage::Larval;
    larval.reqid = 0;
    Event::SaExpired { sa: Box::new(larval), hard: true, selector: Box::new(selector) }
}

#[test]
fn traffic_in_vain_is_told_when_the_kernel_gives_up() {
    let mut world = World::new();
    let (src, dst) = (LOCAL.parse().ok(), PEER.parse().ok());
    world.log_of_daemon(Statement::OnDemand { src, dst });
    world.log("t1", 1, Statement::Initiating { rekeys: None });
    world.wait(30);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.see(What::Kernel(acquire()));
    assert_eq!(world.open(), ["acquire-unanswered:t1"]);
    world.wait(599);
    assert_eq!(world.open(), ["acquire-unanswered:t1"]);
    world.wait(2);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn traffic_that_was_answered_or_is_opportunistic_is_not() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    world.see(What::Kernel(acquire()));
    assert_eq!(world.told, []);
    let mut world = World::unjoined();
    world.connections.push(LoadedConnection { template: true, ..connection("private", OffloadSetting::No) });
    world.join();
    world.see(What::Kernel(acquire()));
    assert_eq!(world.told, []);
}
