//! What lines say that stand in others' company.

use proptest::prelude::*;

use super::*;
use crate::model::{Direction, KernelOperation, Notify, Protocol, RefusedSa, Serial, Speaker, Spi};

/// An IKE SA and a Child SA that stand, and a second one that is asked for: thread 5 has the answer.
const BEFORE: [&str; 12] = [
    "00[DMN] Starting charon-systemd IKE daemon (strongSwan 6.0.1, Linux 6.12.0, x86_64)",
    "01[IKE] initiating IKE_SA gw[1] to 10.9.0.2",
    "01[NET] sending packet: from 10.9.0.1[500] to 10.9.0.2[500] (240 bytes)",
    "02[NET] received packet: from 10.9.0.2[500] to 10.9.0.1[500] (240 bytes)",
    "02[IKE] IKE_SA gw[1] established between 10.9.0.1[a]...10.9.0.2[b]",
    "02[CFG] selected proposal: ESP:AES_GCM_16_128/EXT_SEQ",
    "02[IKE] CHILD_SA t1{1} established with SPIs c1a2b3c4_i 0badcafe_o and TS 10.9.0.1/32 === 10.9.0.2/32",
    "03[IKE] establishing CHILD_SA t2{2}",
    "03[NET] sending packet: from 10.9.0.1[4500] to 10.9.0.2[4500] (240 bytes)",
    "05[NET] received packet: from 10.9.0.2[4500] to 10.9.0.1[4500] (240 bytes)",
    "05[ENC] parsed CREATE_CHILD_SA response 2 [ SA No TSi TSr ]",
    "05[CFG] selected proposal: ESP:AES_GCM_16_128/NO_EXT_SEQ",
];

fn reader() -> CharonReader {
    let mut reader = CharonReader::default();
    for line in BEFORE {
        reader.read(line.as_bytes(), &LineOrigin::default());
    }
    reader
}

fn speaker(connection: &str, serial: impl Into<Option<u32>>) -> Option<Speaker> {
    Some(Speaker { connection: connection.to_owned(), instance: None, serial: serial.into().map(Serial) })
}

/// What the last of these lines says, behind those above.
fn last(lines: &[&str]) -> Option<LogMessage> {
    let mut reader = reader();
    lines.iter().map(|line| reader.read(line.as_bytes(), &LineOrigin::default())).last().flatten()
}

fn says(lines: &[&str]) -> Option<(Option<Speaker>, Statement)> {
    last(lines).map(|told| (told.about, told.says))
}

fn refused(operation: KernelOperation, spi: Option<u32>, errno: u32) -> Statement {
    let sa = spi.map(|spi| RefusedSa { protocol: Protocol::Esp, spi: Spi(spi), dst: None });
    Statement::KernelRefused { operation, sa, errno }
}

