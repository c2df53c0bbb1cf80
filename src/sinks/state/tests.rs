use std::fs;

use super::*;
use crate::model::{
    Boottime, Intent, KeptProcess, Mark, Netns, Protocol, RemedyId, RemedyKind, RemedyTarget, SaId, Spi, Tries,
    UpTunnel,
};
use crate::sources::queue;

fn state(boot_id: &str) -> Remembered {
    let at = vec![Boottime::from_micros(7)];
    let tries = Tries {
        target: RemedyTarget::Daemon,
        at,
        failures: 1,
        failed: std::collections::BTreeMap::new(),
        tried: std::collections::BTreeMap::new(),
        waits: std::collections::BTreeMap::new(),
        not_before: Boottime::from_micros(9),
    };
    Remembered { boot_id: boot_id.to_owned(), tries: vec![tries], ..Remembered::default() }
}

#[test]
fn what_is_written_is_read_and_the_newest_counts() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("a/b");
    assert_eq!(read(&inner).unwrap(), None);
    for boot_id in ["first", "second"] {
        write(&inner, &state(boot_id)).unwrap();
        assert_eq!(read(&inner).unwrap().as_deref(), Some(&state(boot_id)));
    }
    assert_eq!(fs::read_dir(&inner).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn a_torn_file_is_an_error_and_no_state() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(NAME), "{\"boot_id\": \"x").unwrap();
    let error = read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("is no state of swanwatch"), "{error}");
}

fn blocked() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    // A file where the folder should be: nothing can be written, not even by root.
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    (folder, blocked)
}

const LONG: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn every_write_is_answered_and_a_failure_is_told_once() {
    let (_folder, blocked) = blocked();
    let (queue, mut seen) = queue();
    let file = StateFile::with(queue, blocked.clone(), LONG);
    for ask in [1, 2] {
        file.write(AskId(ask), Box::new(state("x")));
    }
    let mut told = Vec::new();
    while told.len() < 3 {
        told.push(seen.recv().await.unwrap().what);
    }
    assert!(matches!(&told[0], What::Coverage(line) if line.state == SourceState::Degraded), "{told:?}");
    for (what, number) in told[1..].iter().zip(1..) {
        assert!(matches!(what, What::Kept { ask, answer: Err(_) } if *ask == AskId(number)), "{told:?}");
    }
    fs::remove_file(&blocked).unwrap();
    file.write(AskId(3), Box::new(state("x")));
    assert!(matches!(seen.recv().await.unwrap().what, What::Coverage(line) if line.state == SourceState::Ok));
    assert_eq!(seen.recv().await.unwrap().what, What::Kept { ask: AskId(3), answer: Ok(()) });
}

fn with_intents(ids: &[u64]) -> Remembered {
    let intent = |id: &u64| Intent {
        id: RemedyId(*id),
        kind: RemedyKind::Rekey,
        target: RemedyTarget::Daemon,
        finding: None,
        began: Boottime::from_micros(1),
        sas: Vec::new(),
        of: Vec::new(),
    };
    Remembered { intents: ids.iter().map(intent).collect(), ..state("x") }
}

#[tokio::test]
async fn what_could_not_be_written_is_written_later_without_what_was_not_begun() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("state");
    fs::create_dir(&inner).unwrap();
    fs::write(inner.join(".state.json.7.new"), "{\"boot_").unwrap();
    let (queue, mut seen) = queue();
    let file = StateFile::with(queue, inner.clone(), Duration::from_millis(20));
    file.write(AskId(1), Box::new(with_intents(&[1, 2])));
    assert_eq!(seen.recv().await.unwrap().what, What::Kept { ask: AskId(1), answer: Ok(()) });
    assert_eq!(fs::read_dir(&inner).unwrap().count(), 1, "what a killed run left is gone");
    // Nobody may make a file there: it is a file.
    fs::rename(&inner, folder.path().join("away")).unwrap();
    fs::write(&inner, "").unwrap();
    // The first is over; the third would have begun.
    file.write(AskId(2), Box::new(with_intents(&[2, 3])));
    assert!(matches!(seen.recv().await.unwrap().what, What::Coverage(line) if line.state == SourceState::Degraded));
    assert!(matches!(seen.recv().await.unwrap().what, What::Kept { ask: AskId(2), answer: Err(_) }));
    fs::remove_file(&inner).unwrap();
    assert!(matches!(seen.recv().await.unwrap().what, What::Coverage(line) if line.state == SourceState::Ok));
    assert_eq!(read(&inner).unwrap().as_deref(), Some(&with_intents(&[2])));
    drop(file);
    assert!(seen.recv().await.is_none(), "answered once, and ended");
}

