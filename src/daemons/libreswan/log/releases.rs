//! Every release, everything it says that means something, and what is understood of it. A line is written as the releases from the
//! one beside it on write it; the lines are of our own making, with addresses and names for documentation.

use super::*;
use crate::daemons::libreswan::releases::{RELEASES, written_by};
use crate::model::{Direction, KernelOperation, Notify, Protocol, RefusedSa, Serial, SilentAt, Spi, SpiPair};

/// The releases from the one beside it on do not say it, or say it in another line of the table.
const UNSAID: &str = "";

/// What is said, how that is understood, and since which release in which line.
struct ReleaseRow(&'static str, Statement, Vec<(&'static str, &'static str)>);

impl ReleaseRow {
    fn line_of(&self, release: &str) -> &'static str {
        written_by(release, &self.2)
    }
}

/// Without what only some releases say in the same line.
fn common(says: Statement) -> Statement {
    match says {
        Statement::ChildEstablished { rekeys: _, spis, esn, .. } => {
            Statement::ChildEstablished { ike: None, rekeys: None, spis, selectors: None, esn, offload_claim: None }
        }
        other => other,
    }
}

#[test]
fn every_release_is_understood_in_all_that_it_says() {
    let mut wrong = Vec::new();
    let rows = rows();
    for row in &rows {
        for release in RELEASES {
            let line = row.line_of(release);
            let read = read(format!("Nov 30 01:30:00.600003: {line}").as_bytes()).map(|known| common(known.says));
            if line != UNSAID && read.as_ref() != Some(&row.1) {
                wrong.push(format!("{release}: {}: {line}\n    read as {read:?}", row.0));
            }
        }
    }
    assert!(wrong.is_empty(), "{} are not understood:\n{}", wrong.len(), wrong.join("\n"));
}

/// Whoever reads the table can see what a release does not say; more than these gaps is an omission.
#[test]
fn what_a_release_does_not_say_is_counted() {
    let rows = rows();
    let unsaid = |release: &str| rows.iter().filter(|row| row.line_of(release) == UNSAID).count();
    let counts: Vec<_> = RELEASES.iter().map(|release| (*release, unsaid(release))).collect();
    assert!(rows.len() >= 60, "{}", rows.len());
    assert!(counts.iter().all(|(_, unsaid)| unsaid * 4 < rows.len()), "{counts:?} of {}", rows.len());
}

fn rows() -> Vec<ReleaseRow> {
    [standing(), negotiating(), silent(), refused(), ending(), kernel(), living()].into_iter().flatten().collect()
}

fn child(protocol: Protocol, esn: bool) -> Statement {
    let spis = SpiPair { protocol, outbound: Spi(0x0a1b_2c3d), inbound: Spi(0x9f8e_7d6c) };
    Statement::ChildEstablished { ike: None, rekeys: None, spis, selectors: None, esn, offload_claim: None }
}

