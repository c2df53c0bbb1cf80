//! Connections with several pairs of subnets, and templates.

use crate::engine::tests::world::*;
use crate::model::*;

fn refused() -> Statement {
    Statement::PeerRefused { notify: Notify("TS_UNACCEPTABLE".to_owned()) }
}

fn pair(name: &str, wanted: bool) -> LoadedConnection {
    let instance = Some(name.to_owned());
    LoadedConnection { instance, wanted_up: Some(wanted), ..connection("t1", OffloadSetting::Crypto) }
}

/// Four pairs of subnets that should be up.
fn four() -> World {
    let mut world = World::unjoined();
    world.connections = ["/1x1", "/1x2", "/1x3", "/1x10"].map(|name| pair(name, true)).to_vec();
    world.join();
    world
}

/// A line about one of them, or about an instance.
fn log(world: &mut World, instance: &str, serial: u32, says: Statement) {
    let about =
        Speaker { connection: "t1".to_owned(), instance: Some(instance.to_owned()), serial: Some(Serial(serial)) };
    world.line(Some(about), says.clone(), format!("\"t1{instance}\" #{serial}: {says:?}"));
}

fn establish(world: &mut World, instance: &str, serial: u32) -> (SaId, SaId) {
    let (out, inn) = world.establish_silently("t1", serial, PEER, true);
    world.table.children.last_mut().unwrap().instance = Some(instance.to_owned());
    let spis = SpiPair { protocol: Protocol::Esp, outbound: out.spi, inbound: inn.spi };
    let ike = Some(Serial(1));
    let says =
        Statement::ChildEstablished { ike, rekeys: None, spis, selectors: None, esn: false, offload_claim: None };
    log(world, instance, serial, says);
    (out, inn)
}

fn refuse(world: &mut World, instance: &str, serial: u32) {
    log(world, instance, serial, Statement::Initiating { rekeys: None });
    log(world, instance, serial, refused());
}

/// How many tunnels are up and down.
fn tunnels(world: &World) -> (u64, u64) {
    let tunnels = world.engine.status(world.wall()).summary.tunnels;
    (tunnels.up, tunnels.down)
}

#[test]
fn what_the_peer_refuses_is_told_of_those_pairs_alone() {
    let mut world = four();
    assert_eq!(tunnels(&world), (0, 4));
    establish(&mut world, "/1x1", 2);
    for (name, serial) in [("/1x2", 3), ("/1x10", 4), ("/1x3", 5)] {
        refuse(&mut world, name, serial);
    }
    assert_eq!(world.open(), ["tunnel-down:t1"]);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!((finding.reason, finding.severity, finding.times), (Reason::PeerRefused, Severity::Critical, 1));
    let subject = (finding.subject.connection.as_deref(), finding.subject.instance.as_deref());
    assert_eq!(subject, (Some("t1"), Some("/1x2")));
    assert_eq!(finding.affected.list, ["t1/1x2", "t1/1x3", "t1/1x10"]);
    assert!(
        finding
            .summary
            .starts_with("3 of the 4 tunnels of t1 are down: the peer refused the Child SA with TS_UNACCEPTABLE"),
        "{finding:?}"
    );
    assert_eq!(finding.evidence.len(), 3);
    assert_eq!(tunnels(&world), (1, 3));
    world.wait(120);
    assert_eq!(world.open(), ["tunnel-down:t1"]);
    // Each that comes up leaves, after it has stood a while; a rekey of another one says nothing of it.
    establish(&mut world, "/1x2", 6);
    establish(&mut world, "/1x1", 7);
    assert_eq!(world.finding("tunnel-down:t1").affected.list.len(), 3);
    world.wait(6);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!((finding.subject.instance.as_deref(), finding.affected.list.len()), (Some("/1x3"), 2));
    establish(&mut world, "/1x3", 8);
    world.wait(6);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!((finding.subject.instance.as_deref(), finding.affected.list.len()), (Some("/1x10"), 0));
    assert!(finding.summary.starts_with("t1/1x10 is down: the peer refused"), "{finding:?}");
    establish(&mut world, "/1x10", 9);
    world.wait(6);
    assert_eq!((world.open().len(), tunnels(&world)), (0, (4, 0)));
    world.keep("made-subnets-refused");
}

