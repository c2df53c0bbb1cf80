//! What is said, and with which exit status, where no IKE daemon runs.

use std::path::Path;
use std::process::{Output, Stdio};

use swanwatch::testing::model::{Code, Finding, Reason, Severity};

use crate::running::{Running, is_root, unshared};
use crate::service::{Service, finding};
use crate::{code, stderr, stdout, swanwatch};

fn about(code: Code, reason: Reason) -> Finding {
    Finding { code, reason, ..finding(Severity::Warning) }
}

#[test]
fn a_daemon_that_is_missed_and_a_blind_watch_change_both_statuses_and_a_stop_by_order_none() {
    for (finding, check, status, word) in [
        (about(Code::DaemonDown, Reason::NotStarted), 1, 1, "WARNING: "),
        (about(Code::DaemonDown, Reason::Failed), 1, 1, "WARNING: "),
        (about(Code::SourceBlind, Reason::Log), 1, 1, "WARNING: "),
        (about(Code::DaemonDown, Reason::OrderlyStop), 0, 0, "OK: "),
        (about(Code::SaNotOffloaded, Reason::FeatureOff), 1, 0, "WARNING: "),
    ] {
        let service = Service::new(vec![finding], 0);
        let socket = service.socket();
        let ask = |verb| swanwatch(&[verb, "--socket", socket.to_str().unwrap()]);
        assert_eq!((code(&ask("check")), code(&ask("status"))), (check, status));
        assert!(stdout(&ask("check")).starts_with(&format!("SWANWATCH {word}")), "{}", stdout(&ask("check")));
    }
}

#[test]
fn a_service_that_never_saw_a_daemon_is_unknown_unless_none_is_to_run() {
    for (configuration, expected, said) in [
        (
            "",
            3,
            "UNKNOWN: no IKE daemon: none was seen here, and nothing says that one is due; where that is right: daemon: none",
        ),
        ("daemon: libreswan\n", 3, "UNKNOWN: no IKE daemon runs yet: the configuration names one (daemon:)"),
        ("daemon: none\n", 0, "OK: no IKE daemon: the configuration says that none runs here (daemon: none)"),
    ] {
        let Some(mut running) = Running::start(configuration) else { return };
        let output = running.ask(&["check", "--socket", "swanwatch.sock"]);
        assert_eq!(code(&output), expected, "{}", stdout(&output));
        assert!(stdout(&output).starts_with(&format!("SWANWATCH {said}")), "{}", stdout(&output));
        let status = running.ask(&["status", "--socket", "swanwatch.sock"]);
        assert_eq!(code(&status), 0, "{}", stdout(&status));
        assert!(stdout(&status).contains("\ndaemon   absent: "), "{}", stdout(&status));
        running.signal("-TERM");
        running.child.wait().unwrap();
    }
}

/// One look, with this folder as the service's state.
fn once(state: &Path) -> Option<Output> {
    let mut command = unshared(env!("CARGO_BIN_EXE_swanwatch"))?;
    Some(command.args(["status", "--once"]).env("STATE_DIRECTORY", state).output().unwrap())
}

/// A history, as the service writes it, of a daemon that ran a day ago from `program`.
fn history(folder: &Path, program: &str) {
    let database = rusqlite::Connection::open(folder.join("history.db")).unwrap();
    let schema = "CREATE TABLE entry (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, entry TEXT NOT NULL) STRICT;
                  PRAGMA user_version = 1;";
    database.execute_batch(schema).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros();
    let time = i64::try_from(now).unwrap() - 86_400 * 1_000_000;
    let text = format!(
        r#"{{"time":"{}","kind":"daemon","state":"up","pid":7,"daemon":"libreswan","version":"4.10","unit":null,"since":null,"program":"{program}"}}"#,
        swanwatch::testing::model::RealTime::from_micros(time)
    );
    database.execute("INSERT INTO entry (time, entry) VALUES (?1, ?2)", rusqlite::params![time, text]).unwrap();
}

#[test]
fn one_look_misses_a_daemon_that_ran_lately_and_is_still_installed() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("pluto");
    history(folder.path(), program.to_str().unwrap());
    let Some(output) = once(folder.path()) else { return };
    assert_eq!(code(&output), 0, "it is not installed any more: {}", stdout(&output));
    assert!(stdout(&output).starts_with("No problem found, but no IKE daemon runs here"), "{}", stdout(&output));
    std::fs::write(&program, "").unwrap();
    let output = once(folder.path()).unwrap();
    assert_eq!(code(&output), 1, "{}", stdout(&output));
    assert!(stdout(&output).starts_with("No IKE daemon runs here, and one is due.\n"), "{}", stdout(&output));
    let said = stdout(&output).replace("\n         ", " ");
    assert!(said.contains("absent: one is due: one was seen here at "), "{said}");
}

#[test]
fn another_ike_daemon_is_named_where_it_is_roots() {
    if !is_root() {
        eprintln!("left out: it takes root");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let racoon = folder.path().join("racoon");
    // A script has its own name as its process's.
    std::fs::write(&racoon, "#!/bin/sh\necho up\nread line\n").unwrap();
    std::fs::set_permissions(&racoon, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for (user, is_named) in [("", true), ("setpriv --reuid 65534 --clear-groups --regid 65534", false)] {
        let Some(mut command) = unshared("sh") else { return };
        let program = env!("CARGO_BIN_EXE_swanwatch");
        // The look is taken when it is up, and its standard input ends when the look is over.
        let script = format!(
            "mkfifo {0}/in{1} {0}/up{1}; {2} {0}/racoon <{0}/in{1} >{0}/up{1} & exec 3>{0}/in{1}; read up <{0}/up{1}; \
             STATE_DIRECTORY={0}/state {3} status --once; echo status $?; exec 3>&-; wait",
            folder.path().display(),
            u8::from(is_named),
            user,
            program
        );
        let output = command.arg("-c").arg(script).stdin(Stdio::null()).output().unwrap();
        let said = stdout(&output).replace("\n         ", " ");
        assert!(said.contains("status 0"), "{said}{}", stderr(&output));
        let named = said.contains("racoon (process ") && said.contains("runs here, and is not supported");
        assert_eq!(named, is_named, "{said}");
    }
}
