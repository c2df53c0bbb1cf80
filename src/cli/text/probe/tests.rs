use jiff::tz::TimeZone;

use super::*;
use crate::model::{ProbedFeature, RealTime, Reason};

const PLAIN: Style = Style { colour: false, width: 80, zone: TimeZone::UTC };

/// ESN is refused, the loopback's way in is in software, packet mode was not tried.
fn table() -> ProbedDevice {
    let columns = plan::COLUMNS.map(|(wanted, direction)| {
        let cells = plan::variations().into_iter().map(|variation| {
            let shape = variation.of(&plan::preferred());
            let answer = match (wanted, direction) {
                (OffloadMode::Packet, _) => ProbeAnswer::NotTried { why: "because".to_owned() },
                (_, crate::model::Direction::In) => {
                    ProbeAnswer::Software { words: None, reason: Some(Reason::DeviceNotCapable) }
                }
                _ if shape.esn => ProbeAnswer::Refused {
                    errno: 22,
                    words: Some("no\u{1b}[2J ESN".to_owned()),
                    reason: Some(Reason::EsnUnsupported),
                },
                _ if variation.name == "chacha20-poly1305" => ProbeAnswer::NotInKernel { errno: 2, words: None },
                _ => ProbeAnswer::Accepted { words: None },
            };
            ProbedCell { name: variation.name, shape, answer }
        });
        let base = (wanted == OffloadMode::Crypto && direction == crate::model::Direction::Out).then(plan::preferred);
        ProbedColumn { wanted, direction, base, cells: cells.collect() }
    });
    ProbedDevice {
        schema: 1,
        version: "0".to_owned(),
        time: RealTime::from_micros(0),
        device: "eth1".to_owned(),
        kind: None,
        driver: Some("mlx5_core".to_owned()),
        firmware: Some("22.31".to_owned()),
        bus: Some("0000:3b:00.0".to_owned()),
        kernel: "6.12.117".to_owned(),
        abilities: crate::model::Abilities::LINUX_6_12,
        up: true,
        features: vec![
            ProbedFeature { name: "esp-hw-offload".to_owned(), on: true, fixed: true },
            ProbedFeature { name: "tx-esp-segmentation".to_owned(), on: false, fixed: false },
        ],
        counters: vec![("ipsec_rx_pkts".to_owned(), 7)],
        held: 2,
        columns: columns.into(),
        complete: true,
    }
}

#[test]
fn the_device_stands_above_its_table() {
    let expected = "\
eth1
driver    mlx5_core, firmware 22.31, at 0000:3b:00.0, kernel 6.12.117
features  esp-hw-offload on (fixed), tx-esp-segmentation off
counters  ipsec_rx_pkts 7
holds     2 SAs

                                      crypto   crypto   packet   packet
                                      out      in       out      in
protocol and mode
  ESP, transport mode                 yes      cpu 1    ?   2    ?   2
";
    assert!(probe(&table(), &PLAIN).starts_with(expected), "{}", probe(&table(), &PLAIN));
}

#[test]
fn every_answer_has_its_word_and_every_reason_is_told_once() {
    let text = probe(&table(), &PLAIN);
    let line =
        |title: &str| text.lines().find(|line| line.trim_start().starts_with(title)).unwrap_or_default().to_owned();
    assert!(line("ESN, tunnel mode").ends_with("no  5    cpu 1    ?   2    ?   2"), "{text}");
    assert!(line("ChaCha20-Poly1305").ends_with("-   4    cpu 1    ?   2    ?   2"), "{text}");
    assert!(line("without ESN").ends_with("yes      cpu 1    ?   2    ?   2"), "{text}");
    assert_eq!(text.matches("esn-unsupported").count(), 1);
    assert!(
        text.contains("  5  refused, Invalid argument (errno 22): 'no\\u{1b}[2J ESN' (esn-unsupported)\n"),
        "{text}"
    );
    assert!(text.contains("crypto in: no SA is offloaded, whatever it is like\n"), "{text}");
    assert!(!text.contains("packet in: no SA"), "it was not tried");
    assert!(text.contains("No such file or directory (errno 2): the\n     kernel gives no words"), "{text}");
    assert!(text.lines().all(|line| textwrap::core::display_width(line) <= 80), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn another_base_is_told() {
    let mut table = table();
    table.columns[0].base = plan::bases().get(1).copied();
    let text = probe(&table, &PLAIN);
    assert!(text.contains("crypto out: what is varied is esp tunnel mode over IPv4, rfc4106(gcm(aes)), key"), "{text}");
}

#[test]
fn a_cure_names_the_device() {
    let mut table = table();
    table.driver = Some("ixgbe".to_owned());
    table.features[0].on = false;
    for cell in table.columns.iter_mut().flat_map(|column| &mut column.cells) {
        cell.answer = ProbeAnswer::Software { words: None, reason: Some(Reason::FeatureOff) };
    }
    let text = probe(&table, &PLAIN);
    assert!(text.contains("do: 'ethtool -K eth1 esp-hw-offload on'"), "{text}");
    let cures = cures(&table);
    assert!(cures["feature-off"].starts_with("'ethtool -K eth1 "), "{cures:?}");
}