#[test]
fn a_refusal_that_is_repeated_counts_once_for_all_of_them() {
    let mut world = four();
    establish(&mut world, "/1x1", 2);
    for serial in [10, 20, 30] {
        for (name, more) in [("/1x2", 0), ("/1x3", 1), ("/1x10", 2)] {
            refuse(&mut world, name, serial + more);
        }
        world.wait(30);
    }
    let finding = world.finding("tunnel-down:t1");
    assert_eq!((finding.times, finding.affected.list.len(), finding.evidence.len()), (3, 3, 9));
}

#[test]
fn two_causes_are_two_findings() {
    let mut world = four();
    establish(&mut world, "/1x1", 2);
    refuse(&mut world, "/1x2", 3);
    assert_eq!(world.open(), ["tunnel-down:t1"]);
    world.wait(70);
    assert_eq!(world.open(), ["tunnel-down:t1", "tunnel-down:t1/1x3"]);
    let silent = world.finding("tunnel-down:t1/1x3");
    assert_eq!(
        (silent.reason, silent.affected.list.as_slice()),
        (Reason::Unknown, &["t1/1x3".into(), "t1/1x10".into()][..])
    );
    assert!(silent.evidence.iter().all(|line| !line.text.contains("TS_UNACCEPTABLE")), "{silent:?}");
    // The last of one is over, and the other keeps its name.
    establish(&mut world, "/1x2", 4);
    world.wait(6);
    assert_eq!(world.open(), ["tunnel-down:t1/1x3"]);
    // What was not known becomes known.
    log(&mut world, "/1x3", 5, Statement::Initiating { rekeys: None });
    log(&mut world, "/1x3", 5, Statement::NoAnswer);
    let finding = world.finding("tunnel-down:t1/1x3");
    assert_eq!((finding.reason, finding.affected.list.len()), (Reason::NoAnswer, 2));
    world.keep("made-subnets-two-causes");
}

#[test]
fn two_findings_whose_cause_becomes_the_same_are_one() {
    let mut world = four();
    establish(&mut world, "/1x1", 2);
    refuse(&mut world, "/1x2", 3);
    world.wait(70);
    assert_eq!(world.open(), ["tunnel-down:t1", "tunnel-down:t1/1x3"]);
    log(&mut world, "/1x1", 9, Statement::NoAnswer);
    assert_eq!(world.open(), ["tunnel-down:t1"]);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!((finding.reason, finding.affected.list.len()), (Reason::NoAnswer, 3));
}

#[test]
fn a_peer_that_does_not_answer_is_told_once_for_all_pairs() {
    let mut world = four();
    log(&mut world, "/1x1", 1, Statement::Initiating { rekeys: None });
    log(&mut world, "/1x1", 1, Statement::NoAnswer);
    world.wait(120);
    assert_eq!(world.open(), ["tunnel-down:t1"]);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!((finding.reason, finding.affected.list.len(), finding.evidence.len()), (Reason::NoAnswer, 4, 1));
}

