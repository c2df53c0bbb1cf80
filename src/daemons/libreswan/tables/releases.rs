//! The tables of every release: one story, as each release shows it. Of our own making, with addresses and names for documentation.

use super::lines::Parsed;
use super::*;
use crate::daemons::libreswan::releases::{RELEASES, written_by};
use crate::model::{
    BriefStatus, ChildState, EncapsulationSetting, IkeState, LoadedConnection, OffloadSetting, Serial, Spi,
};

/// What whack prints: before 5.0 with a code before each line.
fn printed(release: &str, lines: &str) -> Vec<u8> {
    let coded = !release.starts_with('5') && release != "main";
    let line = |line: &str| format!("{}{}\n", if coded { "000 " } else { "" }, line.trim_start());
    lines.trim().lines().map(line).collect::<String>().into_bytes()
}

/// An IKE SA, its Child SA, a rekey of it under way, a Child SA that waits, and the same of IKEv1: one that stands, one that is asked for
/// and a road warrior's.
const STATES: [(&str, &str); 8] = [
    (
        "3.32",
        r#"
        #1: "t1":500 STATE_PARENT_I3 (PARENT SA established); EVENT_SA_REKEY in 27980s; newest ISAKMP; idle;
        #2: "t1":500 STATE_V2_IPSEC_I (IPsec SA established); EVENT_SA_REKEY in 28048s; newest IPSEC; eroute owner; isakmp#1; idle;
        #2: "t1" esp.a1b2c3d@198.51.100.2 esp.9f8e7d6c@192.0.2.1 tun.0@198.51.100.2 tun.0@192.0.2.1 ref=0 refhim=0 Traffic: ESPin=84B ESPout=84B! ESPmax=4194303B
        #3: "t1":500 STATE_V2_REKEY_CHILD_I (STATE_V2_REKEY_CHILD_I); EVENT_v2_RETRANSMIT in 1s; isakmp#1; idle;
        #1: pending CHILD SA for "t2"
        #5: "v1":500 STATE_MAIN_I4 (ISAKMP SA established); EVENT_SA_REPLACE in 2601s; newest ISAKMP; lastdpd=-1s(seq in:0 out:0); idle;
        #6: "v1":500 STATE_QUICK_I2 (sent QI2, IPsec SA established); EVENT_SA_REPLACE in 27791s; newest IPSEC; eroute owner; isakmp#5; idle;
        #6: "v1" esp.1@198.51.100.2 esp.2@192.0.2.1 tun.0@198.51.100.2 tun.0@192.0.2.1 ref=0 refhim=0 Traffic: ESPin=0B ESPout=0B! ESPmax=4194303B
        #7: "v1b":500 STATE_QUICK_I1 (sent QI1, expecting QR1); EVENT_RETRANSMIT in 1s; isakmp#5; idle;
        #8: "rw"[1] 198.51.100.7:4500 STATE_MODE_CFG_R1 (ModeCfg Set sent, expecting Ack); EVENT_SA_REPLACE in 2601s; newest ISAKMP; idle;
        #9: "v1c":500 STATE_MAIN_I3 (sent MI3, expecting MR3); EVENT_RETRANSMIT in 1s; idle;"#,
    ),
    (
        "4.1",
        r#"
        #1: "t1":500 STATE_V2_ESTABLISHED_IKE_SA (established IKE SA); EVENT_SA_REKEY in 27980s; newest ISAKMP; idle;
        #2: "t1":500 STATE_V2_ESTABLISHED_CHILD_SA (IPsec SA established); EVENT_SA_REKEY in 28048s; newest IPSEC; eroute owner; isakmp#1; idle;
        #2: "t1" esp.a1b2c3d@198.51.100.2 esp.9f8e7d6c@192.0.2.1 tun.0@198.51.100.2 tun.0@192.0.2.1 Traffic: ESPin=84B ESPout=84B! ESPmax=0B
        #3: "t1":500 STATE_V2_REKEY_CHILD_I1 (sent CREATE_CHILD_SA request to rekey IPsec SA); EVENT_RETRANSMIT in 1s; isakmp#1; idle;
        #1: pending CHILD SA for "t2"
        #5: "v1":500 STATE_MAIN_I4 (IKE SA established); EVENT_SA_REPLACE in 2601s; newest ISAKMP; lastdpd=-1s(seq in:0 out:0); idle;
        #6: "v1":500 STATE_QUICK_I2 (IPsec SA established); EVENT_v1_SA_REPLACE_IF_USED in 27791s; newest IPSEC; eroute owner; isakmp#5; idle;
        #6: "v1" esp.1@198.51.100.2 esp.2@192.0.2.1 tun.0@198.51.100.2 tun.0@192.0.2.1 Traffic: ESPin=0B ESPout=0B! ESPmax=0B
        #7: "v1b":500 STATE_QUICK_I1 (sent Quick Mode request); EVENT_RETRANSMIT in 1s; isakmp#5; lastdpd=-1s(seq in:0 out:0); idle;
        #8: "rw"[1] 198.51.100.7:4500 STATE_MODE_CFG_R1 (sent ModeCfg reply, expecting Ack); EVENT_SA_REPLACE in 2601s; newest ISAKMP; idle;
        #9: "v1c":500 STATE_MAIN_I3 (sent Main Mode I3); EVENT_RETRANSMIT in 1s; idle;"#,
    ),
    (
        "4.5",
        r#"
        #1: "t1":500 STATE_V2_ESTABLISHED_IKE_SA (established IKE SA); REKEY in 27980s; newest ISAKMP; idle;
        #2: "t1":500 STATE_V2_ESTABLISHED_CHILD_SA (established Child SA); REKEY in 28048s; newest IPSEC; eroute owner; isakmp#1; idle;
        #2: "t1" esp.a1b2c3d@198.51.100.2 esp.9f8e7d6c@192.0.2.1 tun.0@198.51.100.2 tun.0@192.0.2.1 Traffic: ESPin=84B ESPout=84B ESPmax=0B
        #3: "t1":500 STATE_V2_REKEY_CHILD_I1 (sent CREATE_CHILD_SA request to rekey IPsec SA); RETRANSMIT in 1s; isakmp#1; idle;
        #1: pending CHILD SA for "t2"
        #5: "v1":500 STATE_MAIN_I4 (IKE SA established); REPLACE in 2601s; newest ISAKMP; lastdpd=-1s(seq in:0 out:0); idle;
        #6: "v1":500 STATE_QUICK_I2 (IPsec SA established); REPLACE_IF_USED in 27791s; newest IPSEC; eroute owner; isakmp#5; idle;
        #6: "v1" esp.1@198.51.100.2 esp.2@192.0.2.1 tun.0@198.51.100.2 tun.0@192.0.2.1 Traffic: ESPin=0B ESPout=0B ESPmax=0B
        #7: "v1b":500 STATE_QUICK_I1 (sent Quick Mode request); RETRANSMIT in 1s; isakmp#5; lastdpd=-1s(seq in:0 out:0); idle;
        #8: "rw"[1] 198.51.100.7:4500 STATE_MODE_CFG_R1 (sent ModeCfg reply, expecting Ack); REPLACE in 2601s; newest ISAKMP; idle;
        #9: "v1c":500 STATE_MAIN_I3 (sent Main Mode I3); RETRANSMIT in 1s; idle;"#,
    ),
    (
        "4.6",
        r#"
        #1: "t1":500 STATE_V2_ESTABLISHED_IKE_SA (established IKE SA); REKEY in 27980s; REPLACE in 28520s; newest; idle;
        #2: "t1":500 STATE_V2_ESTABLISHED_CHILD_SA (established Child SA); LIVENESS in 3s; REKEY in 28048s; REPLACE in 28318s; newest; eroute owner; IKE SA #1; idle;
        #2: "t1" esp.a1b2c3d@198.51.100.2 esp.9f8e7d6c@192.0.2.1 tun.0@198.51.100.2 tun.0@192.0.2.1 Traffic: ESPin=84B ESPout=84B ESPmax=0B
        #3: "t1":500 STATE_V2_REKEY_CHILD_I1 (sent CREATE_CHILD_SA request to rekey IPsec SA); REKEY in 1s; IKE SA #1; idle;
        #1: pending CHILD SA for "t2"
        #5: "v1":500 STATE_MAIN_I4 (IKE SA established); REPLACE in 2601s; newest; lastdpd=-1s(seq in:0 out:0); idle;
        #6: "v1":500 STATE_QUICK_I2 (IPsec SA established); REPLACE_IF_USED in 27791s; newest; eroute owner; ISAKMP SA #5; idle;
        #6: "v1" esp.1@198.51.100.2 esp.2@192.0.2.1 tun.0@198.51.100.2 tun.0@192.0.2.1 Traffic: ESPin=0B ESPout=0B ESPmax=0B
        #7: "v1b":500 STATE_QUICK_I1 (sent Quick Mode request); RETRANSMIT in 1s; ISAKMP SA #5; lastdpd=-1s(seq in:0 out:0); idle;
        #8: "rw"[1] 198.51.100.7:4500 STATE_MODE_CFG_R1 (sent ModeCfg reply, expecting Ack); REPLACE in 2601s; newest; idle;
        #9: "v1c":500 STATE_MAIN_I3 (sent Main Mode I3); RETRANSMIT in 1s; idle;"#,
    ),
    (
        "4.10",
        r#"
        #1: "t1":500 STATE_V2_ESTABLISHED_IKE_SA (established IKE SA); REKEY in 27980s; REPLACE in 28520s; newest; idle;
        #2: "t1":500 STATE_V2_ESTABLISHED_CHILD_SA (established Child SA); REKEY in 28048s; REPLACE in 28318s; newest; eroute owner; IKE SA #1; idle;
        #2: "t1" esp.a1b2c3d@198.51.100.2 esp.9f8e7d6c@192.0.2.1 tun.0@198.51.100.2 tun.0@192.0.2.1 Traffic: ESPin=84B ESPout=84B ESPmax=2^63B
        #3: "t1":500 STATE_V2_REKEY_CHILD_I1 (sent CREATE_CHILD_SA request to rekey IPsec SA); REKEY in 1s; IKE SA #1; idle;
        #1: pending CHILD SA for "t2"
        #5: "v1":500 STATE_MAIN_I4 (IKE SA established); REPLACE in 2601s; newest; lastdpd=-1s(seq in:0 out:0); idle;
        #6: "v1":500 STATE_QUICK_I2 (IPsec SA established); REPLACE_IF_USED in 27791s; newest; eroute owner; ISAKMP SA #5; idle;
        #6: "v1" esp.1@198.51.100.2 esp.2@192.0.2.1 tun.0@198.51.100.2 tun.0@192.0.2.1 Traffic: ESPin=0B ESPout=0B ESPmax=2^63B
        #7: "v1b":500 STATE_QUICK_I1 (sent Quick Mode request); RETRANSMIT in 1s; ISAKMP SA #5; lastdpd=-1s(seq in:0 out:0); idle;
        #8: "rw"[1] 198.51.100.7:4500 STATE_MODE_CFG_R1 (sent ModeCfg reply, expecting Ack); REPLACE in 2601s; newest; idle;
        #9: "v1c":500 STATE_MAIN_I3 (sent Main Mode I3); RETRANSMIT in 1s; idle;"#,
    ),
    (
        "5.1",
        r#"
        #1: "t1":500 ESTABLISHED_IKE_SA (established IKE SA); REKEY in 27980s; REPLACE in 28520s; newest; idle;
        #2: "t1":500 ESTABLISHED_CHILD_SA (established Child SA); REKEY in 28048s; REPLACE in 28318s; newest; eroute owner; IKE SA #1; idle;
        #2: "t1" esp.a1b2c3d@198.51.100.2 esp.9f8e7d6c@192.0.2.1 tun.0@198.51.100.2 tun.0@192.0.2.1 Traffic: ESPin=84B ESPout=84B ESPmax=2^63B
        #3: "t1":500 REKEY_CHILD_I1 (sent CREATE_CHILD_SA request to rekey IPsec SA); REKEY in 1s; IKE SA #1; idle;
        #1: pending Child SA for "t2"
        #5: "v1":500 STATE_MAIN_I4 (ISAKMP SA established); REPLACE in 2601s; newest; lastdpd=-1s(seq in:0 out:0); idle;
        #6: "v1":500 STATE_QUICK_I2 (IPsec SA established); REPLACE in 27791s; newest; eroute owner; ISAKMP SA #5; idle;
        #6: "v1" esp.1@198.51.100.2 esp.2@192.0.2.1 tun.0@198.51.100.2 tun.0@192.0.2.1 Traffic: ESPin=0B ESPout=0B ESPmax=2^63B
        #7: "v1b":500 STATE_QUICK_I1 (sent Quick Mode request); RETRANSMIT in 1s; ISAKMP SA #5; lastdpd=-1s(seq in:0 out:0); idle;
        #8: "rw"[1] 198.51.100.7:4500 STATE_MODE_CFG_R1 (sent ModeCfg reply, expecting Ack); REPLACE in 2601s; newest; idle;
        #9: "v1c":500 STATE_MAIN_I3 (sent Main Mode I3); RETRANSMIT in 1s; idle;"#,
    ),
    (
        "5.4",
        r#"
        #1: "t1":500 established IKE SA; REKEY in 27980s; REPLACE in 28520s; newest; idle;
        #2: "t1":500 established Child SA; REKEY in 28048s; REPLACE in 28318s; newest; eroute owner; IKE SA #1; idle;
        #2: "t1" esp.a1b2c3d@198.51.100.2 esp.9f8e7d6c@192.0.2.1 tun.0@198.51.100.2 tun.0@192.0.2.1 Traffic: ESPin=84B ESPout=84B ESPmax=2^63B
        #3: "t1":500 sent CREATE_CHILD_SA request to rekey Child SA; REKEY in 1s; IKE SA #1; idle;
        #1: pending Child SA for "t2"
        #5: "v1":500 ISAKMP SA established; REPLACE in 2601s; newest; lastdpd=-1s(seq in:0 out:0); idle;
        #6: "v1":500 IPsec SA established; REPLACE in 27791s; newest; eroute owner; ISAKMP SA #5; idle;
        #6: "v1" esp.1@198.51.100.2 esp.2@192.0.2.1 tun.0@198.51.100.2 tun.0@192.0.2.1 Traffic: ESPin=0B ESPout=0B ESPmax=2^63B
        #7: "v1b":500 sent Quick Mode request; RETRANSMIT in 1s; ISAKMP SA #5; lastdpd=-1s(seq in:0 out:0); idle;
        #8: "rw"[1] 198.51.100.7:4500 sent ModeCfg reply, expecting Ack; REPLACE in 2601s; newest; idle;
        #9: "v1c":500 sent Main Mode I3; RETRANSMIT in 1s; idle;"#,
    ),
    (
        "main",
        r#"
        #1: "t1":500 established IKE SA; REKEY in 27980s; REPLACE in 28520s; newest; idle;
        #2: "t1":500 established Child SA; REKEY in 28048s; REPLACE in 28318s; newest; eroute owner; IKE SA #1; idle;
        #2: "t1" used 3s ago; esp.a1b2c3d@198.51.100.2 esp.9f8e7d6c@192.0.2.1 tun.0@198.51.100.2 tun.0@192.0.2.1 Traffic: ESPin=84B ESPout=84B ESPmax=2^63B
        #3: "t1":500 sent CREATE_CHILD_SA request to rekey Child SA; REKEY in 1s; IKE SA #1; idle;
        #1: pending Child SA for "t2"
        #5: "v1":500 ISAKMP SA established; REPLACE in 2601s; newest; lastdpd=-1s(seq in:0 out:0); idle;
        #6: "v1":500 IPsec SA established; REPLACE in 27791s; newest; eroute owner; ISAKMP SA #5; idle;
        #6: "v1" esp.1@198.51.100.2 esp.2@192.0.2.1 tun.0@198.51.100.2 tun.0@192.0.2.1 Traffic: ESPin=0B ESPout=0B ESPmax=2^63B
        #7: "v1b":500 sent Quick Mode request; RETRANSMIT in 1s; ISAKMP SA #5; lastdpd=-1s(seq in:0 out:0); idle;
        #8: "rw"[1] 198.51.100.7:4500 sent ModeCfg reply, expecting Ack; REPLACE in 2601s; newest; idle;
        #9: "v1c":500 sent Main Mode I3; RETRANSMIT in 1s; idle;"#,
    ),
];

