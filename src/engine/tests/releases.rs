//! What releases write otherwise leads to the same findings.

use super::world::*;
use crate::model::*;

/// The lines of a release for two refusals, and for the Child SA that stands in software all the same: in, out, established.
type Fallback = (&'static str, [&'static str; 3]);

const FALLBACKS: [Fallback; 4] = [
    (
        "4.3",
        [
            r#""t1" #2: ERROR: netlink response for Add SA esp.5@10.0.0.1 included errno 22: Invalid argument"#,
            r#""t1" #2: ERROR: netlink response for Add SA esp.4@10.0.0.2 included errno 22: Invalid argument"#,
            r#""t1" #2: IPsec SA established tunnel mode {ESP=>0x00000004 <0x00000005 xfrm=AES_GCM_16_256-NONE NATOA=none NATD=none DPD=passive}"#,
        ],
    ),
    (
        "4.5",
        [
            r#""t1" #2: ERROR: netlink response for Add SA esp.5@10.0.0.1 included errno 22: Invalid argument"#,
            r#""t1" #2: ERROR: netlink response for Add SA esp.4@10.0.0.2 included errno 22: Invalid argument"#,
            r#""t1" #2: established Child SA; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP=>0x00000004 <0x00000005 xfrm=AES_GCM_16_256-NONE NATOA=none NATD=none DPD=active}"#,
        ],
    ),
    (
        "4.6",
        [
            r#"ERROR: "t1" #2: netlink response for Add SA esp.5@10.0.0.1: Invalid argument (errno 22)"#,
            r#"ERROR: "t1" #2: netlink response for Add SA esp.4@10.0.0.2: Invalid argument (errno 22)"#,
            r#""t1" #2: established Child SA using #1; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP=>0x00000004 <0x00000005 xfrm=AES_GCM_16_256-NONE DPD=active}"#,
        ],
    ),
    (
        "4.10",
        [
            r#"ERROR: "t1" #2: netlink response for Add SA esp.5@10.0.0.1: Invalid argument (errno 22)"#,
            r#"ERROR: "t1" #2: netlink response for Add SA esp.4@10.0.0.2: Invalid argument (errno 22)"#,
            r#""t1" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP=>0x00000004 <0x00000005 xfrm=AES_GCM_16_256-NONE DPD=active}"#,
        ],
    ),
];

#[test]
fn what_falls_back_to_software_is_up() {
    for (release, [first, second, established]) in FALLBACKS {
        let mut world = World::unjoined();
        world.connections.push(connection("t1", OffloadSetting::Auto));
        world.join();
        world.write(r#""t1" #1: initiating IKEv2 connection"#);
        world.write(first);
        world.write(second);
        world.establish_silently("t1", 2, PEER, false);
        world.write(established);
        world.wait(60);
        assert_eq!(world.open(), ["sa-not-offloaded:t1:in", "sa-not-offloaded:t1:out"], "{release}");
        let finding = world.finding("sa-not-offloaded:t1:in");
        assert_eq!((finding.reason, finding.severity), (Reason::FellBack, Severity::Warning), "{release}");
        let told = |code| world.told.iter().any(|(_, finding)| finding.code == code);
        assert!(!told(Code::OffloadRejected) && !told(Code::TunnelDown), "{release}: {:?}", world.told);
    }
}

#[test]
fn a_rekeyed_ike_sa_takes_its_child_sas_along() {
    for (release, rekeyed) in [
        ("4.3", r#""t1" #3: rekeyed #1 STATE_V2_REKEY_IKE_I1 and expire it remaining life 28795.601s"#),
        ("4.6", r#""t1" #3: rekeyed IKE SA #1 {cipher=AES_GCM_16_256 integ=n/a prf=HMAC_SHA2_512 group=MODP2048}"#),
        (
            "4.10",
            r#""t1" #3: initiator rekeyed IKE SA #1 {cipher=AES_GCM_16_256 integ=n/a prf=HMAC_SHA2_512 group=MODP2048}"#,
        ),
    ] {
        let mut world = World::new();
        let (out, _) = world.establish("t1", 2, true);
        world.write(rekeyed);
        world.write(
            r#""t1" #1: deleting state (STATE_V2_ESTABLISHED_IKE_SA) aged 3600.100000s and sending notification"#,
        );
        world.wait(120);
        assert_eq!(world.told, [], "{release}");
        // What is lost then was not lost with the old IKE SA.
        world.delete(out);
        world.wait(6);
        assert_eq!(world.open(), ["sa-missing:t1:out"], "{release}");
    }
}
