use super::sample;
use super::*;
use crate::model::{Algorithm, AlgorithmName, Protocol, SaMode, Spi};

fn gcm(key_bits: u16, icv_bits: u16) -> Algorithm {
    Algorithm { name: AlgorithmName::new(b"rfc4106(gcm(aes))"), auth: None, key_bits: key_bits + 32, icv_bits }
}

fn base() -> SaShape {
    SaShape {
        protocol: Protocol::Esp,
        mode: SaMode::Transport,
        algorithm: Some(gcm(128, 128)),
        esn: false,
        replay_window: 32,
        encapsulated: false,
        ipv6: false,
        if_id: 0,
    }
}

fn refused(errno: u32, reason: Reason) -> ProbeAnswer {
    ProbeAnswer::Refused { errno, words: Some("words".to_owned()), reason: Some(reason) }
}

fn taken() -> ProbeAnswer {
    ProbeAnswer::Accepted { words: None }
}

fn device(base: Option<SaShape>, cells: Vec<(SaShape, ProbeAnswer)>) -> ProbedDevice {
    let cells = cells.into_iter().map(|(shape, answer)| ProbedCell { name: "x".to_owned(), shape, answer }).collect();
    ProbedDevice {
        columns: vec![ProbedColumn { wanted: OffloadMode::Crypto, direction: Direction::Out, base, cells }],
        ..sample::device()
    }
}

fn reason(said: ProbedAnswer<'_>) -> Option<Reason> {
    match said {
        ProbedAnswer::Refused { reason, .. } | ProbedAnswer::Software { reason, .. } => reason,
        _ => None,
    }
}

fn says(device: &ProbedDevice, shape: SaShape) -> ProbedAnswer<'_> {
    device.says(OffloadMode::Crypto, Direction::Out, &shape)
}

#[test]
fn one_refused_property_refuses_every_sa_that_has_it() {
    let esn = SaShape { esn: true, ..base() };
    let tunnel = SaShape { mode: SaMode::Tunnel, ..base() };
    let table =
        device(Some(base()), vec![(base(), taken()), (esn, refused(22, Reason::EsnUnsupported)), (tunnel, taken())]);
    assert_eq!(says(&table, base()), ProbedAnswer::Accepted);
    let both = SaShape { mode: SaMode::Tunnel, ..esn };
    assert_eq!(reason(says(&table, both)), Some(Reason::EsnUnsupported));
    assert_eq!(says(&table, tunnel), ProbedAnswer::Accepted);
    // A combination that was tried itself has its own answer.
    let table =
        device(Some(base()), vec![(esn, taken()), (tunnel, taken()), (both, refused(22, Reason::ModeUnsupported))]);
    assert_eq!(reason(says(&table, both)), Some(Reason::ModeUnsupported));
    let wider = SaShape { ipv6: true, ..tunnel };
    assert_eq!(says(&table, wider), ProbedAnswer::NotTried);
    assert_eq!(table.says(OffloadMode::Packet, Direction::Out, &base()), ProbedAnswer::NotTried);
    assert_eq!(table.says(OffloadMode::Crypto, Direction::In, &base()), ProbedAnswer::NotTried);
}

#[test]
fn a_refusal_weighs_more_than_software_and_that_more_than_what_was_not_tried() {
    let esn = SaShape { esn: true, ..base() };
    let software = ProbeAnswer::Software { words: None, reason: Some(Reason::DeviceNotCapable) };
    let v6 = SaShape { ipv6: true, ..base() };
    let table = device(Some(base()), vec![(v6, software), (esn, refused(22, Reason::EsnUnsupported))]);
    let untried = SaShape { encapsulated: true, ipv6: true, ..base() };
    assert!(matches!(says(&table, untried), ProbedAnswer::Software { .. }));
    assert!(matches!(says(&table, SaShape { esn: true, ..untried }), ProbedAnswer::Refused { .. }));
}

#[test]
fn a_window_between_two_others_has_their_answer() {
    let window = |replay_window| SaShape { replay_window, ..base() };
    let no = || refused(22, Reason::ReplayWindow);
    let cells = vec![(base(), taken()), (window(64), taken()), (window(256), no()), (window(1024), no())];
    let table = device(Some(base()), cells);
    assert_eq!(says(&table, window(48)), ProbedAnswer::Accepted);
    assert_eq!(reason(says(&table, window(512))), Some(Reason::ReplayWindow));
    assert_eq!(says(&table, window(100)), ProbedAnswer::NotTried);
    assert_eq!(says(&table, window(4096)), ProbedAnswer::NotTried);
}

