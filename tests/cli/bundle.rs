//! A bundle is unpacked with the system's own tar and looked through.

use std::path::{Path, PathBuf};
use std::process::Command;

use swanwatch::testing::model::{Severity, Source};

use crate::running::Running;
use crate::service::{Service, finding};
use crate::{code, stderr, stdout, swanwatch};

fn unpacked(bundle: &Path) -> PathBuf {
    let folder = bundle.parent().unwrap();
    assert!(Command::new("tar").arg("-xzf").arg(bundle).arg("-C").arg(folder).status().unwrap().success());
    folder.join("swanwatch-bundle")
}

fn text(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn a_service_is_bundled_and_its_recording_is_lived_through() {
    let Some(mut running) = Running::start("offload: preferred\n") else { return };
    // Its own thread makes the file.
    running.wait_covered(Source::History);
    // The service records its whole run already: one recording at a time.
    let second = running.ask(&["bundle", "first.tar.gz", "--seconds", "1", "--socket", "swanwatch.sock"]);
    assert_eq!(code(&second), 0, "{}", stderr(&second));
    assert!(stdout(&second).contains("recording.jsonl: a recording is being made already"), "{}", stdout(&second));
    assert_eq!(code(&running.ask(&["record", "--stop", "--socket", "swanwatch.sock"])), 0);
    let output = running.ask(&[
        "bundle",
        "b.tar.gz",
        "--seconds",
        "1",
        "--socket",
        "swanwatch.sock",
        "--config",
        "swanwatch.yaml",
    ]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let folder = unpacked(&running.path("b.tar.gz"));
    let manifest = text(&folder, "MANIFEST");
    for name in [
        "status.json",
        "status.txt",
        "history.jsonl",
        "before.jsonl",
        "recording.jsonl",
        "configuration.json",
        "versions.json",
        "kernel.json",
    ] {
        assert!(manifest.lines().any(|line| line.starts_with(&format!("{name} "))), "no {name}: {manifest}");
        let length = folder.join(name).metadata().map(|found| found.len());
        assert!(matches!(length, Ok(3..)), "{name}: {length:?}: {manifest}");
    }
    assert!(stdout(&output).starts_with(&manifest), "{}", stdout(&output));
    assert!(text(&folder, "configuration.json").contains("\"offload\": \"preferred\""));
    let replayed = swanwatch(&["replay", folder.join("recording.jsonl").to_str().unwrap()]);
    assert_eq!(code(&replayed), 0, "{}", stderr(&replayed));
    assert!(stdout(&replayed).contains("begun later than the run"), "{}", stdout(&replayed));
    // What was seen before is in it from the start on.
    let before = text(&folder, "before.jsonl");
    assert!(before.lines().nth(1).unwrap().contains("{\"started\":{"), "{before}");
    assert!(before.contains("{\"dump-end\":{") && before.lines().last().unwrap().starts_with("{\"end\":"), "{before}");
    let replayed = swanwatch(&["replay", folder.join("before.jsonl").to_str().unwrap()]);
    assert_eq!(code(&replayed), 0, "{}", stderr(&replayed));
    // Nothing is left beside the sockets, and what is there is not written over.
    let left: Vec<_> =
        std::fs::read_dir(running.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_str().unwrap().ends_with(".jsonl")), "{left:?}");
    assert_eq!(code(&running.ask(&["bundle", "b.tar.gz", "--seconds", "0", "--socket", "swanwatch.sock"])), 1);
    assert_eq!(running.end(), 0, "{}", running.log());
}

#[test]
fn without_a_service_it_says_what_is_not_here() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.tar.gz");
    let output = swanwatch(&["bundle", path.to_str().unwrap(), "--socket", "/nonexistent/x"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let folder = unpacked(&path);
    assert!(text(&folder, "MANIFEST").contains("status.json: no service answers on /nonexistent/x"));
    assert!(text(&folder, "kernel.json").contains("release"));
    assert!(!folder.join("status.json").exists());
}

#[test]
fn an_anonymized_one_has_neither_names_nor_addresses() {
    let mut one = finding(Severity::Critical);
    one.summary = "t1 has no pair; the peer 198.51.100.7 («@gw.example.com») did not answer".to_owned();
    let service = Service::new(vec![one], 3);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.tar.gz");
    let socket = service.socket();
    let arguments =
        ["bundle", path.to_str().unwrap(), "--seconds", "0", "--anonymize", "--socket", socket.to_str().unwrap()];
    let output = swanwatch(&arguments);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let folder = unpacked(&path);
    let status: serde_json::Value = serde_json::from_str(&text(&folder, "status.json")).unwrap();
    let name = status["findings"][0]["subject"]["connection"].as_str().unwrap();
    assert_eq!(status["findings"][0]["id"], format!("tunnel-down:{name}"));
    let sas = text(&folder, "sas.jsonl");
    assert_eq!(sas.lines().count(), 3);
    for secret in ["t1", "198.51.100.7", "gw.example.com", "192.0.2.9", "192.0.2.1", "eth0"] {
        for file in ["status.json", "sas.jsonl", "MANIFEST"] {
            assert!(!text(&folder, file).contains(secret), "{secret} in {file}");
        }
    }
}
