//! The history of a real service, through kill -9, a full disk and a folder that is read-only.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use swanwatch::testing::model::{Source, SourceState, Status};
use swanwatch::testing::sinks::history::{HistoryEntry, PastEvent};

use crate::running::{Running, is_root, next_notice, notices, unshared};
use crate::{code, stderr, stdout, swanwatch};

fn entries(text: &str) -> Vec<HistoryEntry> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn states(entries: &[HistoryEntry]) -> Vec<&str> {
    let state = |entry: &'_ HistoryEntry| match &entry.past {
        PastEvent::Service { state, .. } => {
            if state == "started" {
                "started"
            } else {
                "ended"
            }
        }
        PastEvent::Lost { .. } => "lost",
        PastEvent::Finding { .. } | PastEvent::Remedy { .. } | PastEvent::Daemon { .. } => "other",
    };
    entries.iter().map(state).collect()
}

#[test]
fn it_survives_a_kill_and_is_read_with_and_without_a_service() {
    let Some(mut running) = Running::start("") else { return };
    running.wait_covered(Source::History);
    running.signal("-KILL");
    running.child.wait().unwrap();
    let folder = std::mem::replace(&mut running.folder, tempfile::tempdir().unwrap());
    let Some(mut running) = Running::start_in(folder, "") else { return };
    running.wait_covered(Source::History);
    let output = running.ask(&["history", "--json", "--socket", "swanwatch.sock"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    // A beginning after a beginning: it did not end in order.
    assert_eq!(states(&entries(stdout(&output))), ["started", "started"]);
    assert_eq!(running.end(), 0, "{}", running.log());
    let file = running.path("state/history.db");
    let file = file.to_str().unwrap();
    let output = swanwatch(&["history", "--json", "--file", file]);
    assert_eq!(states(&entries(stdout(&output))), ["started", "started", "ended"]);
    let output = swanwatch(&["history", "--file", file, "--since", "2100-01-01T00:00:00Z"]);
    assert_eq!((code(&output), stdout(&output)), (0, ""));
    let output = swanwatch(&["history", "--file", file, "--connection", "nosuch"]);
    assert_eq!((code(&output), stdout(&output)), (0, ""));
    assert!(stderr(&output).contains("has nothing about a connection 'nosuch'"), "{}", stderr(&output));
    let output = swanwatch(&["history", "--file", file]);
    // What it prints it takes: the second of the first entry, and all that follows.
    let first = &stdout(&output)[..19];
    let since = swanwatch(&["history", "--file", file, "--since", first, "--until", "tomorrow"]);
    assert_eq!((code(&since), stdout(&since)), (0, stdout(&output)));
    let until = swanwatch(&["history", "--file", file, "--until", first]);
    assert!(stdout(&until).starts_with(stdout(&output).lines().next().unwrap()), "{}", stdout(&until));
    let before = swanwatch(&["history", "--file", file, "--until", "yesterday"]);
    assert_eq!(stdout(&before), "");
    assert!(stderr(&before).contains("has nothing in that time"), "{}", stderr(&before));
    assert!(stdout(&output).lines().all(|line| line.contains("  service  swanwatch ")), "{}", stdout(&output));
    // The same without naming it, where nobody answers.
    let output = beside(&running.path("state"), &["history", "--json", "--socket", "/nonexistent/x"]);
    assert_eq!(states(&entries(stdout(&output))), ["started", "started", "ended"]);
    assert!(stderr(&output).contains("no service answers; read from "), "{}", stderr(&output));
}

#[test]
fn a_wrong_question_is_usage_and_no_history_is_69() {
    assert_eq!(code(&swanwatch(&["history", "--since", "last summer"])), 2);
    let output = swanwatch(&["history", "--since", "today", "--until", "yesterday"]);
    assert!(code(&output) == 2 && stderr(&output).contains("--until is earlier"), "{}", stderr(&output));
    let output = swanwatch(&["history", "--file", "/nonexistent/history.db"]);
    assert_eq!(code(&output), 69);
    assert!(stderr(&output).contains("there is no history yet"), "{}", stderr(&output));
}

#[test]
fn a_service_that_keeps_none_says_so() {
    let Some(mut running) = Running::start("history: off\n") else { return };
    let output = running.ask(&["history", "--socket", "swanwatch.sock"]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("history: off"), "{}", stderr(&output));
    assert_eq!(running.end(), 0);
    assert!(!running.path("state/history.db").exists());
}

/// What the service in the script's mount namespace logs, until a line has these words.
fn until(log: &mut impl BufRead, words: &str) -> String {
    let mut all = String::new();
    while !all.lines().last().is_some_and(|line| line.contains(words)) {
        assert_ne!(log.read_line(&mut all).unwrap(), 0, "no '{words}': {all}");
    }
    all
}

#[test]
fn a_full_disk_costs_no_watching_and_is_told_when_it_has_room_again() {
    if !is_root() {
        return eprintln!("left out: this user may not mount a file system");
    }
    let Some(mut command) = unshared("unshare") else { return };
    let folder = tempfile::tempdir().unwrap();
    // Full from the beginning; the first line on standard input makes room, the second ends it.
    let script = "mkdir state && mount -t tmpfs -o size=400k tmpfs state && dd if=/dev/zero of=state/filler bs=4k 2>/dev/null; \
        \"$0\" run --socket s 2>&1 & read -r go; rm state/filler; read -r go; kill $!; wait $!";
    let mut shell = mounting(&mut command, script, folder.path());
    let (mut log, mut orders) = (BufReader::new(shell.stdout.take().unwrap()), shell.stdin.take().unwrap());
    until(&mut log, "the history cannot be written");
    let socket = folder.path().join("s");
    let covered = || {
        let output = swanwatch(&["status", "--json", "--socket", socket.to_str().unwrap()]);
        let status: Status = serde_json::from_str(stdout(&output)).unwrap();
        status.coverage.into_iter().find(|line| line.source == Source::History).unwrap()
    };
    assert_eq!(covered().state, SourceState::Degraded);
    assert!(covered().detail.contains("disk is full"), "{}", covered().detail);
    orders.write_all(b"\n").unwrap();
    until(&mut log, "the history is written again; 0 entries are lost");
    let output = swanwatch(&["history", "--json", "--socket", socket.to_str().unwrap()]);
    assert_eq!(states(&entries(stdout(&output))), ["started"], "{}", stderr(&output));
    orders.write_all(b"\n").unwrap();
    assert!(shell.wait().unwrap().success());
}

#[test]
fn a_state_directory_that_is_read_only_costs_no_watching() {
    let Some(mut command) = unshared("unshare") else { return };
    if !is_root() {
        return eprintln!("left out: this user may not mount a file system");
    }
    let folder = tempfile::tempdir().unwrap();
    let script = "mkdir state && mount -t tmpfs -o ro tmpfs state && \
        echo 'daemon: none' >c.yaml && { \"$0\" run --config c.yaml --socket s 2>&1 & read -r go; kill $!; wait $!; }";
    let notices = notices(folder.path());
    command.env("NOTIFY_SOCKET", folder.path().join("notify"));
    let mut shell = mounting(&mut command, script, folder.path());
    let mut log = BufReader::new(shell.stdout.take().unwrap());
    let said = until(&mut log, "the history cannot be written");
    assert!(said.contains("Read-only file system"), "{said}");
    // The history may fail before everything was seen once.
    while !next_notice(&notices).unwrap().contains("READY=1") {}
    let socket = folder.path().join("s");
    // The history fails before everything else has been seen.
    let begun = std::time::Instant::now();
    loop {
        let output = swanwatch(&["check", "--socket", socket.to_str().unwrap()]);
        if code(&output) == 0 {
            break;
        }
        assert!(begun.elapsed() < crate::running::LONG, "{}", stdout(&output));
    }
    let output = beside(&folder.path().join("state"), &["history", "--socket", socket.to_str().unwrap()]);
    assert_eq!(code(&output), 69);
    assert!(stderr(&output).contains("there is no history yet"), "{}", stderr(&output));
    drop(shell.stdin.take());
    assert!(shell.wait().unwrap().success());
}

/// The verb where a service would keep its state in this folder, and not in the machine's.
fn beside(state: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_swanwatch"));
    command.args(arguments).env("STATE_DIRECTORY", state).output().unwrap()
}

/// A shell whose mounts are its own, with the program as `$0` and its state in the folder's `state`; it is spoken to and heard.
fn mounting(command: &mut Command, script: &str, folder: &Path) -> Child {
    command
        .args(["--mount", "sh", "-c", script, env!("CARGO_BIN_EXE_swanwatch")])
        .current_dir(folder)
        .env("STATE_DIRECTORY", folder.join("state"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}
