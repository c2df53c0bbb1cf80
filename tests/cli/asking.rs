use std::io::Read;
use std::process::{Command, Stdio};

use swanwatch::model::{SaRow, Severity, Status, Story, TrafficOrder, TrafficReport};

use crate::service::{Service, finding};
use crate::{code, stderr, stdout, swanwatch};

/// Runs a verb against this service.
fn ask(service: &Service, arguments: &[&str]) -> std::process::Output {
    let socket = service.socket();
    swanwatch(&[arguments, &["--socket", socket.to_str().unwrap()]].concat())
}

#[test]
fn no_service_is_69_and_says_what_to_do() {
    for verb in
        [&["status"][..], &["sas"], &["sas", "--json"], &["top", "--once"], &["explain", "t1"], &["record", "--stop"]]
    {
        let output = swanwatch(&[verb, &["--socket", "/nonexistent/swanwatch.sock"]].concat());
        assert_eq!(code(&output), 69, "{verb:?}");
        assert!(stderr(&output).contains("systemctl start swanwatch"), "{}", stderr(&output));
        assert!(stderr(&output).contains("--once"), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
    }
}

#[test]
fn status_ends_with_one_where_something_is_critical() {
    let cases = [(vec![], 0), (vec![Severity::Warning], 0), (vec![Severity::Critical, Severity::Warning], 1)];
    for (severities, expected) in cases {
        let service = Service::new(severities.into_iter().map(finding).collect(), 0);
        for arguments in [&["status"][..], &["status", "--json"]] {
            assert_eq!(code(&ask(&service, arguments)), expected, "{arguments:?}");
        }
    }
}

#[test]
fn status_is_text_for_people_and_an_object_for_programs() {
    let service = Service::new(vec![finding(Severity::Critical)], 0);
    let text = ask(&service, &["status"]);
    assert!(stdout(&text).starts_with("1 problem, critical.\n"), "{}", stdout(&text));
    // A pipe is no terminal, and a peer's escape sequence is none either.
    assert!(!stdout(&text).contains('\u{1b}'));
    let object = ask(&service, &["status", "--json"]);
    assert_eq!(stdout(&object).lines().count(), 1);
    let status: Status = serde_json::from_str(stdout(&object)).unwrap();
    assert_eq!(status.findings, [finding(Severity::Critical)]);
}

#[test]
fn top_prints_once_for_people_and_for_programs() {
    let service = Service::new(Vec::new(), 7);
    let text = ask(&service, &["top", "--once", "--sort", "bytes"]);
    let lines: Vec<&str> = stdout(&text).lines().collect();
    assert!(lines[0].contains("7 SAs") && lines[0].contains("no rates yet"), "{lines:?}");
    assert_eq!(lines.iter().filter(|line| line.contains("0x000001")).count(), 7);
    assert!(lines.iter().any(|line| line.contains("*BYTES/s")), "{lines:?}");
    let object = ask(&service, &["top", "--json", "--sort", "drops"]);
    let report: TrafficReport = serde_json::from_str(stdout(&object)).unwrap();
    assert_eq!((report.sort, report.sas.len()), (TrafficOrder::Drops, 7));
    let wrong = ask(&service, &["top", "--once", "--sort", "size"]);
    assert_eq!(code(&wrong), 2);
    assert!(stderr(&wrong).contains("«size» is no order"), "{}", stderr(&wrong));
}

#[test]
fn top_draws_on_nothing_but_a_terminal() {
    let service = Service::new(Vec::new(), 7);
    let output = ask(&service, &["top"]);
    assert_eq!((code(&output), stdout(&output)), (2, ""));
    assert!(stderr(&output).contains("--once prints once"), "{}", stderr(&output));
}

#[test]
fn top_gives_the_terminal_back_when_it_is_left() {
    let service = Service::new(Vec::new(), 7);
    for key in [&b"q"[..], b"\x03"] {
        // script(1) gives it a terminal.
        let command = format!("{} top --socket {}", env!("CARGO_BIN_EXE_swanwatch"), service.socket().display());
        let mut script = Command::new("script")
            .args(["--quiet", "--flush", "--return", "--command", &command, "/dev/null"])
            .env("TERM", "xterm")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = script.stdout.take().unwrap();
        let mut shown = Vec::new();
        while !String::from_utf8_lossy(&shown).contains("q quit") {
            let mut piece = [0; 4096];
            let length = output.read(&mut piece).unwrap();
            assert!(length > 0, "{}", String::from_utf8_lossy(&shown));
            shown.extend_from_slice(&piece[..length]);
        }
        std::io::Write::write_all(script.stdin.as_mut().unwrap(), key).unwrap();
        output.read_to_end(&mut shown).unwrap();
        let shown = String::from_utf8_lossy(&shown);
        assert_eq!(script.wait().unwrap().code(), Some(0), "{shown}");
        let (before, after) = shown.split_once("\u{1b}[?1049h").unwrap();
        assert!(!before.contains("PACKETS/s") && after.contains("PACKETS/s"), "{shown}");
        // The main screen, and a cursor.
        assert!(after.contains("\u{1b}[?1049l") && after.contains("\u{1b}[?25h"), "{shown}");
    }
}

#[test]
fn sas_are_listed_and_filtered() {
    let service = Service::new(Vec::new(), 4_100);
    let all = ask(&service, &["sas"]);
    assert_eq!((code(&all), stdout(&all).lines().count()), (0, 4_101));
    let some = ask(&service, &["sas", "--json", "--connection", "c 1"]);
    let rows: Vec<SaRow> = stdout(&some).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2_050);
    assert!(rows.iter().all(|row| row.connection.as_deref() == Some("c 1")));
    assert_eq!(stdout(&ask(&service, &["sas", "--json", "--device", "eth9"])), "");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let service = Service::new(Vec::new(), 20_000);
    let mut child = Command::new(env!("CARGO_BIN_EXE_swanwatch"))
        .args(["sas", "--json", "--socket", service.socket().to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut some = [0; 100];
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), stderr(&output)), (0, ""));
}

