//! What the daemon says of tunnels that are down, and that one cause is told once.

use super::world::*;
use crate::model::*;

fn wanted(count: u32) -> World {
    let mut world = World::unjoined();
    let one = |number| LoadedConnection {
        wanted_up: Some(true),
        ..connection(&format!("t{number}"), OffloadSetting::Crypto)
    };
    world.connections = (1..=count).map(one).collect();
    world.join();
    world
}

fn down(world: &World) -> Vec<String> {
    world.open().into_iter().filter(|id| id.starts_with("tunnel-down")).collect()
}

fn said(world: &mut World, connection: &str, serial: u32, says: Statement, words: &str) {
    let about = Speaker { connection: connection.to_owned(), instance: None, serial: Some(Serial(serial)) };
    world.line(Some(about), says, format!("\"{connection}\" #{serial}: {words}"));
}

fn loses(world: &mut World, name: &str, serial: u32, (out, inn): (SaId, SaId)) {
    world.log(name, serial, Statement::Deleting { is_ike: false, established: true });
    world.table.children.retain(|child| child.connection != name);
    world.delete(out);
    world.delete(inn);
}

#[test]
fn nine_connections_behind_a_dead_peer_are_one_finding_that_shrinks() {
    let mut world = wanted(9);
    world.log("t1", 1, Statement::Initiating { rekeys: None });
    world.log("t1", 1, Statement::NoAnswer);
    assert_eq!(down(&world), ["tunnel-down:t1"]);
    assert_eq!(world.finding("tunnel-down:t1").affected, Affected::default());
    world.wait(120);
    assert_eq!(down(&world), ["tunnel-down:t1"]);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!((finding.reason, finding.affected.connections), (Reason::NoAnswer, 9));
    assert_eq!(finding.summary, "t1 and 8 other connections are down: the peer does not answer");
    assert_eq!(finding.affected.list.len(), 9);
    // One of the others comes back, then the one whose name it has.
    world.establish("t5", 105, true);
    world.wait(6);
    assert_eq!(world.finding("tunnel-down:t1").affected.connections, 8);
    world.establish("t1", 101, true);
    world.wait(6);
    // Others may be about to come back, too.
    let finding = world.finding("tunnel-down:t1");
    assert_eq!((finding.affected.connections, down(&world).len()), (7, 1));
    assert_eq!(finding.summary, "t2 and 6 other connections are down: the peer does not answer");
    world.wait(10);
    assert_eq!(down(&world), ["tunnel-down:t2"]);
    assert_eq!((world.finding("tunnel-down:t2").affected.connections, world.closed()), (7, vec!["tunnel-down:t1"]));
    for number in [2, 3, 4, 6, 7, 8, 9] {
        world.establish(&format!("t{number}"), 200 + number, true);
    }
    world.wait(10);
    assert_eq!(down(&world), [] as [&str; 0]);
    assert!(
        world.told.iter().all(|(_, finding)| finding.reason == Reason::NoAnswer || finding.code != Code::TunnelDown)
    );
    assert_eq!(world.told.iter().filter(|(change, _)| *change == Change::Opened).count(), 2);
    world.keep("made-many-behind-one-peer");
}

#[test]
fn one_of_them_that_is_refused_is_told_by_its_own_name() {
    let mut world = wanted(3);
    world.log("t1", 1, Statement::NoAnswer);
    world.log("t2", 2, Statement::NoAnswer);
    assert_eq!((down(&world).len(), world.finding("tunnel-down:t1").affected.connections), (1, 2));
    world.log("t2", 3, Statement::Initiating { rekeys: None });
    world.log("t2", 3, Statement::NoProposal);
    assert_eq!(down(&world), ["tunnel-down:t1", "tunnel-down:t2"]);
    assert_eq!(world.finding("tunnel-down:t2").reason, Reason::NoProposal);
    assert_eq!(world.finding("tunnel-down:t1").affected, Affected::default());
    // The first one is refused, too: nobody is left whom the peer does not answer.
    world.log("t1", 4, Statement::Initiating { rekeys: None });
    world.log("t1", 4, Statement::NoProposal);
    assert_eq!(down(&world), ["tunnel-down:t1", "tunnel-down:t2"]);
    assert_eq!(world.finding("tunnel-down:t1").reason, Reason::NoProposal);
}