/// What every version must read: `tests/fixtures`.
fn fixture(name: &str) -> Remembered {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/0.1.0").join(name);
    *read(&folder).unwrap().unwrap()
}

#[test]
fn what_0_1_0_kept_of_a_crash_is_read() {
    let kept = fixture("state");
    let tried = vec![Boottime::from_micros(827_684_203)];
    let until = Boottime::from_micros(838_807_972);
    let tries = Tries {
        target: RemedyTarget::Daemon,
        at: tried.clone(),
        tried: [(RemedyKind::Restart, tried)].into(),
        failures: 1,
        failed: [(RemedyKind::Restart, 1)].into(),
        not_before: until,
        waits: [(RemedyKind::Restart, until)].into(),
    };
    let process = KeptProcess { pid: 15, start_ticks: 81_997, unit: None, restarts: 0, crashed: true };
    let expected = Remembered {
        stopped: None,
        answered: Vec::new(),
        unanswered_told: std::collections::BTreeMap::new(),
        boot_id: "00000000-0000-4000-8000-000000000001".to_owned(),
        netns: Netns(4_026_532_180),
        last: RemedyId(1),
        tries: vec![tries],
        intents: Vec::new(),
        evacuated: Vec::new(),
        tunnels: Vec::new(),
        process: Some(process),
    };
    assert_eq!(kept, expected);
}

#[test]
fn what_0_1_0_kept_of_remedies_is_read() {
    let at = Boottime::from_micros;
    let instance = Some("[2] 192.0.2.9".to_owned());
    let tunnel = RemedyTarget::Tunnel { connection: "t1".to_owned(), instance: instance.clone() };
    let sa = SaId {
        netns: Netns(4_026_532_180),
        dst: [192, 0, 2, 2].into(),
        spi: Spi(0x0aa0_6150),
        protocol: Protocol::Esp,
        mark: Mark { value: 5, mask: 7 },
    };
    let of_daemon = Tries {
        target: RemedyTarget::Daemon,
        at: vec![at(1_000_000), at(2_000_000)],
        tried: [(RemedyKind::Restart, vec![at(1_000_000), at(2_000_000)])].into(),
        failures: 2,
        failed: [(RemedyKind::Restart, 2)].into(),
        not_before: at(9_000_000),
        waits: [(RemedyKind::Restart, at(9_000_000))].into(),
    };
    let of_tunnel = Tries {
        target: tunnel.clone(),
        at: vec![at(3_000_000)],
        tried: [].into(),
        failures: 0,
        failed: [].into(),
        not_before: at(63_000_000),
        waits: [].into(),
    };
    let intent = Intent {
        id: RemedyId(41),
        kind: RemedyKind::Reinstall,
        target: tunnel,
        finding: Some("sa-not-offloaded:t1:out".to_owned()),
        began: at(4_000_000),
        sas: vec![sa],
        of: Vec::new(),
    };
    let expected = Remembered {
        stopped: None,
        answered: Vec::new(),
        unanswered_told: std::collections::BTreeMap::new(),
        boot_id: "00000000-0000-4000-8000-000000000001".to_owned(),
        netns: Netns(4_026_532_180),
        last: RemedyId(41),
        tries: vec![of_daemon, of_tunnel],
        intents: vec![intent],
        evacuated: Vec::new(),
        tunnels: vec![
            UpTunnel { connection: "t1".to_owned(), instance, at: at(5_000_000) },
            UpTunnel { connection: "t2".to_owned(), instance: None, at: at(6_000_000) },
        ],
        process: Some(KeptProcess {
            pid: 811,
            start_ticks: 4_711,
            unit: Some("ipsec.service".to_owned()),
            restarts: 3,
            crashed: false,
        }),
    };
    assert_eq!(fixture("remedies"), expected);
}