#[test]
fn where_nothing_was_taken_the_nearest_sa_answers() {
    let ah = SaShape { protocol: Protocol::Ah, ..base() };
    let software = || ProbeAnswer::Software { words: None, reason: Some(Reason::DeviceNotCapable) };
    let table = device(None, vec![(base(), software()), (ah, refused(22, Reason::AhNotOffloadable))]);
    assert_eq!(reason(says(&table, SaShape { esn: true, ..base() })), Some(Reason::DeviceNotCapable));
    assert_eq!(reason(says(&table, SaShape { esn: true, ..ah })), Some(Reason::AhNotOffloadable));
}

#[test]
fn another_protocol_is_judged_by_its_own_sas() {
    let sha = |name: &[u8], icv_bits| Algorithm { name: AlgorithmName::new(name), auth: None, key_bits: 0, icv_bits };
    let ah = SaShape { protocol: Protocol::Ah, algorithm: Some(sha(b"hmac(sha256)", 128)), ..base() };
    let no = || refused(22, Reason::AhNotOffloadable);
    let table = device(Some(base()), vec![(base(), taken()), (ah, no())]);
    let other = SaShape { algorithm: Some(sha(b"hmac(sha512)", 256)), esn: true, ..ah };
    assert_eq!(reason(says(&table, other)), Some(Reason::AhNotOffloadable));
    let without = device(Some(base()), vec![(base(), taken())]);
    assert_eq!(says(&without, other), ProbedAnswer::NotTried);
}

#[test]
fn what_passes_says_nothing() {
    let full = device(Some(base()), vec![(base(), refused(28, Reason::Capacity))]);
    assert_eq!(says(&full, base()), ProbedAnswer::Accepted, "it is the base, which was taken");
    let full = device(None, vec![(base(), refused(28, Reason::Capacity))]);
    assert_eq!(says(&full, base()), ProbedAnswer::NotTried);
}

#[test]
fn every_interface_id_is_one() {
    let with = SaShape { if_id: 7, ..base() };
    let table = device(Some(base()), vec![(base(), taken()), (with, refused(22, Reason::IfIdUnsupported))]);
    assert_eq!(reason(says(&table, SaShape { if_id: 99, ..base() })), Some(Reason::IfIdUnsupported));
}

#[test]
fn a_table_of_another_firmware_or_kernel_is_none() {
    let table = device(None, vec![]);
    assert!(table.is_of("eth0", Some("d"), None, "6.12"));
    assert!(!table.is_of("eth0", Some("d"), Some("2"), "6.12"));
    assert!(!table.is_of("eth0", Some("d"), None, "6.13"));
    assert!(!table.is_of("eth1", Some("d"), None, "6.12"));
}

#[test]
fn it_is_written_and_read_back() {
    let table = device(Some(base()), vec![(base(), refused(22, Reason::EsnUnsupported)), (base(), taken())]);
    let text = serde_json::to_string(&table).unwrap();
    assert_eq!(serde_json::from_str::<ProbedDevice>(&text).unwrap(), table);
    assert!(
        text.contains(r#""answer":{"answer":"refused","errno":22,"words":"words","reason":"esn-unsupported"}"#),
        "{text}"
    );
}

#[test]
fn only_documentation_addresses_are_probed_with() {
    for (address, expected) in [
        ("192.0.2.77", true),
        ("198.51.100.1", true),
        ("2001:db8::1", true),
        ("192.0.3.1", false),
        ("203.0.113.1", false),
        ("2001:db9::1", false),
    ] {
        let address = address.parse().unwrap();
        assert_eq!(is_probe_address(address), expected, "{address}");
        let tried = OffloadTry {
            pid: 1,
            process: "pluto".to_owned(),
            spi: Spi(1),
            src: None,
            dst: Some(address),
            ifindex: 1,
            mode: OffloadMode::Crypto,
            direction: Direction::Out,
            errno: 0,
            text: None,
            shape: None,
        };
        assert_eq!(tried.is_probes(), expected, "{address}");
    }
}