#[test]
fn the_kernels_refusals_are_of_the_child_of_their_thread() {
    let t2 = || speaker("gw/t2", 2);
    let add = |errno| refused(KernelOperation::AddSa, Some(0xc1a2_b3c4), errno);
    let einval = "05[KNL] received netlink error: Invalid argument (22)";
    for (lines, statement) in [
        (vec![einval, "05[KNL] unable to add SAD entry with SPI c1a2b3c4 (FAILED)"], add(22)),
        (vec![einval, "05[KNL] unable to add SAD entry with SPI c1a2b3c4 (mark 42/0xffffffff) (FAILED)"], add(22)),
        (vec!["05[KNL] unable to add SAD entry with SPI c1a2b3c4 (ALREADY_DONE)"], add(17)),
        (vec!["05[KNL] unable to add SAD entry with SPI c1a2b3c4 (NOT_FOUND)"], add(3)),
        (
            vec!["05[KNL] unable to add SAD entry with SPI c1a2b3c4 (FAILED)"],
            Statement::SaNotAdded { of_offload: false },
        ),
        (
            vec!["05[KNL] allocating SPI failed: No such process (3)", "05[KNL] unable to get SPI"],
            refused(KernelOperation::GetSpi, None, 3),
        ),
        (
            vec![einval, "05[KNL] unable to add policy 10.9.0.1/32 === 10.9.0.2/32 out"],
            refused(KernelOperation::Policy, None, 22),
        ),
        (
            vec![einval, "05[KNL] failed to install SA with packet HW offload, trying with crypto HW offload"],
            refused(KernelOperation::AddSa, None, 22),
        ),
        (
            vec!["05[KNL] failed to install SA with packet HW offload, trying without offload"],
            refused(KernelOperation::Policy, None, 17),
        ),
        (
            vec!["05[KNL] HW offload is not supported by device nic0", "05[KNL] failed to configure HW offload"],
            Statement::SaNotAdded { of_offload: true },
        ),
        (
            vec!["05[IKE] unable to install outbound IPsec SA (SAD) in kernel"],
            Statement::SaNotAdded { of_offload: false },
        ),
        (vec!["05[IKE] failed to establish CHILD_SA, keeping IKE_SA"], Statement::ChildFailed { notify: None }),
    ] {
        assert_eq!(says(&lines), Some((t2(), statement)), "{lines:?}");
    }
    // A word of the daemon's own thread of events, of an order that nobody claimed, and what is harmless.
    for lines in [
        vec![einval],
        vec![einval, "06[KNL] unable to add policy 10.9.0.1/32 === 10.9.0.2/32 out"],
        vec!["05[KNL] unable to add policy 10.9.0.1/32 === 10.9.0.2/32 out"],
        vec!["05[KNL] deleting policy 10.9.0.1/32 === 10.9.0.2/32 in failed, not found"],
        vec!["05[KNL] policy already exists, try to update it"],
    ] {
        let told = last(&lines).map(|told| told.says);
        assert!(told.is_none(), "{lines:?}: {told:?}");
    }
}

#[test]
fn the_kernels_words_stand_beside_its_refusal() {
    let error = "05[KNL] received netlink error: mlx5_core: Device failed to offload this state (22)";
    let told = last(&[error, "05[KNL] unable to add SAD entry with SPI c1a2b3c4 (FAILED)"]).unwrap();
    let (words, line) = told.besides.unwrap();
    assert_eq!(words, Statement::KernelSaid { words: "mlx5_core: Device failed to offload this state".to_owned() });
    assert_eq!(line, "[KNL] received netlink error: mlx5_core: Device failed to offload this state (22)");
    let told = last(&[
        "05[KNL] received netlink error: Invalid argument (22)",
        "05[KNL] unable to add SAD entry with SPI c1a2b3c4 (FAILED)",
    ])
    .unwrap();
    assert_eq!(told.besides, None);
    assert_eq!(
        told.text,
        "[KNL] received netlink error: Invalid argument (22); unable to add SAD entry with SPI c1a2b3c4 (FAILED)"
    );
}

#[test]
fn what_a_notify_means_depends_on_what_stands() {
    let notify = |name: &str| Notify(name.to_owned());
    let refused = |name| (speaker("gw/t2", 2), Statement::PeerRefused { notify: notify(name) });
    assert_eq!(
        says(&["05[IKE] received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built"]),
        Some(refused("NO_PROPOSAL_CHOSEN"))
    );
    assert_eq!(says(&["05[IKE] received TS_UNACCEPTABLE notify, no CHILD_SA built"]), Some(refused("TS_UNACCEPTABLE")));
    let new = [
        "07[IKE] initiating IKE_SA hq[2] to 10.9.0.3",
        "07[NET] sending packet: from 10.9.0.1[500] to 10.9.0.3[500] (9 bytes)",
        "08[NET] received packet: from 10.9.0.3[500] to 10.9.0.1[500] (9 bytes)",
    ];
    for (line, statement) in [
        ("08[IKE] received NO_PROPOSAL_CHOSEN notify error", Statement::NoProposal),
        ("08[IKE] received AUTHENTICATION_FAILED notify error", Statement::AuthenticationFailed),
        ("08[IKE] received INVALID_SYNTAX notify error", Statement::PeerRefused { notify: notify("INVALID_SYNTAX") }),
        ("08[IKE] no shared key found for 'a' - 'b'", Statement::AuthenticationFailed),
        ("08[IKE] tried 1 shared key for 'a' - 'b', but MAC mismatched", Statement::AuthenticationFailed),
        ("08[CFG] constraint check failed: identity 'b' required", Statement::AuthenticationFailed),
        ("08[IKE] received proposals unacceptable", Statement::NoProposal),
    ] {
        let lines = [&new[..], &[line]].concat();
        assert_eq!(says(&lines), Some((speaker("hq", 2), statement)), "{line}");
    }
}

