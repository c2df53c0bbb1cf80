//! Each of the kernel's texts, told by the kernel itself about an SA of the daemon: the finding has its reason and a cure.

use std::collections::BTreeSet;

use super::world::*;
use crate::model::*;
use crate::reasons::tests::texts::{TEXTS, Text};

/// A device as that driver's would be seen.
fn device(text: &Text) -> Link {
    let kind = (text.driver == "bonding").then(|| "bond".to_owned());
    Link { driver: Some(text.driver.to_owned()), kind, ..nic(true) }
}

fn tried(text: &Text) -> OffloadTry {
    OffloadTry {
        pid: 100,
        process: "pluto".to_owned(),
        spi: Spi(0xabc),
        src: Some(LOCAL.parse().unwrap()),
        dst: Some(PEER.parse().unwrap()),
        ifindex: DEVICE,
        mode: if text.reason == Reason::PacketUnsupported { OffloadMode::Packet } else { OffloadMode::Crypto },
        direction: Direction::Out,
        errno: text.errno,
        text: Some(match text.module {
            "" => text.text.to_owned(),
            module => format!("{module}: {}", text.text),
        }),
        shape: None,
    }
}

/// The finding that opens, in a world of its own.
fn told(text: &Text) -> (World, Finding) {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.join();
    world.see(What::Link(device(text)));
    world.see(What::OffloadTried(Box::new(tried(text))));
    let sa = Some(RefusedSa { protocol: Protocol::Esp, spi: Spi(0xabc), dst: Some(PEER.parse().unwrap()) });
    world.log("t1", 2, Statement::KernelRefused { operation: KernelOperation::AddSa, sa, errno: text.errno });
    world.log("t1", 2, Statement::ChildFailed { notify: None });
    world.wait(1);
    let [finding] = world.engine.findings().try_into().unwrap();
    (world, finding)
}

#[test]
fn every_text_of_the_kernel_gives_its_reason_and_a_cure() {
    let mut kept = BTreeSet::new();
    let of_sas = |text: &&Text| text.errno != 0 && text.reason != Reason::PolicyUnsupported;
    // Said to a request for neither mode, which no observation can be of.
    let possible = |text: &&Text| text.text != "Unsupported xfrm offload type" || text.driver != "mlx5_core";
    for text in TEXTS.iter().filter(of_sas).filter(possible) {
        let (world, finding) = told(text);
        // The SA's protocol is known here, and may decide what the words alone do not.
        if text.reason != Reason::Unknown {
            assert_eq!(finding.reason, text.reason, "{}: {}", text.module, text.text);
        }
        let code = if text.reason == Reason::Capacity { Code::OffloadCapacity } else { Code::OffloadRejected };
        assert_eq!(finding.code, code, "{}", text.text);
        assert!(finding.evidence.iter().any(|line| line.text.contains(text.text)), "{}", text.text);
        assert!(finding.advice.len() > 10 && !finding.advice.contains("DEV "), "{}", finding.advice);
        if kept.insert(finding.reason) {
            world.keep(&format!("made-reason-{}", finding.reason));
        }
    }
    assert!(kept.len() >= 25, "{kept:?}");
}

/// An SA in software on such a device; the finding of one direction.
fn silent(link: Link, direction: &str, case: Option<&str>) -> Reason {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.join();
    world.mode = SaMode::Transport;
    world.see(What::Link(link));
    world.establish("t1", 2, false);
    if let Some(case) = case {
        world.keep(&format!("made-reason-{case}"));
    }
    world.finding(&format!("sa-not-offloaded:t1:{direction}")).reason
}

#[test]
fn a_silent_fallback_is_told_by_what_the_device_is() {
    let on =
        |driver: &str, feature| Link { driver: Some(driver.to_owned()), esp_hw_offload: Some(feature), ..nic(true) };
    let vlan = Link { kind: Some("vlan".to_owned()), ..on("802.1Q VLAN Support", false) };
    for (link, direction, reason) in [
        (vlan, "out", Reason::DeviceNotCapable),
        (on("ixgbe", false), "out", Reason::FeatureOff),
        (on("mlx5_core", true), "in", Reason::DriverNotReady),
        (on("ixgbe", true), "out", Reason::VirtualFunctions),
        (on("ixgbevf", true), "out", Reason::DirectionUnsupported),
        (on("a_vendors_own", true), "out", Reason::Unknown),
    ] {
        let name = reason.to_string();
        assert_eq!(silent(link, direction, Some(name.as_str()).filter(|name| *name != "unknown")), reason);
    }
}

#[test]
fn refusals_without_words_of_their_own_are_told_by_driver_and_error() {
    let weak = |driver, errno, reason| Text::new(driver, "", errno, "Device failed to offload this state", reason);
    for text in [weak("bonding", 19, Reason::NoActiveSlave), weak("ixgbevf", 13, Reason::VfNotPermitted)] {
        let (world, finding) = told(&text);
        assert_eq!(finding.reason, text.reason);
        world.keep(&format!("made-reason-{}", text.reason));
    }
}

#[test]
fn a_device_that_nobody_has_seen_was_not_there() {
    let mut world = World::new();
    let text = Text::new("", "", 0, "", Reason::DeviceGone);
    world.see(What::OffloadTried(Box::new(OffloadTry {
        spi: Spi(4),
        ifindex: 77,
        text: None,
        shape: None,
        ..tried(&text)
    })));
    world.establish("t1", 2, false);
    assert_eq!(world.finding("sa-not-offloaded:t1:out").reason, Reason::DeviceGone);
    world.keep("made-reason-device-gone");
}

#[test]
fn an_sa_that_was_migrated_has_lost_its_offload() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.join();
    let (out, _) = world.establish("t1", 2, true);
    world.wait(20);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.kernel.get_mut(&out).unwrap().offload = None;
    world.see(What::Kernel(Event::Migrated));
    world.wait(10);
    assert_eq!(world.open(), ["sa-not-offloaded:t1:out"]);
    assert_eq!(world.finding("sa-not-offloaded:t1:out").reason, Reason::Migrated);
    world.keep("made-reason-migrated");
}
