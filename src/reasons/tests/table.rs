use std::collections::BTreeSet;

use super::super::entry::{CheckStage, Entry};
use super::super::{Device, all, hazard, judge};
use super::texts::TEXTS;
use super::*;
use crate::daemons::Behaviour;

#[test]
fn every_entry_is_whole() {
    for entry in all() {
        for words in [entry.means, entry.cure.libreswan, entry.cure.strongswan, entry.owner, entry.source] {
            assert!(!words.trim().is_empty() && !words.contains('\n') && words.len() <= 200, "{entry:?}");
        }
        assert!(entry.text.is_none_or(|text| !text.is_empty() && text.trim() == text), "{entry:?}");
        assert!(entry.logs.iter().all(|log| log.split('…').all(|piece| piece.trim().len() > 7)), "{entry:?}");
        assert!(entry.reason != Reason::Unknown, "{entry:?}");
        assert!(entry.source.contains(".c "), "a file and a function: {entry:?}");
    }
}

#[test]
fn twins_are_told_apart() {
    let mut known = BTreeSet::new();
    for entry in all() {
        assert!(
            known.insert((entry.owner, entry.source, entry.text, entry.logs, entry.reason, entry.means)),
            "{entry:?}"
        );
    }
}

#[test]
fn the_device_stands_in_its_cure() {
    let off = Device { esp_hw_offload: Some(false), ..nic("ixgbe") };
    let shape = plain();
    let entry = judge(&Case { device: Some(off), ..crypto("ixgbe", 0, &shape) }).unwrap();
    assert_eq!(entry.reason, Reason::FeatureOff);
    let cure = |entry: &Entry| Behaviour::default().cure(entry, "eth7");
    assert!(cure(entry).starts_with("'ethtool -K eth7 esp-hw-offload on'"), "{}", cure(entry));
    let named: Vec<_> = all().iter().filter(|entry| cure(entry).contains("DEV")).collect();
    assert!(named.is_empty(), "{named:?}");
}

#[test]
fn commands_stand_in_quotes() {
    const COMMANDS: [&str; 11] =
        ["bridge", "cat", "devlink", "dmesg", "echo", "ethtool", "grep", "ip", "ipsec", "modprobe", "swanctl"];
    // A quote opens behind a space or a bracket, or at the beginning; another one is an apostrophe.
    let prose = |words: &str| {
        let mut rest = format!(" {words}").replace("('", "( '");
        while let Some((before, from)) = rest.split_once(" '") {
            let (_, after) = from.split_once('\'').unwrap_or_else(|| panic!("a quote that is not closed: {words}"));
            rest = format!("{before} {after}");
        }
        rest
    };
    for words in all().iter().flat_map(|entry| [entry.cure.libreswan, entry.cure.strongswan]) {
        let bare = prose(words).split([' ', '(', ';', ',']).any(|word| COMMANDS.contains(&word));
        assert!(!bare, "{words}");
    }
}

#[test]
fn a_bond_is_dangerous_where_nothing_says_that_its_slave_is_told_apart() {
    let bond = Device { name: "bond0", driver: Some("bonding"), kind: Some("bond"), esp_hw_offload: Some(true) };
    for unsure in [Abilities::LINUX_6_12, Abilities::default()] {
        assert_eq!(hazard(&bond, &unsure).map(|entry| entry.reason), Some(Reason::UnsafeOnThisKernel));
        assert!(hazard(&nic("mlx5_core"), &unsure).is_none());
    }
    assert!(hazard(&bond, &Abilities::LINUX_6_1).is_none() && hazard(&bond, &Abilities::LINUX_7_3).is_none());
}

/// By its words, or, where it has none, by a case of its own in `silent`, `unworded` or `logged`.
#[test]
fn every_entry_is_reached() {
    let mut reached: BTreeSet<usize> = BTreeSet::new();
    let shape = plain();
    let mut see = |case: &Case<'_>| {
        if let Some(entry) = judge(case) {
            reached.insert(all().iter().position(|other| std::ptr::eq(other, entry)).unwrap());
        }
    };
    for text in TEXTS {
        let said = format!("{}: {}", text.module, text.text);
        for shape in variants() {
            for wanted in [OffloadMode::Crypto, OffloadMode::Packet] {
                for direction in [Direction::In, Direction::Out] {
                    let case = Case {
                        text: Some(if text.module == "core" { text.text } else { &said }),
                        wanted: Some(wanted),
                        direction: Some(direction),
                        ..crypto(text.driver, text.errno, &shape)
                    };
                    see(&case);
                    see(&Case { wanted: None, ..case });
                    see(&Case { moves: true, ..case });
                    see(&Case { kernel_log: &["eth0: CREATE_GENERAL_OBJECT(0xa00): limits exceeded(0x8)"], ..case });
                }
            }
        }
    }
    let tunnel = SaShape { mode: SaMode::Tunnel, ..shape };
    for (case, _) in silent::cases(&shape)
        .into_iter()
        .chain(unworded::cases(&shape))
        .chain(logged::cases(&shape))
        .chain(logged::cases(&tunnel))
    {
        see(&case);
    }
    let missed: Vec<_> = all()
        .iter()
        .enumerate()
        .filter(|(at, entry)| !reached.contains(at) && entry.stage != CheckStage::Elsewhere)
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Shapes that the drivers' checks tell apart.
fn variants() -> Vec<SaShape> {
    let plain = plain();
    let algorithm = |algorithm| SaShape { algorithm: Some(algorithm), ..plain };
    vec![
        plain,
        SaShape { protocol: Protocol::Ah, algorithm: None, ..plain },
        SaShape { protocol: Protocol::Comp, algorithm: None, ..plain },
        SaShape { esn: true, ..plain },
        SaShape { mode: SaMode::Tunnel, ..plain },
        SaShape { mode: SaMode::Other(4), ..plain },
        SaShape { encapsulated: true, ..plain },
        algorithm(cbc()),
        algorithm(gcm(160, 64)),
        algorithm(gcm(288, 128)),
        algorithm(gcm(96, 128)),
        algorithm(Algorithm { name: AlgorithmName::new(b"rfc4543(gcm(aes))"), ..gcm(160, 128) }),
    ]
}

#[test]
fn an_sa_that_is_moved_is_not_refused_for_a_module_that_is_there() {
    let shape = plain();
    let refused = Case { text: Some("Type doesn't support offload"), ..crypto("mlx5_core", 22, &shape) };
    let reason = |case: &Case<'_>| judge(case).map(|entry| entry.reason);
    assert_eq!(reason(&Case { moves: true, ..refused }), Some(Reason::Migrated));
    assert_ne!(reason(&refused), Some(Reason::Migrated));
    assert_eq!(reason(&Case { moves: true, module_loaded: Some(false), ..refused }), Some(Reason::Migrated));
}