#[test]
fn silence_is_of_the_one_that_is_asked_again() {
    let again = [
        "06[IKE] retransmit 1 of request with message ID 3",
        "06[NET] sending packet: from 10.9.0.1[4500] to 10.9.0.2[4500] (80 bytes)",
    ];
    let end = "07[IKE] giving up after 5 retransmits";
    assert_eq!(says(&[end]), None, "nobody knows whose");
    let told = last(&[again[0], again[1], end]).unwrap();
    assert_eq!((told.about, told.says), (speaker("gw", 1), Statement::PeerDead));
    assert_eq!(told.besides.unwrap().0, Statement::Deleting { is_ike: true, established: true });
    let answer = "08[NET] received packet: from 10.9.0.2[4500] to 10.9.0.1[4500] (80 bytes)";
    assert_eq!(says(&[again[0], again[1], answer, end]), None, "it has answered");
    let other = [
        "09[IKE] initiating IKE_SA hq[2] to 10.9.0.3",
        "09[NET] sending packet: from 10.9.0.1[500] to 10.9.0.3[500] (9 bytes)",
        "09[IKE] retransmit 1 of request with message ID 0",
        "09[NET] sending packet: from 10.9.0.1[500] to 10.9.0.3[500] (9 bytes)",
    ];
    let lines = [&other[..], &[end]].concat();
    assert_eq!(says(&lines), Some((speaker("hq", 2), Statement::NoAnswer)));
    let lines = [&other[..], &again[..], &[end]].concat();
    assert_eq!(says(&lines), None, "there are two");
}

#[test]
fn lines_of_the_kernels_events_are_read() {
    let expired = |hard, direction, spi| Statement::Expired { hard, direction, spi: Spi(spi) };
    let t1 = speaker("gw/t1", 1);
    for (line, about, statement) in [
        (
            "06[KNL] creating rekey job for CHILD_SA ESP/0xc1a2b3c4/10.9.0.1",
            t1.clone(),
            expired(false, Direction::In, 0xc1a2_b3c4),
        ),
        (
            "06[KNL] creating delete job for CHILD_SA ESP/0x0badcafe/10.9.0.2",
            t1,
            expired(true, Direction::Out, 0x0bad_cafe),
        ),
        (
            "06[KNL] creating acquire job for policy 10.9.0.1/32[udp/53071] === 2001:db8::2/128[udp/5000] with reqid {1}",
            None,
            Statement::OnDemand { src: "10.9.0.1".parse().ok(), dst: "2001:db8::2".parse().ok() },
        ),
        (
            "06[KNL] 10.9.0.1 disappeared from nic0",
            None,
            Statement::AddressGone { address: "10.9.0.1".parse().unwrap() },
        ),
        (
            "06[KNL] unable to receive from XFRM event socket: No buffer space available (105)",
            None,
            Statement::MissedKernelEvents,
        ),
        ("06[KNL] netlink event read error: No buffer space available", None, Statement::MissedKernelEvents),
        (
            "06[KNL] querying SAD entry with SPI c1a2b3c4 failed: No such process (3)",
            None,
            refused(KernelOperation::GetSa, Some(0xc1a2_b3c4), 3),
        ),
        ("06[KNL] querying SAD entry failed: No such process (3)", None, refused(KernelOperation::GetSa, None, 3)),
    ] {
        assert_eq!(says(&[line]), Some((about, statement)), "{line}");
    }
    // The end of an acquire that had no answer, SAs of nobody, and our own questions.
    for line in [
        "06[KNL] creating delete job for CHILD_SA ESP/0x00000000/10.9.0.2",
        "06[KNL] creating delete job for CHILD_SA ESP/0x12345678/10.9.0.2",
        "06[JOB] CHILD_SA ESP/0x00000000/10.9.0.2 not found for delete",
        "06[CFG] trap not found, unable to acquire reqid 1",
        "06[CFG] vici client 3 invalid request: nope",
        "06[CFG] vici client 3 invalid registration: alert",
        "06[CFG] vici message size 738676 exceeds maximum size of 524288, discarded",
        "06[KNL] interface nic0 deactivated",
        "06[KNL] netlink event read error: Connection refused",
    ] {
        assert_eq!(says(&[line]), None, "{line}");
    }
}

