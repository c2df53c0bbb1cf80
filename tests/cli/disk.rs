//! What a disk does to a service that watches: nothing that lasts longer than a minute after it works again.

use std::time::{Duration, Instant};

use swanwatch::testing::model::{Source, SourceState};

use crate::gateway::{Gateway, covered};
use crate::running::await_file;

/// Its own findings, its memory of remedies and its alerts all want the disk.
const CONFIGURATION: &str = "\
daemon: {kind: libreswan, socket: /run/pluto/pluto.ctl, log: /run/pluto/pluto.log, restart: [/bin/false]}
act: [restart]
alerts: [{exec: /opt/bin/page}]
";

const STATE: &str = "/var/lib/swanwatch";

/// A disk that stops to work once the service runs, and works again: all comes back by itself, and so does coverage.
fn comes_back(mount: &str, breaks: &str, works: &str, suffers: &[Source]) {
    let Some(gateway) = Gateway::new() else { return };
    gateway.sh(&format!("mount -t tmpfs -o {mount} tmpfs {STATE}"));
    let service = gateway.service(CONFIGURATION);
    gateway.wait("watching", |status| {
        covered(status, Source::History).is_some_and(|line| line.state == SourceState::Ok)
            && covered(status, Source::Alerts).is_some()
    });
    gateway.sh(breaks);
    let daemon = gateway.daemon();
    let missing = |id: &'static str| {
        move |status: &swanwatch::testing::model::Status| status.findings.iter().any(|finding| finding.id == id)
    };
    gateway.wait("missing", missing("sa-missing:t1:both"));
    daemon.kill();
    gateway.wait("crashed", missing("daemon-crashed:host"));
    for source in suffers {
        let status = gateway
            .wait("said", |status| covered(status, *source).is_some_and(|line| line.state == SourceState::Degraded));
        let line = covered(&status, *source).unwrap();
        assert!(*source != Source::Alerts || line.detail.contains("would not survive a restart"), "{line:?}");
    }
    // Told all the same.
    let told = |heard: &str| heard.contains("SwanwatchDaemonCrashed");
    await_file(&gateway.path("/run/heard"), Duration::from_secs(30), told).unwrap();
    gateway.sh(works);
    let works_again = Instant::now();
    gateway.wait("back", |status| {
        [Source::History, Source::State, Source::Alerts]
            .iter()
            .all(|source| covered(status, *source).is_none_or(|line| line.state == SourceState::Ok))
    });
    assert!(works_again.elapsed() < Duration::from_secs(60));
    service.end();
    let kept = swanwatch::testing::sinks::state::read(&gateway.path(STATE)).unwrap().unwrap();
    assert!(kept.process.is_some_and(|process| process.crashed));
    let copy = tempfile::tempdir().unwrap();
    std::fs::copy(gateway.path(&format!("{STATE}/history.db")), copy.path().join("history.db")).unwrap();
    let database = rusqlite::Connection::open(copy.path().join("history.db")).unwrap();
    let number = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("SELECT count(*) FROM entry WHERE entry LIKE '%\"kind\":\"lost\"%'"), 0);
    assert_eq!(number("SELECT count(*) FROM entry WHERE entry LIKE '%\"change\":\"opened\"%daemon-crashed:host%'"), 1);
    // Its tunnel is gone with it: whoever was told of that is told of the end, too, later.
    assert_eq!(number("SELECT count(*) FROM told WHERE alert LIKE '%SwanwatchDaemonCrashed%'"), 1);
}

#[test]
fn a_disk_that_was_full_has_everything_when_there_is_room_again() {
    comes_back(
        "size=256k",
        "dd if=/dev/zero of=/var/lib/swanwatch/filler bs=4k 2>/dev/null || true",
        "rm /var/lib/swanwatch/filler",
        &[Source::History, Source::State, Source::Alerts],
    );
}

#[test]
fn a_disk_without_inodes_has_everything_when_there_are_some_again() {
    comes_back(
        "nr_inodes=40",
        "for i in $(seq 60); do touch /var/lib/swanwatch/$i 2>/dev/null || true; done",
        "cd /var/lib/swanwatch; rm [0-9]*",
        &[Source::State],
    );
}

#[test]
fn a_disk_that_was_read_only_has_everything_when_it_is_not_any_more() {
    comes_back(
        "size=1m",
        "cd /; mount --bind /var/lib/swanwatch /var/lib/swanwatch; mount -o remount,ro,bind /var/lib/swanwatch",
        "cd /; umount /var/lib/swanwatch",
        &[Source::State],
    );
}
