//! A wrong configuration under a service manager: watched all the same, told to those who were told before, and nothing acts.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use swanwatch::testing::model::{Code, Severity, Status};

use crate::running::{LONG, Running, await_file};
use crate::{code, stderr, stdout};

const WRONG: &str = "metrics: { listen: 127.0.0.1:0 }\nact: [all]\n";

fn status(running: &Running) -> Status {
    let output = running.ask(&["status", "--json", "--socket", "swanwatch.sock"]);
    serde_json::from_str(stdout(&output)).unwrap()
}

fn hang_up(running: &mut Running, configuration: &str) {
    std::fs::write(running.path("swanwatch.yaml"), configuration).unwrap();
    running.heard.clear();
    running.signal("-HUP");
    running.hear("RELOADING=1");
    running.hear("READY=1");
}

#[test]
fn it_is_watched_and_told_until_the_file_is_right() {
    let Some(mut running) = Running::start(WRONG) else { return };
    assert!(running.log().contains("swanwatch.yaml:2:"), "{}", running.log());
    let finding = status(&running).findings.remove(0);
    assert_eq!((finding.code, finding.severity), (Code::ConfigurationWrong, Severity::Critical));
    assert!(finding.summary.contains("swanwatch.yaml:2:"), "{}", finding.summary);
    assert_eq!(code(&running.ask(&["status", "--socket", "swanwatch.sock"])), 1);
    let check = running.ask(&["check", "--socket", "swanwatch.sock"]);
    assert_eq!(code(&check), 2);
    assert!(stdout(&check).starts_with("SWANWATCH CRITICAL: ") && stdout(&check).contains("swanwatch.yaml:2:"));
    let metrics = std::process::Command::new("curl")
        .args(["--silent", "--unix-socket"])
        .arg(running.path("swanwatch.sock"))
        .arg("http://localhost/metrics")
        .output();
    if let Ok(metrics) = metrics {
        let gauge = "swanwatch_findings{code=\"configuration-wrong\",severity=\"critical\"} 1\n";
        assert!(stdout(&metrics).contains(gauge), "{}", stdout(&metrics));
    }
    hang_up(&mut running, "offload: never\n");
    let found = status(&running).findings.remove(0);
    assert!(found.severity == Severity::Critical && found.summary.contains("swanwatch.yaml:1:10"), "{found:?}");
    hang_up(&mut running, "offload: required\n");
    assert_eq!(status(&running).findings, []);
    hang_up(&mut running, "offload: never\n");
    assert_eq!(status(&running).findings.remove(0).severity, Severity::Warning);
    assert_eq!(running.end(), 0, "{}", running.log());
    let recording = std::fs::read_to_string(running.path("recording")).unwrap();
    let started = recording.lines().find(|line| line.contains("\"started\"")).unwrap();
    assert!(started.contains("\"act\":[]"), "{started}");
    let output = running.ask(&["replay", "recording"]);
    assert!(stdout(&output).contains("the same as in the recorded run"), "{}", stdout(&output));
}

#[test]
fn whatever_is_wrong_with_the_file_it_starts() {
    for text in
        [&b"\0\xff\xfe"[..], b"{{{", b"\t", b"daemon: {socket: ctl}\n", b"null", &vec![b'#'; (1 << 20) + 1], b"[]"]
    {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("right.yaml"), "").unwrap();
        let Some(mut running) = Running::start_in(folder, "") else { return };
        let right = running.end();
        assert_eq!(right, 0, "{}", running.log());
        std::fs::write(running.path("swanwatch.yaml"), text).unwrap();
        let is_right = code(&running.ask(&["check-config", "swanwatch.yaml"])) == 0;
        let folder = std::mem::replace(&mut running.folder, tempfile::tempdir().unwrap());
        let program = crate::running::unshared(env!("CARGO_BIN_EXE_swanwatch")).unwrap();
        let mut running = Running::start_with(program, folder);
        let codes: Vec<_> = status(&running).findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes.contains(&Code::ConfigurationWrong), !is_right, "{text:?}: {}", running.log());
        assert_eq!(running.end(), 0, "{}", running.log());
    }
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let Some(mut running) = Running::start("") else { return };
    assert_eq!(running.end(), 0);
    for (program, said) in [("mkfifo", "it is a pipe"), ("mkdir", "Is a directory")] {
        let path = running.path(program);
        assert!(std::process::Command::new(program).arg(&path).status().unwrap().success());
        let output = running.ask(&["check-config", path.to_str().unwrap()]);
        assert_eq!(code(&output), 78);
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}