#[test]
fn the_table_of_states_is_read_of_every_release() {
    let ike = |serial, connection: &str, established| IkeState {
        serial: Serial(serial),
        connection: connection.to_owned(),
        instance: (connection == "rw").then(|| "[1] 198.51.100.7".to_owned()),
        established,
    };
    let expected = [ike(1, "t1", true), ike(5, "v1", true), ike(8, "rw", true), ike(9, "v1c", false)];
    for release in RELEASES {
        let Parsed { value, skipped } = states(&printed(release, written_by(release, &STATES)));
        assert_eq!((value.ike.as_slice(), skipped), (expected.as_slice(), 0), "{release}");
        let child = |child: &ChildState| {
            (child.serial.0, child.connection.clone(), child.established, child.newest, child.ike, child.spis.is_some())
        };
        let children: Vec<_> = value.children.iter().map(child).collect();
        let one =
            |serial, name: &str, stands, ike| (serial, name.to_owned(), stands, stands, Some(Serial(ike)), stands);
        let expected = [one(2, "t1", true, 1), one(3, "t1", false, 1), one(6, "v1", true, 5), one(7, "v1b", false, 5)];
        assert_eq!(children, expected, "{release}");
        let first = &value.children[0];
        assert_eq!(first.spis.map(|pair| (pair.outbound, pair.inbound)), Some((Spi(0x0a1b_2c3d), Spi(0x9f8e_7d6c))));
        assert_eq!((first.remote, first.local), ("198.51.100.2".parse().ok(), "192.0.2.1".parse().ok()), "{release}");
    }
}

