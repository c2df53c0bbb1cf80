use jiff::tz::TimeZone;

use super::*;
use crate::model::{OffloadMode, Reason};

const PLAIN: Style = Style { colour: false, width: 80, zone: TimeZone::UTC };

fn problem(cell: &str, always: bool) -> Problem {
    Problem {
        cell: cell.to_owned(),
        directions: vec![Direction::Out, Direction::In],
        refused: true,
        errno: Some(22),
        reason: Some(Reason::EsnUnsupported),
        words: Some("no ESN".to_owned()),
        always,
        cure: Some("esn=no".to_owned()),
    }
}

fn one(connection: &str, verdict: OffloadVerdict, problems: Vec<Problem>) -> Outlook {
    Outlook {
        connection: connection.to_owned(),
        device: Some("eth1".to_owned()),
        wanted: Some(OffloadMode::Crypto),
        verdict,
        problems,
        behind_nat: Vec::new(),
        not_probed: Vec::new(),
        defaults: false,
    }
}

#[test]
fn the_worst_stands_first_with_its_cure() {
    let all = [
        one("a", OffloadVerdict::Offloaded, vec![]),
        one("b", OffloadVerdict::MayBeRefused, vec![problem("esn", false)]),
        one("c", OffloadVerdict::Refused, vec![problem("esn", true)]),
        one("d\u{7}", OffloadVerdict::Unknown, vec![]),
    ];
    let expected = "\
4 connections: 2 will or may be refused.

c (crypto offload on eth1): will be refused
  ESN, whatever the peer chooses: out and in refused, Invalid argument (errno
    22): 'no ESN' (esn-unsupported)
    do: esn=no

b (crypto offload on eth1): may be refused, depending on what the peer chooses
  ESN, if the peer chooses it: out and in refused, Invalid argument (errno 22):
    'no ESN' (esn-unsupported)
    do: esn=no

d\\u{7} (crypto offload on eth1): is not known
  eth1 was not probed, or not in this kind of offload: swanwatch probe eth1

a (crypto offload on eth1): will be on the NIC
";
    assert_eq!(outlooks(&all, &PLAIN), expected);
}

#[test]
fn what_is_behind_a_nat_and_what_is_not_probed_is_told() {
    let mut told = one("a", OffloadVerdict::Offloaded, vec![]);
    told.behind_nat = vec![problem("udp", true)];
    told.not_probed = vec!["3DES_CBC-HMAC_SHA1_96".to_owned()];
    let text = outlooks(&[told], &PLAIN);
    assert!(text.starts_with("1 connection: none will be refused, as far as is known.\n"), "{text}");
    assert!(text.contains("UDP encapsulation, where a NAT is found between the peers: out and in"), "{text}");
    assert!(text.contains("  not probed: 3DES_CBC-HMAC_SHA1_96\n"), "{text}");
    assert!(outlooks(&[], &PLAIN).contains("no connection loaded"));
}