#[test]
fn what_is_explained_may_have_any_name() {
    let service = Service::new(vec![finding(Severity::Critical)], 0);
    let output = ask(&service, &["explain", "a/b c", "--json"]);
    assert_eq!(code(&output), 1);
    assert_eq!(serde_json::from_str::<Story>(stdout(&output)).unwrap().about, "connection a/b c");
    let output = ask(&service, &["explain", "a/b c"]);
    assert!(stdout(&output).starts_with("connection a/b c\n"), "{}", stdout(&output));
    let output = ask(&service, &["explain", "nobody"]);
    assert_eq!((code(&output), stderr(&output)), (1, "swanwatch: nothing is known by the name «nobody»\n"));
}

#[test]
fn a_remedy_is_asked_for_and_a_dry_run_says_that_it_is_one() {
    let service = Service::new(Vec::new(), 0);
    let output = ask(&service, &["remedy", "t1", "--dry-run"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("1. have the daemon rekey t1\n") && text.ends_with("nothing was done\n"), "{text}");
    let output = ask(&service, &["remedy", "t1", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(answer["remedies"][0]["state"], "waiting");
    let output = ask(&service, &["remedy", "t9", "--kind", "rekey"]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("«t9»"), "{}", stderr(&output));
    assert_eq!(code(&ask(&service, &["remedy", "t1", "--kind", "reboot"])), 2);
}

#[test]
fn a_recording_is_ordered() {
    let service = Service::new(Vec::new(), 0);
    let output = ask(&service, &["record", "file.jsonl"]);
    let expected = format!("recording into {}/file.jsonl\n", std::env::current_dir().unwrap().display());
    assert_eq!((code(&output), stdout(&output)), (0, expected.as_str()));
    assert_eq!(stdout(&ask(&service, &["record", "--stop"])), "ended\n");
    let output = ask(&service, &["record", "/tmp/exists"]);
    assert_eq!((code(&output), stderr(&output)), (1, "swanwatch: it exists\n"));
}

#[test]
fn an_sa_is_measured() {
    let service = Service::new(Vec::new(), 1);
    let output = ask(&service, &["explain", "--measure", "0x2", "--seconds", "3"]);
    let expected = "SA 0x00000002: in 3.0 s the CPU did 7 of 9 packets, and the NIC the others\n";
    assert_eq!((stdout(&output), output.status.code()), (expected, Some(0)));
    let output = ask(&service, &["explain", "--measure", "0x2", "--json"]);
    assert!(stdout(&output).contains("\"seconds\":10.0,\"software\":7,\"packets\":9"), "{}", stdout(&output));
    let output = ask(&service, &["explain", "--measure", "0x1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be counted here: no tracefs"));
    for wrong in [&["explain", "--measure", "t1"][..], &["explain", "0x2", "--seconds", "3"]] {
        assert_eq!(ask(&service, wrong).status.code(), Some(2), "{wrong:?}");
    }
}