/// One connection that is wanted up, and a template.
const CONNECTIONS: [(&str, &str); 6] = [
    (
        "3.32",
        r#"
        "t1": 10.1.0.0/24===192.0.2.1<192.0.2.1>[@a]...198.51.100.2<198.51.100.2>[@b]===10.2.0.0/24; erouted; eroute owner: #2
        "t1":     oriented; my_ip=unset; their_ip=unset; my_updown=ipsec _updown;
        "t1":   ike_life: 3600s; ipsec_life: 28800s; replay_window: 64; rekey_margin: 540s; rekey_fuzz: 100%; keyingtries: 0;
        "t1":   policy: PSK+ENCRYPT+TUNNEL+PFS+UP+IKEV2_ALLOW+SAREF_TRACK+IKE_FRAG_ALLOW+ESN_NO;
        "t1":   conn_prio: 24,24; interface: eth0; metric: 0; mtu: unset; sa_prio:auto; sa_tfc:none;
        "t1":   nflog-group: unset; mark: unset; vti-iface:unset; vti-routing:no; vti-shared:no; nic-offload:auto;
        "t1":   dpd: action:hold; delay:0; timeout:0; nat-t: encaps:yes; nat_keepalive:yes; ikev1_natt:both
        "t1":   newest ISAKMP SA: #1; newest IPsec SA: #2;
        "rw": 192.0.2.1<192.0.2.1>[@a]...%any; unrouted; eroute owner: #0
        "rw":   policy: PSK+ENCRYPT+DONT_REKEY+IKEV1_ALLOW+IKEV2_ALLOW+IKE_FRAG_ALLOW+ESN_NO;"#,
    ),
    (
        "4.1",
        r#"
        "t1": 10.1.0.0/24===192.0.2.1<192.0.2.1>[@a]...198.51.100.2<198.51.100.2>[@b]===10.2.0.0/24; erouted; eroute owner: #2
        "t1":     oriented; my_ip=unset; their_ip=unset; my_updown=ipsec _updown;
        "t1":   ike_life: 28800s; ipsec_life: 28800s; replay_window: 64; rekey_margin: 540s; rekey_fuzz: 100%; keyingtries: 0;
        "t1":   policy: IKEv2+PSK+ENCRYPT+TUNNEL+PFS+UP+IKE_FRAG_ALLOW+ESN_NO;
        "t1":   conn_prio: 24,24; interface: eth0; metric: 0; mtu: unset; sa_prio:auto; sa_tfc:none;
        "t1":   nflog-group: unset; mark: unset; vti-iface:unset; vti-routing:no; vti-shared:no; nic-offload:auto;
        "t1":   dpd: action:restart; delay:5; timeout:30; nat-t: encaps:yes; nat_keepalive:yes; ikev1_natt:both
        "t1":   newest ISAKMP SA: #1; newest IPsec SA: #2; conn serial: $1;
        "rw": 192.0.2.1<192.0.2.1>[@a]...%any; unrouted; eroute owner: #0
        "rw":   policy: IKEv1+PSK+ENCRYPT+DONT_REKEY+IKE_FRAG_ALLOW+ESN_NO;"#,
    ),
    (
        "4.7",
        r#"
        "t1": 10.1.0.0/24===192.0.2.1[@a]...198.51.100.2[@b]===10.2.0.0/24; erouted; eroute owner: #2
        "t1":     oriented; my_ip=unset; their_ip=unset; my_updown=ipsec _updown;
        "t1":   ike_life: 28800s; ipsec_life: 28800s; replay_window: 64; rekey_margin: 540s; rekey_fuzz: 100%; keyingtries: 0;
        "t1":   policy: IKEv2+PSK+ENCRYPT+TUNNEL+PFS+UP+IKE_FRAG_ALLOW+ESN_NO;
        "t1":   conn_prio: 24,24; interface: eth0; metric: 0; mtu: unset; sa_prio:auto; sa_tfc:none;
        "t1":   nflog-group: unset; mark: unset; vti-iface:unset; vti-routing:no; vti-shared:no; nic-offload:auto;
        "t1":   nat-traversal: encaps:yes; keepalive:20s; ikev1-method:rfc+drafts
        "t1":   dpd: passive; action:hold; delay:0s; timeout:0s
        "t1":   newest IKE SA: #1; newest IPsec SA: #2; conn serial: $1;
        "rw": 192.0.2.1[@a]...%any; unrouted; eroute owner: #0
        "rw":   policy: IKEv1+PSK+ENCRYPT+DONT_REKEY+IKE_FRAG_ALLOW+ESN_NO;"#,
    ),
    (
        "5.1",
        r#"
        "t1": 10.1.0.0/24===192.0.2.1[@a]...198.51.100.2[@b]===10.2.0.0/24; routed-tunnel; my_ip=unset; their_ip=unset;
        "t1":   host: oriented; local: 192.0.2.1; remote: 198.51.100.2;
        "t1":   my_updown=ipsec _updown;
        "t1":   ike_life: 28800s; ipsec_life: 28800s; ipsec_max_bytes: 2^63B; ipsec_max_packets: 2^63; replay_window: 64; rekey_margin: 540s; rekey_fuzz: 100%;
        "t1":   policy: IKEv2+PSK+ENCRYPT+TUNNEL+PFS+UP+IKE_FRAG_ALLOW+ESN_NO;
        "t1":   conn_prio: 24,24; interface: eth0; metric: 0; mtu: unset; sa_prio:auto; sa_tfc:none;
        "t1":   nflog-group: unset; mark: unset; vti-iface:unset; vti-routing:no; vti-shared:no; nic-offload:no;
        "t1":   nat-traversal: encapsulation:yes; keepalive:20s
        "t1":   routing: routed-tunnel; owner: Child SA #2; established IKE SA: #1; established Child SA: #2;
        "rw": 192.0.2.1[@a]...%any; unrouted; my_ip=unset; their_ip=unset;
        "rw":   policy: IKEv1+PSK+ENCRYPT+DONT_REKEY+IKE_FRAG_ALLOW+ESN_NO;"#,
    ),
    (
        "5.2",
        r#"
        "t1": 10.1.0.0/24===192.0.2.1[@a]...198.51.100.2[@b]===10.2.0.0/24; routed-tunnel; my_ip=unset; their_ip=unset;
        "t1":   host: oriented; local: 192.0.2.1; remote: 198.51.100.2;
        "t1":   ike_life: 28800s; ipsec_life: 28800s; ipsec_max_bytes: 2^63B; ipsec_max_packets: 2^63; replay_window: 64; rekey_margin: 540s; rekey_fuzz: 100%;
        "t1":   policy: IKEv2+PSK+ENCRYPT+TUNNEL+PFS+UP+IKE_FRAG_ALLOW+ESN_NO;
        "t1":   conn_prio: 24,24,0; interface: eth0; metric: 0; mtu: unset; sa_prio:auto; sa_tfc:none;
        "t1":   nflog-group: unset; mark: unset; vti-iface:unset; vti-routing:no; vti-shared:no; nic-offload:no;
        "t1":   nat-traversal: encapsulation:yes; keepalive:20s; ikev1-method:rfc+drafts
        "t1":   routing: routed-tunnel; owner: Child SA #2; established IKE SA: #1; established Child SA: #2;
        "rw": 192.0.2.1[@a]...%any; unrouted; my_ip=unset; their_ip=unset;
        "rw":   policy: IKEv1+PSK+ENCRYPT+DONT_REKEY+IKE_FRAG_ALLOW+ESN_NO;"#,
    ),
    (
        "5.4",
        r#"
        "t1": 10.1.0.0/24===192.0.2.1[@a]...198.51.100.2[@b]===10.2.0.0/24; routed-tunnel; my_ip=unset; their_ip=unset;
        "t1":   host: oriented; local: 192.0.2.1; remote: 198.51.100.2;
        "t1":   ike_life: 28800s; ipsec_life: 28800s; ipsec_max_bytes: 2^63B; ipsec_max_packets: 2^63; replay_window: 64; rekey_margin: 540s; rekey_fuzz: 100%; clones: no (unset);
        "t1":   policy: IKEv2+PSK+ENCRYPT+TUNNEL+PFS+UP+IKE_FRAG_ALLOW+ESN_NO;
        "t1":   conn_prio: 24,24,0; interface: eth0; metric: 0; mtu: unset; sa_prio:auto; sa_tfc:none;
        "t1":   nflog-group: unset; mark: unset; vti-iface:unset; vti-routing:no; vti-shared:no; nic-offload:no;
        "t1":   nat-traversal: encapsulation:yes; keepalive:20s; ikev1-method:rfc+drafts
        "t1":   routing: routed-tunnel; owner: Child SA #2; established IKE SA: #1; established Child SA: #2;
        "t1":   reqid: 16389;
        "rw": 192.0.2.1[@a]...%any; unrouted; my_ip=unset; their_ip=unset;
        "rw":   policy: IKEv1+PSK+ENCRYPT+DONT_REKEY+IKE_FRAG_ALLOW+ESN_NO;"#,
    ),
];

