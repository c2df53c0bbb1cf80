//! Devices that are full.

use crate::engine::tests::refusals::*;
use crate::engine::tests::world::*;
use crate::model::*;

#[test]
fn a_device_that_refuses_for_room_is_full_until_it_keeps_an_sa() {
    let mut world = World::new();
    world.connections.push(connection("t2", OffloadSetting::Crypto));
    trace_works(&mut world);
    world.establish("t1", 2, true);
    world.wait(6);
    let text = "No space for SA in Rx table!";
    world.see(What::OffloadTried(Box::new(tried(0xabc, 28, Some(text)))));
    world.log("t2", 4, refused(0xabc, 28));
    world.log("t2", 4, Statement::ChildFailed { notify: None });
    assert_eq!(world.open(), ["offload-capacity:eth0"]);
    let finding = world.finding("offload-capacity:eth0");
    assert_eq!((finding.reason, finding.affected.sas), (Reason::Capacity, 2));
    assert_eq!(finding.affected.list, ["t2"]);
    // Half a pair that goes again proves nothing.
    let half = sa(PEER, LOCAL, 0x77, true);
    world.kernel.insert(half.id, half);
    world.see(What::Kernel(Event::SaAdded(Box::new(half))));
    world.delete(half.id);
    world.wait(6);
    assert_eq!(world.open(), ["offload-capacity:eth0"]);
    world.establish("t2", 6, true);
    world.wait(6);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-capacity");
}

#[test]
fn a_weak_refusal_of_what_the_device_took_before_is_a_full_device_too() {
    let mut world = World::new();
    trace_works(&mut world);
    world.establish("t1", 2, true);
    let taken = SaShape::from(world.kernel.values().next().unwrap());
    let weak = "Device failed to offload this state";
    for (shape, id) in [(taken, "offload-capacity:eth0"), (SaShape { esn: true, ..taken }, "offload-rejected:t1")] {
        let mut world = World::new();
        trace_works(&mut world);
        world.establish("t1", 2, true);
        let weak = OffloadTry { shape: Some(shape), ..tried(0xabc, 22, Some(weak)) };
        world.see(What::OffloadTried(Box::new(weak)));
        world.log("t1", 4, refused(0xabc, 22));
        gives_up(&mut world, 4);
        assert_eq!(world.open(), [id], "{:?}", world.engine.findings());
    }
}

#[test]
fn what_it_held_is_counted_when_it_refuses_and_not_when_that_is_told() {
    let mut world = World::new();
    world.connections.push(connection("t2", OffloadSetting::Crypto));
    // The trace tells words alone, so that the refusal is told half a second later.
    let detail = String::new();
    world.see(What::Coverage(Coverage { source: Source::Trace, state: SourceState::Degraded, detail }));
    world.see(What::Link(Link { driver: Some("a_vendors_own".to_owned()), ..nic(true) }));
    let (out, inn) = world.establish("t1", 2, true);
    world.wait(6);
    world.log("t1", 4, refused(0xabc, 28));
    gives_up(&mut world, 4);
    world.delete(out);
    world.delete(inn);
    world.wait(1);
    let finding = world.finding("offload-capacity:eth0");
    assert!(finding.summary.contains(" 2 SAs"), "{}", finding.summary);
    assert_eq!(finding.affected.sas, 2);
}

/// An SA on the device that no daemon made.
fn comes(world: &mut World, spi: u32) {
    let row = sa(PEER, LOCAL, spi, true);
    world.kernel.insert(row.id, row);
    world.see(What::Kernel(Event::SaAdded(Box::new(row))));
}

fn is_refused_for_room(world: &mut World, serial: u32) {
    let text = "No space for SA in Rx table!";
    world.see(What::OffloadTried(Box::new(tried(0xabc + serial, 28, Some(text)))));
    world.log("t1", serial, refused(0xabc + serial, 28));
    gives_up(world, serial);
}

#[test]
fn another_refusal_has_the_room_proved_anew() {
    let mut world = World::new();
    trace_works(&mut world);
    is_refused_for_room(&mut world, 4);
    comes(&mut world, 0x77);
    world.wait(3);
    is_refused_for_room(&mut world, 6);
    comes(&mut world, 0x78);
    world.wait(4);
    assert_eq!(world.open(), ["offload-capacity:eth0"]);
    world.wait(2);
    assert_eq!(world.closed(), ["offload-capacity:eth0"]);
}

#[test]
fn a_full_device_that_is_renamed_is_not_full_for_ever() {
    let mut world = World::new();
    trace_works(&mut world);
    is_refused_for_room(&mut world, 4);
    world.see(What::Link(Link { name: "wan0".to_owned(), ..nic(true) }));
    comes(&mut world, 0x77);
    world.wait(6);
    assert_eq!(world.closed(), ["offload-capacity:eth0"]);
}

#[test]
fn a_rekey_that_a_full_device_refuses_is_told_with_its_tunnel_and_when_that_goes_down() {
    let mut world = World::charon("5.9.8", &["t1", "t2"]);
    trace_works(&mut world);
    for (serial, name) in [(1, "gw/t1"), (2, "gw/t2")] {
        let pair = world.makes(name, serial, None);
        for id in pair {
            let row = world.kernel.get_mut(&id).unwrap();
            row.lifetime.hard_add_seconds = 3960;
            let row = *row;
            world.see(What::Kernel(Event::SaUpdated(Box::new(row))));
        }
    }
    world.wait(6);
    for attempt in 3..6 {
        world.says("gw/t1", attempt, Statement::Initiating { rekeys: None });
        world.see(What::OffloadTried(Box::new(tried(0xabc + attempt, 28, Some("No space for SA in Rx table!")))));
        world.says("gw/t1", attempt, refused(0xabc + attempt, 28));
        world.says("gw/t1", attempt, Statement::ChildFailed { notify: None });
        world.wait(7);
    }
    assert_eq!(world.open(), ["offload-capacity:eth0"]);
    let finding = world.finding("offload-capacity:eth0");
    assert_eq!((finding.reason, finding.times), (Reason::Capacity, 3));
    assert!(finding.summary.contains("gw/t1 (") && !finding.summary.contains("gw/t2"), "{}", finding.summary);
    assert!(finding.summary.contains("cannot be rekeyed, and goes down when its pair"), "{}", finding.summary);
    assert_eq!(world.engine.facts.claims.children().count(), 2, "nothing else fell");
    world.keep("made-charon-capacity");
}
