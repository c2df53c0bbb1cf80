//! A peer that refuses a Child SA with `NO_PROPOSAL_CHOSEN`: some say so where their kernel refuses it.

use crate::engine::tests::world::*;
use crate::model::*;

const REFUSED: &str = r#""t1" #2: IKE_AUTH response rejected Child SA with NO_PROPOSAL_CHOSEN"#;

fn wanted(world: &mut World) {
    world.log("t1", 1, Statement::Initiating { rekeys: None });
}

#[test]
fn where_it_never_stood_it_may_be_either() {
    let mut world = World::new();
    wanted(&mut world);
    world.write(REFUSED);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!(finding.reason, Reason::PeerRefused);
    let either = "refused the Child SA with NO_PROPOSAL_CHOSEN: the two ends have no proposal in common, or its kernel";
    assert!(finding.summary.contains(either), "{}", finding.summary);
    assert!(finding.advice.contains("compare ike= and esp="), "{}", finding.advice);
}

#[test]
fn where_it_stood_as_it_is_loaded_the_peers_kernel_refuses_it() {
    let mut world = World::new();
    wanted(&mut world);
    let (out, inn) = world.establish("t1", 2, true);
    world.wait(60);
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    world.takes_away([out, inn]);
    world.write(&REFUSED.replace("#2", "#3"));
    let finding = world.finding("tunnel-down:t1");
    assert_eq!(finding.reason, Reason::PeerRefused);
    assert!(finding.summary.contains("NO_PROPOSAL_CHOSEN"), "{}", finding.summary);
    assert!(finding.evidence.iter().any(|line| line.text.contains("rejected Child SA with NO_PROPOSAL_CHOSEN")));
    world.keep("made-peer-refused-as-no-proposal");
}

#[test]
fn loaded_otherwise_it_never_stood() {
    let mut world = World::new();
    wanted(&mut world);
    let (out, inn) = world.establish("t1", 2, true);
    world.wait(60);
    world.connections[0].child.algorithms = Some("3DES_CBC-HMAC_SHA1_96".to_owned());
    world.log("t1", 2, Statement::ConnectionAdded);
    world.wait(5);
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    world.takes_away([out, inn]);
    world.write(&REFUSED.replace("#2", "#3"));
    assert_eq!(world.finding("tunnel-down:t1").reason, Reason::PeerRefused);
}

#[test]
fn of_an_ike_sa_it_is_what_it_says() {
    let mut world = World::new();
    wanted(&mut world);
    let (out, inn) = world.establish("t1", 2, true);
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    world.takes_away([out, inn]);
    world.write(r#""t1" #3: ignoring IKE_SA_INIT response containing NO_PROPOSAL_CHOSEN notification (Message ID 0; message payloads N, missing SA,KE,Ni)"#);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!(finding.reason, Reason::NoProposal);
    assert!(finding.summary.ends_with("have no proposal in common"), "{}", finding.summary);
}

#[test]
fn an_ikev1_peer_says_so_in_the_name_of_the_ike_sa() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.connections[0].child.ikev1 = Some(true);
    world.join();
    wanted(&mut world);
    world.log("t1", 1, Statement::IkeEstablished);
    let (out, inn) = world.establish("t1", 2, true);
    world.log("t1", 2, Statement::Deleting { is_ike: false, established: true });
    world.takes_away([out, inn]);
    world.write(r#""t1" #1: ignoring secured informational payload NO_PROPOSAL_CHOSEN, msgid=00000000, length=12"#);
    assert_eq!(world.finding("tunnel-down:t1").reason, Reason::PeerRefused);
}

#[test]
fn a_daemon_that_counts_apart_hears_it_too() {
    let mut world = World::charon("5.9.8", &["t1"]);
    let refused = Statement::PeerRefused { notify: Notify("NO_PROPOSAL_CHOSEN".to_owned()) };
    world.says("gw/t1", 1, Statement::Initiating { rekeys: None });
    world.says("gw/t1", 1, refused.clone());
    assert_eq!(world.finding("tunnel-down:gw/t1").reason, Reason::PeerRefused);
    let pair = world.makes("gw/t1", 2, None);
    world.wait(60);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.says("gw/t1", 2, CLOSES);
    world.takes_away(pair);
    // In the name of the IKE SA: the child that was begun last is meant.
    world.says("gw/t1", 3, Statement::Initiating { rekeys: None });
    world.says("gw", 1, refused);
    assert_eq!(world.finding("tunnel-down:gw/t1").reason, Reason::PeerRefused);
    world.keep("made-charon-peer-refused");
}
