use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::limits::Limits;
use super::reader::Rows;
use super::store::Store;
use super::waiting::HistoryRow;
use super::*;
use crate::model::{Change, Coverage, RealTime, SourceState};
use crate::sinks::samples::{finding, time};

const LONG: Duration = Duration::from_secs(60);

fn begin(path: &Path) -> (History, Receiver<Coverage>) {
    let (sender, told) = channel();
    let tell = Box::new(move |line| drop(sender.send(line)));
    (History::impatient(path, tell), told)
}

fn read(path: &Path, query: Query) -> Vec<HistoryEntry> {
    let mut reader = HistoryReader::open(path, query).unwrap();
    let pages: Vec<Rows> = std::iter::from_fn(|| reader.next_rows().unwrap()).collect();
    pages.concat().iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}

fn row(seconds: i64, text: &str) -> HistoryRow {
    let entry = HistoryEntry { time: time(seconds), past: PastEvent::Lost { entries: 1, why: text.to_owned() } };
    HistoryRow { time: entry.time, json: serde_json::to_string(&entry).unwrap() }
}

#[test]
fn what_was_kept_is_read_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/history.db");
    let (history, told) = begin(&path);
    assert_eq!(told.recv_timeout(LONG).unwrap().state, SourceState::Ok);
    // A reader that is in the middle of its answer holds nobody up.
    let mut reader = HistoryReader::open(&path, Query::default()).unwrap();
    assert_eq!(reader.next_rows().unwrap().unwrap().len(), 1);
    history.finding(Change::Opened, &finding("t1"));
    history.finding(Change::Opened, &finding("t2"));
    history.daemon_gone(Some(811));
    history.end();
    assert_eq!(reader.next_rows().unwrap().unwrap().len(), 4);
    let all = read(&path, Query::default());
    let kinds: Vec<String> = all.iter().map(|entry| serde_json::to_value(entry).unwrap()["kind"].to_string()).collect();
    assert_eq!(kinds, ["\"service\"", "\"finding\"", "\"finding\"", "\"daemon\"", "\"service\""]);
    let of_one = read(&path, Query { connection: Some("t1".to_owned()), ..Query::default() });
    let expected = PastEvent::Finding { change: Change::Opened, finding: Box::new(finding("t1")) };
    assert_eq!(of_one.into_iter().map(|entry| entry.past).collect::<Vec<_>>(), [expected]);
}

#[test]
fn a_finding_that_touches_a_connection_is_part_of_its_history() {
    let mut of_device = finding("t1");
    of_device.subject.connection = None;
    of_device.affected.list = vec!["t7".to_owned()];
    let past = PastEvent::Finding { change: Change::Opened, finding: Box::new(of_device) };
    assert!(past.concerns("t7") && !past.concerns("t1"));
}

#[test]
fn the_old_and_the_too_much_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut store =
        Store::open(&path, Limits { age: Duration::from_secs(100), bytes: 1 << 20, ..Limits::default() }).unwrap();
    store.write(&[row(0, "old"), row(50, "newer")], &[], time(0)).unwrap();
    store.write(&[row(120, "newest")], &[], time(0)).unwrap();
    let times = |entries: Vec<HistoryEntry>| entries.iter().map(|entry| entry.time).collect::<Vec<_>>();
    assert_eq!(times(read(&path, Query::default())), [time(50), time(120)]);
    let since = Query { since: Some(time(100)), ..Query::default() };
    assert_eq!(times(read(&path, since)), [time(120)]);
    assert_eq!(times(read(&path, Query { until: Some(time(119)), ..Query::default() })), [time(50)]);
    assert_eq!(times(read(&path, Query { until: Some(time(120)), ..Query::default() })), [time(50), time(120)]);
    let long = "x".repeat(1_000);
    for batch in 0..100 {
        let rows: Vec<HistoryRow> = (0..100).map(|_| row(121 + batch, &long)).collect();
        store.write(&rows, &[], time(0)).unwrap();
    }
    let size = std::fs::metadata(&path).unwrap().len();
    assert!(size < 2 << 20, "{size}");
    let kept = read(&path, Query::default());
    assert!(kept.len() > 500, "{}", kept.len());
    assert_eq!(kept.last().unwrap().time, time(220));
}

#[test]
fn a_second_writer_is_refused_and_the_first_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let (first, told) = begin(&path);
    assert_eq!(told.recv_timeout(LONG).unwrap().state, SourceState::Ok);
    let (second, told) = begin(&path);
    let said = told.recv_timeout(LONG).unwrap();
    assert_eq!(said.state, SourceState::Degraded);
    assert!(said.detail.contains("another service writes it"), "{}", said.detail);
    second.end();
    first.end();
    assert_eq!(read(&path, Query::default()).len(), 2);
}