#[test]
fn pairs_that_go_without_a_word_have_a_minute_and_those_that_stay_stay() {
    let mut world = four();
    let pairs =
        ["/1x1", "/1x2", "/1x3", "/1x10"].iter().zip(2..).map(|(name, serial)| establish(&mut world, name, serial));
    let pairs: Vec<_> = pairs.collect();
    world.wait(600);
    assert_eq!((world.told.len(), tunnels(&world)), (0, (4, 0)));
    for ((name, serial), (out, inn)) in [("/1x2", 3), ("/1x3", 4)].into_iter().zip(&pairs[1..3]) {
        log(&mut world, name, serial, Statement::Deleting { is_ike: false, established: true });
        world.table.children.retain(|child| child.serial != Serial(serial));
        world.delete(*out);
        world.delete(*inn);
    }
    world.wait(55);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.wait(10);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!((finding.reason, finding.affected.list.len()), (Reason::Unknown, 2));
    assert!(finding.summary.starts_with("2 of the 4 tunnels of t1 are down"), "{finding:?}");
    assert!(finding.advice.contains("--name t1"), "{finding:?}");
}

#[test]
fn one_that_is_taken_down_leaves_the_others_wanted() {
    let mut world = four();
    for (name, serial) in ["/1x1", "/1x2", "/1x3", "/1x10"].iter().zip(2..) {
        refuse(&mut world, name, serial);
    }
    // The line is the same whoever wants it: the daemon's table tells.
    world.connections[1].wanted_up = Some(false);
    log(&mut world, "/1x2", 3, Statement::ConnectionTerminated);
    world.wait(5);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!(finding.affected.list, ["t1/1x1", "t1/1x3", "t1/1x10"]);
    assert_eq!(tunnels(&world), (0, 3));
    for connection in &mut world.connections {
        connection.wanted_up = Some(false);
    }
    for (name, serial) in [("/1x1", 2), ("/1x3", 4), ("/1x10", 5)] {
        log(&mut world, name, serial, Statement::ConnectionTerminated);
    }
    world.wait(120);
    assert_eq!((world.open().len(), tunnels(&world)), (0, (0, 0)));
}

#[test]
fn one_that_is_not_to_be_up_is_not_missed() {
    let mut world = World::unjoined();
    world.connections = vec![pair("/1x1", true), pair("/1x2", false)];
    world.join();
    establish(&mut world, "/1x1", 2);
    world.wait(600);
    assert_eq!((world.told.len(), tunnels(&world)), (0, (1, 0)));
    world.keep("made-subnets-healthy");
}

#[test]
fn what_anybody_may_have_written_is_told_of_the_pairs_that_the_daemon_has_not() {
    let mut world = four();
    establish(&mut world, "/1x1", 2);
    world.forgeable = true;
    for (name, serial) in [("/1x1", 3), ("/1x2", 4), ("/9x9", 5)] {
        log(&mut world, name, serial, refused());
    }
    world.wait(30);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!((finding.reason, finding.subject.instance.as_deref()), (Reason::PeerRefused, Some("/1x2")));
    assert_eq!((world.open().len(), finding.affected.list.len()), (1, 0));
}

#[test]
fn callers_come_and_go() {
    let mut world = World::unjoined();
    let template = LoadedConnection {
        template: true,
        wanted_up: Some(true),
        remote: None,
        ..connection("t1", OffloadSetting::No)
    };
    world.connections = vec![template];
    world.join();
    assert_eq!(tunnels(&world), (0, 0));
    for serial in (2..40).step_by(4) {
        let instance = format!("[{serial}] 198.51.100.{serial}");
        log(&mut world, &instance, serial - 1, Statement::Responding);
        let (out, inn) = establish(&mut world, &instance, serial);
        world.wait(20);
        assert_eq!(tunnels(&world), (1, 0));
        // This end rekeys, and then finds the caller gone.
        log(&mut world, &instance, serial + 1, Statement::Initiating { rekeys: None });
        log(&mut world, &instance, serial + 1, Statement::NoAnswer);
        log(&mut world, &instance, 1, Statement::IkeFailed { notify: None });
        log(&mut world, &instance, serial, Statement::Deleting { is_ike: false, established: true });
        world.takes_away([out, inn]);
        world.wait(100);
    }
    assert_eq!((world.told.len(), tunnels(&world)), (0, (0, 0)));
    world.keep("made-callers");
}

