//! IKEv1, told by the daemon's own lines.

use crate::engine::tests::world::*;
use crate::model::*;

/// The daemon writes these lines.
fn write(world: &mut World, lines: &[&str]) {
    for line in lines {
        world.write(line);
        world.wait(1);
    }
}

const MAIN_MODE: [&str; 4] = [
    r#""t1" #1: initiating IKEv1 Main Mode connection"#,
    r#""t1" #1: sent Main Mode request"#,
    r#""t1" #1: sent Main Mode I2"#,
    r#""t1" #1: sent Main Mode I3"#,
];

const STANDS: &str =
    r#""t1" #1: IKE SA established {auth=PRESHARED_KEY cipher=AES_CBC_256 integ=HMAC_SHA1 group=MODP2048}"#;

const QUICK_MODE: [&str; 2] = [
    r#""t1" #2: initiating Quick Mode IKEv1+PSK+ENCRYPT+TUNNEL+PFS+UP+IKE_FRAG_ALLOW+ESN_NO {using isakmp#1 msgid:0e1a2b3c proposal=AES_CBC_256-HMAC_SHA1_96 pfsgroup=MODP2048}"#,
    r#""t1" #2: sent Quick Mode request"#,
];

/// What is found of a connection whose log goes on like this.
fn found(standing: bool, lines: &[&str]) -> (World, Finding) {
    let mut world = World::new();
    write(&mut world, &MAIN_MODE);
    if standing {
        write(&mut world, &[STANDS]);
        write(&mut world, &QUICK_MODE);
    }
    write(&mut world, lines);
    assert_eq!(world.open(), ["tunnel-down:t1"]);
    let finding = world.finding("tunnel-down:t1");
    assert!(!finding.advice.contains("UDP") && !finding.advice.contains("NIC"), "{}", finding.advice);
    (world, finding)
}

#[test]
fn silence_at_the_first_encrypted_message_is_authentication() {
    let (mut world, finding) = found(
        false,
        &[
            r#""t1" #1: STATE_MAIN_I3: retransmission; will wait 0.5 seconds for response"#,
            r#""t1" #1: STATE_MAIN_I3: 60 second timeout exceeded after 7 retransmits.  Possible authentication failure: no acceptable response to our first encrypted message"#,
            r#""t1" #1: starting keying attempt 2 of an unlimited number"#,
        ],
    );
    assert_eq!((finding.reason, finding.times), (Reason::Authentication, 1));
    assert!(finding.summary.contains("until the first encrypted message"), "{}", finding.summary);
    assert!(finding.advice.contains("secrets"), "{}", finding.advice);
    world.establish("t1", 4, true);
    world.wait(6);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-ikev1-wrong-secret");
}

#[test]
fn silence_in_quick_mode_is_a_matter_of_selectors_and_proposals() {
    let (mut world, finding) = found(
        true,
        &[
            r#""t1" #2: STATE_QUICK_I1: retransmission; will wait 0.5 seconds for response"#,
            r#""t1" #2: STATE_QUICK_I1: 60 second timeout exceeded after 7 retransmits.  No acceptable response to our first Quick Mode message: perhaps peer likes no proposal"#,
        ],
    );
    assert_eq!(finding.reason, Reason::PeerRefused);
    assert!(finding.summary.contains("though the IKE SA stands"), "{}", finding.summary);
    for setting in ["leftsubnet=", "rightsubnet=", "esp=", "pfs="] {
        assert!(finding.advice.contains(setting), "{}", finding.advice);
    }
    world.establish("t1", 3, true);
    world.wait(6);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-ikev1-quick-mode-silent");
}