#[test]
fn an_order_for_one_of_them_leaves_the_others() {
    let mut world = wanted(3);
    for (number, serial) in [(1, 1), (2, 2), (3, 3)] {
        world.log(&format!("t{number}"), serial, Statement::NoAnswer);
    }
    assert_eq!(world.finding("tunnel-down:t1").affected.connections, 3);
    world.log("t3", 3, Statement::ConnectionDown);
    assert_eq!(world.finding("tunnel-down:t1").affected.connections, 2);
    world.log("t1", 1, Statement::ConnectionDown);
    assert_eq!(down(&world), ["tunnel-down:t2"]);
    world.log("t2", 2, Statement::ConnectionDown);
    assert_eq!(down(&world), [] as [&str; 0]);
}

#[test]
fn a_peer_that_answers_another_connection_is_not_blamed_for_a_silent_one() {
    let mut world = wanted(3);
    world.establish("t3", 30, true);
    world.log("t1", 1, Statement::NoAnswer);
    world.wait(120);
    assert_eq!(down(&world), ["tunnel-down:t1", "tunnel-down:t2"]);
    assert_eq!(world.finding("tunnel-down:t2").reason, Reason::Unknown);
}

#[test]
fn tunnels_of_a_killed_ike_sa_are_one_finding() {
    let mut world = wanted(16);
    let pairs: Vec<_> = (1..=16).map(|n| world.establish(&format!("t{n}"), 10 + n, true)).collect();
    world.log("t1", 1, Statement::IkeFailed { notify: None });
    for (n, pair) in (1..).zip(pairs) {
        loses(&mut world, &format!("t{n}"), 10 + n, pair);
    }
    assert_eq!(down(&world), ["tunnel-down:t1"]);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!((finding.reason, finding.affected.connections), (Reason::LostWithIkeSa, 16));
}

#[test]
fn a_refused_connection_keeps_its_reason_when_the_device_has_room_again() {
    let mut world = wanted(2);
    world.establish("t1", 10, true);
    world.log("t2", 20, Statement::Initiating { rekeys: None });
    world.see(What::OffloadTried(Box::new(super::refusals::tried(0xabc, 28, Some("no room")))));
    world.log("t2", 20, super::refusals::refused(0xabc, 28));
    world.log("t2", 20, Statement::ChildFailed { notify: None });
    world.log("t2", 20, Statement::PeerRefused { notify: Notify("TS_UNACCEPTABLE".to_owned()) });
    world.wait(3);
    assert_eq!(world.open(), ["offload-capacity:eth0"]);
    world.establish("t1", 30, true);
    world.wait(60);
    assert_eq!(world.open(), ["tunnel-down:t2"]);
    assert_eq!(world.finding("tunnel-down:t2").reason, Reason::Capacity);
    world.log("t2", 40, Statement::Initiating { rekeys: None });
    world.log("t2", 40, Statement::NoAnswer);
    assert_eq!(world.finding("tunnel-down:t2").reason, Reason::NoAnswer);
}

#[test]
fn what_the_peer_deleted_is_told_when_it_does_not_come_back_in_a_moment() {
    for forgets in [true, false] {
        let mut world = wanted(1);
        let pair = world.establish("t1", 2, true);
        world.wait(20);
        // 4.x with IKEv1 forgets with it that the connection should be up.
        world.connections[0].wanted_up = Some(!forgets);
        said(&mut world, "t1", 2, Statement::PeerDeletes, "received Delete SA payload via #1");
        loses(&mut world, "t1", 2, pair);
        world.wait(8);
        assert_eq!(down(&world), [] as [&str; 0]);
        world.wait(4);
        assert_eq!(world.finding("tunnel-down:t1").reason, Reason::PeerDeleted);
        world.wait(600);
        assert_eq!(down(&world), ["tunnel-down:t1"]);
        if forgets {
            world.keep("made-peer-deleted");
        }
    }
}

