//! More pairs than a rekey explains.

use crate::engine::tests::world::*;
use crate::model::*;

#[test]
fn more_than_two_pairs_for_a_minute_are_duplicates() {
    let mut world = World::new();
    for serial in [2, 4] {
        world.establish("t1", serial, true);
    }
    world.wait(300);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.establish("t1", 6, true);
    world.wait(59);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.establish("t1", 8, true);
    world.wait(2);
    assert_eq!(world.open(), ["sa-duplicates:t1"]);
    assert!(world.finding("sa-duplicates:t1").summary.contains("4 pairs"));
    for serial in [2, 4, 6] {
        world.log("t1", serial, Statement::Deleting { is_ike: false, established: true });
    }
    assert_eq!(world.closed(), ["sa-duplicates:t1"]);
    world.keep("made-duplicates");
}

const TWO: &str = "sa-duplicates:t1";

/// IKEv1's line, which names no IKE SA.
fn quick_mode(world: &mut World, serial: u32) -> (SaId, SaId) {
    let (out, inn) = world.establish_silently("t1", serial, PEER, true);
    let spis = SpiPair { protocol: Protocol::Esp, outbound: out.spi, inbound: inn.spi };
    let says =
        Statement::ChildEstablished { ike: None, rekeys: None, spis, selectors: None, esn: false, offload_claim: None };
    world.log("t1", serial, says);
    (out, inn)
}

fn goes(world: &mut World, serial: u32, (out, inn): (SaId, SaId)) {
    world.log("t1", serial, Statement::Deleting { is_ike: false, established: true });
    world.table.children.retain(|child| child.serial != Serial(serial));
    world.delete(out);
    world.delete(inn);
}

#[test]
fn two_pairs_that_are_made_anew_are_told_after_ten_minutes_with_what_each_carries() {
    let mut world = World::new();
    let older = world.establish("t1", 2, true);
    world.wait(5);
    let newer = world.establish("t1", 4, true);
    world.wait(570);
    assert_eq!(world.told, []);
    for _ in 0..4 {
        world.send(newer.0, 100);
        world.receive(older.1, 90);
        world.wait(10);
    }
    let found = world.finding(TWO);
    assert_eq!((found.reason, found.severity), (Reason::TwoPairs, Severity::Warning));
    assert!(found.summary.contains("sends on that of state #4 and receives on that of state #2"), "{}", found.summary);
    let lines: Vec<_> = found.evidence.iter().map(|line| line.text.as_str()).collect();
    let is_of_newer =
        |line: &&str| line.starts_with("the pair of state #4 (out 0x") && line.ends_with("and receives 0");
    assert!(lines.iter().any(is_of_newer), "{lines:?}");
    world.wait(100);
    assert_eq!(world.told.len(), 1, "{:?}", world.told);
    goes(&mut world, 2, older);
    assert_eq!(world.closed(), [TWO]);
    world.keep("made-two-pairs");
}

#[test]
fn a_replaced_pair_of_ikev1_may_stay_as_long_as_its_margin() {
    for (said, stays) in [(None, 1080), (Some(300), 600), (Some(2000), 2000)] {
        let mut world = World::unjoined();
        let mut loaded = connection("t1", OffloadSetting::Crypto);
        loaded.child.replaced_stays = said;
        world.connections.push(loaded);
        world.join();
        let mut before = (2, quick_mode(&mut world, 2));
        for serial in [3, 4, 5] {
            world.wait(100);
            let next = (serial, quick_mode(&mut world, serial));
            world.wait(stays - 1);
            goes(&mut world, before.0, before.1);
            before = next;
        }
        world.wait(100);
        quick_mode(&mut world, 6);
        world.wait(stays - 1);
        assert_eq!(world.told, [], "{said:?}");
        world.wait(62);
        assert_eq!(world.finding(TWO).reason, Reason::TwoPairs, "{said:?}");
    }
}

#[test]
fn a_pair_made_before_another_is_broken_and_one_for_each_cpu_are_no_fault() {
    let mut world = World::new();
    let before = world.establish("t1", 2, true);
    world.wait(100);
    world.establish("t1", 3, true);
    world.wait(60);
    goes(&mut world, 2, before);
    world.wait(3600);
    assert_eq!(world.told, []);

    let mut world = World::new();
    for cpu in 0..8 {
        let serial = 10 + cpu;
        let (out, inn) = world.establish("t1", serial, true);
        for id in [out, inn] {
            let row = KernelSa { cpu: Some(cpu), ..world.kernel[&id] };
            world.kernel.insert(id, row);
            world.see(What::Kernel(Event::SaUpdated(Box::new(row))));
        }
    }
    world.wait(1300);
    assert_eq!(world.told, []);
    world.keep("made-pair-for-each-cpu");
    // A second one for one of them is one too many.
    let (out, inn) = world.establish("t1", 30, true);
    for id in [out, inn] {
        let row = KernelSa { cpu: Some(3), ..world.kernel[&id] };
        world.kernel.insert(id, row);
        world.see(What::Kernel(Event::SaUpdated(Box::new(row))));
    }
    world.wait(601);
    assert_eq!(world.open(), [TWO]);
}

#[test]
fn what_is_sent_on_the_wrong_one_of_two_pairs_has_that_cause() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::No));
    world.join();
    let older = world.establish("t1", 2, false);
    world.wait(20);
    world.windows(2, |world| world.both(older, 50));
    let newer = world.establish("t1", 4, false);
    world.wait(70);
    world.windows(4, |world| world.send(newer.0, 50));
    let found = world.finding("esp-blackhole:t1");
    assert_eq!(found.reason, Reason::TwoPairs);
    assert!(found.summary.contains("it has two pairs of SAs"), "{}", found.summary);
    world.keep("made-blackhole-two-pairs");
}

#[test]
fn replaced_pairs_of_ikev1_that_live_hardly_longer_than_their_margin_stand_side_by_side() {
    for goes_in_time in [true, false] {
        let mut world = World::unjoined();
        let mut loaded = connection("t1", OffloadSetting::Crypto);
        loaded.child.replaced_stays = Some(1080);
        world.connections.push(loaded);
        world.join();
        // `salifetime` of 20 minutes: a rekey every 200 s, and each replaced pair for 1000 s more.
        let mut pairs = Vec::new();
        for serial in 2..40 {
            pairs.push((serial, quick_mode(&mut world, serial)));
            world.wait(200);
            if goes_in_time && pairs.len() > 5 {
                let (serial, pair) = pairs.remove(0);
                goes(&mut world, serial, pair);
            }
        }
        if goes_in_time {
            assert_eq!(world.told, []);
        } else {
            assert!(world.finding(TWO).summary.contains("37 pairs"), "{}", world.finding(TWO).summary);
        }
    }
}
