//! Connections that should be up.

use crate::engine::tests::world::*;
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
fn tunnels_that_went_with_a_killed_ike_sa_are_told_together() {
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
    assert_eq!(world.open(), ["tunnel-down:t1"]);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!(
        (finding.reason, finding.affected.list),
        (Reason::LostWithIkeSa, vec!["t1".to_owned(), "t2".to_owned()])
    );
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

#[test]
fn a_connection_whose_sa_the_kernel_refused_is_not_told_as_down_too() {
    let mut world = World::new();
    world.log("t1", 1, Statement::Initiating { rekeys: None });
    let sa = RefusedSa { protocol: Protocol::Esp, spi: Spi(0xabc), dst: Some(PEER.parse().unwrap()) };
    world.log("t1", 2, Statement::KernelRefused { operation: KernelOperation::AddSa, sa: Some(sa), errno: 22 });
    world.log("t1", 2, Statement::ChildFailed { notify: None });
    world.log("t1", 2, refused());
    world.wait(120);
    assert_eq!(world.open(), ["offload-rejected:t1"]);
}

#[test]
fn every_attempt_that_fails_counts_once() {
    let mut world = World::new();
    for (times, serial) in [(1, 2), (2, 4), (3, 6)] {
        world.log("t1", serial - 1, Statement::Initiating { rekeys: None });
        world.log("t1", serial, refused());
        world.wait(20);
        let finding = world.finding("tunnel-down:t1");
        assert_eq!((finding.times, finding.evidence.len()), (times, times as usize), "{:?}", finding.evidence);
    }
}

#[test]
fn of_a_log_that_holds_nothing_of_the_daemons_nobody_says_that_it_does_not_say_why() {
    let says = |state: SourceState, hears: bool| {
        let mut world = World::unjoined();
        world.connections.push(LoadedConnection { wanted_up: Some(true), ..connection("t1", OffloadSetting::Crypto) });
        world.join();
        world.see(What::Coverage(Coverage { source: Source::Log, state, detail: String::new() }));
        if hears {
            world.log_of_daemon(Statement::Listening);
        }
        world.wait(65);
        world.finding("tunnel-down:t1").summary
    };
    for (state, hears, tells) in [
        (SourceState::Ok, false, true),
        (SourceState::Degraded, true, true),
        (SourceState::Degraded, false, false),
        (SourceState::Absent, true, false),
    ] {
        let said = says(state, hears);
        assert_eq!(said.contains("the daemon does not say why"), tells, "{state:?}: {said}");
        assert_eq!(said.contains("why is not known"), !tells, "{state:?}: {said}");
    }
}

#[test]
fn a_peer_that_says_why_it_refuses_is_understood() {
    for (notify, says, advises) in [
        ("NO_ADDITIONAL_SAS", "no further Child SA", "limit of Child SAs"),
        ("TEMPORARY_FAILURE", "at that time", "a full table"),
        ("INTERNAL_ADDRESS_FAILURE", "no address to give", "pool of addresses"),
        ("FAILED_CP_REQUIRED", "ask for an address", "leftmodecfgclient=yes"),
        ("TS_UNACCEPTABLE", "refused the Child SA with", "selectors"),
    ] {
        let mut world = World::new();
        world.log("t1", 1, Statement::Initiating { rekeys: None });
        world.log("t1", 2, Statement::PeerRefused { notify: Notify(notify.to_owned()) });
        let finding = world.finding("tunnel-down:t1");
        assert_eq!(finding.reason, Reason::PeerRefused);
        let said = finding.summary.contains(says) && finding.summary.contains(notify);
        assert!(said && finding.advice.contains(advises), "{}: {}", finding.summary, finding.advice);
    }
}