/// The connections that this release shows.
pub fn shown_by(release: &str) -> Vec<LoadedConnection> {
    connections(&printed(release, written_by(release, &CONNECTIONS))).value
}

#[test]
fn connections_are_read_of_every_release() {
    for release in RELEASES {
        let Parsed { value, skipped } = connections(&printed(release, written_by(release, &CONNECTIONS)));
        assert_eq!((value.len(), skipped), (2, 0), "{release}");
        let told = |connection: &LoadedConnection| {
            (connection.connection.clone(), connection.wanted_up, connection.template, connection.local)
        };
        let here = "192.0.2.1".parse().ok();
        assert_eq!(told(&value[0]), ("t1".to_owned(), Some(true), false, here), "{release}");
        assert_eq!(told(&value[1]), ("rw".to_owned(), Some(false), true, here), "{release}");
        let first = &value[0];
        assert_eq!(first.remote, "198.51.100.2".parse().ok(), "{release}");
        assert_eq!(first.interface.as_deref(), Some("eth0"), "{release}");
        let selectors = (first.local_selector.as_deref(), first.remote_selector.as_deref());
        assert_eq!(selectors, (Some("10.1.0.0/24"), Some("10.2.0.0/24")), "{release}");
        let default = if release.starts_with(['3', '4']) { OffloadSetting::Auto } else { OffloadSetting::No };
        assert_eq!(first.offload, Some(default), "{release}");
        assert_eq!(first.child.encapsulation, Some(EncapsulationSetting::Yes), "{release}");
        assert_eq!((first.child.replay_window, first.child.tunnel), (Some(64), Some(true)), "{release}");
        assert_eq!((first.child.esn_no, first.child.esn_yes), (Some(true), Some(false)), "{release}");
    }
}

#[test]
fn counters_are_read_of_every_release() {
    let told = "State Information: DDoS cookies not required, Accepting new IKE connections\n\
        IKE SAs: total(3), half-open(1), open(0), authenticated(2), anonymous(0)\n\
        IPsec SAs: total(4), authenticated(4), anonymous(0)";
    for release in RELEASES {
        let expected =
            Some(BriefStatus { ike: 3, half_open: 1, children: 4, idle_workers: None, encrypts_itself: false });
        assert_eq!(brief(&printed(release, told)), expected, "{release}");
    }
}
