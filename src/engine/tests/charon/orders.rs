//! What it is ordered: a rekey by the Child SA's number, and never an order to bring up what it has.

use super::*;

fn acting(act: &[RemedyKind]) -> World {
    let mut world = World::unjoined_charon("5.9.8", &["t1"]);
    world.settings.act = act.iter().copied().collect();
    world.join();
    world.ike_stands(1);
    world
}

#[test]
fn a_deleted_sa_is_rekeyed_by_its_childs_number_at_once() {
    let mut world = acting(&[RemedyKind::Rekey]);
    let [out, inn] = world.makes("gw/t1", 7, None);
    world.wait(30);
    world.delete(out);
    world.wait(2);
    // It makes no pair by itself at the first packet: nobody waits for that.
    assert_eq!(world.steps, [Step::Rekey { connection: "gw/t1".to_owned(), state: Some(Serial(7)) }]);
    assert!(!world.remedied.iter().any(|change| change.text.contains("first packet")), "{:?}", world.remedied);
    world.kernel.insert(out, sa(LOCAL, PEER, out.spi.0, true));
    world.rekeys("gw/t1", (7, [out, inn]), 8);
    world.wait(30);
    assert_eq!(world.open(), [] as [&str; 0]);
    assert_eq!(world.remedied.last().unwrap().state, RemedyState::Done);
    assert_eq!(world.steps.len(), 1);
}

#[test]
fn a_refusal_leaves_the_ike_sa_and_what_stands_on_it() {
    let mut world = World::charon("5.9.8", &["t1", "t2"]);
    crate::engine::tests::refusals::trace_works(&mut world);
    world.makes("gw/t1", 1, None);
    world.wait(10);
    let says = Statement::KernelRefused { operation: KernelOperation::AddSa, sa: None, errno: 22 };
    world.says("gw/t2", 2, Statement::Initiating { rekeys: None });
    world.says("gw/t2", 2, says);
    world.says("gw/t2", 2, Statement::SaNotAdded { of_offload: true });
    world.says("gw/t2", 2, Statement::ChildFailed { notify: None });
    world.wait(5);
    assert_eq!(world.open(), ["offload-rejected:gw/t2"]);
    let finding = world.finding("offload-rejected:gw/t2");
    assert!(finding.affected.list.is_empty(), "{:?}", finding.affected);
    assert!(world.engine.facts.life.is_ike_standing(Serial(1)));
    world.keep("made-charon-refused");
    world.makes("gw/t2", 3, None);
    world.wait(10);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn a_tunnel_that_a_crash_owes_is_brought_up_and_one_that_it_has_is_rekeyed() {
    for has_child in [false, true] {
        let mut world = acting(&[RemedyKind::Restart]);
        world.unit = Some("strongswan.service".to_owned());
        world.makes("gw/t1", 3, None);
        world.wait(30);
        world.see(What::DaemonGone(Death { pid: 100 }));
        world.kernel.clear();
        world.see(What::Kernel(Event::SasFlushed { protocol: None }));
        world.table.ike.clear();
        world.table.children.clear();
        world.brief.ike = 0;
        world.wait(2);
        world.see(What::DaemonFound(Box::new(world.process(200))));
        if has_child {
            // It has a pair that the kernel has not.
            world.ike_stands(1);
            world.daemon_claims("gw/t1", 1, PEER, (Spi(0x10), Spi(0x11)));
        }
        world.wait(20);
        let connection = "gw/t1".to_owned();
        let step = match has_child {
            false => Step::Initiate { connection },
            true => Step::Rekey { connection, state: Some(Serial(1)) },
        };
        assert_eq!(world.steps, [step], "{has_child}");
    }
}
