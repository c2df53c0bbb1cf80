//! Refusals that no daemon speaks of.

use crate::engine::tests::refusals::*;
use crate::engine::tests::world::*;
use crate::model::*;

#[test]
fn a_refusal_that_no_daemon_speaks_of_is_told_by_its_addresses() {
    let mut world = World::new();
    trace_works(&mut world);
    let by_hand = OffloadTry { pid: 4711, process: "ip".to_owned(), ..tried(0x99, 22, Some(ESN)) };
    world.see(What::OffloadTried(Box::new(by_hand)));
    world.wait(1);
    let id = format!("offload-rejected:{LOCAL}-{PEER}");
    assert_eq!(world.open(), [id.as_str()]);
    let finding = world.finding(&id);
    assert_eq!((finding.reason, finding.subject.connection.as_deref()), (Reason::EsnUnsupported, None));
    assert!(finding.summary.contains("ip (process 4711)"), "{}", finding.summary);
    world.wait(598);
    assert_eq!(world.open(), [id.as_str()]);
    world.wait(2);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-refused-by-hand");
}

/// A gateway whose daemon is not known yet, and may never be, and somebody else's refusal.
fn refused_before_the_join() -> (World, String) {
    let mut world = World::unjoined();
    world.see(What::Started(Box::default()));
    world.see(What::Link(nic(true)));
    let by_hand = OffloadTry { pid: 4711, process: "ip".to_owned(), ..tried(0x99, 22, Some(ESN)) };
    world.see(What::OffloadTried(Box::new(by_hand)));
    let id = format!("offload-rejected:{LOCAL}-{PEER}");
    assert_eq!((world.open(), world.engine.is_joined()), (vec![id.clone()], false));
    (world, id)
}

#[test]
fn what_is_told_before_the_join_is_over_in_its_time_too() {
    let (mut world, id) = refused_before_the_join();
    world.wait(599);
    assert_eq!(world.open(), [id.as_str()]);
    world.wait(2);
    assert_eq!((world.closed(), world.engine.is_joined()), (vec![id.as_str()], false));
}

#[test]
fn an_sa_that_comes_before_the_join_ends_what_was_told_before_it() {
    let (mut world, id) = refused_before_the_join();
    world.see(What::Kernel(Event::SaAdded(Box::new(sa(LOCAL, PEER, 0x9a, false)))));
    assert_eq!(world.open(), [id.as_str()]);
    world.see(What::LinksKnown);
    world.see(What::DaemonAbsent);
    assert!(world.engine.is_joined());
    assert_eq!(world.closed(), [id.as_str()]);
}

#[test]
fn the_daemons_refusal_is_told_by_its_addresses_only_where_its_log_is_silent() {
    let mut world = World::new();
    trace_works(&mut world);
    world.see(What::OffloadTried(Box::new(tried(0xabc, 22, Some(ESN)))));
    world.wait(1);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.wait(2);
    assert_eq!(world.open(), [format!("offload-rejected:{LOCAL}-{PEER}")]);
}

#[test]
fn what_probe_tries_is_no_finding() {
    let mut world = World::new();
    let dst = Some("198.51.100.1".parse().unwrap());
    let src = Some("192.0.2.1".parse().unwrap());
    world.see(What::OffloadTried(Box::new(OffloadTry { pid: 7, src, dst, ..tried(0xabc, 22, Some(ESN)) })));
    world.wait(10);
    assert_eq!(world.told, []);
}

#[test]
fn the_late_record_of_a_refusal_that_the_daemon_told_of_is_no_strangers() {
    for tries in [1, 2, 3] {
        let mut world = World::new();
        trace_works(&mut world);
        for one in 1..=tries {
            world.log("t1", one * 2, refused(0xabc + one, 22));
            gives_up(&mut world, one * 2);
        }
        let told_first = tries == 1;
        if told_first {
            world.wait(1);
        }
        // All tries but the last one, or a try that is told as one without a reason.
        for one in 1..tries.max(2) {
            world.see(What::OffloadTried(Box::new(tried(0xabc + one, 22, Some(ESN)))));
        }
        world.wait(5);
        assert_eq!(world.open(), ["offload-rejected:t1"], "{tries}");
        // The reason of an earlier try is not told as that of the last.
        assert_eq!(world.finding("offload-rejected:t1").reason, Reason::Unknown);
        // Long after, and for another SA, it is somebody's own.
        world.wait(20);
        world.see(What::OffloadTried(Box::new(tried(0xabc + 1, 22, Some(ESN)))));
        world.wait(3);
        assert_eq!(world.open(), [format!("offload-rejected:{LOCAL}-{PEER}"), "offload-rejected:t1".to_owned()]);
    }
}

#[test]
fn a_refusal_that_the_daemon_speaks_of_late_is_one_finding() {
    for others in [false, true] {
        let mut world = World::new();
        trace_works(&mut world);
        world.see(What::OffloadTried(Box::new(tried(0xabc, 22, Some(ESN)))));
        world.wait(3);
        let foreign = format!("offload-rejected:{LOCAL}-{PEER}");
        assert_eq!(world.open(), [foreign.as_str()]);
        if others {
            let by_hand = OffloadTry { pid: 4711, process: "ip".to_owned(), ..tried(0x99, 22, Some(ESN)) };
            world.see(What::OffloadTried(Box::new(by_hand)));
            world.wait(1);
        }
        world.log("t1", 2, refused(0xabc, 22));
        gives_up(&mut world, 2);
        world.wait(1);
        let own = "offload-rejected:t1";
        assert_eq!(world.finding(own).reason, Reason::EsnUnsupported);
        // What somebody else was refused since goes on.
        assert_eq!(world.open(), if others { vec![foreign.as_str(), own] } else { vec![own] });
    }
}
