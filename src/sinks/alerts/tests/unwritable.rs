//! Alerts are told from memory, whatever the file does that keeps them.

use std::net::TcpListener;

use rusqlite::{Connection, OpenFlags};

use super::*;

/// Has the file's folder be a file, so that nothing can be written there, not even by root.
fn blocked() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    std::fs::write(&state, "").unwrap();
    (folder, state)
}

/// One that waits for no file.
fn hasty() -> Pace {
    Pace { begin: Duration::from_millis(50), settle: LONG * 100, ..pace() }
}

fn rows(path: &Path, table: &str) -> i64 {
    let connection = Connection::open(path.join("history.db")).unwrap();
    connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

#[test]
fn a_folder_that_cannot_be_written_is_said_and_alerts_go_out() {
    let (_folder, state) = blocked();
    let server = Server::new(&[Does::Answers(200)]);
    let mut telling = Telling::with(&state, vec![webhook(server.address)], hasty());
    let said = telling.hears("would not survive a restart");
    assert_eq!(said.state, SourceState::Degraded);
    assert!(said.detail.contains("File exists"), "{said:?}");
    telling.tell(Change::Opened, "t1");
    assert_eq!(server.hear_alert(), pair("firing", "t1"));
}

#[test]
fn what_could_not_be_kept_is_kept_when_there_is_room_again_and_coverage_says_so() {
    let (_folder, state) = blocked();
    let address = Server::none();
    let mut telling = Telling::with(&state, vec![webhook(address)], hasty());
    telling.tell(Change::Opened, "t1");
    telling.tell(Change::Opened, "t2");
    telling.hears("would not survive a restart");
    std::fs::remove_file(&state).unwrap();
    while telling.coverage().detail.contains("would not survive") {}
    telling.tell(Change::Opened, "t3");
    while telling.alerts.counts()[0].waiting < 3 {
        std::thread::yield_now();
    }
    drop(telling);
    assert_eq!(rows(&state, "waiting"), 3);
    let server = Server::on(TcpListener::bind(address).unwrap(), &[Does::Answers(200)]);
    let _telling = Telling::with(&state, vec![webhook(address)], hasty());
    for connection in ["t1", "t2", "t3"] {
        assert_eq!(server.hear_alert(), pair("firing", connection));
    }
}

#[test]
fn a_file_that_somebody_else_locks_delays_nobody_and_is_said() {
    let folder = tempfile::tempdir().unwrap();
    drop(Telling::with(folder.path(), Vec::new(), hasty()));
    let other = Connection::open(folder.path().join("history.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; DELETE FROM entry").unwrap();
    let server = Server::new(&[Does::Answers(200)]);
    let mut telling = Telling::with(folder.path(), vec![webhook(server.address)], hasty());
    telling.tell(Change::Opened, "t1");
    assert_eq!(server.hear_alert(), pair("firing", "t1"));
    telling.hears("database is locked");
    other.execute_batch("ROLLBACK").unwrap();
    while telling.coverage().state != SourceState::Ok {}
    drop(telling);
    assert_eq!((rows(folder.path(), "waiting"), rows(folder.path(), "told")), (0, 1));
}

#[test]
fn what_a_run_before_left_is_told_also_where_the_file_was_too_slow_to_be_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let address = Server::none();
    let mut first = Telling::with(folder.path(), vec![webhook(address)], hasty());
    first.tell(Change::Opened, "t1");
    first.hears("nobody listens there");
    drop(first);
    let other = Connection::open(folder.path().join("history.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; DELETE FROM entry").unwrap();
    let server = Server::on(TcpListener::bind(address).unwrap(), &[Does::Answers(200)]);
    let mut second = Telling::with(folder.path(), vec![webhook(address)], hasty());
    second.hears("database is locked");
    assert!(server.is_silent());
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(server.hear_alert(), pair("firing", "t1"));
}

/// Overwrites some bytes, or cuts the file off.
fn damage(path: &Path, how: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    let length = bytes.len();
    match how {
        0 => bytes[..16].fill(b'x'),
        1 => bytes[16..100].fill(0xff),
        2 => bytes[100..4_096].fill(0x5a),
        3 => bytes[4_096..].fill(0xa5),
        4 => bytes.truncate(length / 2),
        5 => bytes.truncate(100),
        6 => bytes[length - 4_096..].fill(0),
        _ => bytes = b"something else ".repeat(1_000),
    }
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_damaged_file_is_begun_anew_and_keeps_what_waits_now() {
    for how in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let address = Server::none();
        let file = folder.path().join("history.db");
        let mut first = Telling::with(folder.path(), vec![webhook(address)], hasty());
        first.tell(Change::Opened, "t1");
        first.hears("nobody listens there");
        drop(first);
        damage(&file, how);
        let mut second = Telling::with(folder.path(), vec![webhook(address)], hasty());
        second.tell(Change::Opened, "t2");
        second.hears("nobody listens there");
        drop(second);
        let aside = folder.path().join("history.damaged");
        assert!(aside.exists(), "{how}: {:?}", std::fs::read_dir(folder.path()).unwrap().collect::<Vec<_>>());
        let server = Server::on(TcpListener::bind(address).unwrap(), &[Does::Answers(200)]);
        let _third = Telling::with(folder.path(), vec![webhook(address)], hasty());
        // What could be read of the first run is told, too, and before.
        let heard = server.hear_alert();
        if heard == pair("firing", "t1") {
            assert_eq!(server.hear_alert(), pair("firing", "t2"), "{how}");
        } else {
            assert_eq!(heard, pair("firing", "t2"), "{how}");
        }
    }
}

#[test]
fn a_file_that_is_damaged_or_taken_away_under_the_service_is_begun_anew_with_all_that_waits() {
    for how in ["damaged", "taken away"] {
        let folder = tempfile::tempdir().unwrap();
        let address = Server::none();
        let file = folder.path().join("history.db");
        let mut telling = Telling::with(folder.path(), vec![webhook(address)], hasty());
        telling.tell(Change::Opened, "t1");
        telling.hears("nobody listens there");
        // There is no table at first.
        let is_kept = || {
            let database = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
            database.query_row("SELECT 1 FROM waiting", [], |row| row.get::<_, i64>(0)).ok()
        };
        while is_kept().is_none() {
            std::thread::yield_now();
        }
        match how {
            "damaged" => {
                let connection = Connection::open(&file).unwrap();
                // All is in the file itself, and then it is not.
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
                drop(connection);
                let length = std::fs::metadata(&file).unwrap().len();
                let open = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
                std::os::unix::fs::FileExt::write_all_at(&open, &vec![0x5a; usize::try_from(length).unwrap()], 0)
                    .unwrap();
            }
            _ => std::fs::remove_file(&file).unwrap(),
        }
        telling.tell(Change::Opened, "t2");
        while telling.alerts.counts()[0].waiting < 2 {
            std::thread::yield_now();
        }
        drop(telling);
        assert_eq!(folder.path().join("history.damaged").exists(), how == "damaged");
        assert_eq!(rows(folder.path(), "waiting"), 2, "{how}");
    }
}

#[test]
fn where_nothing_is_kept_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(&[Does::Answers(200)]);
    let mut telling = Telling::without_history(folder.path(), vec![webhook(server.address)], pace());
    let said = telling.coverage();
    assert_eq!(said.state, SourceState::Degraded);
    assert!(said.detail.ends_with("would not survive a restart: history: off keeps nothing"), "{said:?}");
    telling.tell(Change::Opened, "t1");
    assert_eq!(server.hear_alert(), pair("firing", "t1"));
}
