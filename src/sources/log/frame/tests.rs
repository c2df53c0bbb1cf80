//! One and the same line in every form in which logs have it, and what is none of the daemon's.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::daemons::dialect;
use crate::model::{DaemonKind, RealTime};

const TEXT: &str = r#""alpha" #2: IKE_AUTH response rejected Child SA with TS_UNACCEPTABLE"#;

#[derive(Debug, PartialEq)]
struct FramedTold {
    time: Option<String>,
    pid: Option<u32>,
    by: WrittenBy,
    text: String,
}

fn read_all(lines: &[&str]) -> (Vec<FramedTold>, Contents) {
    let mut frames = Frames::new(dialect(DaemonKind::Libreswan));
    let mut told = Vec::new();
    let now = RealTime::from_micros(1_796_041_000_000_000);
    for line in lines {
        let Ok(()) = frames.read::<std::convert::Infallible>(line.as_bytes(), |line| {
            let known = dialect(DaemonKind::Libreswan).reader().read(line.text, &line.told);
            let own = known.as_ref().and_then(|known| known.time).map(Stamp::Local);
            let time = line.time.or(own).and_then(|time| time.resolve(now, &TimeZone::UTC, true));
            told.push(FramedTold {
                time: time.map(|time| time.to_string()),
                pid: line.pid,
                by: line.by,
                text: known.as_ref().map(|known| known.text.clone()).unwrap_or_default(),
            });
            Ok(known.is_some())
        });
    }
    (told, frames.contents)
}

fn one(line: &str) -> FramedTold {
    let (mut told, contents) = read_all(&[line]);
    assert!(contents.has_daemon(), "{line}: {}", contents.says());
    told.pop().unwrap()
}

