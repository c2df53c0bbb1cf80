//! Less evidence never makes another reason.

use proptest::prelude::*;

use super::driver::{AskedSa, answer};
use super::texts::TEXTS;
use super::*;

fn shapes() -> impl Strategy<Value = SaShape> {
    let other = |name: &[u8]| Algorithm { name: AlgorithmName::new(name), ..gcm(288, 128) };
    let algorithm = prop_oneof![
        3 => Just(gcm(160, 128)),
        1 => prop::sample::select(vec![gcm(288, 128), gcm(224, 128), gcm(160, 64), gcm(160, 96), gcm(96, 128), gcm(288, 64)]),
        1 => Just(cbc()),
        1 => prop::sample::select(vec![other(b"rfc7539esp(chacha20,poly1305)"), other(b"rfc4309(ccm(aes))"), other(b"rfc4543(gcm(aes))")]),
    ];
    let mode = prop_oneof![3 => Just(SaMode::Transport), 2 => Just(SaMode::Tunnel), 1 => Just(SaMode::Other(4))];
    let protocol = prop_oneof![6 => Just(Protocol::Esp), 1 => Just(Protocol::Ah)];
    let rest =
        (prop::bool::weighted(0.3), prop::sample::select(vec![0u32, 32, 64, 100, 2048]), prop::bool::weighted(0.2));
    (algorithm, mode, protocol, rest, any::<bool>(), prop::sample::select(vec![0u32, 0, 7])).prop_map(
        |(algorithm, mode, protocol, (esn, replay_window, encapsulated), ipv6, if_id)| SaShape {
            protocol,
            mode,
            algorithm: Some(algorithm),
            esn,
            replay_window,
            encapsulated,
            ipv6,
            if_id,
        },
    )
}

fn asked() -> impl Strategy<Value = AskedSa> {
    let wanted = prop_oneof![3 => Just(OffloadMode::Crypto), 1 => Just(OffloadMode::Packet)];
    let direction = prop_oneof![Just(Direction::In), Just(Direction::Out)];
    let driver = prop::sample::select(vec!["netdevsim", "ixgbe", "cxgb4", "mlx5_core", "vlan"]);
    (driver, wanted, direction, shapes(), any::<bool>(), prop::bool::weighted(0.3), prop::bool::weighted(0.2)).prop_map(
        |(driver, wanted, direction, shape, can, full, broken)| AskedSa {
            driver,
            wanted,
            direction,
            shape,
            full,
            can,
            broken,
        },
    )
}

fn device(driver: &str) -> Device<'_> {
    let kind = (driver == "vlan").then_some("vlan");
    Device { kind, esp_hw_offload: Some(kind.is_none()), ..nic(driver) }
}