#[test]
fn the_daemons_life_is_told() {
    let starting = |version: Option<&str>| Statement::Starting { version: version.map(str::to_owned), pid: None };
    for (lines, statement) in [
        (
            vec!["00[DMN] Starting IKE charon daemon (strongSwan 5.9.8, Linux 6.1.0, x86_64)"],
            Some(starting(Some("5.9.8"))),
        ),
        (
            vec![
                "00[DMN] Starting charon-systemd IKE daemon (strongSwan 6.0.1, Linux 6.1.0, x86_64)",
                "00[LIB] loaded plugins: charon-systemd random",
            ],
            None,
        ),
        (
            vec!["00[LIB] loaded plugins: charon-systemd random", "00[LIB] loaded plugins: charon-systemd nonce"],
            Some(starting(None)),
        ),
        (vec!["00[JOB] spawning 16 worker threads"], Some(Statement::Listening)),
        (vec!["00[DMN] SIGTERM received, shutting down"], Some(Statement::ShuttingDown)),
        (vec!["00[DMN] SIGINT received, shutting down"], Some(Statement::ShuttingDown)),
        (vec!["05[DMN] thread 5 received 11"], Some(Statement::Dying)),
        (vec!["05[DMN] killing ourself, received critical signal"], Some(Statement::Dying)),
        (vec!["00[DMN] signal of type SIGHUP received. Reloading configuration"], None),
    ] {
        let mut reader = reader();
        reader.traits.has_begun = false;
        let told = lines.iter().map(|line| reader.read(line.as_bytes(), &LineOrigin::default())).last().flatten();
        assert_eq!(told.map(|told| told.says), statement, "{lines:?}");
    }
    // The numbers begin anew: what was said of them before is nobody's.
    assert_eq!(
        says(&[
            "00[LIB] loaded plugins: charon-systemd random",
            "00[LIB] loaded plugins: charon-systemd x",
            "06[KNL] creating rekey job for CHILD_SA ESP/0xc1a2b3c4/10.9.0.1"
        ]),
        None
    );
}