#[test]
fn a_line_is_read_in_each_form() {
    let second = "2026-11-30T01:33:08.000000Z";
    let micros = "2026-11-30T01:33:08.727021Z";
    for (frame, time, pid, by) in [
        // pluto's own file: 4.x and 5.x, and 3.x.
        ("Nov 30 01:33:08.727021: ", Some(micros), None, WrittenBy::Daemon),
        ("Nov 30 01:33:08: ", Some(second), None, WrittenBy::Daemon),
        // logtime=no.
        ("", None, None, WrittenBy::Daemon),
        // RFC 3164, with a host, without one, without a process, from elsewhere.
        ("Nov 30 01:33:08 gw1 pluto[610]: ", Some(second), Some(610), WrittenBy::Syslog),
        ("Nov 30 01:33:08 pluto[610]: ", Some(second), Some(610), WrittenBy::Syslog),
        ("Nov 30 01:33:08 gw1.example.net pluto: ", Some(second), None, WrittenBy::Syslog),
        ("Nov 30 01:33:08 2001:db8:: pluto[610]: ", Some(second), Some(610), WrittenBy::Syslog),
        ("<86>Nov 30 01:33:08 gw1 pluto[610]: ", Some(second), Some(610), WrittenBy::Syslog),
        ("<86>pluto[610]: ", None, Some(610), WrittenBy::Syslog),
        // RFC 3339: rsyslog, to the second and finer; RFC 5424.
        ("2026-11-30T01:33:08+00:00 gw1 pluto[610]: ", Some(second), Some(610), WrittenBy::Syslog),
        ("2026-11-30T02:33:08.727021+01:00 gw1 pluto[610]: ", Some(micros), Some(610), WrittenBy::Syslog),
        ("2026-11-30T01:33:08.727021Z pluto[610]: ", Some(micros), Some(610), WrittenBy::Syslog),
        ("<86>1 2026-11-30T01:33:08.727021Z gw1 pluto 610 - - ", Some(micros), Some(610), WrittenBy::Syslog),
        (
            "<86>1 2026-11-30T01:33:08.727021Z gw1 pluto - ID [a@1 b=\"\\\"]\"][c] \u{feff}",
            Some(micros),
            None,
            WrittenBy::Syslog,
        ),
        // busybox, OpenWrt's logread, with -t too.
        ("Nov 30 01:33:08 gw1 authpriv.warn pluto[610]: ", Some(second), Some(610), WrittenBy::Syslog),
        ("Mon Nov 30 01:33:08 2026 authpriv.warn pluto[610]: ", Some(second), Some(610), WrittenBy::Syslog),
        (
            "Mon Nov 30 01:33:08 2026 [1796002388.727] authpriv.warn pluto[610]: ",
            Some(second),
            Some(610),
            WrittenBy::Syslog,
        ),
        // journalctl: short, short-precise, short-iso, short-full, short-unix.
        ("Nov 30 01:33:08.727021 gw1 pluto[610]: ", Some(micros), Some(610), WrittenBy::Syslog),
        ("2026-11-30T01:33:08+0000 gw1 pluto[610]: ", Some(second), Some(610), WrittenBy::Syslog),
        ("Mon 2026-11-30 01:33:08 UTC gw1 pluto[610]: ", Some(second), Some(610), WrittenBy::Syslog),
        ("1796002388.727021 gw1 pluto[610]: ", Some(micros), Some(610), WrittenBy::Syslog),
        // A container: pluto's own stamp in it, none, and a syslogd's.
        ("2026-11-30T01:33:08.727021123Z stderr F Nov 30 02:33:08.700000: ", Some(micros), None, WrittenBy::Daemon),
        ("2026-11-30T01:33:08.727021123Z stdout F ", Some(micros), None, WrittenBy::Daemon),
        (
            "2026-11-30T02:33:08.727021123+01:00 stdout F Nov 30 01:33:08 gw1 pluto[7]: ",
            Some(micros),
            Some(7),
            WrittenBy::Syslog,
        ),
        // A file that was cut under a daemon that does not append.
        ("\0\0\0Nov 30 01:33:08.727021: ", Some(micros), None, WrittenBy::Daemon),
        // A path for a name.
        ("Nov 30 01:33:08 gw1 /usr/libexec/ipsec/pluto[610]: ", Some(second), Some(610), WrittenBy::Syslog),
    ] {
        let told = one(&format!("{frame}{TEXT}"));
        let expected = FramedTold { time: time.map(str::to_owned), pid, by, text: TEXT.to_owned() };
        assert_eq!(told, expected, "{frame}");
        assert_eq!(one(&format!("{frame}{TEXT}\r")), expected, "{frame}");
    }
}

#[test]
fn a_line_is_read_from_each_wrapping_in_json() {
    let own = format!("Nov 30 01:33:08.700000: {TEXT}");
    let docker = serde_json::json!({"log": own + "\n", "stream": "stderr", "time": "2026-11-30T01:33:08.727021123Z"});
    let micros = Some("2026-11-30T01:33:08.727021Z".to_owned());
    let expected = FramedTold { time: micros, pid: None, by: WrittenBy::Daemon, text: TEXT.to_owned() };
    assert_eq!(one(&docker.to_string()), expected);
    let escaped = docker.to_string().replace('#', "\\u0023");
    assert_eq!(one(&escaped), expected);
    let entry = |user: &str, name: &str| {
        serde_json::json!({
            "__REALTIME_TIMESTAMP": "1796002388727021", "_PID": "610", "_UID": user, "SYSLOG_IDENTIFIER": name, "MESSAGE": TEXT,
        })
        .to_string()
    };
    assert_eq!(one(&entry("0", "pluto")), FramedTold { pid: Some(610), by: WrittenBy::Journal, ..expected });
    // Whoever it calls itself.
    for strange in [entry("65534", "pluto"), entry("0", "sshd")] {
        let (told, contents) = read_all(&[&strange]);
        assert!(told.is_empty() && !contents.has_daemon(), "{strange}");
    }
}

