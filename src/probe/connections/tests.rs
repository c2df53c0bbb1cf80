use super::*;
use crate::daemons::behaviour;
use crate::model::DaemonKind;
use crate::model::probed_sample;
use crate::model::{ChildSettings, ProbeAnswer, ProbedColumn};
use crate::probe::plan;

/// A table in which every SA is taken but those with these names, as netdevsim's would be.
fn table(refused: &[(&str, Reason)], packet: bool) -> ProbedDevice {
    let columns = plan::COLUMNS.map(|(wanted, direction)| {
        let cells = plan::variations().into_iter().map(|variation| {
            let refusal = refused.iter().find(|(name, _)| *name == variation.name).map(|(_, reason)| *reason);
            let refusal = refusal.or((wanted == OffloadMode::Packet && !packet).then_some(Reason::PacketUnsupported));
            let answer = match refusal {
                Some(reason) => {
                    ProbeAnswer::Refused { errno: 22, words: Some("words".to_owned()), reason: Some(reason) }
                }
                None => ProbeAnswer::Accepted { words: None },
            };
            ProbedCell { shape: variation.of(&plan::preferred()), name: variation.name, answer }
        });
        let base = (wanted == OffloadMode::Crypto || packet).then(plan::preferred);
        ProbedColumn { wanted, direction, base, cells: cells.collect() }
    });
    ProbedDevice { columns: columns.into(), ..probed_sample::device() }
}

const ESN: (&str, Reason) = ("esn", Reason::EsnUnsupported);
const UDP: (&str, Reason) = ("udp", Reason::UdpEncapUnsupported);

fn connection(offload: Option<OffloadSetting>, child: ChildSettings) -> LoadedConnection {
    LoadedConnection {
        connection: "t1".to_owned(),
        instance: None,
        offload,
        wanted_up: None,
        routed: None,
        template: false,
        local: "10.9.0.1".parse().ok(),
        remote: None,
        oriented: Some(true),
        ike: None,
        unrouted: false,
        interface: Some("eth0".to_owned()),
        local_selector: None,
        remote_selector: None,
        reqid: None,
        child,
    }
}

fn settings(esn: (bool, bool), algorithms: &str) -> ChildSettings {
    ChildSettings {
        tunnel: Some(false),
        ah: Some(false),
        esn_no: Some(esn.0),
        esn_yes: Some(esn.1),
        replay_window: Some(128),
        encapsulation: Some(EncapsulationSetting::No),
        algorithms: (!algorithms.is_empty()).then(|| algorithms.to_owned()),
        ..ChildSettings::default()
    }
}

fn seen(offload: OffloadSetting, child: ChildSettings, table: &ProbedDevice) -> Outlook {
    outlook(
        &connection(Some(offload), child),
        &behaviour(DaemonKind::Libreswan, Some("4.10")),
        Some("eth0"),
        Some(table),
    )
}

fn reasons(problems: &[Problem]) -> Vec<(Option<Reason>, bool)> {
    problems.iter().map(|problem| (problem.reason, problem.always)).collect()
}

const GCM: &str = "AES_GCM_16_128-NONE";

#[test]
fn esn_of_either_may_be_refused_and_esn_alone_will_be() {
    let table = table(&[ESN, ("esn+window-128", Reason::EsnUnsupported)], true);
    let either = seen(OffloadSetting::Crypto, settings((true, true), GCM), &table);
    assert_eq!(either.verdict, OffloadVerdict::MayBeRefused);
    assert_eq!(reasons(&either.problems), [(Some(Reason::EsnUnsupported), false)]);
    assert_eq!(either.problems[0].directions, [Direction::Out, Direction::In]);
    let alone = seen(OffloadSetting::Crypto, settings((false, true), GCM), &table);
    assert_eq!(
        (alone.verdict, reasons(&alone.problems)),
        (OffloadVerdict::Refused, vec![(Some(Reason::EsnUnsupported), true)])
    );
    let without = seen(OffloadSetting::Crypto, settings((true, false), GCM), &table);
    assert_eq!((without.verdict, without.problems), (OffloadVerdict::Offloaded, vec![]));
    // 4.x with `auto` tries again without offload.
    let auto = seen(OffloadSetting::Auto, settings((false, true), GCM), &table);
    assert_eq!(auto.verdict, OffloadVerdict::Software);
    let auto = seen(OffloadSetting::Auto, settings((true, true), GCM), &table);
    assert_eq!(auto.verdict, OffloadVerdict::MayBeSoftware);
}

#[test]
fn one_algorithm_of_several_may_be_refused() {
    let table = table(&[("aes-cbc-256-sha256", Reason::AlgorithmUnsupported)], true);
    let list = "AES_GCM_16_128-NONE, AES_CBC_256-HMAC_SHA2_256_128";
    let mixed = seen(OffloadSetting::Crypto, settings((true, false), list), &table);
    assert_eq!(mixed.verdict, OffloadVerdict::MayBeRefused);
    assert_eq!((mixed.problems.len(), mixed.problems[0].cell.as_str()), (1, "aes-cbc-256-sha256"));
    // The defaults have it among others.
    let defaults = seen(OffloadSetting::Crypto, settings((true, false), ""), &table);
    assert_eq!((defaults.verdict, defaults.defaults), (OffloadVerdict::MayBeRefused, true));
    let unknown =
        seen(OffloadSetting::Crypto, settings((true, false), "3DES_CBC-HMAC_SHA1_96, AES_GCM_16_128"), &table);
    assert_eq!(unknown.verdict, OffloadVerdict::Unknown);
    assert_eq!(unknown.not_probed, ["3DES_CBC-HMAC_SHA1_96"]);
}