#[test]
fn a_folder_that_cannot_be_is_said_and_what_came_meanwhile_is_written_later() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("state");
    std::fs::write(&blocked, "a file where the folder should be").unwrap();
    let path = blocked.join("history.db");
    let (history, told) = begin(&path);
    let said = told.recv_timeout(LONG).unwrap();
    assert_eq!(said.state, SourceState::Degraded);
    assert!(said.detail.contains("cannot be written"), "{}", said.detail);
    // Some 9 MB, of which 8 may wait.
    let mut long = finding("t1");
    long.summary = "x".repeat(100_000);
    for _ in 0..90 {
        history.finding(Change::Changed, &long);
    }
    std::fs::remove_file(&blocked).unwrap();
    let last = loop {
        let said = told.recv_timeout(LONG).unwrap();
        if said.state == SourceState::Ok {
            break said;
        }
    };
    assert!(last.detail.contains("history.db"), "{}", last.detail);
    history.end();
    let all = read(&path, Query::default());
    let findings = all.iter().filter(|entry| matches!(entry.past, PastEvent::Finding { .. })).count() as u64;
    let lost: u64 =
        all.iter().map(|entry| if let PastEvent::Lost { entries, .. } = entry.past { entries } else { 0 }).sum();
    assert!(lost > 0 && findings > 70, "{findings} kept, {lost} lost");
    assert_eq!(findings + lost, 90);
}

#[test]
fn a_damaged_file_is_put_aside_and_the_new_one_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    std::fs::write(&path, "this is no database, and never was one: ".repeat(100)).unwrap();
    let (history, told) = begin(&path);
    assert_eq!(told.recv_timeout(LONG).unwrap().state, SourceState::Ok);
    history.end();
    let all = read(&path, Query::default());
    assert!(matches!(&all[0].past, PastEvent::Lost { why, .. } if why.contains("history.damaged")), "{all:?}");
    assert!(folder.path().join("history.damaged").exists());
}

#[test]
fn of_damaged_files_the_newest_two_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    for number in 0..4 {
        std::fs::write(&path, format!("number {number}: this is no database ").repeat(100)).unwrap();
        let (history, told) = begin(&path);
        assert_eq!(told.recv_timeout(LONG).unwrap().state, SourceState::Ok);
        history.end();
    }
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["history.damaged", "history.damaged.1", "history.db", "history.lock"]);
    let begins = |name: &str, words: &str| {
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(text.starts_with(words), "{name}: {}", &text[..20]);
    };
    begins("history.damaged", "number 3");
    begins("history.damaged.1", "number 2");
}

#[test]
fn a_folder_in_its_place_is_said_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("precious"), "").unwrap();
    let (history, told) = begin(&path);
    let said = told.recv_timeout(LONG).unwrap();
    assert!(said.detail.contains("is a directory"), "{}", said.detail);
    std::fs::rename(&path, folder.path().join("elsewhere")).unwrap();
    while told.recv_timeout(LONG).unwrap().state != SourceState::Ok {}
    history.end();
    assert_eq!(read(&path, Query::default()).len(), 2);
    assert!(folder.path().join("elsewhere/precious").exists());
}

#[test]
fn an_entry_that_cannot_be_read_costs_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut store = Store::open(&path, Limits::default()).unwrap();
    store.write(&[row(0, "a"), row(1, "b"), row(2, "c")], &[], time(0)).unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("UPDATE entry SET entry = CAST(x'7bff22' AS TEXT) WHERE time = ?1", [time(1).micros()]).unwrap();
    let all = read(&path, Query { connection: Some("t1".to_owned()), ..Query::default() });
    let why: Vec<_> =
        all.iter().map(|entry| if let PastEvent::Lost { why, .. } = &entry.past { why.as_str() } else { "" }).collect();
    assert_eq!((why[0], why[2], all[1].time), ("a", "c", time(1)));
    assert!(why[1].starts_with("this one cannot be read: "), "{why:?}");
}

/// What waits is bounded by those whose it is: it does not push out what was found.
#[test]
fn what_waits_costs_no_entries() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let limits = Limits { age: Duration::from_secs(100), bytes: 1 << 20, ..Limits::default() };
    let mut store = Store::open(&path, limits).unwrap();
    let text = "x".repeat(4_000);
    let waiting = (0..500).map(|number| (number, Some(text.clone()))).collect();
    let all = Changes { all: true, waiting, told: vec![(u64::MAX, Some(text.clone()))] };
    store.write(&[], &[("a".to_owned(), all.clone()), ("b".to_owned(), all)], time(0)).unwrap();
    for batch in 0..10 {
        store.write(&[row(batch, "kept")], &[("a".to_owned(), Changes::default())], time(batch)).unwrap();
    }
    assert_eq!(read(&path, Query::default()).len(), 10);
    // Whoever is not there any more has nothing that waits for ever.
    assert_eq!(store.found("b").0.waiting.len(), 500);
    store.write(&[row(200, "later")], &[("a".to_owned(), Changes::default())], time(200)).unwrap();
    assert_eq!((store.found("a").0.waiting.len(), store.found("b").0.waiting.len()), (500, 0));
    let gone = Changes { waiting: vec![(7, None)], told: vec![(u64::MAX, None)], ..Changes::default() };
    store.write(&[], &[("a".to_owned(), gone)], time(200)).unwrap();
    assert_eq!((store.found("a").0.waiting.len(), store.found("a").0.told.len()), (499, 0));
}