fn standing() -> Vec<ReleaseRow> {
    vec![
        ReleaseRow(
            "IKE SA",
            Statement::IkeEstablished,
            vec![
                (
                    "3.32",
                    r#""t1" #1: STATE_PARENT_R2: received v2I2, PARENT SA established tunnel mode {auth=IKEv2 cipher=AES_GCM_16_256 integ=n/a prf=HMAC_SHA2_512 group=MODP2048}"#,
                ),
                (
                    "4.1",
                    r#""t1" #1: established IKE SA {auth=IKEv2 cipher=AES_GCM_16_256 integ=n/a prf=HMAC_SHA2_512 group=MODP2048}"#,
                ),
                ("4.5", r#""t1" #1: established IKE SA; authenticated using authby=secret and peer ID_FQDN '@b'"#),
                (
                    "4.7",
                    r#""t1" #1: initiator established IKE SA; authenticated using authby=secret and peer ID_FQDN '@b'"#,
                ),
                (
                    "4.10",
                    r#""t1" #1: initiator established IKE SA; authenticated peer using authby=secret and ID_FQDN '@b'"#,
                ),
                (
                    "5.4",
                    r#""t1" #1: responder established IKE SA; authenticated peer using authby=secret and FQDN '@b'"#,
                ),
            ],
        ),
        ReleaseRow(
            "Child SA, tunnel",
            child(Protocol::Esp, false),
            vec![
                (
                    "3.32",
                    r#""t1" #2: STATE_V2_IPSEC_I: IPsec SA established tunnel mode {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.1",
                    r#""t1" #2: IPsec SA established tunnel mode {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.5",
                    r#""t1" #2: established Child SA; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.6",
                    r#""t1" #2: established Child SA using #1; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE DPD=passive}"#,
                ),
                (
                    "4.7",
                    r#""t1" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE DPD=passive}"#,
                ),
                (
                    "5.1",
                    r#""t1" #2: responder established Child SA using #1; IPsec tunnel [10.1.0.0/24===10.2.0.0/24] {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE nic-offload=crypto DPD=passive}"#,
                ),
                (
                    "5.4",
                    r#""t1" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0/24===10.2.0.0/24] {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-DH19 DPD=active}"#,
                ),
            ],
        ),
        ReleaseRow(
            "Child SA, transport, UDP encapsulation",
            child(Protocol::Esp, false),
            vec![
                (
                    "3.32",
                    r#""rw"[2] 198.51.100.7 #2: STATE_V2_IPSEC_R: IPsec SA established transport mode {ESPinUDP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE NATOA=none NATD=198.51.100.7:4500 DPD=passive}"#,
                ),
                (
                    "4.1",
                    r#""rw"[2] 198.51.100.7 #2: IPsec SA established transport mode {ESPinUDP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE NATOA=none NATD=198.51.100.7:4500 DPD=passive}"#,
                ),
                (
                    "4.5",
                    r#""rw"[2] 198.51.100.7 #2: established Child SA; IPsec transport [192.0.2.1-192.0.2.1:0-65535 0] -> [198.51.100.7-198.51.100.7:0-65535 0] {ESPinUDP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE NATOA=none NATD=198.51.100.7:4500 DPD=passive}"#,
                ),
                (
                    "4.6",
                    r#""rw"[2] 198.51.100.7 #2: established Child SA using #1; IPsec transport [192.0.2.1-192.0.2.1:0-65535 0] -> [198.51.100.7-198.51.100.7:0-65535 0] {ESPinUDP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE NATD=198.51.100.7:4500 DPD=passive}"#,
                ),
                (
                    "4.7",
                    r#""rw"[2] 198.51.100.7 #2: responder established Child SA using #1; IPsec transport [192.0.2.1-192.0.2.1:0-65535 0] -> [198.51.100.7-198.51.100.7:0-65535 0] {ESPinUDP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE NATD=198.51.100.7:4500 DPD=passive}"#,
                ),
                (
                    "5.1",
                    r#""rw"[2] 198.51.100.7 #2: responder established Child SA using #1; IPsec transport [192.0.2.1/32===198.51.100.7/32] {ESPinUDP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE NATD=198.51.100.7:4500 DPD=passive}"#,
                ),
            ],
        ),
        ReleaseRow(
            "Child SA, ESN",
            child(Protocol::Esp, true),
            vec![
                (
                    "3.32",
                    r#""t1" #2: STATE_V2_IPSEC_I: IPsec SA established tunnel mode {ESP/ESN=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.1",
                    r#""t1" #2: IPsec SA established tunnel mode {ESP/ESN=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.5",
                    r#""t1" #2: established Child SA; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP/ESN=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.6",
                    r#""t1" #2: established Child SA using #1; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] --(5)--> [10.2.0.0-10.2.0.255:0-65535 0] {ESPinTCP/ESN=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE DPD=passive}"#,
                ),
                (
                    "4.7",
                    r#""t1" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP/ESN=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE DPD=passive}"#,
                ),
                (
                    "5.1",
                    r#""t1" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0/24===10.2.0.0/24] [10.3.0.0/24===10.4.0.0/24] {ESP/ESN=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE DPD=passive}"#,
                ),
                (
                    "5.2",
                    r#""t1" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0/24===10.2.0.0/24] {ESP/ESN/IPTFS=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE DPD=passive}"#,
                ),
            ],
        ),
        ReleaseRow(
            "Child SA, AH",
            child(Protocol::Ah, false),
            vec![
                (
                    "3.32",
                    r#""t1" #2: STATE_V2_IPSEC_I: IPsec SA established tunnel mode {AH=>0x0a1b2c3d <0x9f8e7d6c xfrm=HMAC_SHA2_256_128 NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.1",
                    r#""t1" #2: IPsec SA established tunnel mode {AH=>0x0a1b2c3d <0x9f8e7d6c xfrm=HMAC_SHA2_256_128 NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.5",
                    r#""t1" #2: established Child SA; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {AH=>0x0a1b2c3d <0x9f8e7d6c xfrm=HMAC_SHA2_256_128 NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.6",
                    r#""t1" #2: established Child SA using #1; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {AH=>0x0a1b2c3d <0x9f8e7d6c xfrm=HMAC_SHA2_256_128 DPD=passive}"#,
                ),
                (
                    "4.7",
                    r#""t1" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {AH=>0x0a1b2c3d <0x9f8e7d6c xfrm=HMAC_SHA2_256_128 DPD=passive}"#,
                ),
                (
                    "5.1",
                    r#""t1" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0/24===10.2.0.0/24] {AH=>0x0a1b2c3d <0x9f8e7d6c xfrm=HMAC_SHA2_256_128 DPD=passive}"#,
                ),
            ],
        ),
        ReleaseRow(
            "Child SA, IPCOMP",
            child(Protocol::Esp, false),
            vec![
                (
                    "3.32",
                    r#""t1" #2: STATE_V2_IPSEC_I: IPsec SA established tunnel mode {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_CBC_256-HMAC_SHA2_256_128 IPCOMP=>0x00001234 <0x00005678 NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.1",
                    r#""t1" #2: IPsec SA established tunnel mode {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_CBC_256-HMAC_SHA2_256_128 IPCOMP=>0x00001234 <0x00005678 NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.5",
                    r#""t1" #2: established Child SA; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_CBC_256-HMAC_SHA2_256_128 IPCOMP=>0x00001234 <0x00005678 NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.6",
                    r#""t1" #2: established Child SA using #1; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_CBC_256-HMAC_SHA2_256_128 IPCOMP=>0x00001234 <0x00005678 DPD=passive}"#,
                ),
                (
                    "4.7",
                    r#""t1" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_CBC_256-HMAC_SHA2_256_128 IPCOMP=>0x00001234 <0x00005678 DPD=passive}"#,
                ),
                (
                    "5.1",
                    r#""t1" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0/24===10.2.0.0/24] {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_CBC_256-HMAC_SHA2_256_128 IPCOMP=>0x00001234 <0x00005678 DPD=passive}"#,
                ),
            ],
        ),
        ReleaseRow(
            "Child SA, rekeyed",
            child(Protocol::Esp, false),
            vec![
                (
                    "3.32",
                    r#""t1" #3: STATE_V2_IPSEC_I: IPsec SA established tunnel mode {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.1",
                    r#""t1" #3: IPsec SA established tunnel mode {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.5",
                    r#""t1" #3: established Child SA; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE-MODP2048 NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.6",
                    r#""t1" #3: established Child SA using #1; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE-MODP2048 DPD=passive}"#,
                ),
                (
                    "4.7",
                    r#""t1" #3: initiator rekeyed Child SA #2 using #1; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE-MODP2048 DPD=passive}"#,
                ),
                (
                    "5.1",
                    r#""t1" #3: responder rekeyed Child SA #2 using #1; IPsec tunnel [10.1.0.0/24===10.2.0.0/24] {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE-MODP2048 DPD=passive}"#,
                ),
            ],
        ),
        ReleaseRow(
            "IKE SA, rekeyed",
            Statement::IkeRekeyed { replaces: Some(Serial(1)) },
            vec![
                ("3.32", r#""t1" #4: rekeyed #1 STATE_V2_REKEY_IKE_I and expire it remaining life 28795s"#),
                ("4.1", r#""t1" #4: rekeyed #1 STATE_V2_REKEY_IKE_I1 and expire it remaining life 28795.601s"#),
                (
                    "4.6",
                    r#""t1" #4: rekeyed IKE SA #1 {cipher=AES_GCM_16_256 integ=n/a prf=HMAC_SHA2_512 group=MODP2048}"#,
                ),
                (
                    "4.7",
                    r#""t1" #4: initiator rekeyed IKE SA #1 {cipher=AES_GCM_16_256 integ=n/a prf=HMAC_SHA2_512 group=MODP2048}"#,
                ),
            ],
        ),
        ReleaseRow(
            "IKEv1: ISAKMP SA, Main Mode",
            Statement::IkeEstablished,
            vec![
                (
                    "3.32",
                    r#""t1" #1: STATE_MAIN_I4: ISAKMP SA established {auth=PRESHARED_KEY cipher=AES_CBC_256 integ=HMAC_SHA2_256 group=MODP2048}"#,
                ),
                (
                    "4.1",
                    r#""t1" #1: IKE SA established {auth=PRESHARED_KEY cipher=AES_CBC_256 integ=HMAC_SHA2_256 group=MODP2048}"#,
                ),
                (
                    "5.1",
                    r#""t1" #1: ISAKMP SA established {auth=PRESHARED_KEY cipher=AES_CBC_256 integ=HMAC_SHA2_256 group=MODP2048}"#,
                ),
            ],
        ),
        ReleaseRow(
            "IKEv1: ISAKMP SA of the responder",
            Statement::IkeEstablished,
            vec![
                (
                    "3.32",
                    r#""t1" #1: STATE_MAIN_R3: sent MR3, ISAKMP SA established {auth=PRESHARED_KEY cipher=AES_CBC_256 integ=HMAC_SHA2_256 group=MODP2048}"#,
                ),
                (
                    "4.1",
                    r#""t1" #1: IKE SA established {auth=RSA_SIG cipher=AES_CBC_256 integ=HMAC_SHA2_256 group=MODP2048}"#,
                ),
                (
                    "5.1",
                    r#""t1" #1: ISAKMP SA established {auth=RSA_SIG cipher=AES_CBC_256 integ=HMAC_SHA2_256 group=MODP2048}"#,
                ),
            ],
        ),
        ReleaseRow(
            "IKEv1: ISAKMP SA, Aggressive Mode",
            Statement::IkeEstablished,
            vec![
                (
                    "3.32",
                    r#""t1" #1: STATE_AGGR_I2: sent AI2, ISAKMP SA established {auth=PRESHARED_KEY cipher=AES_CBC_256 integ=HMAC_SHA2_256 group=MODP2048}"#,
                ),
                (
                    "4.1",
                    r#""t1" #1: IKE SA established {auth=PRESHARED_KEY cipher=AES_CBC_256 integ=HMAC_SHA2_256 group=MODP2048}"#,
                ),
                (
                    "5.1",
                    r#""t1" #1: ISAKMP SA established {auth=PRESHARED_KEY cipher=AES_CBC_256 integ=HMAC_SHA2_256 group=MODP2048}"#,
                ),
            ],
        ),
        ReleaseRow(
            "IKEv1: IPsec SA",
            child(Protocol::Esp, false),
            vec![
                (
                    "3.32",
                    r#""t1" #2: STATE_QUICK_I2: sent QI2, IPsec SA established tunnel mode {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_CBC_256-HMAC_SHA1_96 NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.1",
                    r#""t1" #2: IPsec SA established tunnel mode {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_CBC_256-HMAC_SHA1_96 NATOA=none NATD=none DPD=passive}"#,
                ),
                (
                    "4.6",
                    r#""t1" #2: IPsec SA established tunnel mode {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_CBC_256-HMAC_SHA1_96 DPD=active username=jan}"#,
                ),
            ],
        ),
        ReleaseRow(
            "IKEv1: IPsec SA of an L2TP road warrior",
            child(Protocol::Esp, false),
            vec![
                (
                    "3.32",
                    r#""l2tp-psk"[2] 198.51.100.7 #2: STATE_QUICK_R2: IPsec SA established transport mode {ESPinUDP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_CBC_256-HMAC_SHA1_96 NATOA=10.20.30.40 NATD=198.51.100.7:4500 DPD=unsupported}"#,
                ),
                (
                    "4.1",
                    r#""l2tp-psk"[2] 198.51.100.7 #2: IPsec SA established transport mode {ESPinUDP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_CBC_256-HMAC_SHA1_96 NATOA=10.20.30.40 NATD=198.51.100.7:4500 DPD=unsupported}"#,
                ),
            ],
        ),
    ]
}

fn negotiating() -> Vec<ReleaseRow> {
    let goes_on = || Statement::Negotiating { inbound: None };
    let begins = |rekeys: Option<u32>| Statement::Initiating { rekeys: rekeys.map(Serial) };
    let packet = || Statement::OnDemand { src: "192.0.2.1".parse().ok(), dst: "198.51.100.2".parse().ok() };
    vec![
        ReleaseRow(
            "initiating, IKE SA",
            begins(None),
            vec![
                ("3.32", r#""t1" #1: initiating v2 parent SA"#),
                ("4.1", r#""t1" #1: initiating IKEv2 connection"#),
                ("5.1", r#""t1" #1: initiating IKEv2 connection to 198.51.100.2 using UDP"#),
            ],
        ),
        ReleaseRow(
            "initiating, IKE SA anew",
            begins(None),
            vec![
                ("3.32", r#""t1" #5: initiating IKEv2 IKE SA to replace #1"#),
                ("4.1", r#""t1" #5: initiating IKEv2 connection to replace #1"#),
                ("4.5", r#""t1" #5: initiating IKEv2 connection to replace IKE SA #1"#),
                (
                    "5.4",
                    r#""t1" #5: initiating IKEv2 connection (replacing established IKE SA #1) to 198.51.100.2 using UDP"#,
                ),
            ],
        ),
        ReleaseRow(
            "initiating, another Child SA",
            begins(None),
            vec![("3.32", UNSAID), ("4.5", r#""t2" #3: initiating Child SA using IKE SA #1"#)],
        ),
        ReleaseRow(
            "initiating, rekey of a Child SA",
            begins(Some(2)),
            vec![
                ("3.32", UNSAID),
                ("4.5", r#""t1" #3: initiating rekey to replace Child SA #2"#),
                ("5.1", r#""t1" #3: initiating rekey to replace Child SA #2 using IKE SA #1"#),
            ],
        ),
        ReleaseRow(
            "IKEv1: initiating, Main Mode",
            begins(None),
            vec![
                ("3.32", r#""t1" #1: initiating Main Mode"#),
                ("4.1", r#""t1" #1: initiating IKEv1 Main Mode connection"#),
            ],
        ),
        ReleaseRow(
            "IKEv1: initiating, Aggressive Mode",
            begins(None),
            vec![
                ("3.32", r#""t1" #1: initiating Aggressive Mode"#),
                ("4.1", r#""t1" #1: initiating IKEv1 Aggressive Mode connection"#),
            ],
        ),
        ReleaseRow(
            "IKEv1: initiating, Quick Mode",
            begins(None),
            vec![
                (
                    "3.32",
                    r#""t1" #2: initiating Quick Mode PSK+ENCRYPT+TUNNEL+PFS+UP+IKEV1_ALLOW+SAREF_TRACK+IKE_FRAG_ALLOW+ESN_NO {using isakmp#1 msgid:0e1a2b3c proposal=AES_CBC_256-HMAC_SHA1_96 pfsgroup=MODP2048}"#,
                ),
                (
                    "4.1",
                    r#""t1" #2: initiating Quick Mode IKEv1+PSK+ENCRYPT+TUNNEL+PFS+UP+IKE_FRAG_ALLOW+ESN_NO {using isakmp#1 msgid:0e1a2b3c proposal=AES_CBC_256-HMAC_SHA1_96 pfsgroup=MODP2048}"#,
                ),
            ],
        ),
        ReleaseRow(
            "IKEv1: initiating, rekey",
            begins(Some(2)),
            vec![
                (
                    "3.32",
                    r#""t1" #3: initiating Quick Mode PSK+ENCRYPT+TUNNEL+PFS+UP+IKEV1_ALLOW+ESN_NO to replace #2 {using isakmp#1 msgid:0e1a2b3c proposal=defaults pfsgroup=MODP2048}"#,
                ),
                (
                    "4.1",
                    r#""t1" #3: initiating Quick Mode IKEv1+PSK+ENCRYPT+TUNNEL+PFS+UP+IKE_FRAG_ALLOW+ESN_NO to replace #2 {using isakmp#1 msgid:0e1a2b3c proposal=defaults pfsgroup=MODP2048}"#,
                ),
            ],
        ),
        ReleaseRow(
            "IKEv1: responding",
            Statement::Responding,
            vec![("3.32", r#""t1" #2: responding to Quick Mode proposal {msgid:0e1a2b3c}"#)],
        ),
        ReleaseRow(
            "responding",
            Statement::Responding,
            vec![(
                "3.32",
                r#""t1" #1: proposal 1:ESP=AES_GCM_C_256-DISABLED SPI=0a1b2c3d chosen from remote proposals 1:ESP:ENCR=AES_GCM_C_256;ESN=DISABLED[first-match]"#,
            )],
        ),
        ReleaseRow(
            "request sent",
            goes_on(),
            vec![
                (
                    "3.32",
                    r#""t1" #1: STATE_PARENT_I2: sent v2I2, expected v2R2 {auth=IKEv2 cipher=AES_GCM_16_256 integ=n/a prf=HMAC_SHA2_512 group=MODP2048}"#,
                ),
                (
                    "4.1",
                    r#""t1" #1: sent IKE_AUTH request {auth=IKEv2 cipher=AES_GCM_16_256 integ=n/a prf=HMAC_SHA2_512 group=MODP2048}"#,
                ),
                ("5.1", r#""t1" #1: sent IKE_SA_INIT request to 198.51.100.2:UDP/500"#),
            ],
        ),
        ReleaseRow(
            "IKEv1: request sent",
            goes_on(),
            vec![
                ("3.32", r#""t1" #1: STATE_MAIN_I3: sent MI3, expecting MR3"#),
                ("4.1", r#""t1" #1: sent Main Mode I3"#),
            ],
        ),
        ReleaseRow(
            "IKEv1: request for a Child SA sent",
            goes_on(),
            vec![
                ("3.32", r#""t1" #2: STATE_QUICK_I1: sent QI1, expecting QR1"#),
                ("4.1", r#""t1" #2: sent Quick Mode request"#),
            ],
        ),
        ReleaseRow(
            "retransmission",
            goes_on(),
            vec![
                ("3.32", r#""t1" #1: STATE_PARENT_I1: retransmission; will wait 0.5 seconds for response"#),
                ("4.5", r#""t1" #1: STATE_V2_PARENT_I1: retransmission; will wait 0.5 seconds for response"#),
                ("5.1", r#""t1" #1: IKE_SA_INIT_I: retransmission; will wait 0.5 seconds for response"#),
                ("5.4", r#""t1" #1: retransmitting IKE_SA_INIT request; will wait 0.5 seconds for response"#),
            ],
        ),
        ReleaseRow(
            "IKEv1: retransmission",
            goes_on(),
            vec![("3.32", r#""t1" #1: STATE_MAIN_I3: retransmission; will wait 0.5 seconds for response"#)],
        ),
        ReleaseRow(
            "traffic asks",
            packet(),
            vec![
                ("3.32", "initiate on demand from 192.0.2.1:8 to 198.51.100.2:0 proto=1 because: acquire"),
                ("4.5", "initiate on demand by acquire from 192.0.2.1:8 to 198.51.100.2:0 proto=ICMP"),
                ("4.6", "initiate on-demand for packet 192.0.2.1:8-ICMP->198.51.100.2:0"),
                ("5.1", r#""t1": initiate on-demand for packet 192.0.2.1:8-ICMP->198.51.100.2:0"#),
            ],
        ),
        ReleaseRow(
            "tries again",
            Statement::Retrying,
            vec![
                ("3.32", r#""t1" #1: starting keying attempt 2 of an unlimited number"#),
                ("5.1", r#""t1" #1: connection is supposed to remain up; revival attempt 2 scheduled in 5 seconds"#),
            ],
        ),
        ReleaseRow(
            "is brought back",
            Statement::Retrying,
            vec![
                (
                    "3.32",
                    r#""t1" #1: deleting IKE SA but connection is supposed to remain up; schedule EVENT_REVIVE_CONNS"#,
                ),
                (
                    "5.1",
                    r#""t1": reviving connection which received Delete/Notify but must remain up per local policy (serial $1)"#,
                ),
            ],
        ),
    ]
}

fn silent() -> Vec<ReleaseRow> {
    let at = |at| Statement::Silent { at };
    vec![
        ReleaseRow(
            "no answer",
            Statement::NoAnswer,
            vec![
                (
                    "3.32",
                    r#""t1" #1: STATE_PARENT_I1: 60 second timeout exceeded after 7 retransmits.  No response (or no acceptable response) to our first IKEv2 message"#,
                ),
                (
                    "4.5",
                    r#""t1" #1: STATE_V2_PARENT_I1: 60 second timeout exceeded after 7 retransmits.  No response (or no acceptable response) to our first IKEv2 message"#,
                ),
                (
                    "5.1",
                    r#""t1" #1: IKE_SA_INIT_I: 60 second timeout exceeded after 7 retransmits.  No response (or no acceptable response) to our first IKEv2 message"#,
                ),
            ],
        ),
        ReleaseRow(
            "no answer, established",
            Statement::NoAnswer,
            vec![
                (
                    "3.32",
                    r#""t1" #1: STATE_PARENT_I3: max number of retransmissions (7) reached after 60.5 seconds.  No response (or no acceptable response) to our IKEv2 message"#,
                ),
                (
                    "4.1",
                    r#""t1" #1: STATE_V2_ESTABLISHED_IKE_SA: 60 second timeout exceeded after 7 retransmits.  No response (or no acceptable response) to our IKEv2 message"#,
                ),
                (
                    "5.1",
                    r#""t1" #1: ESTABLISHED_IKE_SA: 60 second timeout exceeded after 7 retransmits.  No response (or no acceptable response) to our IKEv2 message"#,
                ),
            ],
        ),
        ReleaseRow(
            "IKEv1: no answer",
            Statement::NoAnswer,
            vec![(
                "3.32",
                r#""t1" #1: STATE_MAIN_I1: 60 second timeout exceeded after 7 retransmits.  No response (or no acceptable response) to our first IKEv1 message"#,
            )],
        ),
        ReleaseRow(
            "IKEv1: no answer, Aggressive Mode",
            Statement::NoAnswer,
            vec![(
                "3.32",
                r#""t1" #1: STATE_AGGR_I1: 60 second timeout exceeded after 7 retransmits.  No response (or no acceptable response) to our first IKEv1 message"#,
            )],
        ),
        ReleaseRow(
            "IKEv1: silence at the first encrypted message",
            at(SilentAt::FirstEncrypted),
            vec![(
                "3.32",
                r#""t1" #1: STATE_MAIN_I3: 60 second timeout exceeded after 7 retransmits.  Possible authentication failure: no acceptable response to our first encrypted message"#,
            )],
        ),
        ReleaseRow(
            "IKEv1: silence at the first encrypted message, Aggressive Mode",
            at(SilentAt::FirstEncrypted),
            vec![(
                "3.32",
                r#""t1" #1: STATE_AGGR_I2: max number of retransmissions (8) reached after 64.1 seconds.  Possible authentication failure: no acceptable response to our first encrypted message"#,
            )],
        ),
        ReleaseRow(
            "IKEv1: silence at name and password",
            at(SilentAt::Xauth),
            vec![(
                "3.32",
                r#""t1" #1: STATE_XAUTH_I1: 60 second timeout exceeded after 7 retransmits.  No response (or no acceptable response) to our IKEv1 message"#,
            )],
        ),
        ReleaseRow(
            "IKEv1: silence at the request for an address",
            at(SilentAt::ModeConfig),
            vec![(
                "3.32",
                r#""t1" #1: STATE_MODE_CFG_I1: 60 second timeout exceeded after 7 retransmits.  No response (or no acceptable response) to our IKEv1 message"#,
            )],
        ),
        ReleaseRow(
            "IKEv1: silence in Quick Mode",
            at(SilentAt::QuickMode),
            vec![(
                "3.32",
                r#""t1" #2: STATE_QUICK_I1: 60 second timeout exceeded after 7 retransmits.  No acceptable response to our first Quick Mode message: perhaps peer likes no proposal"#,
            )],
        ),
        ReleaseRow(
            "IKEv1: silence in a rekey",
            Statement::NoAnswer,
            vec![("3.32", r#""t1" #3: STATE_QUICK_I1: 60 second timeout exceeded after 7 retransmits"#)],
        ),
        ReleaseRow(
            "dead peer",
            Statement::PeerDead,
            vec![
                ("3.32", r#""t1" #2: liveness action - restarting all connections that share this peer"#),
                ("5.1", UNSAID),
            ],
        ),
        ReleaseRow(
            "IKEv1: dead peer",
            Statement::PeerDead,
            vec![
                ("3.32", r#""t1" #2: DPD action - restarting all connections that share this peer"#),
                ("5.1", r#""t1" #2: DPD action - putting connection into hold"#),
            ],
        ),
    ]
}

fn refused() -> Vec<ReleaseRow> {
    let by_peer = |name: &str| Statement::PeerRefused { notify: Notify(name.to_owned()) };
    vec![
        ReleaseRow(
            "peer's notify, first Child SA",
            by_peer("TS_UNACCEPTABLE"),
            vec![
                ("3.32", r#""t1" #1: IKE_AUTH response contained the error notification TS_UNACCEPTABLE"#),
                ("4.5", r#""t1" #2: IKE_AUTH response rejected Child SA with TS_UNACCEPTABLE"#),
            ],
        ),
        ReleaseRow(
            "peer's notify, another Child SA",
            by_peer("TS_UNACCEPTABLE"),
            vec![
                (
                    "3.32",
                    r#""t2" #3: dropping unexpected ISAKMP_v2_CREATE_CHILD_SA message containing v2N_TS_UNACCEPTABLE notification; message payloads: SK; encrypted payloads: N; missing payloads: SA,Ni,TSi,TSr"#,
                ),
                (
                    "4.1",
                    r#""t2" #3: dropping unexpected CREATE_CHILD_SA message containing TS_UNACCEPTABLE notification; message payloads: SK; encrypted payloads: N; missing payloads: SA,Ni,TSi,TSr"#,
                ),
                ("4.5", r#""t2" #3: CREATE_CHILD_SA failed with error notification TS_UNACCEPTABLE"#),
            ],
        ),
        ReleaseRow(
            "no proposal, IKE",
            Statement::NoProposal,
            vec![
                ("3.32", r#""t1" #1: STATE_PARENT_I1: received unauthenticated v2N_NO_PROPOSAL_CHOSEN - ignored"#),
                (
                    "4.1",
                    r#""t1" #1: dropping unexpected IKE_SA_INIT message containing NO_PROPOSAL_CHOSEN notification; message payloads: N; missing payloads: SA,KE,Ni"#,
                ),
                (
                    "5.1",
                    r#""t1" #1: ignoring IKE_SA_INIT response containing NO_PROPOSAL_CHOSEN notification (Message ID 0; message payloads N, missing SA,KE,Ni)"#,
                ),
            ],
        ),
        ReleaseRow(
            "no proposal, Child SA",
            by_peer("NO_PROPOSAL_CHOSEN"),
            vec![
                ("3.32", r#""t1" #1: IKE_AUTH response contained the error notification NO_PROPOSAL_CHOSEN"#),
                ("4.5", r#""t1" #2: IKE_AUTH response rejected Child SA with NO_PROPOSAL_CHOSEN"#),
            ],
        ),
        ReleaseRow(
            "authentication, told by the peer",
            Statement::AuthenticationFailed,
            vec![("3.32", r#""t1" #1: IKE SA authentication request rejected by peer: AUTHENTICATION_FAILED"#)],
        ),
        ReleaseRow(
            "authentication, of the peer",
            Statement::AuthenticationFailed,
            vec![
                ("3.32", r#""t1" #1: PSK Authentication failed: AUTH mismatch in R2 Auth Payload!"#),
                (
                    "4.5",
                    r#""t1" #1: authentication failed: computed hash does not match hash received from peer ID_FQDN '@b'"#,
                ),
            ],
        ),
        ReleaseRow(
            "authentication, certificate",
            Statement::AuthenticationFailed,
            vec![
                ("3.32", r#""t1" #1: X509: connection failed due to unmatched IKE ID in certificate SAN"#),
                (
                    "4.5",
                    r#""t1" #1: X509: authentication failed; peer ID_DER_ASN1_DN 'CN=b.example.org' does not match expected 'CN=c.example.org'"#,
                ),
            ],
        ),
        ReleaseRow(
            "authentication, another peer than expected",
            Statement::AuthenticationFailed,
            vec![
                ("3.32", r#""t1" #1: we require IKEv2 peer to have ID '@b', but peer declares '@c'"#),
                ("4.5", r#""t1" #1: Peer ID '@c' mismatched on first found connection and no better connection found"#),
            ],
        ),
        ReleaseRow(
            "this end's notify",
            Statement::ChildFailed { notify: Some(Notify("TS_UNACCEPTABLE".to_owned())) },
            vec![
                (
                    "3.32",
                    r#""t1" #2: state transition 'Respond to CREATE_CHILD_SA IPsec SA Request' failed with v2N_TS_UNACCEPTABLE"#,
                ),
                (
                    "4.5",
                    r#""t1" #1: responding to CREATE_CHILD_SA message (ID 2) from 198.51.100.2:500 with encrypted notification TS_UNACCEPTABLE"#,
                ),
            ],
        ),
        ReleaseRow(
            "IKEv1: peer's notify",
            by_peer("INVALID_ID_INFORMATION"),
            vec![
                (
                    "3.32",
                    r#""t1" #1: ignoring informational payload INVALID_ID_INFORMATION, msgid=00000000, length=12"#,
                ),
                (
                    "5.2",
                    r#""t1" #1: ignoring secured informational payload INVALID_ID_INFORMATION, msgid=00000000, length=12"#,
                ),
            ],
        ),
        ReleaseRow(
            "IKEv1: no proposal",
            Statement::NoProposal,
            vec![
                ("3.32", r#""t1" #1: ignoring informational payload NO_PROPOSAL_CHOSEN, msgid=00000000, length=12"#),
                ("5.2", r#""t1" #1: ignoring unsecured informational payload NO_PROPOSAL_CHOSEN, length=12"#),
            ],
        ),
        ReleaseRow(
            "IKEv1: authentication, told by the peer",
            Statement::AuthenticationFailed,
            vec![
                (
                    "3.32",
                    r#""t1" #1: ignoring informational payload INVALID_HASH_INFORMATION, msgid=00000000, length=12"#,
                ),
                ("5.2", r#""t1" #1: ignoring unsecured informational payload AUTHENTICATION_FAILED, length=12"#),
            ],
        ),
        ReleaseRow(
            "IKEv1: authentication, of the peer",
            Statement::AuthenticationFailed,
            vec![("3.32", r#""t1" #1: received Hash Payload does not match computed value"#)],
        ),
        ReleaseRow(
            "IKEv1: authentication, another secret",
            Statement::AuthenticationFailed,
            vec![(
                "3.32",
                r#""t1" #1: probable authentication failure (mismatch of preshared secrets?): malformed payload in packet"#,
            )],
        ),
        ReleaseRow(
            "IKEv1: authentication, user",
            Statement::AuthenticationFailed,
            vec![("3.32", r#""t1" #1: XAUTH: aborting entire IKE Exchange"#)],
        ),
    ]
}

fn ending() -> Vec<ReleaseRow> {
    let deleting = |is_ike, established| Statement::Deleting { is_ike, established };
    vec![
        ReleaseRow(
            "terminating",
            Statement::ConnectionTerminated,
            vec![("3.32", r#""t1": terminating SAs using this connection"#)],
        ),
        ReleaseRow(
            "taken down by order",
            Statement::ConnectionDown,
            vec![("3.32", UNSAID), ("5.2", r#""t1": initiating delete of connection's IKE SA #1 (and Child SA #2)"#)],
        ),
        ReleaseRow(
            "an answer without a Child SA",
            Statement::NoChildSa,
            vec![
                ("3.32", UNSAID),
                ("4.3", r#""t1" #2: missing v2SA, v2TSi or v2TSr: not attempting to setup child SA"#),
                ("4.7", r#""t1" #2: IKE_AUTH response missing v2SA, v2TSi or v2TSr: not attempting to setup CHILD SA"#),
                (
                    "5.4",
                    r#""t1" #2: IKE_AUTH response missing at least one of the Child SA payloads v2SA, v2TSi and v2TSr"#,
                ),
            ],
        ),
        ReleaseRow(
            "deleting, IKE SA",
            deleting(true, true),
            vec![
                ("3.32", r#""t1" #1: deleting state (STATE_PARENT_I3) aged 9.100s and sending notification"#),
                (
                    "4.1",
                    r#""t1" #1: deleting state (STATE_V2_ESTABLISHED_IKE_SA) aged 9.100452s and NOT sending notification"#,
                ),
                ("5.1", r#""t1" #1: deleting IKE SA (ESTABLISHED_IKE_SA) aged 9.100452s and sending notification"#),
                ("5.4", r#""t1" #1: deleting IKE SA (established IKE SA)"#),
            ],
        ),
        ReleaseRow(
            "deleting, IKE SA whose end is under way",
            deleting(true, true),
            vec![
                ("3.32", r#""t1" #1: deleting state (STATE_IKESA_DEL) aged 9.100s and NOT sending notification"#),
                (
                    "4.5",
                    r#""t1" #1: deleting state (STATE_V2_IKE_SA_DELETE) aged 9.100452s and NOT sending notification"#,
                ),
                ("4.10", UNSAID),
                ("5.2", r#""t1" #1: deleting IKE SA (deleted state)"#),
            ],
        ),
        ReleaseRow(
            "deleting, IKE SA that never stood",
            deleting(true, false),
            vec![
                ("3.32", r#""t1" #1: deleting state (STATE_PARENT_I1) aged 9.100s and NOT sending notification"#),
                ("4.5", r#""t1" #1: deleting state (STATE_V2_PARENT_I2) aged 9.100452s and NOT sending notification"#),
                ("5.1", r#""t1" #1: deleting IKE SA (sent IKE_AUTH request)"#),
            ],
        ),
        ReleaseRow(
            "deleting, Child SA",
            deleting(false, true),
            vec![
                ("3.32", r#""t1" #2: deleting state (STATE_V2_IPSEC_R) aged 9.100s and sending notification"#),
                (
                    "4.1",
                    r#""t1" #2: deleting state (STATE_V2_ESTABLISHED_CHILD_SA) aged 9.100452s and NOT sending notification"#,
                ),
                ("4.5", r#""t1" #2: deleting established Child SA using IKE SA #1"#),
                ("5.1", r#""t1" #2: sent INFORMATIONAL request to delete established Child SA using IKE SA #1"#),
            ],
        ),
        ReleaseRow(
            "deleting, Child SA that never stood",
            deleting(false, false),
            vec![
                ("3.32", UNSAID),
                (
                    "4.1",
                    r#""t1" #2: deleting state (STATE_V2_NEW_CHILD_I1) aged 9.100452s and NOT sending notification"#,
                ),
                ("4.5", r#""t1" #2: deleting larval Child SA using IKE SA #1"#),
                ("5.1", r#""t1" #2: sent INFORMATIONAL request to delete larval Child SA using IKE SA #1"#),
            ],
        ),
        ReleaseRow(
            "last counters",
            deleting(false, true),
            vec![
                ("3.32", r#""t1" #2: ESP traffic information: in=84B out=12KB"#),
                ("5.1", r#""t1" #2: ESP traffic information: in=84B out=12KiB"#),
            ],
        ),
        ReleaseRow(
            "IKEv1: Delete received",
            Statement::PeerDeletes,
            vec![
                ("3.32", r#""t1" #1: received Delete SA(0x0a1b2c3d) payload: deleting IPSEC State #2"#),
                ("4.1", r#""t1" #1: received Delete SA payload: delete CHILD SA #2 now"#),
                ("4.5", r#""t1" #1: received Delete SA payload: replace IPsec State #2 now"#),
                ("5.1", r#""t1" #1: received Delete SA payload: deleting ISAKMP State #1"#),
            ],
        ),
        ReleaseRow(
            "IKEv1: deleting, ISAKMP SA",
            deleting(true, true),
            vec![
                ("3.32", r#""t1" #1: deleting state (STATE_MAIN_I4) aged 9.100s and sending notification"#),
                ("5.1", r#""t1" #1: deleting ISAKMP SA (MAIN_I4) aged 9.100452s and sending notification"#),
            ],
        ),
        ReleaseRow(
            "IKEv1: deleting, ISAKMP SA of a mode config server",
            deleting(true, true),
            vec![
                (
                    "3.32",
                    r#""rw"[1] 198.51.100.7 #1: deleting state (STATE_MODE_CFG_R1) aged 9.100s and sending notification"#,
                ),
                (
                    "5.1",
                    r#""rw"[1] 198.51.100.7 #1: deleting ISAKMP SA (MODE_CFG_R1) aged 9.100452s and sending notification"#,
                ),
            ],
        ),
        ReleaseRow(
            "IKEv1: deleting, ISAKMP SA of a user",
            deleting(true, true),
            vec![
                ("3.32", r#""t1" #1: deleting state (STATE_XAUTH_I1) aged 9.100s and sending notification"#),
                ("5.1", r#""t1" #1: deleting ISAKMP SA (XAUTH_I1) aged 9.100452s and sending notification"#),
            ],
        ),
        ReleaseRow(
            "IKEv1: deleting, ISAKMP SA that never stood",
            deleting(true, false),
            vec![
                ("3.32", r#""t1" #1: deleting state (STATE_AGGR_I1) aged 9.100s and NOT sending notification"#),
                ("5.1", r#""t1" #1: deleting ISAKMP SA (AGGR_I1) aged 9.100452s and NOT sending notification"#),
            ],
        ),
        ReleaseRow(
            "IKEv1: deleting, IPsec SA",
            deleting(false, true),
            vec![
                ("3.32", r#""t1" #2: deleting state (STATE_QUICK_R2) aged 9.100s and sending notification"#),
                (
                    "5.1",
                    r#""t1" #2: deleting IPsec SA (QUICK_R2) aged 9.100452s and sending notification using ISAKMP SA #1"#,
                ),
            ],
        ),
        ReleaseRow(
            "IKEv1: deleting, IPsec SA of the peer's Delete",
            deleting(false, true),
            vec![
                ("3.32", r#""t1" #1: deleting other state #2 (STATE_QUICK_I2) aged 9.100s and sending notification"#),
                (
                    "4.5",
                    r#""t1" #1: deleting other state #2 connection (STATE_QUICK_I2) "t1" aged 9.100452s and sending notification"#,
                ),
                ("5.1", UNSAID),
            ],
        ),
        ReleaseRow(
            "limit of the kernel",
            Statement::Expired { hard: false, direction: Direction::Out, spi: Spi(0x0a1b_2c3d) },
            vec![
                ("3.32", UNSAID),
                (
                    "4.10",
                    r#""t1" #2: received soft EXPIRE for outbound SPI 0a1b2c3d bytes 1512 packets 18 rekey=yes; replacing"#,
                ),
            ],
        ),
    ]
}

fn kernel() -> Vec<ReleaseRow> {
    let here = RefusedSa { protocol: Protocol::Esp, spi: Spi(0x0a1b_2c3d), dst: "192.0.2.1".parse().ok() };
    let sa = |dst: &str| Some(RefusedSa { dst: dst.parse().ok(), ..here });
    let refused = |operation, sa, errno| Statement::KernelRefused { operation, sa, errno };
    vec![
        ReleaseRow(
            "SA refused",
            refused(KernelOperation::AddSa, sa("198.51.100.2"), 22),
            vec![
                (
                    "3.32",
                    r#""t1" #2: ERROR: netlink response for Add SA esp.a1b2c3d@198.51.100.2 included errno 22: Invalid argument"#,
                ),
                (
                    "4.5",
                    r#""t1" #2: ERROR: netlink response for Add SA esp.a1b2c3d@198.51.100.2 included errno 22: Invalid argument"#,
                ),
                (
                    "4.10",
                    r#"ERROR: "t1" #2: netlink response for Add SA esp.a1b2c3d@198.51.100.2: Invalid argument (errno 22)"#,
                ),
                (
                    "5.4",
                    r#"ERROR: "t1" #2: netlink response for XFRM_MSG_NEWSA esp.a1b2c3d@198.51.100.2: Invalid argument (errno 22)"#,
                ),
            ],
        ),
        ReleaseRow(
            "SA not there to be deleted",
            refused(KernelOperation::DeleteSa, sa("192.0.2.1"), 3),
            vec![
                (
                    "3.32",
                    r#""t1" #2: ERROR: netlink response for Del SA esp.a1b2c3d@192.0.2.1 included errno 3: No such process"#,
                ),
                (
                    "4.10",
                    r#"ERROR: "t1" #2: netlink response for Del SA esp.a1b2c3d@192.0.2.1: No such process (errno 3)"#,
                ),
            ],
        ),
        ReleaseRow(
            "SA not there to be read",
            refused(KernelOperation::GetSa, sa("192.0.2.1"), 3),
            vec![
                (
                    "3.32",
                    r#""t1" #2: ERROR: netlink response for Get SA esp.a1b2c3d@192.0.2.1 included errno 3: No such process"#,
                ),
                (
                    "4.10",
                    r#"ERROR: "t1" #2: netlink response for Get SA esp.a1b2c3d@192.0.2.1: No such process (errno 3)"#,
                ),
                (
                    "5.4",
                    r#"ERROR: "t1" #2: netlink response for XFRM_MSG_GETSA esp.a1b2c3d@192.0.2.1: No such process (errno 3)"#,
                ),
            ],
        ),
        ReleaseRow(
            "no SPI, old",
            refused(KernelOperation::GetSpi, Some(RefusedSa { spi: Spi(0), ..here }), 12),
            vec![
                (
                    "3.32",
                    r#""t1" #2: ERROR: netlink response for Get SPI esp.0@192.0.2.1 included errno 12: Cannot allocate memory"#,
                ),
                ("4.10", UNSAID),
            ],
        ),
        ReleaseRow(
            "no SPI",
            refused(KernelOperation::GetSpi, None, 12),
            vec![
                ("3.32", UNSAID),
                ("4.10", r#"ERROR: "t1" #2: netlink response for Get SPI SPI: Cannot allocate memory (errno 12)"#),
                (
                    "5.4",
                    r#"ERROR: "t1" #2: netlink response for XFRM_MSG_ALLOCSPI SPI: Cannot allocate memory (errno 12)"#,
                ),
            ],
        ),
        ReleaseRow(
            "policy refused",
            refused(KernelOperation::Policy, None, 22),
            vec![
                (
                    "3.32",
                    r#""t1" #2: ERROR: netlink XFRM_MSG_NEWPOLICY response for flow tun.10000@198.51.100.2 included errno 22: Invalid argument"#,
                ),
                (
                    "4.5",
                    r#"ERROR: "t1" #2: netlink XFRM_MSG_UPDPOLICY response for flow tun.10000@198.51.100.2: Invalid argument (errno 22)"#,
                ),
                (
                    "4.6",
                    r#"ERROR: "t1" #2: kernel: xfrm XFRM_MSG_NEWPOLICY response for flow %trap(allow) (out): Invalid argument (errno 22)"#,
                ),
                (
                    "5.4",
                    r#"ERROR: "t1" #2: kernel: xfrm XFRM_MSG_UPDPOLICY tunnel response for flow 10.1.0.0/24===10.2.0.0/24: Invalid argument (errno 22)"#,
                ),
            ],
        ),
        ReleaseRow(
            "not written",
            refused(KernelOperation::AddSa, sa("198.51.100.2"), 105),
            vec![
                (
                    "3.32",
                    r#"ERROR: "t1" #2: netlink write() of XFRM_MSG_NEWSA message for Add SA esp.a1b2c3d@198.51.100.2 failed. Errno 105: No buffer space available"#,
                ),
                (
                    "4.5",
                    r#"ERROR: "t1" #2: netlink write() of XFRM_MSG_NEWSA message for Add SA esp.a1b2c3d@198.51.100.2 failed: No buffer space available (errno 105)"#,
                ),
                ("5.4", UNSAID),
            ],
        ),
        ReleaseRow(
            "the kernel's own words",
            Statement::KernelSaid { words: "Device does not support offload".to_owned() },
            vec![("3.32", UNSAID), ("5.1", r#""t1" #2: netlink ext_ack: Device does not support offload"#)],
        ),
        ReleaseRow(
            "after a refusal, Child SA",
            Statement::ChildFailed { notify: Some(Notify("INVALID_SYNTAX".to_owned())) },
            vec![("3.32", UNSAID), ("4.5", r#""t1" #2: CHILD SA encountered fatal error: INVALID_SYNTAX"#)],
        ),
        ReleaseRow(
            "after a refusal, half a pair",
            Statement::ChildFailed { notify: None },
            vec![("3.32", r#""t1" #2: setup_half_ipsec_sa() hit fail:"#), ("5.1", UNSAID)],
        ),
        ReleaseRow(
            "after a refusal, IKE SA",
            Statement::IkeFailed { notify: None },
            vec![
                ("3.32", r#""t1" #1: encountered fatal error in state STATE_PARENT_I2"#),
                ("4.5", r#""t1" #1: encountered fatal error in state STATE_V2_PARENT_I2"#),
                ("5.1", r#""t1" #1: encountered fatal error in state IKE_AUTH_I"#),
            ],
        ),
    ]
}

fn living() -> Vec<ReleaseRow> {
    vec![
        ReleaseRow(
            "start",
            Statement::Starting { version: Some("4.6".to_owned()), pid: Some(610) },
            vec![
                (
                    "3.32",
                    "Starting Pluto (Libreswan Version 4.6 XFRM(netkey) esp-hw-offload FORK PTHREAD_SETSCHEDPRIO) pid:610",
                ),
                (
                    "4.1",
                    "Starting Pluto (Libreswan Version 4.6 IKEv2 IKEv1 XFRM(netkey) XFRMI esp-hw-offload FORK) pid:610",
                ),
                ("5.1", "Starting Pluto (Libreswan Version 4.6 IKEv2 IKEv1 XFRM XFRMI esp-hw-offload FORK) pid:610"),
            ],
        ),
        ReleaseRow("listens", Statement::Listening, vec![("3.32", "listening for IKE messages")]),
        ReleaseRow(
            "loaded",
            Statement::ConnectionAdded,
            vec![
                ("3.32", r#"added connection description "t1""#),
                ("4.1", r#""t1": added IKEv2 connection"#),
                ("5.1", r#""t1": added oriented IKEv2 connection (local: left=192.0.2.1 remote: right=198.51.100.2)"#),
            ],
        ),
        ReleaseRow(
            "shutdown",
            Statement::ShuttingDown,
            vec![("3.32", "shutting down"), ("4.10", "Pluto is shutting down")],
        ),
        ReleaseRow(
            "shutdown, SAs stay",
            Statement::ShuttingDown,
            vec![
                ("3.32", UNSAID),
                ("4.3", "shutting down, leavings state"),
                ("4.10", "Pluto is shutting down (leaving state)"),
            ],
        ),
        ReleaseRow(
            "assertion",
            Statement::Dying,
            vec![
                ("3.32", r#"ABORT: ASSERTION FAILED: st != NULL (in f() at state.c:7)"#),
                ("5.1", r#"FATAL: ASSERTION FAILED: "t1" #2: st != NULL (f() +7 programs/pluto/state.c)"#),
            ],
        ),
        ReleaseRow(
            "bug that it survives",
            Statement::Bug,
            vec![("3.32", r#"EXPECTATION FAILED: "t1" #2: st != NULL (f() +7 programs/pluto/state.c)"#)],
        ),
        ReleaseRow(
            "forbidden system call",
            Statement::Bug,
            vec![
                ("3.32", "pluto received SIGSYS - possible SECCOMP violation!"),
                ("5.4", "pluto received SIGSYS - seccomp=tolerant - possible SECCOMP violation!"),
            ],
        ),
        ReleaseRow(
            "events lost",
            Statement::MissedKernelEvents,
            vec![
                (
                    "3.32",
                    "ERROR: recvfrom() failed in netlink_get: errno(105): No buffer space available. Errno 105: No buffer space available",
                ),
                ("4.3", "ERROR: kernel: recvfrom() failed in netlink_get. Errno 105: No buffer space available"),
                ("4.5", "ERROR: kernel: recvfrom() failed in netlink_get: No buffer space available (errno 105)"),
            ],
        ),
    ]
}