#[test]
fn packet_mode_is_judged_by_its_own_columns() {
    let refused = seen(OffloadSetting::Packet, settings((true, false), GCM), &table(&[], false));
    assert_eq!((refused.verdict, refused.wanted), (OffloadVerdict::Refused, Some(OffloadMode::Packet)));
    assert_eq!(reasons(&refused.problems), [(Some(Reason::PacketUnsupported), true)]);
    let taken = seen(OffloadSetting::Packet, settings((true, false), GCM), &table(&[], true));
    assert_eq!(taken.verdict, OffloadVerdict::Offloaded);
}

#[test]
fn a_nat_is_told_apart_and_refuses_nothing_yet() {
    let auto = ChildSettings { encapsulation: Some(EncapsulationSetting::Auto), ..settings((true, false), GCM) };
    let told = seen(OffloadSetting::Crypto, auto.clone(), &table(&[UDP], true));
    assert_eq!((told.verdict, told.problems.len()), (OffloadVerdict::Offloaded, 0));
    assert_eq!(reasons(&told.behind_nat), [(Some(Reason::UdpEncapUnsupported), true)]);
    let always = ChildSettings { encapsulation: Some(EncapsulationSetting::Yes), ..auto };
    assert_eq!(seen(OffloadSetting::Crypto, always, &table(&[UDP], true)).verdict, OffloadVerdict::Refused);
}

#[test]
fn without_a_table_or_a_wish_nothing_is_said() {
    let child = || settings((true, false), GCM);
    assert_eq!(seen(OffloadSetting::No, child(), &table(&[], true)).verdict, OffloadVerdict::NotWanted);
    let crypto = connection(Some(OffloadSetting::Crypto), child());
    assert_eq!(
        outlook(&crypto, &behaviour(DaemonKind::Libreswan, Some("4.10")), Some("eth0"), None).verdict,
        OffloadVerdict::Unknown
    );
    // Told nothing, 4.x tries and 5.x does not.
    let silent = connection(None, child());
    let table = table(&[ESN], true);
    let said =
        |version| outlook(&silent, &behaviour(DaemonKind::Libreswan, version), Some("eth0"), Some(&table)).verdict;
    assert_eq!(
        (said(Some("5.2")), said(Some("4.10")), said(None)),
        (OffloadVerdict::NotWanted, OffloadVerdict::Offloaded, OffloadVerdict::Unknown)
    );
}

#[test]
fn ah_is_refused_as_ah() {
    let ah = ChildSettings {
        ah: Some(true),
        algorithms: Some("HMAC_SHA2_256_128".to_owned()),
        ..settings((true, false), "")
    };
    let table = table(&[("ah-transport", Reason::AhNotOffloadable), ("ah-tunnel", Reason::AhNotOffloadable)], true);
    let told = seen(OffloadSetting::Crypto, ah, &table);
    assert_eq!(
        (told.verdict, reasons(&told.problems)),
        (OffloadVerdict::Refused, vec![(Some(Reason::AhNotOffloadable), true)])
    );
}

#[test]
fn a_child_of_charon_is_judged_in_its_own_words() {
    let table_without_esn = table(&[ESN, ("esn+window-128", Reason::EsnUnsupported)], false);
    let seen = |version, offload, child| {
        let daemon = behaviour(DaemonKind::Strongswan, Some(version));
        outlook(&connection(offload, child), &daemon, Some("eth0"), Some(&table_without_esn))
    };
    let child = |esn, list| settings(esn, list);
    let crypto = Some(OffloadSetting::Crypto);
    let alone = seen("5.9.8", crypto, child((true, false), "aes128gcm16-x25519-noesn"));
    assert_eq!((alone.verdict, alone.not_probed.len()), (OffloadVerdict::Offloaded, 0));
    let esn = seen("5.9.8", crypto, child((false, true), "aes128gcm16-x25519-esn"));
    assert_eq!(esn.verdict, OffloadVerdict::Refused);
    assert_eq!(reasons(&esn.problems), [(Some(Reason::EsnUnsupported), true)]);
    // Packet offload, which this device has not, then crypto.
    for (version, wanted) in [("5.9.8", OffloadMode::Crypto), ("6.0.1", OffloadMode::Crypto)] {
        let auto = seen(version, Some(OffloadSetting::Auto), child((true, false), "aes128gcm16"));
        assert_eq!((auto.verdict, auto.wanted), (OffloadVerdict::Offloaded, Some(wanted)), "{version}");
        let refused = seen(version, Some(OffloadSetting::Auto), child((false, true), "aes128gcm16-esn"));
        assert_eq!(refused.verdict, OffloadVerdict::Refused, "{version}: nothing falls back to software");
    }
    // Without its file nothing is known of it.
    assert_eq!(seen("6.0.1", None, child((true, false), "aes128gcm16")).verdict, OffloadVerdict::Unknown);
}
