//! A daemon's log with 1 % relevant lines: megabytes a second on one core, from memory, beside `grep` for the same lines in a file.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use swanwatch::testing::daemons::{LineOrigin, dialect};
use swanwatch::testing::model::DaemonKind;
use swanwatch::testing::sources::log::LineSplitter;

use crate::measure::{ROUNDS, median, ratio, time};
use crate::table::Row;

const LINES: u32 = 400_000;
const RELEVANT_EVERY: u32 = 100;
/// What is read at once from a file.
const SLICE: usize = 64 << 10;
/// Megabytes a second that are asked for.
const LEAST: f64 = 100.0;

/// Debug lines as pluto writes them with `plutodebug=all`.
const DEBUG: [&str; 6] = [
    "| spent 0.123 (0.125) milliseconds in ikev2_process_packet()",
    "|   9a 3c 11 07  5d 6e 21 90  0b 7f 45 d2  18 c4 aa 63   .<..]n!...E....c",
    "| addref fd@NULL (in free_event_entry() at pluto_timing.c:204)",
    "| #2 complete_v2_state_transition() PARENT_I2->V2_IPSEC_I with status STF_OK; message Request 1",
    "| netlink_get: XFRM_MSG_UPDPOLICY message for flow 10.1.0.0/24->10.2.0.0/24 with length 252 is ignored",
    "| emitting length of IKEv2 Encryption Payload: 197",
];

/// Relevant ones.
const RELEVANT: [&str; 4] = [
    r#""t1" #4: initiator established Child SA using #1; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP=>0x0a1b2c3d <0x9f8e7d6c xfrm=AES_GCM_16_256-NONE DPD=passive}"#,
    r#"ERROR: "t1" #4: netlink response for Add SA esp.a1b2c3d@10.9.0.2: Invalid argument (errno 22)"#,
    r#""t1" #3: deleting state (STATE_V2_ESTABLISHED_CHILD_SA) aged 3600.012345s and NOT sending notification"#,
    r#""t1" #4: initiating rekey to replace Child SA #3"#,
];

/// The same lines for grep.
const PATTERNS: &str = r#"^([A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8}\.[0-9]{6}: )?(ERROR: )?"[^"]*"[^:]*: (initiator established Child SA using #[0-9]+; .*\{ESP[^=]*=>0x[0-9a-f]+ <0x[0-9a-f]+|netlink response for (Add|Del|Get) SA .*\(errno [0-9]+\)$|deleting state \(STATE_[A-Z0-9_]+\)|initiating rekey to replace Child SA #[0-9]+)"#;

/// The row.
pub fn rows() -> Vec<Row> {
    let text = text();
    let megabytes = text.len() as f64 / 1e6;
    let relevant = LINES / RELEVANT_EVERY;
    let dir = tempfile::tempdir().unwrap();
    let (file, empty) = (dir.path().join("pluto.log"), dir.path().join("empty.log"));
    std::fs::write(&file, &text).unwrap();
    std::fs::write(&empty, "").unwrap();
    assert_eq!((known(text.as_bytes()), grep(&file)), (relevant, relevant), "both find the same lines");

    let (mut ours, mut theirs, mut starts) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(time(|| {
            black_box(known(black_box(text.as_bytes())));
        }));
        theirs.push(time(|| {
            black_box(grep(&file));
        }));
        starts.push(time(|| {
            black_box(grep(&empty));
        }));
    }
    let ours = median(&mut ours);
    let theirs = median(&mut theirs).saturating_sub(median(&mut starts)).max(Duration::from_nanos(1));
    let speed = |took: Duration| megabytes / took.as_secs_f64();
    vec![
        Row {
            what: format!("log of {megabytes:.0} MB, 1 % relevant, on one core"),
            ours: format!("{:.0} MB/s", speed(ours)),
            against: format!("{LEAST} MB/s"),
            value: LEAST / speed(ours),
            bound: Some(1.0),
        },
        Row {
            what: "the same with LC_ALL=C grep -cE, its start taken off".to_owned(),
            ours: format!("{:.0} MB/s", speed(ours)),
            against: format!("{:.0} MB/s", speed(theirs)),
            value: ratio(ours, theirs),
            bound: None,
        },
    ]
}

fn text() -> String {
    let mut text = String::new();
    for number in 0..LINES {
        let line = match number % RELEVANT_EVERY {
            0 => RELEVANT[(number / RELEVANT_EVERY) as usize % RELEVANT.len()],
            _ => DEBUG[number as usize % DEBUG.len()],
        };
        let (minute, second) = (number / 6_000 % 60, number / 100 % 60);
        writeln!(text, "Jun 10 08:{minute:02}:{second:02}.{:06}: {line}", number % 1_000_000).unwrap();
    }
    text
}

/// How many lines the grammar knows, read as from a file.
fn known(text: &[u8]) -> u32 {
    let mut reader = dialect(DaemonKind::Libreswan).reader();
    let origin = LineOrigin::default();
    let mut lines = LineSplitter::default();
    let mut known = 0;
    for slice in text.chunks(SLICE) {
        let done: Result<(), std::convert::Infallible> = lines.push(slice, |line| {
            known += u32::from(black_box(reader.read(line, &origin)).is_some());
            Ok(())
        });
        done.unwrap();
    }
    known
}

/// How many lines grep finds.
fn grep(file: &Path) -> u32 {
    let output = Command::new("grep").args(["-cE", PATTERNS]).arg(file).env("LC_ALL", "C").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}