#[test]
fn connections_come_and_go() {
    for (line, about, statement) in [
        ("06[CFG] added vici connection: gw", speaker("gw", None), Statement::ConnectionAdded),
        ("06[CFG] replaced vici connection: gw", speaker("gw", None), Statement::ConnectionAdded),
        ("06[CFG] added configuration 'gw'", speaker("gw", None), Statement::ConnectionAdded),
        ("06[CFG] removed vici connection: gw", speaker("gw", None), Statement::ConnectionDeleted),
        ("06[CFG] vici terminate IKE_SA 'gw'", speaker("gw", None), Statement::ConnectionDown),
        ("06[CFG] vici terminate CHILD_SA 't1'", speaker("gw/t1", None), Statement::ConnectionDown),
        ("06[CFG] vici terminate CHILD_SA #1", speaker("gw/t1", 1), Statement::ConnectionDown),
        ("06[CFG] vici terminate CHILD_SA 't9' of IKE_SA 'gw'", speaker("gw/t9", None), Statement::ConnectionDown),
        ("06[CFG] closing 't1' #1", speaker("gw/t1", 1), Statement::ConnectionTerminated),
        ("06[CFG] vici closing CHILD_SA 't1' #1", speaker("gw/t1", 1), Statement::ConnectionTerminated),
        ("06[CFG] vici closing IKE_SA 'gw' #1", speaker("gw", 1), Statement::ConnectionTerminated),
    ] {
        assert_eq!(says(&[line]), Some((about, statement)), "{line}");
    }
    assert_eq!(says(&["06[CFG] vici terminate CHILD_SA 't7'"]), None);
}

/// syslog gets what matters most twice, for two facilities.
#[test]
fn a_line_that_is_written_twice_is_told_once() {
    let line = "05[IKE] CHILD_SA t2{2} established with SPIs c1a2b3c5_i 0badcaff_o and TS 10.9.0.1/32 === 10.9.0.2/32";
    assert!(last(&[line]).is_some());
    assert!(last(&[line, line]).is_none());
}

#[test]
fn what_a_peer_says_with_line_feeds_is_no_line_of_charons() {
    let forged = "05[CFG] removed vici connection: gw";
    assert_eq!(says(&["05[CFG] XAuth message: hello", forged]), None);
    assert_eq!(says(&["05[CFG] XAuth message: hello", forged, forged]), None);
    assert!(says(&["05[CFG] XAuth message: hello", "06[CFG] added vici connection: hq", forged]).is_some());
}

/// A thread of which nothing was heard for a while has gone on.
#[test]
fn a_thread_is_forgotten() {
    let at =
        |seconds: i64| LineOrigin { time: Some(RealTime::from_micros(seconds * 1_000_000)), ..LineOrigin::default() };
    let error = b"05[KNL] received netlink error: Invalid argument (22)";
    let refused = b"05[KNL] unable to add SAD entry with SPI c1a2b3c4 (FAILED)";
    for (later, about) in [(9, speaker("gw/t2", 2)), (11, None)] {
        let mut reader = CharonReader::default();
        for line in BEFORE {
            reader.read(line.as_bytes(), &at(100));
        }
        reader.read(error, &at(100 + later));
        let told = reader.read(refused, &at(100 + later)).unwrap();
        assert_eq!(told.about, about, "{later}");
    }
}

/// However many threads, IKE SAs and Child SAs a log tells of, what is remembered of them is bounded.
#[test]
fn nothing_grows_without_end() {
    let mut reader = CharonReader::default();
    for number in 1..40_000_u32 {
        let thread = 10 + number % 500;
        for line in [
            format!("{thread}[IKE] IKE_SA gw{number}[{number}] established between 10.9.0.1[a]...10.9.0.2[b]"),
            format!(
                "{thread}[IKE] CHILD_SA t1{{{number}}} established with SPIs {number:08x}_i {number:08x}_o and TS a === b"
            ),
        ] {
            reader.read(line.as_bytes(), &LineOrigin::default());
        }
    }
    assert!(reader.sas.sizes().0 <= 4_096 && reader.sas.sizes().1 <= 16_384, "{:?}", reader.sas.sizes());
    assert!(reader.threads.len() <= 64);
}

