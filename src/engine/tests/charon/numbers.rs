//! `gw[3]` and `t1{3}` are different SAs.

use super::*;

fn children(world: &World) -> Vec<u32> {
    world.engine.facts.claims.children().map(|(_, child)| child.serial.0).collect()
}

#[test]
fn what_is_said_of_an_ike_sa_is_not_of_the_child_sa_with_its_number() {
    let mut world = World::charon("5.9.8", &["t1"]);
    world.ike_stands(2);
    world.makes("gw/t1", 1, None);
    // `gw[1]`, which has nothing, goes; `t1{1}` stays on `gw[2]`.
    world.says("gw", 1, Statement::PeerDeletes);
    world.says("gw", 1, Statement::Deleting { is_ike: true, established: true });
    world.says("gw", 1, Statement::IkeFailed { notify: None });
    world.table.ike.remove(0);
    world.wait(120);
    assert_eq!((children(&world), world.open()), (vec![1], vec![]));
    // And the other way round: `gw[2]` stands whatever becomes of `t1{2}`.
    let pair = world.makes("gw/t1", 2, None);
    world.says("gw/t1", 2, CLOSES);
    pair.iter().for_each(|id| world.delete(*id));
    world.table.children.pop();
    assert!(world.engine.facts.life.is_ike_standing(Serial(2)));
    world.wait(120);
    assert_eq!((children(&world), world.open()), (vec![1], vec![]));
}

#[test]
fn the_ike_sas_name_is_never_a_tunnel() {
    let mut world = World::charon("5.9.8", &["t1", "t2"]);
    for says in [
        Statement::Initiating { rekeys: None },
        Statement::Responding,
        Statement::NoAnswer,
        Statement::AuthenticationFailed,
        Statement::NoProposal,
        Statement::PeerDead,
        Statement::PeerDeletes,
        Statement::ConnectionAdded,
        Statement::Said,
        Statement::NoChildSa,
        Statement::KernelRefused { operation: KernelOperation::AddSa, sa: None, errno: 22 },
        Statement::IkeFailed { notify: None },
    ] {
        world.says("gw", 1, says.clone());
        world.says("unknown", 7, says);
    }
    world.wait(120);
    let names: Vec<_> =
        world.engine.facts.claims.connections().map(|(slot, _)| world.engine.facts.connection_text(slot)).collect();
    assert_eq!(names, ["gw/t1", "gw/t2"]);
    assert!(world.told.iter().all(|(_, finding)| !finding.id.ends_with(":gw")), "{:?}", world.told);
}

