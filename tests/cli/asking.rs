use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use swanwatch::testing::model::{Finding, SaRow, Severity, Status, Story, TrafficOrder, TrafficReport};

use crate::running::is_root;
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
    assert!(stderr(&wrong).contains("'size' is no order"), "{}", stderr(&wrong));
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
    let said = stderr(&output);
    assert!(code(&output) == 1 && said.starts_with("swanwatch: nothing is known by the name 'nobody': "), "{said}");
    assert!(said.contains("swanwatch status") && !said.contains("meant?"), "{said}");
    let output = ask(&service, &["explain", "tunel-down"]);
    assert!(code(&output) == 1 && stderr(&output).contains("is tunnel-down meant?"), "{}", stderr(&output));
}

#[test]
fn a_code_is_every_open_finding_of_it_and_where_none_is_open_what_it_means() {
    let also = Finding { id: "tunnel-down:t2".to_owned(), ..finding(Severity::Warning) };
    let service = Service::new(vec![finding(Severity::Critical), also], 0);
    for name in ["tunnel-down", "SwanwatchTunnelDown"] {
        let output = ask(&service, &["explain", name, "--json"]);
        let story: Story = serde_json::from_str(stdout(&output)).unwrap();
        let ids: Vec<&str> = story.findings.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!((code(&output), ids.as_slice()), (1, &["tunnel-down:t1", "tunnel-down:t2"][..]), "{name}");
        // Both tell of the same line.
        assert_eq!(story.lines.len(), 1);
    }
    let output = ask(&service, &["explain", "tunnel-down"]);
    assert!(stdout(&output).starts_with("tunnel-down: 2 open findings\n"), "{}", stdout(&output));
    assert_eq!(stdout(&output).matches("do: look at the peer").count(), 2);
    let output = ask(&service, &["explain", "daemon-crashed"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.starts_with("daemon-crashed: no such finding is open\n  daemon-crashed: "), "{text}");
    assert!(text.contains("\n  impact: ") && text.contains("\n  do: "), "{text}");
    let output = ask(&service, &["explain", "daemon"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(
        text.starts_with("daemon: no such finding is open\n  up: ") && text.contains("\n  daemon-hung: "),
        "{text}"
    );
}

#[test]
fn who_may_ask_and_not_order_is_told_so_and_has_a_dry_run() {
    if !is_root() {
        return eprintln!("left out: only root can be somebody else");
    }
    let service = Service::new(Vec::new(), 1);
    let socket = service.socket();
    let open = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    open(socket.parent().unwrap(), 0o755);
    open(&socket, 0o666);
    // Where others may not go, the program is none that they can start.
    let program = socket.with_file_name("swanwatch");
    std::fs::copy(env!("CARGO_BIN_EXE_swanwatch"), &program).unwrap();
    let as_nobody = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.uid(65_534).gid(65_534).args(arguments).arg("--socket").arg(&socket).output().unwrap()
    };
    for order in [&["remedy", "t1"][..], &["record", "--stop"], &["explain", "--measure", "0x2"]] {
        let output = as_nobody(order);
        let said = stderr(&output);
        assert_eq!(code(&output), 77, "{order:?}: {said}");
        assert!(said.contains("control.sock: permission denied; ") && said.contains("takes root"), "{said}");
        assert!(!said.contains("membership in the group"), "{said}");
    }
    let output = as_nobody(&["remedy", "t1", "--kind", "rekey", "--dry-run"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).starts_with("rekey of t1: queued") && stdout(&output).ends_with("nothing was done\n"));
    let output = as_nobody(&["remedy", "t9", "--dry-run"]);
    assert!(code(&output) == 1 && stderr(&output).contains("'t9'"), "{}", stderr(&output));
    open(&socket, 0o600);
    let said = as_nobody(&["remedy", "t1", "--dry-run"]);
    assert!(stderr(&said).contains("root or membership in the group swanwatch"), "{}", stderr(&said));
}

#[test]
fn a_table_has_every_column_but_on_a_screen() {
    let service = Service::new(Vec::new(), 3);
    let piped = ask(&service, &["sas"]);
    assert!(stdout(&piped).starts_with("DIR  CONNECTION  OFFLOAD  EXPECTED  DEVICE  SPI "), "{}", stdout(&piped));
    let socket = service.socket();
    let mut narrow = Command::new(env!("CARGO_BIN_EXE_swanwatch"));
    let narrow = narrow.env("COLUMNS", "60").args(["sas", "--socket", socket.to_str().unwrap()]).output().unwrap();
    assert_eq!(stdout(&narrow).lines().count(), 4);
    assert!(stdout(&narrow).lines().all(|line| line.len() <= 60), "{}", stdout(&narrow));
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
    assert!(stderr(&output).contains("'t9'"), "{}", stderr(&output));
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