fn peers_text() -> impl Strategy<Value = String> {
    let pieces = [
        "'",
        "\"",
        "gw[1]",
        "t1{1}",
        " established between ",
        "05[IKE] ",
        "IKE_SA gw[1] established between ",
        " with SPIs 11111111_i 22222222_o",
        "deleting IKE_SA gw[1] between ",
        "]",
        "}",
        "{2}",
        "[2]",
        "<gw|1> ",
        "received DELETE for IKE_SA gw[1]",
        " (22)",
        "a",
        " ",
        "...",
        "removed vici connection: gw",
    ];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// Whatever a peer calls itself, a line says the same as with a plain name.
    #[test]
    fn no_identity_imitates_a_line(id in peers_text()) {
        for (begin, end) in [
            ("05[IKE] IKE_SA hq[7] established between 10.9.0.1[a]...10.9.0.9[", "]"),
            ("05[IKE] deleting IKE_SA gw[1] between 10.9.0.1[a]...10.9.0.2[", "]"),
            ("05[IKE] authentication of '", "' with pre-shared key successful"),
            ("05[IKE] no shared key found for 'a' - '", "'"),
            ("05[CFG] looking for peer configs matching 10.9.0.1[a]...10.9.0.2[", "]"),
            ("05[IKE] destroying duplicate IKE_SA for peer '", "', received INITIAL_CONTACT"),
            ("05[IKE] received end entity cert \"", "\""),
            ("05[CFG] constraint check failed: EAP identity '", "' required"),
            ("05[IKE] EAP method EAP_MD5 failed for peer ", ""),
            ("05[IKE] received EAP identity '", "'"),
        ] {
            let plain = says(&[&format!("{begin}peer{end}")]);
            let told = says(&[&format!("{begin}{id}{end}")]);
            prop_assert_eq!(told, plain, "{}{}{}", begin, id, end);
        }
    }

    /// Names of connections are whatever an administrator writes.
    #[test]
    fn a_name_is_read_as_it_is(name in "[a-zA-Z0-9 _.@:+-]{1,24}", child in "[a-zA-Z0-9_.@:+-]{1,24}") {
        let mut reader = CharonReader::default();
        let lines = [
            format!("02[IKE] IKE_SA {name}[1] established between 10.9.0.1[a]...10.9.0.2[b]"),
            format!("02[IKE] CHILD_SA {child}{{1}} established with SPIs c1a2b3c4_i 0badcafe_o and TS a === b"),
        ];
        let told: Vec<_> = lines.iter().map(|line| reader.read(line.as_bytes(), &LineOrigin::default()).unwrap().about).collect();
        prop_assert_eq!(told, [speaker(&name, 1), speaker(&format!("{name}/{child}"), 1)]);
    }

    #[test]
    fn no_bytes_panic(lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..8), group in 0_usize..6) {
        let mut reader = reader();
        let group = ["IKE", "KNL", "CFG", "JOB", "NET", "DMN"][group];
        for line in lines {
            let text = [format!("05[{group}] ").as_bytes(), &line].concat();
            reader.read(&text, &LineOrigin::default());
            reader.read(&line, &LineOrigin { group: Some(group), ..LineOrigin::default() });
        }
    }
}

#[test]
fn a_packet_tells_whose_child_is_asked_for_once() {
    let asks = "04[IKE] establishing CHILD_SA t3{3}";
    let sent = "04[NET] sending packet: from 10.9.0.1[4500] to 10.9.0.2[4500] (240 bytes)";
    let elsewhere = "04[NET] sending packet: from 10.9.0.1[4500] to 10.9.0.7[4500] (240 bytes)";
    assert_eq!(says(&[asks]), None);
    assert_eq!(says(&[asks, sent]), Some((speaker("gw/t3", 3), Statement::Initiating { rekeys: None })));
    assert_eq!(says(&[asks, sent, "04[IKE] retransmit 1 of request with message ID 2", sent]), None);
    assert_eq!(says(&[asks, elsewhere]), None);
    let another = "06[IKE] establishing CHILD_SA t1{4}";
    let sent = "06[NET] sending packet: from 10.9.0.1[4500] to 10.9.0.2[4500] (240 bytes)";
    assert_eq!(says(&[another, sent]), Some((speaker("gw/t1", 4), Statement::Initiating { rekeys: Some(Serial(1)) })));
}