#[test]
fn an_invalid_id_under_a_standing_ike_sa_is_about_the_selectors() {
    let (world, finding) =
        found(true, &[r#""t1" #1: ignoring informational payload INVALID_ID_INFORMATION, msgid=00000000, length=300"#]);
    assert_eq!(finding.reason, Reason::PeerRefused);
    assert!(finding.summary.contains("INVALID_ID_INFORMATION"), "{}", finding.summary);
    assert!(finding.advice.starts_with("compare the subnets (leftsubnet=, rightsubnet=)"), "{}", finding.advice);
    assert!(!finding.advice.contains("ESN"), "{}", finding.advice);
    world.keep("made-ikev1-invalid-id");
}

#[test]
fn an_invalid_id_before_the_ike_sa_stands_is_about_who_this_end_is() {
    for notify in ["INVALID_ID_INFORMATION", "PAYLOAD_MALFORMED"] {
        let line = format!(r#""t1" #1: ignoring unsecured informational payload {notify}, length=12"#);
        let (_, finding) = found(false, &[&line]);
        assert_eq!(finding.reason, Reason::Authentication, "{notify}");
        assert!(finding.summary.contains(notify) && finding.advice.contains("leftid="), "{}", finding.advice);
    }
}

#[test]
fn a_standing_ike_sa_is_known_from_the_daemons_table_too() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::No));
    let standing = IkeState { serial: Serial(1), connection: "t1".into(), instance: None, established: true };
    world.table.ike.push(standing);
    world.join();
    write(&mut world, &QUICK_MODE);
    write(
        &mut world,
        &[r#""t1" #1: ignoring secured informational payload INVALID_ID_INFORMATION, msgid=00000000, length=12"#],
    );
    assert_eq!(world.finding("tunnel-down:t1").reason, Reason::PeerRefused);
}

#[test]
fn each_of_the_other_silences_and_refusals_has_its_reason() {
    for (standing, line, reason, said) in [
        (
            true,
            r#""t1" #1: STATE_XAUTH_I1: 60 second timeout exceeded after 7 retransmits.  No response (or no acceptable response) to our IKEv1 message"#,
            Reason::Authentication,
            "XAUTH",
        ),
        (
            true,
            r#""t1" #1: STATE_MODE_CFG_I1: 60 second timeout exceeded after 7 retransmits.  No response (or no acceptable response) to our IKEv1 message"#,
            Reason::Authentication,
            "mode config",
        ),
        (true, r#""t1" #1: XAUTH: aborting entire IKE Exchange"#, Reason::Authentication, "authentication failed"),
        (
            false,
            r#""t1" #1: received Hash Payload does not match computed value"#,
            Reason::Authentication,
            "authentication failed",
        ),
        (
            true,
            r#""t1" #1: ignoring informational payload NO_PROPOSAL_CHOSEN, msgid=00000000, length=12"#,
            Reason::NoProposal,
            "no proposal in common",
        ),
        (
            true,
            r#""t1" #1: ignoring secured informational payload INVALID_KEY_INFORMATION, msgid=00000000, length=12"#,
            Reason::PeerRefused,
            "key exchange",
        ),
        (
            false,
            r#""t1" #1: ignoring unsecured informational payload INVALID_MAJOR_VERSION, length=12"#,
            Reason::PeerRefused,
            "this version of IKE",
        ),
    ] {
        let (_, finding) = found(standing, &[line]);
        assert_eq!(finding.reason, reason, "{line}");
        assert!(finding.summary.contains(said), "{line}: {}", finding.summary);
    }
}

/// A peer that is gone answers nothing: then it is told as before.
#[test]
fn a_peer_that_never_answered_does_not_answer() {
    let mut world = World::new();
    write(
        &mut world,
        &[
            MAIN_MODE[0],
            r#""t1" #1: STATE_MAIN_I1: 60 second timeout exceeded after 7 retransmits.  No response (or no acceptable response) to our first IKEv1 message"#,
        ],
    );
    let finding = world.finding("tunnel-down:t1");
    assert_eq!(finding.reason, Reason::NoAnswer);
    assert!(finding.advice.contains("UDP ports 500 and 4500"), "{}", finding.advice);
}

#[test]
fn road_warriors_come_and_go_in_silence() {
    let mut world = World::unjoined();
    let mut template = connection("l2tp-psk", OffloadSetting::No);
    (template.template, template.wanted_up, template.remote) = (true, Some(false), None);
    world.connections.push(template);
    world.join();
    for serial in [1, 3, 5] {
        let rw = format!("\"l2tp-psk\"[{serial}] 198.51.100.{serial}");
        let (ike, child) = (format!("{rw} #{serial}"), format!("{rw} #{}", serial + 1));
        let pair = [sa(LOCAL, PEER, serial * 2, false), sa(PEER, LOCAL, serial * 2 + 1, false)];
        for row in pair {
            world.kernel.insert(row.id, row);
            world.see(What::Kernel(Event::SaAdded(Box::new(row))));
            world.set_policy(policy(&row));
        }
        let details = format!(
            "IPsec SA established transport mode {{ESPinUDP=>{} <{} xfrm=AES_CBC_256-HMAC_SHA1_96 NATOA=10.20.30.40 NATD=198.51.100.16:4500 DPD=unsupported}}",
            pair[0].id.spi, pair[1].id.spi
        );
        let come = [
            format!("{ike}: sent Main Mode R2"),
            format!(
                "{ike}: IKE SA established {{auth=PRESHARED_KEY cipher=AES_CBC_256 integ=HMAC_SHA1 group=MODP2048}}"
            ),
            format!("{child}: responding to Quick Mode proposal {{msgid:00000001}}"),
            format!("{child}: {details}"),
        ];
        let go = [
            format!("{ike}: received Delete SA(0x290bb518) payload: deleting IPsec State #{}", serial + 1),
            format!("{ike}: deleting other state #{} (STATE_QUICK_R2) aged 60.1s and sending notification", serial + 1),
            format!("{child}: ESP traffic information: in=12KB out=14KB"),
            format!("{ike}: deleting state (STATE_MAIN_R3) aged 60.2s and sending notification"),
        ];
        write(&mut world, &come.iter().map(String::as_str).collect::<Vec<_>>());
        world.wait(60);
        write(&mut world, &go.iter().map(String::as_str).collect::<Vec<_>>());
        for row in pair {
            world.delete(row.id);
            world.delete_policy(policy(&row).id);
        }
        world.wait(60);
    }
    world.wait(600);
    assert_eq!(world.told, []);
    world.keep("made-l2tp-road-warriors");
}