#[test]
fn a_right_file_that_needs_other_sources_has_the_service_started_again() {
    for (first, then) in [
        ("", "daemon: libreswan\n"),
        ("", "history: off\n"),
        (WRONG, "daemon: libreswan\n"),
        (WRONG, "metrics: { listen: \"127.0.0.1:9\" }\n"),
    ] {
        let Some(mut running) = Running::start(first) else { return };
        std::fs::write(running.path("swanwatch.yaml"), then).unwrap();
        running.signal("-HUP");
        running.hear("STOPPING=1");
        assert_eq!(running.child.wait().unwrap().code(), Some(75), "{}", running.log());
        assert!(running.log().contains("needs a new start"), "{}", running.log());
        assert!(!running.path("swanwatch.sock").exists());
    }
}

/// A program that adds each alert to a file.
fn pager(folder: &Path) -> String {
    let program = folder.join("page");
    let told = folder.join("told");
    std::fs::write(&program, format!("#!/bin/sh\ncat >>{}\n", told.display())).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    program.display().to_string()
}

#[test]
fn the_receivers_of_the_last_good_file_are_told_and_its_secrets_stay_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let receivers =
        format!("alerts: [{{exec: {}}}, {{webhook: \"http://127.0.0.1:1/s3cret\"}}]\n", pager(folder.path()));
    let Some(mut running) = Running::start_in(folder, &receivers) else { return };
    assert_eq!(running.end(), 0, "{}", running.log());
    let kept = running.path("state/last-good.yaml").metadata().unwrap();
    assert_eq!(kept.mode() & 0o7777, 0o600);
    let folder = std::mem::replace(&mut running.folder, tempfile::tempdir().unwrap());
    let wrong = "alerts: [{webhook: \"htps://127.0.0.1/s3cret\"}]\n";
    let Some(mut running) = Running::start_in(folder, wrong) else { return };
    let told = running.path("told");
    await_file(&told, LONG, |told| told.contains("configuration-wrong"))
        .unwrap_or_else(|_| panic!("{}", running.log()));
    let mut said = std::fs::read_to_string(&told).unwrap();
    for arguments in [&["status"][..], &["status", "--json"], &["check"], &["explain", "configuration-wrong:host"]] {
        let output = running.ask(&[arguments, &["--socket", "swanwatch.sock"]].concat());
        said.push_str(stdout(&output));
        said.push_str(stderr(&output));
    }
    let bundle = ["bundle", "b.tar.gz", "--seconds", "0", "--socket", "swanwatch.sock", "--config", "swanwatch.yaml"];
    assert_eq!(code(&running.ask(&bundle)), 0);
    let unpacked = std::process::Command::new("tar")
        .args(["-xzOf", "b.tar.gz"])
        .current_dir(running.folder.path())
        .output()
        .unwrap();
    said.push_str(&String::from_utf8_lossy(&unpacked.stdout));
    assert!(said.contains("swanwatch.yaml:1:") && !said.contains("s3cret"), "{said}");
    // What was right stays what was kept.
    assert!(std::fs::read_to_string(running.path("state/last-good.yaml")).unwrap().contains("s3cret"));
    assert_eq!(running.end(), 0);
}

#[test]
fn an_address_of_metrics_that_cannot_be_had_keeps_nothing_from_being_watched() {
    // Nobody's yet: it may come.
    let Some(mut running) = Running::start("metrics: { listen: \"192.0.2.77:9814\" }\n") else { return };
    assert_eq!(status(&running).findings, []);
    assert_eq!(running.end(), 0);
    // Below 1024 only with a capability, which the unit does not have.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("swanwatch.yaml"), "metrics: { listen: \"127.0.0.1:80\" }\n").unwrap();
    let mut program = crate::running::unshared("setpriv").unwrap();
    program.args(["--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service", env!("CARGO_BIN_EXE_swanwatch")]);
    let mut running = Running::start_with(program, folder);
    let finding = status(&running).findings.remove(0);
    assert_eq!((finding.code, finding.severity), (Code::ConfigurationWrong, Severity::Warning));
    assert!(finding.summary.contains("swanwatch.yaml: metrics.listen: cannot listen on 127.0.0.1:80"), "{finding:?}");
    hang_up(&mut running, "");
    assert_eq!(status(&running).findings, []);
    assert_eq!(running.end(), 0, "{}", running.log());
}
