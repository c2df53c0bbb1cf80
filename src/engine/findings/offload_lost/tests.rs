//! Devices that go.

use crate::engine::tests::world::*;
use crate::model::*;

#[test]
fn a_link_that_goes_down_loses_its_sas() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    world.wait(3);
    world.kernel.clear();
    world.see(What::Link(nic(false)));
    assert_eq!(world.open(), ["offload-lost:eth0"]);
    let finding = world.finding("offload-lost:eth0");
    assert_eq!((finding.affected.sas, finding.affected.connections, finding.reason), (2, 1, Reason::LinkDown));
    world.wait(60);
    assert_eq!(world.open(), ["offload-lost:eth0"]);
    world.see(What::Link(nic(true)));
    world.establish("t1", 3, true);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn many_sas_are_told_from_one_dump() {
    let mut world = World::new();
    for serial in 2..80 {
        world.establish(&format!("c{serial}"), serial, true);
    }
    world.wait(10);
    let dumps = world.dumps;
    world.kernel.clear();
    world.see(What::LinkGone { index: DEVICE });
    world.wait(10);
    assert_eq!(world.open(), ["offload-lost:eth0"]);
    assert_eq!(world.finding("offload-lost:eth0").affected.sas, 156);
    assert_eq!(world.finding("offload-lost:eth0").reason, Reason::DeviceRemoved);
    assert_eq!(world.dumps, dumps + 1);
    world.keep("made-device-removed");
}

#[test]
fn a_link_without_offloaded_sas_goes_without_a_word() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::No));
    world.join();
    world.establish("t1", 2, false);
    world.see(What::Link(nic(false)));
    world.wait(60);
    assert_eq!(world.told, []);
}

#[test]
fn a_device_that_is_renamed_while_its_sas_are_lost_is_told_until_they_are_replaced() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    world.wait(3);
    world.kernel.clear();
    world.see(What::Link(nic(false)));
    world.see(What::Link(Link { name: "wan0".to_owned(), ..nic(true) }));
    world.wait(60);
    assert_eq!(world.open(), ["offload-lost:eth0"]);
    world.establish("t1", 3, true);
    assert_eq!(world.closed(), ["offload-lost:eth0"]);
}

#[test]
fn a_device_that_kept_its_sas_lost_nothing() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    world.wait(3);
    world.see(What::Link(nic(false)));
    world.see(What::Link(nic(true)));
    world.wait(60);
    assert_eq!(world.told, []);
    world.kernel.clear();
    world.see(What::Link(nic(false)));
    assert_eq!(world.open(), ["offload-lost:eth0"]);
}