#[test]
fn what_the_peer_deletes_after_a_rekey_or_before_a_new_pair_is_no_fault() {
    let mut world = wanted(1);
    let old = world.establish("t1", 2, true);
    let new = world.establish("t1", 4, true);
    said(&mut world, "t1", 2, Statement::PeerDeletes, "received Delete SA payload via #1");
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    world.table.children.retain(|child| child.serial != Serial(2));
    world.delete(old.0);
    world.delete(old.1);
    world.wait(300);
    said(&mut world, "t1", 4, Statement::PeerDeletes, "received Delete SA payload via #1");
    loses(&mut world, "t1", 4, new);
    world.log("t1", 5, Statement::Initiating { rekeys: None });
    world.wait(8);
    world.establish("t1", 6, true);
    world.wait(300);
    assert_eq!(down(&world), [] as [&str; 0]);
    assert!(!world.told.iter().any(|(_, finding)| finding.code == Code::TunnelDown));
    world.keep("made-peer-deletes-and-comes-back");
}

#[test]
fn an_answer_without_a_child_sa_is_told_at_once() {
    let mut world = wanted(1);
    world.log("t1", 1, Statement::Initiating { rekeys: None });
    said(&mut world, "t1", 2, Statement::NoChildSa, "IKE_AUTH response missing v2SA, v2TSi or v2TSr");
    let finding = world.finding("tunnel-down:t1");
    assert_eq!(
        (finding.reason, finding.summary.as_str()),
        (Reason::PeerRefused, "t1 is down: the peer set up no Child SA")
    );
    assert!(finding.evidence.iter().any(|line| line.text.contains("missing v2SA")));
}

#[test]
fn what_decides_nothing_is_quoted_and_cut() {
    let mut world = wanted(1);
    let long = "x".repeat(400);
    said(&mut world, "t1", 1, Statement::Said, &format!("something that nobody knows {long}"));
    world.log("t1", 1, Statement::Deleting { is_ike: true, established: false });
    world.wait(70);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!(finding.reason, Reason::Unknown);
    assert!(finding.summary.contains("something that nobody knows xxx"), "{}", finding.summary);
    assert!(finding.summary.len() < 300 && !finding.summary.contains("does not say why"), "{}", finding.summary);
    assert!(finding.evidence.iter().any(|line| line.text.ends_with(&long)), "{:?}", finding.evidence);
    world.keep("made-quoted");
}

#[test]
fn an_order_ends_what_the_peer_deleted() {
    let mut world = wanted(1);
    let pair = world.establish("t1", 2, true);
    world.wait(20);
    said(&mut world, "t1", 2, Statement::PeerDeletes, "received Delete SA payload via #1");
    loses(&mut world, "t1", 2, pair);
    world.wait(30);
    assert_eq!(down(&world), ["tunnel-down:t1"]);
    // 5.x writes no line where there is no SA to end.
    world.connections[0].wanted_up = Some(false);
    world.log("t1", 1, Statement::ConnectionAdded);
    world.wait(30);
    assert_eq!(down(&world), [] as [&str; 0]);
}

#[test]
fn who_refuses_and_then_deletes_what_it_made_has_refused() {
    let mut world = wanted(1);
    world.log("t1", 4, Statement::IkeEstablished);
    world.log("t1", 4, Statement::PeerRefused { notify: Notify("INVALID_ID_INFORMATION".to_owned()) });
    assert_eq!(world.finding("tunnel-down:t1").reason, Reason::PeerRefused);
    said(&mut world, "t1", 4, Statement::PeerDeletes, "received Delete SA payload: self-deleting ISAKMP State #4");
    world.wait(30);
    assert_eq!(world.finding("tunnel-down:t1").reason, Reason::PeerRefused);
}