/// Which pieces are known, one bit each.
fn known<'a>(case: &Case<'a>, bits: u16, without_algorithm: &'a SaShape) -> Case<'a> {
    let has = |bit: u16| bits & (1 << bit) != 0;
    let device = case.device.filter(|_| has(0)).map(|device| Device {
        driver: device.driver.filter(|_| has(1)),
        esp_hw_offload: device.esp_hw_offload.filter(|_| has(2)),
        // No kind beside a driver is a device of its own, and not less that is known.
        kind: device.kind.filter(|_| has(9) || has(1)),
        ..device
    });
    Case {
        errno: case.errno.filter(|_| has(3)),
        text: case.text.filter(|_| has(4)),
        wanted: case.wanted.filter(|_| has(5)),
        direction: case.direction.filter(|_| has(6)),
        device,
        shape: if !has(7) {
            None
        } else if has(8) {
            case.shape
        } else {
            Some(without_algorithm)
        },
        abilities: Abilities {
            drivers_speak: case.abilities.drivers_speak.filter(|_| has(10)),
            type_is_last: case.abilities.type_is_last.filter(|_| has(12)),
            packet_mode: case.abilities.packet_mode.filter(|_| has(13)),
            migrates_offload: case.abilities.migrates_offload.filter(|_| has(14)),
            ..case.abilities
        },
        took_before: case.took_before && has(11),
        ..*case
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    /// A driver played apart from the table answers; whatever part of the evidence is left, the truth comes out, or nothing.
    #[test]
    fn what_is_named_is_the_truth(asked in asked(), bits in any::<u16>()) {
        let (errno, words, truth) = answer(&asked);
        if truth == Reason::Unknown {
            // What the device took is no case.
            return Ok(());
        }
        let weak = (errno != 0 && asked.driver != "vlan").then_some("Device failed to offload this state");
        let without_algorithm = SaShape { algorithm: None, ..asked.shape };
        let whole = Case {
            errno: Some(errno),
            text: words.or(weak),
            wanted: Some(asked.wanted),
            direction: Some(asked.direction),
            device: Some(device(asked.driver)),
            shape: Some(&asked.shape),
            abilities: Abilities::LINUX_6_12,
            ..Case::default()
        };
        prop_assert_eq!(reason(&whole), truth, "all is known: {:?}", whole);
        let part = known(&whole, bits, &without_algorithm);
        let named = reason(&part);
        prop_assert!(named == truth || named == Reason::Unknown, "{}, and it is {}: {:?}", named, truth, part);
    }

    /// Where no driver has words, core says the same of every refusal of theirs.
    #[test]
    fn where_drivers_have_no_words_the_truth_is_named_or_nothing(asked in asked(), bits in any::<u16>()) {
        let (errno, words, truth) = answer(&asked);
        // Nor is there packet mode.
        if truth == Reason::Unknown || asked.driver == "vlan" || asked.wanted == OffloadMode::Packet {
            return Ok(());
        }
        let of_core = words.filter(|words| !words.contains(": "));
        let without_algorithm = SaShape { algorithm: None, ..asked.shape };
        let whole = Case {
            errno: Some(errno),
            text: of_core.or((errno != 0).then_some("Device failed to offload this state")),
            wanted: Some(asked.wanted),
            direction: Some(asked.direction),
            device: Some(device(asked.driver)),
            shape: Some(&asked.shape),
            abilities: Abilities::LINUX_6_1,
            ..Case::default()
        };
        for case in [&whole, &known(&whole, bits | (1 << 4), &without_algorithm)] {
            let named = reason(case);
            prop_assert!(named == truth || named == Reason::Unknown, "{}, and it is {}: {:?}", named, truth, case);
        }
    }

    /// Also where the evidence contradicts itself, as long as the words, if any, stay: they have the last say.
    #[test]
    fn less_evidence_names_the_same_or_nothing(
        (text, shape, driver) in (prop::option::of(0..TEXTS.len()), shapes(), prop::sample::select(vec!["netdevsim", "ixgbe", "ixgbevf", "cxgb4", "nfp", "rvu-nicpf", "mlx5_core", "bonding", "e1000e", "vlan"])),
        errno in prop::option::of(prop::sample::select(vec![0u32, 1, 5, 12, 13, 16, 19, 22, 28, 95, 99, 121])),
        (packet, out, feature, took_before) in (any::<bool>(), any::<bool>(), prop::option::of(any::<bool>()), any::<bool>()),
        abilities in prop::sample::select(vec![
            Abilities::default(), Abilities::LINUX_6_1, Abilities::LINUX_6_12, Abilities::LINUX_7_3,
        ]),
        bits in any::<u16>(),
    ) {
        let without_algorithm = SaShape { algorithm: None, ..shape };
        let whole = Case {
            errno,
            text: text.map(|at| TEXTS[at].text),
            wanted: Some(if packet { OffloadMode::Packet } else { OffloadMode::Crypto }),
            direction: Some(if out { Direction::Out } else { Direction::In }),
            device: Some(Device { esp_hw_offload: feature, ..device(driver) }),
            shape: Some(&shape),
            abilities,
            took_before,
            ..Case::default()
        };
        let named = reason(&whole);
        let part = known(&whole, bits | (1 << 4), &without_algorithm);
        let less = reason(&part);
        prop_assert!(less == named || less == Reason::Unknown || named == Reason::Unknown, "{} then {}: {:?} {:?}", named, less, whole, part);
    }
}
