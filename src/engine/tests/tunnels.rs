//! Traffic in vain.

use super::world::*;
use crate::model::*;

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

#[test]
fn traffic_that_was_answered_by_a_pair_that_is_gone_again_is_not() {
    let mut world = World::new();
    world.log("t1", 1, Statement::Initiating { rekeys: None });
    let (out, inn) = world.establish("t1", 2, true);
    world.wait(20);
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    world.table.children.clear();
    world.delete(out);
    world.delete(inn);
    world.wait(9);
    world.see(What::Kernel(acquire()));
    assert_eq!(world.told, []);
    world.wait(3);
    world.see(What::Kernel(acquire()));
    assert_eq!(world.open(), ["acquire-unanswered:t1"]);
}

#[test]
fn what_is_told_before_the_join_is_over_in_its_time_too() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.see(What::Started(Box::default()));
    world.see(What::Link(nic(true)));
    world.see(What::DaemonFound(Box::new(daemon(100))));
    world.see(What::LogEnd { ask: None });
    world.see(What::Kernel(acquire()));
    assert_eq!(world.open(), ["acquire-unanswered:t1"]);
    world.wait(601);
    assert_eq!((world.closed(), world.engine.is_joined()), (vec!["acquire-unanswered:t1"], false));
}
