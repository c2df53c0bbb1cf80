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

/// It looks at the device before it asks the kernel, and then says no error.
#[test]
fn an_offload_that_the_kernel_was_not_asked_for_is_told_once() {
    for version in ["5.9.1", "5.9.8", "6.0.1"] {
        let mut world = World::charon(version, &["t1"]);
        world.says("gw/t1", 2, Statement::Initiating { rekeys: None });
        world.says("gw/t1", 2, Statement::SaNotAdded { of_offload: true });
        world.says("gw/t1", 2, Statement::SaNotAdded { of_offload: true });
        world.says("gw/t1", 2, Statement::SaNotAdded { of_offload: false });
        world.says("gw/t1", 2, Statement::ChildFailed { notify: None });
        world.wait(30);
        assert_eq!(world.open(), ["offload-rejected:gw/t1"], "{version}");
        let finding = world.finding("offload-rejected:gw/t1");
        assert!(!finding.summary.contains("errno"), "{}", finding.summary);
        world.makes("gw/t1", 3, None);
        world.wait(10);
        assert_eq!(world.open(), [] as [&str; 0]);
    }
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

/// charon 6.1 moves an SA with its offload where the kernel has `XFRM_MSG_MIGRATE_STATE`, and tries no other way.
#[test]
fn an_sa_that_the_kernel_cannot_move_with_its_offload_is_named_as_that() {
    let mut world = World::charon("6.1.0", &["t1"]);
    let [out, inn] = world.makes("gw/t1", 1, None);
    world.wait(60);
    let sa = Some(RefusedSa { protocol: Protocol::Esp, spi: out.spi, dst: None });
    world.says("gw/t1", 1, Statement::KernelRefused { operation: KernelOperation::AddSa, sa, errno: 22 });
    world.says("gw/t1", 1, Statement::KernelSaid { words: "Type doesn't support offload".to_owned() });
    world.wait(5);
    assert_eq!(world.open(), ["offload-rejected:gw/t1"]);
    let finding = world.finding("offload-rejected:gw/t1");
    assert_eq!(finding.reason, Reason::Migrated);
    assert!(finding.summary.contains("gw/t1 cannot move to other addresses"), "{}", finding.summary);
    assert!(finding.advice.contains("swanctl --rekey"), "{}", finding.advice);
    world.keep("made-charon-not-moved");
    world.rekeys("gw/t1", (1, [out, inn]), 2);
    world.wait(30);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn a_rekey_that_is_refused_is_told_beside_the_pair_that_stands() {
    let mut world = World::charon("5.9.8", &["t1"]);
    crate::engine::tests::refusals::trace_works(&mut world);
    world.makes("gw/t1", 1, None);
    world.wait(60);
    let sa = Some(RefusedSa { protocol: Protocol::Esp, spi: Spi(0x777), dst: None });
    world.says("gw/t1", 2, Statement::Initiating { rekeys: Some(Serial(1)) });
    world.says("gw/t1", 2, Statement::KernelRefused { operation: KernelOperation::AddSa, sa, errno: 22 });
    world.says("gw/t1", 2, Statement::ChildFailed { notify: None });
    world.wait(5);
    let finding = world.finding("offload-rejected:gw/t1");
    assert!(finding.summary.starts_with("gw/t1 does not get a new pair"), "{}", finding.summary);
    assert_eq!(world.open(), ["offload-rejected:gw/t1"]);
}

#[test]
fn what_was_told_to_take_the_best_has_either_mode_and_packet_alone_has_to_be_packet() {
    for (version, setting, open) in [
        ("6.0.1", OffloadSetting::Auto, &[][..]),
        ("5.9.8", OffloadSetting::Auto, &[][..]),
        ("6.0.1", OffloadSetting::Packet, &["offload-downgraded:gw/t1:in", "offload-downgraded:gw/t1:out"][..]),
    ] {
        let mut world = World::unjoined_charon(version, &["t1"]);
        world.connections[0].offload = Some(setting);
        world.join();
        world.ike_stands(1);
        world.makes("gw/t1", 1, None);
        world.wait(10);
        assert_eq!(world.open(), open, "{version} {setting:?}");
    }
    // In software it is told.
    let mut world = World::unjoined_charon("6.0.1", &["t1"]);
    world.connections[0].offload = Some(OffloadSetting::Auto);
    world.join();
    world.ike_stands(1);
    let (out, inn) = world.establish_silently("gw/t1", 1, PEER, false);
    let established = world.established(&[out, inn], None);
    world.says("gw/t1", 1, established);
    world.wait(10);
    assert_eq!(world.open(), ["sa-not-offloaded:gw/t1:in", "sa-not-offloaded:gw/t1:out"]);
}