#[test]
fn callers_of_whom_the_daemon_was_not_asked_yet_are_not_missed_either() {
    let mut world = World::unjoined();
    world.answers = false;
    world.join();
    let instance = "/1x2[3] 198.51.100.7";
    log(&mut world, instance, 1, Statement::Initiating { rekeys: None });
    let (out, inn) = establish(&mut world, instance, 2);
    log(&mut world, instance, 1, Statement::IkeFailed { notify: None });
    log(&mut world, instance, 2, Statement::Deleting { is_ike: false, established: true });
    world.delete(out);
    world.delete(inn);
    world.wait(20);
    assert_eq!((tunnels(&world), world.open().iter().filter(|id| id.starts_with("tunnel-down")).count()), ((0, 0), 0));
}

#[test]
fn under_a_standing_ike_sa_each_pair_is_refused_by_itself() {
    let tells = |ike_stands: bool| {
        let mut world = four();
        log(&mut world, "/1x1", 1, Statement::Initiating { rekeys: None });
        if ike_stands {
            log(&mut world, "/1x1", 1, Statement::IkeEstablished);
        }
        refuse(&mut world, "/1x2", 3);
        log(&mut world, "/1x3", 4, Statement::Initiating { rekeys: None });
        log(&mut world, "/1x3", 4, Statement::NoProposal);
        let told = world.engine.findings().into_iter().map(|finding| (finding.summary, finding.reason));
        told.collect::<Vec<_>>()
    };
    let proposal = "down: the two ends have no proposal in common";
    assert_eq!(tells(false), [(format!("4 of the 4 tunnels of t1 are {proposal}"), Reason::NoProposal)]);
    let refused = "t1/1x2 is down: the peer refused the Child SA with TS_UNACCEPTABLE".to_owned();
    let expected = [(refused, Reason::PeerRefused), (format!("t1/1x3 is {proposal}"), Reason::NoProposal)];
    assert_eq!(tells(true), expected);
    // An IKEv1 peer says in the name of the IKE SA what it refuses.
    let mut world = four();
    log(&mut world, "/1x1", 1, Statement::IkeEstablished);
    log(&mut world, "/1x2", 3, Statement::Initiating { rekeys: None });
    log(&mut world, "/1x1", 1, Statement::NoProposal);
    assert_eq!(world.finding("tunnel-down:t1").affected.list.len(), 4);
}

#[test]
fn the_kernels_refusal_is_of_the_pair_that_was_refused() {
    let mut world = four();
    let refused = |world: &mut World, instance: &str, serial: u32| {
        log(world, instance, serial, Statement::Initiating { rekeys: None });
        log(world, instance, serial, crate::engine::tests::refusals::refused(0xabc + serial, 22));
    };
    for (instance, serial) in [("/1x1", 2), ("/1x10", 4)] {
        establish(&mut world, instance, serial);
    }
    refused(&mut world, "/1x2", 6);
    // Another one that comes up meanwhile did not fall back for it.
    establish(&mut world, "/1x1", 8);
    world.wait(20);
    let id = "offload-rejected:t1";
    assert_eq!(world.open(), [id]);
    let finding = world.finding(id);
    assert!(finding.summary.starts_with("t1/1x2 does not come up: the kernel refused"), "{}", finding.summary);
    assert_eq!(finding.subject.instance.as_deref(), Some("/1x2"));
    refused(&mut world, "/1x3", 10);
    world.wait(20);
    assert_eq!(world.open(), [id]);
    let summary = world.finding(id).summary;
    assert!(summary.starts_with("2 tunnels of t1 do not come up: the kernel refused"), "{summary}");
    // It is over when both are up.
    establish(&mut world, "/1x10", 12);
    establish(&mut world, "/1x2", 14);
    world.wait(200);
    assert_eq!(world.open(), [id]);
    establish(&mut world, "/1x3", 16);
    world.wait(6);
    assert_eq!(world.open(), [] as [&str; 0]);
}
