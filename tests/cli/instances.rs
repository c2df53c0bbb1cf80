//! One instance in a network namespace, whoever else holds names there. Each of these tests runs itself again in a namespace of its own.

use std::os::fd::AsFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use rustix::fs::{Uid, fchown};
use swanwatch::testing::model::{Source, SourceState, Status};

use crate::running::{LONG, Running, is_root, next_notice, unshared};
use crate::{stderr, stdout};

const INSIDE: &str = "SWANWATCH_TEST_INSIDE";

/// Whether this is the run in the namespace; else that has been run, and was well.
fn is_inside(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let program = std::env::current_exe().unwrap();
    if let Some(mut again) = unshared(program.to_str().unwrap()) {
        let output = again.args(["--exact", test, "--nocapture"]).env(INSIDE, "1").output().unwrap();
        assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
    }
    false
}

fn bound(name: &[u8], uid: u32) -> UnixListener {
    let listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(name).unwrap()).unwrap();
    fchown(listener.as_fd(), Some(Uid::from_raw(uid)), None).unwrap();
    listener
}

#[test]
fn names_of_others_keep_nothing_from_starting_and_are_told() {
    if !is_root() || !is_inside("instances::names_of_others_keep_nothing_from_starting_and_are_told") {
        return;
    }
    let mut theirs =
        vec![bound(b"swanwatch", 65_534), bound(&[b"swanwatch/".as_slice(), &[0xff; 97]].concat(), 65_534)];
    for number in 0..1_000_u32 {
        for kind in ["claim", "held"] {
            theirs.push(bound(format!("swanwatch/{kind}/{number:032x}/{number}").as_bytes(), 65_534));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("swanwatch.yaml"), "").unwrap();
    let mut running = Running::start_with(Command::new(env!("CARGO_BIN_EXE_swanwatch")), folder);
    let output = running.ask(&["status", "--json", "--socket", "swanwatch.sock"]);
    let status: Status = serde_json::from_str(stdout(&output)).unwrap();
    let line = status.coverage.iter().find(|line| line.source == Source::Swanwatch).unwrap();
    assert_eq!(line.state, SourceState::Degraded);
    assert!(line.detail.starts_with("2001 abstract sockets") && line.detail.contains("user 65534"), "{}", line.detail);
    assert_eq!((output.status.code(), status.findings.len()), (Some(0), 0));
    assert_eq!(running.end(), 0, "{}", running.log());
}

fn started(folder: &Path) -> (Child, UnixDatagram) {
    std::fs::create_dir_all(folder).unwrap();
    let path = folder.join("notify");
    let _ = std::fs::remove_file(&path);
    let notices = UnixDatagram::bind(&path).unwrap();
    notices.set_read_timeout(Some(LONG)).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_swanwatch"))
        .args(["run", "--socket"])
        .arg(folder.join("swanwatch.sock"))
        .env("NOTIFY_SOCKET", &path)
        .env("STATE_DIRECTORY", folder)
        .stdin(Stdio::null())
        .stderr(std::fs::File::create(folder.join("log")).unwrap())
        .spawn()
        .unwrap();
    (child, notices)
}

#[test]
fn of_two_started_at_once_exactly_one_stays() {
    if !is_inside("instances::of_two_started_at_once_exactly_one_stays") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for turn in 0..20 {
        let two = ["a", "b"].map(|name| (folder.path().join(name), started(&folder.path().join(name))));
        let (ended, who) = mpsc::channel();
        let mut notices = Vec::new();
        let mut pids = Vec::new();
        for (at, (_, (mut child, heard))) in two.into_iter().enumerate() {
            notices.push(heard);
            pids.push(child.id().to_string());
            let ended = ended.clone();
            std::thread::spawn(move || ended.send((at, child.wait().unwrap().code())).unwrap());
        }
        let (lost, code) = who.recv_timeout(LONG).unwrap();
        let log = std::fs::read_to_string(folder.path().join(["a", "b"][lost]).join("log")).unwrap();
        assert_eq!(code, Some(75), "{turn}: {log}");
        let stays = 1 - lost;
        assert!(log.contains(&format!("already runs in this network namespace, as process {}", pids[stays])), "{log}");
        while !next_notice(&notices[stays]).unwrap().contains("READY=1") {}
        assert!(Command::new("kill").arg(&pids[stays]).status().unwrap().success());
        assert_eq!(who.recv_timeout(LONG).unwrap(), (stays, Some(0)), "{turn}");
    }
}