/// Sixteen tunnels on one IKE SA; a rekey of the fifth, or a seventeenth, is refused, so that the daemon kills the IKE SA.
fn sixteen_fall(refused: &str, by_trace: bool, errno: u32) -> World {
    let mut world = wanted(17);
    if by_trace {
        super::refusals::trace_works(&mut world);
    }
    let pairs: Vec<_> = (1..=16).map(|n| world.establish(&format!("t{n}"), 10 + n, true)).collect();
    world.wait(10);
    world.log(refused, 30, Statement::Initiating { rekeys: None });
    if by_trace {
        world.see(What::OffloadTried(Box::new(super::refusals::tried(0xabc, errno, Some("no room")))));
    }
    world.log(refused, 30, super::refusals::refused(0xabc, errno));
    world.log(refused, 30, Statement::ChildFailed { notify: None });
    world.log("t1", 1, Statement::IkeFailed { notify: None });
    for (n, pair) in (1..).zip(pairs) {
        loses(&mut world, &format!("t{n}"), 10 + n, pair);
    }
    world.wait(2);
    world
}

#[test]
fn a_refusal_that_kills_an_ike_sa_is_one_finding_with_all_that_went() {
    for (refused, by_trace, errno, id, others) in [
        ("t17", true, 28, "offload-capacity:eth0", 16),
        ("t5", true, 28, "offload-capacity:eth0", 15),
        ("t5", false, 22, "offload-rejected:t5", 15),
        ("t17", false, 12, "sa-add-failed:t17", 16),
    ] {
        let mut world = sixteen_fall(refused, by_trace, errno);
        assert_eq!(world.open(), [id]);
        let finding = world.finding(id);
        assert_eq!((finding.affected.connections, finding.times), (others + 1, 1), "{id}");
        let tail = format!("; the daemon ended its IKE SA for that, and with it {others} other connections");
        assert!(finding.summary.ends_with(&tail), "{}", finding.summary);
        assert!(finding.evidence.iter().any(|line| line.text.contains("IkeFailed")), "{:?}", finding.evidence);
        assert_eq!(finding.summary.contains("; it held 32 SAs;"), by_trace, "{}", finding.summary);
        world.wait(20);
        assert_eq!(world.open(), [id]);
        if refused == "t17" && by_trace {
            world.keep("made-full-and-killed");
        }
        // What was refused comes up; what stays down is told by itself then, as one.
        world.establish(refused, 105, true);
        world.wait(6);
        assert_eq!(world.open(), ["tunnel-down:t1"], "{id}");
        let finding = world.finding("tunnel-down:t1");
        assert_eq!((finding.reason, finding.affected.connections), (Reason::LostWithIkeSa, others));
    }
}

#[test]
fn an_ike_sa_that_was_killed_for_something_else_is_told_beside_a_refusal() {
    let mut world = wanted(3);
    let pair = world.establish("t1", 11, true);
    world.log("t2", 30, super::refusals::refused(0xabc, 22));
    world.log("t2", 30, Statement::ChildFailed { notify: None });
    world.wait(5);
    world.log("t1", 1, Statement::IkeFailed { notify: None });
    loses(&mut world, "t1", 11, pair);
    world.wait(2);
    assert_eq!(world.open(), ["offload-rejected:t2", "tunnel-down:t1"]);
}

#[test]
fn an_ike_sa_that_the_peer_deletes_when_it_expires_and_that_is_revived_at_once_is_no_fault() {
    for ikev1 in [true, false] {
        let mut world = wanted(1);
        world.log("t1", 1, Statement::IkeEstablished);
        let pair = world.establish("t1", 2, true);
        world.wait(3600);
        if ikev1 {
            said(
                &mut world,
                "t1",
                1,
                Statement::PeerDeletes,
                "received Delete SA payload: self-deleting ISAKMP State #1",
            );
        }
        world.log("t1", 1, Statement::Deleting { is_ike: true, established: true });
        world.log("t1", 1, Statement::Retrying);
        loses(&mut world, "t1", 2, pair);
        let out = *world.policies.values().find(|policy| policy.id.direction == PolicyDirection::Out).unwrap();
        world.delete_policy(out.id);
        world.log("t1", 3, Statement::Initiating { rekeys: None });
        world.log("t1", 3, Statement::IkeEstablished);
        world.establish("t1", 4, true);
        world.wait(120);
        assert_eq!(world.told, [], "{ikev1}");
    }
}
