//! `sa-missing`: what the kernel has no more, and what explains it.

use crate::engine::tests::world::*;
use crate::model::*;

#[test]
fn a_deleted_sa_is_missing_in_its_direction() {
    let mut world = World::new();
    let (out, inn) = world.establish("t1", 2, true);
    world.delete(out);
    assert_eq!(world.open(), ["sa-missing:t1:out"]);
    assert_eq!(world.finding("sa-missing:t1:out").reason, Reason::Deleted);
    world.delete(inn);
    assert_eq!(world.open(), ["sa-missing:t1:both"]);
}

#[test]
fn the_pair_that_traffic_makes_closes_it() {
    let mut world = World::new();
    let (out, _) = world.establish("t1", 2, true);
    world.delete(out);
    world.log_of_daemon(Statement::OnDemand { src: None, dst: None });
    world.log("t1", 3, Statement::Initiating { rekeys: None });
    world.establish("t1", 3, true);
    assert_eq!(world.open(), [] as [&str; 0]);
    assert_eq!(world.closed(), ["sa-missing:t1:out"]);
    world.wait(600);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn what_the_daemon_deletes_is_not_missing() {
    let mut world = World::new();
    let (out, inn) = world.establish("t1", 2, true);
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    world.table.children.clear();
    world.delete(out);
    world.delete(inn);
    world.wait(300);
    assert_eq!(world.told, []);
}

#[test]
fn a_flush_is_one_finding_a_connection() {
    let mut world = World::unjoined();
    world.connections = ["t1", "t2", "t3"].map(|name| connection(name, OffloadSetting::Crypto)).to_vec();
    world.join();
    for (serial, name) in [(2, "t1"), (3, "t2"), (4, "t3")] {
        world.establish(name, serial, true);
    }
    world.kernel.clear();
    world.see(What::Kernel(Event::SasFlushed { protocol: None }));
    assert_eq!(world.open(), ["sa-missing:t1:both", "sa-missing:t2:both", "sa-missing:t3:both"]);
    assert_eq!(world.finding("sa-missing:t2:both").reason, Reason::Flushed);
    world.keep("made-flush");
}

#[test]
fn a_loss_without_an_event_is_found_by_the_count() {
    let mut world = World::new();
    let (out, _) = world.establish("t1", 2, true);
    world.wait(30);
    world.kernel.remove(&out);
    world.wait(12);
    assert_eq!(world.open(), ["sa-missing:t1:out"]);
}