#[test]
fn what_a_container_tore_is_put_together() {
    let time = "2026-11-30T01:33:08.727021123Z";
    let (head, tail) = TEXT.split_at(20);
    let (told, _) = read_all(&[
        &format!("{time} stdout P {head}"),
        &format!("{time} stderr F \"alpha\" #1: initiating IKEv2 connection"),
        &format!("{time} stdout F {tail}"),
    ]);
    let texts: Vec<&str> = told.iter().map(|told| told.text.as_str()).collect();
    assert_eq!(texts, ["\"alpha\" #1: initiating IKEv2 connection", TEXT]);

    let long = format!("{}: {TEXT}\n", "x".repeat(16 << 10));
    let pieces = [&long[..16 << 10], &long[16 << 10..], &format!("{TEXT}\n{TEXT}\n"), TEXT];
    let pieces = pieces.map(|piece| serde_json::json!({"log": piece, "stream": "stdout", "time": time}).to_string());
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    let (told, contents) = read_all(&pieces);
    let texts: Vec<&str> = told.iter().map(|told| told.text.as_str()).collect();
    assert_eq!(texts, ["", TEXT, TEXT, TEXT], "{}", contents.says());
}

#[test]
fn an_endless_line_of_a_container_is_bounded() {
    let mut frames = Frames::new(dialect(DaemonKind::Libreswan));
    let piece = format!("2026-11-30T01:33:08.727021123Z stdout P {}", "x".repeat(16 << 10));
    for _ in 0..100 {
        let Ok(()) = frames.read::<std::convert::Infallible>(piece.as_bytes(), |_| panic!("it has no end"));
    }
    let mut length = 0;
    let Ok(()) = frames.read::<std::convert::Infallible>(b"2026-11-30T01:33:08Z stdout F .", |line| {
        length = line.text.len();
        Ok(false)
    });
    assert_eq!(length, 64 << 10);
}

#[test]
fn lines_of_other_programs_are_none_of_the_daemons() {
    let others = [
        format!("Nov 30 01:33:08 gw1 sshd[7]: {TEXT}"),
        format!("Nov 30 01:33:08 gw1 sshd[7]: pluto[610]: {TEXT}"),
        format!("Nov 30 01:33:08 gw1 pluto-exporter[610]: {TEXT}"),
        format!("2026-11-30T01:33:08+00:00 gw1 CRON[7]: pluto: {TEXT}"),
        format!("<86>1 2026-11-30T01:33:08Z gw1 charon 610 - - {TEXT}"),
        format!("Mon Nov 30 01:33:08 2026 daemon.info dnsmasq[7]: {TEXT}"),
        "Nov 30 01:33:08 gw1 kernel: [ 12.5] IPsec XFRM device driver".to_owned(),
        "Nov 30 01:33:08 gw1 ipsec__plutorun[7]: !pluto failure!:  exited with error status 139 (signal 11)".to_owned(),
        "2026-11-30T01:33:08.727021123Z stdout F starting the container".to_owned(),
        r#"{"level":"info","msg":"reconciled"}"#.to_owned(),
        r#"{"log":"starting\n","stream":"stdout","time":"2026-11-30T01:33:08Z"}"#.to_owned(),
        "a line of somebody".to_owned(),
    ];
    for other in &others {
        let (told, contents) = read_all(&[other]);
        assert!(told.iter().all(|told| told.text.is_empty()) && !contents.has_daemon(), "{other}: {told:?}");
    }
    let all: Vec<&str> = others.iter().map(String::as_str).collect();
    let says = read_all(&all).1.says();
    let unknown = "4 lines of a kind that is not known, as 'starting the container'";
    assert_eq!(says, format!("8 lines of other programs (sshd, pluto-exporter, CRON, …) and {unknown}"));
}

#[test]
fn a_line_that_came_several_times_is_read_once() {
    let told = one(&format!("Nov 30 01:33:08 gw1 pluto[610]: message repeated 3 times: [ {TEXT}]"));
    assert_eq!(told.text, TEXT);
}

