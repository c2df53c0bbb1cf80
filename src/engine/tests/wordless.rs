//! A kernel that has no words for a refused offload, and tells which SA it was (Linux 5.10): what the SA and the device are is the reason,
//! or there is none.

use super::refusals::*;
use super::world::*;
use crate::model::*;

/// What 5.10 says of itself: the same as 6.1.
const LINUX_5_10: Abilities = Abilities::LINUX_6_1;

fn on_netdevsim(offload: OffloadSetting) -> World {
    let mut world = World::unjoined();
    world.abilities = LINUX_5_10;
    world.connections.extend([connection("t1", offload), connection("t2", offload)]);
    world.join();
    world.see(What::Link(Link {
        driver: Some("netdevsim".to_owned()),
        kind: Some("netdevsim".to_owned()),
        ..nic(true)
    }));
    let detail = String::new();
    world.see(What::Coverage(Coverage { source: Source::Trace, state: SourceState::Degraded, detail }));
    world
}

fn tries(world: &mut World, shape: SaShape, errno: u32) {
    world.see(What::OffloadTried(Box::new(OffloadTry { shape: Some(shape), ..tried(0xabc, errno, None) })));
    world.log("t1", 4, refused(0xabc, errno));
    gives_up(world, 4);
    world.wait(3);
}

#[test]
fn an_sa_that_its_device_never_takes_has_its_reason() {
    let with = |algorithm| SaShape { algorithm: Some(algorithm), ..shape() };
    let gcm = shape().algorithm.unwrap();
    let cbc = Algorithm {
        name: AlgorithmName::new(b"cbc(aes)"),
        auth: Some(AlgorithmName::new(b"hmac(sha256)")),
        key_bits: 128,
        icv_bits: 128,
    };
    for (shape, reason) in [
        (SaShape { esn: true, ..shape() }, Reason::EsnUnsupported),
        (with(cbc), Reason::AlgorithmUnsupported),
        (with(Algorithm { icv_bits: 64, ..gcm }), Reason::IcvLength),
        // A module that is missing, or whatever else nothing shows: never a guess.
        (shape(), Reason::Unknown),
    ] {
        let mut world = on_netdevsim(OffloadSetting::Crypto);
        tries(&mut world, shape, 22);
        assert_eq!(world.open(), ["offload-rejected:t1"]);
        assert_eq!(world.finding("offload-rejected:t1").reason, reason);
    }
}

#[test]
fn a_device_that_is_full_is_told_with_what_it_holds() {
    let mut world = on_netdevsim(OffloadSetting::Crypto);
    world.establish("t2", 2, true);
    tries(&mut world, shape(), 28);
    assert_eq!(world.open(), ["offload-capacity:eth0"]);
    let finding = world.finding("offload-capacity:eth0");
    assert_eq!(finding.reason, Reason::Capacity);
    assert!(finding.summary.ends_with("; it holds 2 SAs"), "{}", finding.summary);
}

#[test]
fn a_daemon_that_falls_back_does_so_for_what_its_sa_is() {
    let mut world = on_netdevsim(OffloadSetting::Auto);
    let esn = Some(SaShape { esn: true, ..shape() });
    let inbound = OffloadTry {
        src: Some(PEER.parse().unwrap()),
        dst: Some(LOCAL.parse().unwrap()),
        direction: Direction::In,
        ..tried(5, 22, None)
    };
    world.see(What::OffloadTried(Box::new(OffloadTry { shape: esn, ..inbound })));
    world.log("t1", 2, refused(4, 22));
    world.see(What::OffloadTried(Box::new(OffloadTry { shape: esn, ..tried(4, 22, None) })));
    world.establish("t1", 2, false);
    world.wait(20);
    assert_eq!(world.open(), ["sa-not-offloaded:t1:in", "sa-not-offloaded:t1:out"]);
    for way in ["in", "out"] {
        assert_eq!(world.finding(&format!("sa-not-offloaded:t1:{way}")).reason, Reason::EsnUnsupported);
    }
}