#[test]
fn a_peer_that_does_not_answer_is_one_finding_for_the_ike_sas_tunnels() {
    let mut world = World::charon("5.9.8", &["t1", "t2", "t3"]);
    let one = world.makes("gw/t1", 1, None);
    let other = world.makes("gw/t2", 2, None);
    let third = world.makes("gw/t3", 3, None);
    world.wait(60);
    world.says("gw", 1, Statement::NoAnswer);
    world.ike_goes(1, &[("gw/t1", 1, one), ("gw/t2", 2, other), ("gw/t3", 3, third)]);
    world.says("gw", 2, Statement::Initiating { rekeys: None });
    world.wait(200);
    // Its policies are gone as well.
    assert_eq!(ids(&world), ["clear-text-window:host", "tunnel-down:gw/t1"]);
    let finding = world.finding("tunnel-down:gw/t1");
    assert_eq!((finding.reason, finding.affected.connections), (Reason::NoAnswer, 3));
    world.keep("made-charon-no-answer");
    world.ike_stands(2);
    for (serial, name) in [(4, "gw/t1"), (5, "gw/t2"), (6, "gw/t3")] {
        world.makes(name, serial, None);
    }
    world.wait(30);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn what_fails_for_the_ike_sa_fails_for_each_that_waits_for_it() {
    for (says, reason) in [
        (Statement::AuthenticationFailed, Reason::Authentication),
        (Statement::NoProposal, Reason::NoProposal),
        (Statement::NoAnswer, Reason::NoAnswer),
    ] {
        let mut world = World::unjoined_charon("6.0.1", &["t1"]);
        world.join();
        world.says("gw", 1, Statement::Initiating { rekeys: None });
        world.says("gw", 1, says);
        world.wait(1);
        assert_eq!(world.finding("tunnel-down:gw/t1").reason, reason);
    }
}

#[test]
fn a_child_that_nobody_wants_up_is_not_wanted_because_its_ike_sa_is_begun() {
    let mut world = World::unjoined_charon("5.9.8", &["t1", "t2"]);
    world.connections[1].wanted_up = Some(false);
    world.join();
    world.says("gw", 1, Statement::Initiating { rekeys: None });
    world.says("gw/t1", 1, Statement::Initiating { rekeys: None });
    world.ike_stands(1);
    world.makes("gw/t1", 1, None);
    world.wait(600);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn what_an_order_took_down_stays_down_though_the_configuration_brings_it_up() {
    let mut world = World::charon("5.9.8", &["t1"]);
    let pair = world.makes("gw/t1", 1, None);
    world.wait(60);
    world.says("gw/t1", 1, Statement::ConnectionDown);
    world.says("gw/t1", 1, CLOSES);
    world.takes_away(pair);
    // It is asked for its connections meanwhile, and has what is written.
    world.wait(4000);
    assert_eq!(world.open(), [] as [&str; 0]);
    // Nobody's order.
    world.makes("gw/t1", 2, None);
    world.says("gw/t1", 3, Statement::Initiating { rekeys: None });
    world.wait(60);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn what_is_told_twice_counts_once_in_either_order() {
    let mut world = World::charon("5.9.8", &["t1"]);
    let (out, inn) = world.establish_silently("gw/t1", 1, PEER, true);
    let established = world.established(&[out, inn], None);
    world.tells("gw/t1", 1, established.clone());
    world.tells("gw/t1", 1, CLOSES);
    world.table.children.clear();
    [out, inn].iter().for_each(|id| world.delete(*id));
    // The log is behind.
    world.says("gw/t1", 1, established);
    world.wait(3);
    assert_eq!((children(&world), world.open()), (vec![], vec![]));
    world.says("gw/t1", 1, CLOSES);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn without_a_log_it_is_known_by_what_the_daemon_tells() {
    let mut world = World::unjoined_charon("5.9.8", &["t1"]);
    world.join();
    let absent = Coverage { source: Source::Log, state: SourceState::Absent, detail: "no log".to_owned() };
    world.see(What::Coverage(absent));
    world.tells("gw", 1, Statement::IkeEstablished);
    let (out, inn) = world.establish_silently("gw/t1", 1, PEER, true);
    let established = world.established(&[out, inn], None);
    world.tells("gw/t1", 1, established);
    assert_eq!(children(&world), [1]);
    assert!(!world.engine.facts.life.heard, "its log was not read");
    world.tells("gw/t1", 1, CLOSES);
    world.takes_away([out, inn]);
    assert_eq!((children(&world), world.open()), (vec![], vec![]));
}

#[test]
fn callers_are_told_apart_as_soon_as_the_daemon_does() {
    let mut world = World::unjoined_charon("5.9.8", &["rw"]);
    world.connections[0] = LoadedConnection { remote: None, template: true, ..world.connections[0].clone() };
    world.join();
    for serial in 1..6 {
        let peer = format!("192.0.2.{serial}");
        world.ike = serial;
        let instance = Some(format!("[{serial}] {peer}"));
        world.brief.ike += 1;
        world.table.ike.push(IkeState {
            serial: Serial(serial),
            connection: "gw".to_owned(),
            instance: instance.clone(),
            established: true,
        });
        // Its log does not say who it is.
        let (out, inn) = world.establish_silently("gw/rw", serial, &peer, true);
        world.table.children.last_mut().unwrap().instance.clone_from(&instance);
        let established = world.established(&[out, inn], None);
        world.says("gw/rw", serial, established.clone());
        let about = Speaker { connection: "gw/rw".to_owned(), instance, serial: Some(Serial(serial)) };
        world.tells_of(about, established, "told".to_owned());
    }
    world.wait(1200);
    let tunnels = world.engine.facts.claims.tunnels().filter(|(_, tunnel)| !tunnel.children.is_empty()).count();
    assert_eq!((tunnels, world.open()), (5, vec![]));
}
