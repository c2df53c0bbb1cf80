//! Tunnels that do not come back with the daemon.

use crate::engine::tests::daemon::gone;
use crate::engine::tests::recovery::{back, flush, permanent};
use crate::engine::tests::world::*;
use crate::model::*;

#[test]
fn each_permanent_tunnel_that_is_not_back_after_a_minute_is_named() {
    let mut world = permanent(&["t1", "t2", "t3"]);
    world.establish_with("t1", 2, PEER, true);
    world.establish_with("t2", 3, "10.0.0.3", true);
    world.establish_with("t3", 4, "10.0.0.4", true);
    world.wait(20);
    // It goes as the daemon dies, and nobody wanted it.
    let out = world.kernel.keys().find(|id| id.dst.to_string() == "10.0.0.4").copied().unwrap();
    world.delete(out);
    gone(&mut world);
    flush(&mut world);
    back(&mut world, 200);
    world.wait(10);
    world.establish("t1", 2, true);
    world.log("t2", 3, Statement::PeerRefused { notify: crate::model::Notify("TS_UNACCEPTABLE".to_owned()) });
    world.wait(45);
    assert!(!world.open().iter().any(|id| id.starts_with("tunnel")), "{:?}", world.open());
    world.wait(6);
    let open: Vec<_> = world.open().into_iter().filter(|id| id.starts_with("tunnel")).collect();
    assert_eq!(open, ["tunnel-not-restored:t2", "tunnel-not-restored:t3"]);
    let finding = world.finding("tunnel-not-restored:t2");
    assert_eq!((finding.reason, finding.times), (Reason::PeerRefused, 1));
    assert!(finding.evidence.iter().any(|line| line.text.contains("process 100 died")));
    // A later attempt counts up, and is no second finding.
    world.log("t2", 5, Statement::NoAnswer);
    assert_eq!(world.finding("tunnel-not-restored:t2").times, 2);
    world.establish_with("t2", 6, "10.0.0.3", true);
    world.wait(6);
    world.log("t3", 7, Statement::ConnectionDown);
    world.wait(2);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-tunnel-not-restored");
}
