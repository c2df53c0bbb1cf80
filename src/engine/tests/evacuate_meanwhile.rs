//! Evacuate: what goes on meanwhile, and does not let it be forgotten, last or lie.

use super::evacuate::*;
use super::world::*;
use crate::model::*;

#[test]
fn what_waits_for_the_daemon_begins_no_second_hour() {
    let (mut world, _) = world(false);
    world.see(What::Requested(off()));
    world.wait(40);
    let (out, inn) = world.establish("t1", 3, true);
    world.see(What::DaemonGone(Death { pid: 100 }));
    world.wait(3700);
    assert_eq!(noted(&world), None);
    for sa in [out, inn] {
        assert!(world.kernel[&sa].offload.is_some());
    }
    world.see(What::DaemonFound(Box::new(daemon(101))));
    world.wait(60);
    assert_eq!(noted(&world), None, "{:?}", world.remedied);
    assert_eq!(world.steps.iter().filter(|step| matches!(step, Step::Evacuate { .. })).count(), 2, "{:?}", world.steps);
}