proptest! {
    /// Whatever the daemon writes comes through every frame as it was.
    #[test]
    fn the_text_in_a_frame_stays_as_it_is(text in "[^\0\r\n]{0,200}") {
        for frame in [
            "Nov 30 01:33:08 gw1 pluto[610]: ",
            "<86>1 2026-11-30T01:33:08Z gw1 pluto 610 - - ",
            "Mon Nov 30 01:33:08 2026 authpriv.warn pluto[610]: ",
        ] {
            let text = format!("\"a\" {text}");
            let line = format!("{frame}{text}");
            let found = single(line.as_bytes(), dialect(DaemonKind::Libreswan), |line| Some((line.text.to_vec(), line.pid)));
            prop_assert_eq!(found, Some((text.into_bytes(), Some(610))));
        }
    }
}

/// A daemon whose own time has any form: it is found before its lines, and syslog's header is no such time.
#[test]
fn lines_with_a_time_of_any_form_are_read() {
    const LINE: &str = "06[KNL] 10.9.0.1 disappeared from nic0";
    let read = |frame: &str| {
        let mut frames = Frames::new(dialect(DaemonKind::Strongswan));
        let mut reader = dialect(DaemonKind::Strongswan).reader();
        let mut told = Vec::new();
        let now = RealTime::from_micros(1_796_041_000_000_000);
        let Ok(()) = frames.read::<std::convert::Infallible>(format!("{frame}{LINE}").as_bytes(), |line| {
            let known = reader.read(line.text, &line.told);
            let time = line.time.and_then(|time| time.resolve(now, &TimeZone::UTC, true)).map(|time| time.to_string());
            told.push((time, line.pid, line.by, known.is_some()));
            Ok(known.is_some())
        });
        (told, frames.contents.has_daemon())
    };
    let (second, millis) = ("2026-11-30T01:33:08.000000Z", "2026-11-30T01:33:08.727000Z");
    for (frame, time, pid, by) in [
        ("", None, None, WrittenBy::Daemon),
        ("Nov 30 01:33:08 ", Some(second), None, WrittenBy::Daemon),
        ("Nov 30 01:33:08.727 ", Some(millis), None, WrittenBy::Daemon),
        ("2026-11-30T01:33:08+0000.727 ", Some(millis), None, WrittenBy::Daemon),
        ("2026-11-30 02:33:08+0100 ", Some(second), None, WrittenBy::Daemon),
        ("1796002388 ", Some(second), None, WrittenBy::Daemon),
        ("1796002388.727000 ", Some(millis), None, WrittenBy::Daemon),
        ("Mon Nov 30 01:33:08 2026.727 ", Some(millis), None, WrittenBy::Daemon),
        ("01:33:08 ", None, None, WrittenBy::Daemon),
        ("Nov 30 01:33:08 gw1 charon: ", Some(second), None, WrittenBy::Syslog),
        ("Nov 30 01:33:08 gw1 charon[610]: ", Some(second), Some(610), WrittenBy::Syslog),
        ("Nov 30 01:33:08 gw1 charon-systemd[610]: ", Some(second), Some(610), WrittenBy::Syslog),
        ("2026-11-30T01:33:08+00:00 gw1 charon[610]: ", Some(second), Some(610), WrittenBy::Syslog),
        ("2026-11-30T01:33:08.727Z stdout F Nov 30 01:33:08 ", Some(millis), None, WrittenBy::Daemon),
    ] {
        let expected = (vec![(time.map(str::to_owned), pid, by, true)], true);
        assert_eq!(read(frame), expected, "{frame}");
    }
    for stranger in ["Nov 30 01:33:08 gw1 sshd[7]: ", "Nov 30 01:33:08 gw1 x: "] {
        assert_eq!(read(stranger), (Vec::new(), false), "{stranger}");
    }
}
