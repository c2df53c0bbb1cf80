//! Sample lines in the formats of pluto 3.x to 5.4.

use proptest::prelude::*;

use super::*;
use crate::model::{Direction, KernelOperation, Notify, Protocol, RefusedSa, Serial, Spi, SpiPair};

fn known(line: &str) -> LogMessage {
    read(line.as_bytes()).unwrap_or_else(|| panic!("not known: {line}"))
}

fn says(line: &str) -> Statement {
    known(line).says
}

fn pair(outbound: u32, inbound: u32) -> SpiPair {
    SpiPair { protocol: Protocol::Esp, outbound: Spi(outbound), inbound: Spi(inbound) }
}

#[test]
fn a_child_sa_is_read_in_every_generation() {
    let established =
        |ike, rekeys, spis, selectors: Option<&str>, esn, claim: Option<&str>| Statement::ChildEstablished {
            ike: (ike > 0).then_some(Serial(ike)),
            rekeys: (rekeys > 0).then_some(Serial(rekeys)),
            spis,
            selectors: selectors.map(str::to_owned),
            esn,
            offload_claim: claim.map(str::to_owned),
        };
    assert_eq!(
        says(
            r#"Jun 10 08:22:28.587472: "t1" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP/ESN=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE DPD=passive}"#
        ),
        established(
            1,
            0,
            pair(0x0a1b_2c3d, 0x9f8e_7d6c),
            Some("[10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0]"),
            true,
            None
        )
    );
    assert_eq!(
        says(
            r#""t1" #5: responder rekeyed Child SA #3 using #1; IPsec transport [10.9.0.1/32===10.9.0.2/32] {ESPinUDP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-DH31 nic-offload=packet NATD=192.0.2.7:4500 DPD=active}"#
        ),
        established(1, 3, pair(0x0a1b_2c3d, 0x9f8e_7d6c), Some("[10.9.0.1/32===10.9.0.2/32]"), false, Some("packet"))
    );
    assert_eq!(
        says(
            r#""rw"[4] 192.0.2.9 #2: IPsec SA established tunnel mode {AH=>0x0a1b2c3d <0x9f8e7d6c xfrm=HMAC_SHA1_96 DPD=passive username=x using #7 nic-offload=crypto}"#
        ),
        established(0, 0, SpiPair { protocol: Protocol::Ah, ..pair(0x0a1b_2c3d, 0x9f8e_7d6c) }, None, false, None)
    );
    assert_eq!(
        says(
            r#"004 "west" #2: STATE_V2_IPSEC_I: IPsec SA established tunnel mode {ESP=>0xfcd01530 <0x55a851ec xfrm=AES_GCM_16_256-NONE NATOA=none NATD=none DPD=passive}"#
        ),
        established(0, 0, pair(0xfcd0_1530, 0x55a8_51ec), None, false, None)
    );
}

#[test]
fn a_child_sa_cut_off_before_its_spis_says_that_something_is_missing() {
    let line = r#""t1" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0/24===10.2.0.0/24] [10.1.1.0/24===10.2..."#;
    assert_eq!(says(line), Statement::Missing { lines: Some(1) });
}

