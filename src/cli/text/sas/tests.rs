use jiff::tz::TimeZone;
use textwrap::core::display_width;

use super::*;
use crate::sinks::samples::{sa, time};

const PLAIN: Style = Style { colour: false, width: 80, zone: TimeZone::UTC };

fn software() -> SaRow {
    SaRow {
        offload: "none".to_owned(),
        device: None,
        packets: 1_000_000,
        instance: Some("[1] 192.0.2.9".to_owned()),
        daemon: "unknown".to_owned(),
        direction: Some(Direction::In),
        esn: Some(false),
        mode: SaMode::Transport,
        ..sa(2)
    }
}

fn on(screen: usize, rows: &[SaRow]) -> String {
    sas(rows, time(7_300), Some(screen), &Style { width: screen, ..PLAIN })
}

#[test]
fn whoever_reads_it_later_has_every_column() {
    let expected = "\
DIR  CONNECTION       OFFLOAD  EXPECTED  DEVICE  SPI         PEER       LOCAL      PROTO  MODE       REQID  ESN   AGE  PACKETS  BYTES  IF_ID  NOTE
out  c1               crypto   crypto    eth1    0x00001001  192.0.2.9  192.0.2.1  esp    tunnel     16389  yes  2h1m        7    700  0
in   c2[1] 192.0.2.9  none     crypto    -       0x00001002  192.0.2.1  192.0.2.9  esp    transport  16389  no   2h1m  1000000    700  0      unclaimed
";
    let rows = [sa(1), software()];
    assert_eq!(sas(&rows, time(7_300), None, &PLAIN), expected);
    let coloured = sas(&rows, time(7_300), None, &Style { colour: true, ..PLAIN });
    assert_eq!(coloured.matches("\u{1b}[33min   c2").count(), 1);
}

#[test]
fn a_narrow_screen_has_what_is_asked_for_most() {
    let expected = "\
DIR  CONNECTION  OFFLOAD  DEVICE  SPI         PEER        AGE  PACKETS  BYTES
out  c1          crypto   eth1    0x00001001  192.0.2.9  2h1m        7    700
out  c3          crypto   eth1    0x00001003  192.0.2.9  2h1m        7    700
";
    assert_eq!(on(80, &[sa(1), sa(3)]), expected);
    let expected = "\
DIR  CONNECTION       OFFLOAD  SPI         PEER        AGE  BYTES  NOTE
out  c1               crypto   0x00001001  192.0.2.9  2h1m    700
in   c2[1] 192.0.2.9  none     0x00001002  192.0.2.1  2h1m    700  unclaimed
";
    assert_eq!(on(80, &[sa(1), software()]), expected);
}

#[test]
fn a_wide_screen_has_what_tells_something() {
    let shown = on(200, &[sa(1), software()]);
    let header: Vec<&str> = shown.lines().next().unwrap().split_whitespace().collect();
    let all = "DIR CONNECTION OFFLOAD EXPECTED DEVICE SPI PEER LOCAL MODE REQID ESN AGE PACKETS BYTES NOTE";
    assert_eq!(header.join(" "), all);
    assert!(shown.contains("1000.0k"), "{shown}");
}

#[test]
fn addresses_of_ipv6_and_long_names_fit_every_screen() {
    let mut long = sa(1);
    long.src = "2001:db8:1234:5678:9abc:def0:1234:5678".parse().unwrap();
    long.dst = "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff".parse().unwrap();
    long.connection = Some("a-gateway-with-a-very-long-name-語語語語".to_owned());
    long.instance = Some("[17] 2001:db8::9".to_owned());
    (long.packets, long.bytes, long.if_id) = (u64::MAX, u64::MAX, u32::MAX);
    let rows = [long, software(), SaRow { state: "larval".to_owned(), ..sa(3) }];
    for screen in 1..200 {
        let shown = on(screen, &rows);
        assert!(shown.lines().all(|line| display_width(line) <= screen), "{screen}:\n{shown}");
        assert_eq!(shown.lines().count(), 4);
    }
    let at_80 = on(80, &rows);
    assert!(at_80.contains("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"), "{at_80}");
    assert!(at_80.contains("\nout  a-gateway-wit…  "), "{at_80}");
    // A name is whole where numbers had to go for it.
    assert!(on(90, &rows[1..]).contains("c2[1] 192.0.2.9"), "{}", on(90, &rows[1..]));
}

#[test]
fn what_peers_wrote_reaches_no_terminal() {
    let mut evil = sa(1);
    evil.connection = Some("a\u{1b}[2J\u{202e}".to_owned());
    evil.instance = Some("\n".to_owned());
    for screen in [None, Some(200)] {
        let shown = sas(std::slice::from_ref(&evil), time(0), screen, &Style { width: 200, ..PLAIN });
        assert!(shown.contains("a\\u{1b}[2J\\u{202e}\\u{a}  crypto"), "{shown}");
    }
}

#[test]
fn no_sa_gives_a_header() {
    assert_eq!(on(80, &[]).lines().count(), 1);
    assert_eq!(sas(&[], time(0), None, &PLAIN).lines().count(), 1);
}