#[test]
fn a_later_form_is_refused_by_both_sides_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    drop(Store::open(&path, Limits::default()).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    assert!(matches!(Store::open(&path, Limits::default()), Err(HistoryError::Newer { found: 99, .. })));
    assert!(matches!(HistoryReader::open(&path, Query::default()), Err(HistoryError::Newer { found: 99, .. })));
}

#[test]
fn what_is_not_there_is_said() {
    let error = HistoryReader::open(Path::new("/nonexistent/history.db"), Query::default()).unwrap_err();
    assert_eq!(error.to_string(), "/nonexistent/history.db: there is no history yet");
}

#[test]
fn entries_keep_their_json() {
    let entry = HistoryEntry { time: RealTime::from_micros(0), past: PastEvent::daemon_gone(Some(7)) };
    let text = serde_json::to_string(&entry).unwrap();
    assert!(
        text.starts_with("{\"time\":\"1970-01-01T00:00:00.000000Z\",\"kind\":\"daemon\",\"state\":\"gone\",\"pid\":7"),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<HistoryEntry>(&text).unwrap(), entry);
}

/// What 0.1.0 wrote until it was killed: the file and its log, which a version after it has to go through.
#[test]
fn what_0_1_0_wrote_is_read_and_written_on() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/0.1.0/state");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    for name in ["history.db", "history.db-wal"] {
        std::fs::copy(fixture.join(name), folder.path().join(name)).unwrap();
    }
    let told = |entries: &[HistoryEntry]| -> Vec<String> {
        let line = |entry: &HistoryEntry| match &entry.past {
            PastEvent::Finding { change, finding } => {
                format!("{} {} {}", serde_json::to_string(change).unwrap(), finding.id, finding.times)
            }
            PastEvent::Remedy { remedy } => {
                format!("{} {} {}", remedy.id.0, remedy.kind, serde_json::to_string(&remedy.state).unwrap())
            }
            PastEvent::Daemon { state, pid, daemon, .. } => format!("daemon {state} {} {daemon:?}", pid.unwrap()),
            PastEvent::Service { state, version } => format!("service {state} {version}"),
            PastEvent::Lost { entries, .. } => format!("lost {entries}"),
        };
        entries.iter().map(line).collect()
    };
    let expected = [
        "service started 0.1.0",
        "daemon up 15 Some(Libreswan)",
        "\"opened\" sa-missing:t1:out 1",
        "\"closed\" sa-missing:t1:out 1",
        "\"opened\" sa-missing:t1:both 1",
        "service ended 0.1.0",
        "service started 0.1.0",
        "daemon up 15 Some(Libreswan)",
        "\"opened\" sa-missing:t1:out 1",
        "\"closed\" sa-missing:t1:out 1",
        "\"opened\" sa-missing:t1:both 1",
        "daemon gone 15 None",
        "\"closed\" sa-missing:t1:both 1",
        "\"opened\" daemon-crashed:host 1",
        "1 restart \"queued\"",
        "1 restart \"waiting\"",
        "1 restart \"running\"",
        "\"changed\" daemon-crashed:host 1",
        "1 restart \"running\"",
        "1 restart \"failed\"",
        "1 restart \"waiting\"",
        "\"changed\" daemon-crashed:host 1",
    ];
    let before = read(&path, Query::default());
    assert_eq!(told(&before), expected);
    assert_eq!(before[0].time.to_string(), "2026-11-30T04:23:25.580331Z");
    let PastEvent::Finding { finding, .. } = &before[21].past else { panic!("{:?}", before[21]) };
    assert_eq!((finding.severity.to_string().as_str(), finding.reason.to_string().as_str()), ("critical", "died"));
    assert_eq!(finding.summary, "the IKE daemon (process 15) died; it left no SAs in the kernel");
    let (history, said) = begin(&path);
    assert_eq!(said.recv_timeout(LONG).unwrap().state, SourceState::Ok);
    history.daemon_gone(Some(811));
    history.end();
    let after = read(&path, Query::default());
    assert_eq!(&after[..22], before);
    let more = [
        concat!("service started ", env!("CARGO_PKG_VERSION")),
        "daemon gone 811 None",
        concat!("service ended ", env!("CARGO_PKG_VERSION")),
    ];
    assert_eq!(told(&after[22..]), more);
}