#[test]
fn refusals_of_the_kernel_are_read_in_every_generation() {
    let sa = |spi, dst: &str| Some(RefusedSa { protocol: Protocol::Esp, spi: Spi(spi), dst: dst.parse().ok() });
    for (line, operation, sa, errno) in [
        (
            r#"Jun 10 08:22:28.587472: ERROR: "t1" #2: netlink response for Add SA esp.aa06150@10.9.0.1: Invalid argument (errno 22)"#,
            KernelOperation::AddSa,
            sa(0x0aa0_6150, "10.9.0.1"),
            22,
        ),
        (
            r#""t1" #2: ERROR: netlink response for Add SA esp.aa06150@10.9.0.1 included errno 22: Invalid argument"#,
            KernelOperation::AddSa,
            sa(0x0aa0_6150, "10.9.0.1"),
            22,
        ),
        (
            r#"ERROR: "t1" #2: netlink response for XFRM_MSG_UPDSA esp:c0ffee@2001:db8::1: No space left on device (errno 28)"#,
            KernelOperation::AddSa,
            sa(0x00c0_ffee, "2001:db8::1"),
            28,
        ),
        (
            r#"ERROR: "t1" #2: netlink response for XFRM_MSG_GETSA esp.c0ffee@<address>: No such process (errno 3)"#,
            KernelOperation::GetSa,
            sa(0x00c0_ffee, "-"),
            3,
        ),
        (
            r#"ERROR: "t1" #2: netlink response for Del SA esp.c0ffee@10.9.0.2: No such process (errno 3)"#,
            KernelOperation::DeleteSa,
            sa(0x00c0_ffee, "10.9.0.2"),
            3,
        ),
        (
            r#"ERROR: "t1" #2: netlink response for Get SPI SPI: Cannot allocate memory (errno 12)"#,
            KernelOperation::GetSpi,
            None,
            12,
        ),
        (
            r#"ERROR: netlink response for Get policy ?: No such file or directory (errno 2)"#,
            KernelOperation::Policy,
            None,
            2,
        ),
        (
            r#"ERROR: "t1" #2: kernel: xfrm XFRM_MSG_DELPOLICY delete response for flow (in): No such file or directory (errno 2)"#,
            KernelOperation::Policy,
            None,
            2,
        ),
        (
            r#"ERROR: kernel: xfrm XFRM_MSG_NEWPOLICY add IPv4 ike port bypass for nic-offload response for flow (out): Invalid argument (errno 22)"#,
            KernelOperation::Policy,
            None,
            22,
        ),
    ] {
        let known = known(line);
        assert_eq!(known.says, Statement::KernelRefused { operation, sa, errno }, "{line}");
        assert_eq!(known.severity, LogSeverity::Error, "{line}");
    }
    assert_eq!(
        says(r#""t1" #2: netlink ext_ack: Unsupported algorithm"#),
        Statement::KernelSaid { words: "Unsupported algorithm".into() }
    );
    let not_added = |why: &str| says(&format!(r#""t1" #2: Warning: Adding IPsec SA to failed - {why}"#));
    let parameters = "NIC packet esp-hw-offload possibly not available for the negotiated parameters";
    assert_eq!(not_added(parameters), Statement::SaNotAdded { of_offload: true });
    assert_eq!(not_added("unknown error"), Statement::SaNotAdded { of_offload: false });
}

#[test]
fn the_life_of_the_daemon_is_read() {
    let starting = says(
        "Jun  1 08:22:28.587472: Starting Pluto (Libreswan Version 4.10 IKEv2 IKEv1 XFRM XFRMI esp-hw-offload) pid:610",
    );
    assert_eq!(starting, Statement::Starting { version: Some("4.10".into()), pid: Some(610) });
    for (line, expected) in [
        ("listening for IKE messages", Statement::Listening),
        ("Pluto is shutting down", Statement::ShuttingDown),
        ("shutting down", Statement::ShuttingDown),
        ("leak detective found no leaks", Statement::ShuttingDown),
        ("ABORT: ASSERTION FAILED: \"t1\" #2: st != NULL (f() +7 programs/pluto/state.c)", Statement::Dying),
        ("FATAL: ASSERTION FAILED: st != NULL (f() +7 programs/pluto/state.c)", Statement::Dying),
        ("FATAL ERROR: kernel: could not insert bypass policies", Statement::Dying),
        ("EXPECTATION FAILED: \"t1\" #2: routing: unhandled (f() +7 programs/pluto/routing.c)", Statement::Bug),
        ("pluto received SIGSYS - possible SECCOMP violation!", Statement::Bug),
        (
            "ERROR: kernel: recvfrom() failed in netlink_get: No buffer space available (errno 105)",
            Statement::MissedKernelEvents,
        ),
    ] {
        assert_eq!(says(line), expected, "{line}");
    }
}

#[test]
fn connections_and_traffic_are_read() {
    let on_demand = |src: &str, dst: &str| Statement::OnDemand { src: src.parse().ok(), dst: dst.parse().ok() };
    let gone = |address: &str| Statement::AddressGone { address: address.parse().unwrap() };
    for (line, expected) in [
        ("\"t1\": added IKEv2 connection", Statement::ConnectionAdded),
        ("\"t1\": added oriented IKEv2 connection", Statement::ConnectionAdded),
        ("\"t1\": terminating SAs using this connection", Statement::ConnectionTerminated),
        ("\"t1\": initiating delete of connection's IKE SA #1 (and Child SA #2)", Statement::ConnectionDown),
        ("\"t1\": initiating delete of \"t2\" #1 which has connection's Child SA #2", Statement::ConnectionDown),
        ("\"t1\": initiating delete of connection's ISAKMP SA #1", Statement::ConnectionDown),
        ("\"t1\": marking connection down", Statement::ConnectionDown),
        ("\"t1\": connection matches both left eth0 192.0.2.1 and right eth1 192.0.2.2", Statement::EndsUnclear),
        ("both sides of \"t1\" are our interface eth0!", Statement::EndsUnclear),
        ("two interfaces match \"t1\" (eth0 192.0.2.1, eth1 192.0.2.2)", Statement::EndsUnclear),
        ("shutting down interface eth0 192.0.2.1:500", gone("192.0.2.1")),
        ("shutting down interface eth0/eth0 192.0.2.1:4500", gone("192.0.2.1")),
        ("shutting down interface eth0 [2001:db8::1]:500", gone("2001:db8::1")),
        ("shutting down interface eth0 192.0.2.1:UDP/500", gone("192.0.2.1")),
        ("initiate on-demand for packet 10.9.0.1:8-ICMP->10.9.0.2:0", on_demand("10.9.0.1", "10.9.0.2")),
        (
            "\"t1\": initiate on-demand for packet [2001:db8::1]:128-ICMP6->[2001:db8::2]:0 by acquire",
            on_demand("2001:db8::1", "2001:db8::2"),
        ),
        (
            "initiate on demand from 10.9.0.1:0 to 10.9.0.2:0 proto=1 because: acquire",
            on_demand("10.9.0.1", "10.9.0.2"),
        ),
    ] {
        assert_eq!(says(line), expected, "{line}");
    }
}

#[test]
fn negotiations_are_read() {
    let goes_on = |inbound: Option<u32>| Statement::Negotiating { inbound: inbound.map(Spi) };
    for (message, expected) in [
        ("initiating IKEv2 connection", Statement::Initiating { rekeys: None }),
        ("initiating Child SA using IKE SA #1", Statement::Initiating { rekeys: None }),
        ("initiating Quick Mode IKEv1+PSK+ENCRYPT+TUNNEL+PFS+UP", Statement::Initiating { rekeys: None }),
        ("initiating rekey to replace Child SA #2 using IKE SA #1", Statement::Initiating { rekeys: Some(Serial(2)) }),
        ("sent IKE_AUTH request {cipher=AES_GCM_16_256 integ=n/a prf=HMAC_SHA2_512 group=DH19}", goes_on(None)),
        (
            "sent IKE_AUTH request to 10.9.0.2:UDP/500 with shared-key-mac and FQDN '@a'; Child SA #2 {ESP <0x9f8e7d6c} [10.9.0.1===10.9.0.2]",
            goes_on(Some(0x9f8e_7d6c)),
        ),
        ("STATE_V2_PARENT_I2: retransmission; will wait 0.5 seconds for response", goes_on(None)),
        (
            "proposal 1:ESP=AES_GCM_C_128-DISABLED SPI=0a1b2c3d chosen from remote proposals 1:ESP:ENCR=AES_GCM_C_128;ESN=DISABLED[first-match]",
            Statement::Responding,
        ),
        (
            "initiator established IKE SA; authenticated peer using authby=secret and ID_FQDN '@b'",
            Statement::IkeEstablished,
        ),
        (
            "ISAKMP SA established {auth=PRESHARED_KEY cipher=AES_CBC_256 integ=HMAC_SHA2_256 group=MODP2048}",
            Statement::IkeEstablished,
        ),
        (
            "initiator rekeyed IKE SA #1 {cipher=AES_GCM_16_256 integ=n/a prf=HMAC_SHA2_512 group=DH19}",
            Statement::IkeRekeyed { replaces: Some(Serial(1)) },
        ),
    ] {
        assert_eq!(says(&format!("\"t1\" #7: {message}")), expected, "{message}");
    }
}

#[test]
fn failures_are_read() {
    let notify = |name: &str| Notify(name.to_owned());
    for (message, expected) in [
        (
            "IKE_AUTH response rejected Child SA with TS_UNACCEPTABLE",
            Statement::PeerRefused { notify: notify("TS_UNACCEPTABLE") },
        ),
        (
            "CREATE_CHILD_SA failed with error notification TS_UNACCEPTABLE",
            Statement::PeerRefused { notify: notify("TS_UNACCEPTABLE") },
        ),
        (
            "CREATE_CHILD_SA failed with error notification NO_PROPOSAL_CHOSEN",
            Statement::PeerRefused { notify: notify("NO_PROPOSAL_CHOSEN") },
        ),
        (
            "ignoring IKE_SA_INIT response containing NO_PROPOSAL_CHOSEN notification (Message ID 0; message payloads N, missing SA,KE,Ni)",
            Statement::NoProposal,
        ),
        ("IKE SA authentication request rejected by peer: AUTHENTICATION_FAILED", Statement::AuthenticationFailed),
        (
            "authentication failed: computed hash does not match hash received from peer ID_FQDN ', incomplete IKE_AUTH response contains the Child SA error notification TS_UNACCEPTABLE'",
            Statement::AuthenticationFailed,
        ),
        (
            "CHILD SA encountered fatal error: INVALID_SYNTAX",
            Statement::ChildFailed { notify: Some(notify("INVALID_SYNTAX")) },
        ),
        ("CHILD SA failed: TEMPORARY_FAILURE", Statement::ChildFailed { notify: Some(notify("TEMPORARY_FAILURE")) }),
        ("setup_half_ipsec_sa() hit fail:", Statement::ChildFailed { notify: None }),
        (
            "response for Child SA #2 was rejected (NO_PROPOSAL_CHOSEN) and IKE SA does not have policy UP",
            Statement::ChildFailed { notify: Some(notify("NO_PROPOSAL_CHOSEN")) },
        ),
        (
            "peer rejected Child SA  (TS_UNACCEPTABLE) and IKE SA does not have policy UP",
            Statement::PeerRefused { notify: notify("TS_UNACCEPTABLE") },
        ),
        ("IKE_AUTH response missing v2SA, v2TSi or v2TSr: not attempting to setup CHILD SA", Statement::NoChildSa),
        ("missing v2SA, v2TSi or v2TSr: not attempting to setup child SA", Statement::NoChildSa),
        ("IKE_AUTH response missing at least one of the Child SA payloads v2SA, v2TSi and v2TSr", Statement::NoChildSa),
        ("IKE SA established but initiator rejected Child SA response", Statement::NoChildSa),
        ("encountered fatal error in state STATE_V2_ESTABLISHED_IKE_SA", Statement::IkeFailed { notify: None }),
        (
            "STATE_V2_PARENT_I1: 60 second timeout exceeded after 7 retransmits.  No response (or no acceptable response) to our first IKEv2 message",
            Statement::NoAnswer,
        ),
        ("liveness action - putting connection into hold", Statement::PeerDead),
        ("connection is supposed to remain up; revival attempt 3 scheduled in 10 seconds", Statement::Retrying),
        ("deleting IKE SA but connection is supposed to remain up; schedule EVENT_REVIVE_CONNS", Statement::Retrying),
    ] {
        assert_eq!(says(&format!("\"t1\" #7: {message}")), expected, "{message}");
    }
}

#[test]
fn ends_are_read() {
    let deleting = |is_ike, established| Statement::Deleting { is_ike, established };
    for (message, expected) in [
        (
            "deleting state (STATE_V2_ESTABLISHED_IKE_SA) aged 9.000000s and NOT sending notification",
            deleting(true, true),
        ),
        (
            "deleting state (STATE_V2_ESTABLISHED_CHILD_SA) aged 5.1s and NOT sending notification",
            deleting(false, true),
        ),
        ("deleting state (STATE_V2_PARENT_I1) aged 5.1s and NOT sending notification", deleting(true, false)),
        ("deleting state (STATE_QUICK_I1) and NOT sending notification", deleting(false, false)),
        ("deleting established Child SA using IKE SA #1", deleting(false, true)),
        (
            "deleting Child SA (ESTABLISHED_CHILD_SA) aged 5.1s and sending notification using IKE SA #1",
            deleting(false, true),
        ),
        ("deleting IKE SA (established IKE SA)", deleting(true, true)),
        ("deleting IPsec SA (QUICK_I1) and NOT sending notification", deleting(false, false)),
        ("sent INFORMATIONAL request to delete larval Child SA using IKE SA #1", deleting(false, false)),
        ("sent INFORMATIONAL request to delete IKE SA", deleting(true, true)),
        ("ESP traffic information: in=84B out=12KiB", deleting(false, true)),
        ("Child SA lost its IKE SA #1", Statement::LostWithIke { ike: Some(Serial(1)) }),
        ("received Delete SA payload: self-deleting ISAKMP State #1", Statement::PeerDeletes),
        (
            "received hard EXPIRE for inbound SPI 0a1b2c3d bytes 10 packets 1 rekey=no",
            Statement::Expired { hard: true, direction: Direction::In, spi: Spi(0x0a1b_2c3d) },
        ),
        (
            "received soft EXPIRE for outbound SPI 9f8e7d6c bytes 1512 packets 18 rekey=yes; replacing",
            Statement::Expired { hard: false, direction: Direction::Out, spi: Spi(0x9f8e_7d6c) },
        ),
    ] {
        assert_eq!(says(&format!("\"t1\" #7: {message}")), expected, "{message}");
    }
}

#[test]
fn the_end_of_a_sibling_is_told_of_the_sibling() {
    let known = known("\"t1\" #1: deleting other state #6 (STATE_QUICK_R2) aged 5s and sending notification");
    assert_eq!(known.says, Statement::Deleting { is_ike: false, established: true });
    assert_eq!(known.about.unwrap().serial, Some(Serial(6)));
}

#[test]
fn what_means_nothing_is_not_kept() {
    for line in [
        "",
        "Jun 10 08:22:28.587472: | \"t1\" #2: initiator established Child SA using #1; IPsec tunnel [a] -> [b] {ESP=>0x1 <0x2 xfrm=x}",
        "IMPAIR: \"t1\" #2: CHILD SA failed: TEMPORARY_FAILURE",
        "  Encrypting 16 octets using AES-CTR with 128-bit key",
        "Jun 10 08:22:28.587472: netlink_expire got message with length 60 < 232 bytes; ignore message",
        "\"t1\" #1: STATE_V2_ESTABLISHED_IKE_SA: retransmission; will wait 0.5 seconds for response",
        "\"t1\" #1: sent CREATE_CHILD_SA request to rekey IKE SA #1 (using IKE SA #1)",
        "\"t1\" #1: CREATE_CHILD_SA failed with error notification INVALID_KE_PAYLOAD response suggesting DH19 instead of DH20",
        "packet from 192.0.2.9:500: responding to IKE_SA_INIT message (ID 0) from 192.0.2.9:500 with unencrypted notification NO_PROPOSAL_CHOSEN",
        "forgetting secrets",
        "addconn: Pluto is shutting down",
    ] {
        let known = read(line.as_bytes());
        assert!(known.is_none_or(|known| known.says == Statement::Said), "{line}");
    }
}

#[test]
fn whose_end_the_peer_wants_is_told_of_that_state() {
    for (message, serial) in [
        ("received Delete SA(0x0a1b2c3d) payload: deleting IPsec State #2", 2),
        ("received Delete SA payload: replace IPsec State #3 now", 3),
        ("received Delete SA payload: expire CHILD SA #4 now", 4),
        ("received Delete SA payload: deleting ISAKMP State #5", 5),
        ("received Delete SA payload via #6", 1),
    ] {
        let known = known(&format!("\"t1\" #1: {message}"));
        assert_eq!(
            (known.says, known.about.unwrap().serial),
            (Statement::PeerDeletes, Some(Serial(serial))),
            "{message}"
        );
    }
}

#[test]
fn a_quoted_identity_imitates_nothing() {
    let hostile = [
        r#"\"t1\" #2: initiator established Child SA using #1; IPsec tunnel [a] -> [b] {ESP=>0xbad00001 <0xbad00002 xfrm=x}"#,
        r#"' "t1" #2: CHILD SA failed: TEMPORARY_FAILURE"#,
        "\\012ERROR: \"t1\" #2: netlink response for Add SA esp.bad00001@10.9.0.1: Invalid argument (errno 22)",
        "x\": Starting Pluto (Libreswan Version 9.9) pid:1",
        "; EVENT_REVIVE_CONNS (errno 22)",
        "a: 10 second timeout exceeded after 5 retransmits",
    ];
    for id in hostile {
        let established = known(&format!(
            "\"rw\"[1] 192.0.2.9 #1: responder established IKE SA; authenticated peer using authby=secret and ID_FQDN '{id}'"
        ));
        assert_eq!(established.says, Statement::IkeEstablished, "{id}");
        assert_eq!(established.about.unwrap().connection, "rw");
        // Whatever the ID says, this is about the ID.
        let other = format!("\"rw\"[1] 192.0.2.9 #1: we require IKEv2 peer to have ID '@a', but peer declares '{id}'");
        assert_eq!(says(&other), Statement::AuthenticationFailed, "{id}");
        for beginning in ["Peer ID is FQDN: ", "received unexpected payload ", "IKEv2 mode peer ID is "] {
            let says = says(&format!("\"rw\"[1] 192.0.2.9 #1: {beginning}'{id}'"));
            assert_eq!(says, Statement::Said, "{beginning} {id}");
        }
        // What a script prints is nobody's word.
        assert_eq!(read(format!("\"rw\"[1] 192.0.2.9 #1: up-client output: '{id}'").as_bytes()), None, "{id}");
        assert_eq!(read(format!("packet from 192.0.2.9:500: {id}").as_bytes()), None, "{id}");
    }
}

#[test]
fn the_kept_text_has_no_time_no_key_and_no_control_characters() {
    let key = "0123456789abcdef".repeat(4);
    let line = format!(
        "Jun 10 08:22:28.587472: ERROR: \"t1\" #2: netlink response for Add SA esp.1@10.9.0.1 \x1b[2J 0x{key}: x (errno 22)"
    );
    assert_eq!(
        known(&line).text,
        r#"ERROR: "t1" #2: netlink response for Add SA esp.1@10.9.0.1 \u{1b}[2J [hidden]: x (errno 22)"#
    );
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(line in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&line);
    }

    #[test]
    fn no_line_of_known_pieces_makes_it_panic(pieces in proptest::collection::vec(proptest::sample::select(vec![
        "Jun 10 08:22:28.587472: ", "ERROR: ", "\"t1\"", "[1] ", " #2", ": ", "netlink response for ", "Add SA ", "esp.", "@", "(errno ",
        "initiator ", "established Child SA using #", "rekeyed ", "{ESP", "=>0x", " <0x", "}", "deleting ", "state (", "other state #",
        "initiate on-demand for packet ", "->", "proposal 1:ESP=", "STATE_X: ", "\u{202e}", "é", "received hard EXPIRE for ", "inbound SPI ",
    ]), 0..14)) {
        let line = pieces.concat();
        if let Some(known) = read(line.as_bytes()) {
            prop_assert!(known.text.len() <= 1024);
        }
    }
}
