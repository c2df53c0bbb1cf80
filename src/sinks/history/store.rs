//! The file, to its one writer.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, params, params_from_iter};
use rustix::fs::{FlockOperation, flock};

use super::limits::Limits;
use super::waiting::HistoryRow;
use super::{Changes, FoundQueue, HistoryError};
use crate::model::RealTime;

/// Form of the file (`PRAGMA user_version`). Tables that are added change nothing for those who know the others.
pub(super) const FORM: i64 = 1;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, entry TEXT NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS entry_time ON entry (time);
    CREATE TABLE IF NOT EXISTS waiting
        (receiver TEXT NOT NULL, number INTEGER NOT NULL, time INTEGER NOT NULL, alert TEXT NOT NULL,
         PRIMARY KEY (receiver, number)) STRICT;
    CREATE TABLE IF NOT EXISTS told
        (receiver TEXT NOT NULL, number INTEGER NOT NULL, time INTEGER NOT NULL, alert TEXT NOT NULL,
         PRIMARY KEY (receiver, number)) STRICT;";

/// How long a reader's lock is waited for.
pub(super) const BUSY: Duration = Duration::from_secs(2);

/// The open file. While it is open no other service writes it.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    limits: Limits,
    connection: Connection,
    /// Device and number of the file that is open.
    file: (u64, u64),
    /// Its lock ends with it. Not on the database itself: closing any descriptor of that would end SQLite's own locks (fcntl(2)).
    _lock: File,
}

impl Store {
    /// Opens the file, or makes it, for its owner alone.
    pub(super) fn open(path: &Path, limits: Limits) -> Result<Self, HistoryError> {
        let lock = lock(path)?;
        let failed = |source| HistoryError::Database { path: path.to_owned(), source };
        if path.is_dir() {
            let source = io::Error::from(io::ErrorKind::IsADirectory);
            return Err(HistoryError::Io { path: path.to_owned(), source });
        }
        let connection = open(path).map_err(failed)?;
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
        if found > FORM {
            return Err(HistoryError::Newer { path: path.to_owned(), found, known: FORM });
        }
        connection.execute_batch(&format!("{TABLES} PRAGMA user_version = {FORM};")).map_err(failed)?;
        let file = identity(path).map_err(|source| HistoryError::Io { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), limits, connection, file, _lock: lock })
    }

    /// The file under the name is not the one that is open any more.
    pub(super) fn is_gone(&self) -> bool {
        identity(&self.path).ok() != Some(self.file)
    }

    /// Reads what is kept of a queue, and where it is damaged as much of it as can be read.
    pub(super) fn found(&self, key: &str) -> (FoundQueue, Result<(), HistoryError>) {
        let mut found = FoundQueue::default();
        let read = rows_of(&self.connection, "waiting", key, &mut found.waiting)
            .and_then(|()| rows_of(&self.connection, "told", key, &mut found.told));
        (found, read.map_err(|source| HistoryError::Database { path: self.path.clone(), source }))
    }

    /// Looks through the whole file.
    pub(super) fn look_for_damage(&self) -> Result<(), HistoryError> {
        let failed = |source| HistoryError::Database { path: self.path.clone(), source };
        let said: String = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
        if said == "ok" { Ok(()) } else { Err(HistoryError::Damaged { path: self.path.clone(), said }) }
    }

    /// Writes all of it or nothing, and prunes. `queues`: of each its key, and what has changed.
    pub(super) fn write(
        &mut self,
        rows: &[HistoryRow],
        queues: &[(String, Changes)],
        now: RealTime,
    ) -> Result<(), HistoryError> {
        let limits = self.limits;
        let failed = |source| HistoryError::Database { path: self.path.clone(), source };
        let write = |transaction: Transaction<'_>| {
            for (key, changes) in queues {
                change(&transaction, key, changes, now)?;
            }
            {
                let mut insert = transaction.prepare("INSERT INTO entry (time, entry) VALUES (?1, ?2)")?;
                for row in rows {
                    insert.execute(params![row.time.micros(), row.json])?;
                }
            }
            if let Some(newest) = rows.iter().map(|row| row.time).max() {
                prune(&transaction, limits, newest, queues)?;
            }
            transaction.commit()
        };
        self.connection.transaction().and_then(write).map_err(failed)
    }
}

/// Which file has this name.
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::metadata(path).map(|file| (file.dev(), file.ino()))
}

/// A text that is none is left out.
fn rows_of(connection: &Connection, table: &str, key: &str, found: &mut Vec<String>) -> rusqlite::Result<()> {
    let mut select = connection.prepare(&format!("SELECT alert FROM {table} WHERE receiver = ?1 ORDER BY number"))?;
    let mut rows = select.query([key])?;
    while let Some(row) = rows.next()? {
        found.push(
            row.get_ref(0)?.as_bytes().map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default(),
        );
    }
    Ok(())
}

fn change(transaction: &Transaction<'_>, key: &str, changes: &Changes, now: RealTime) -> rusqlite::Result<()> {
    for (table, texts) in [("waiting", &changes.waiting), ("told", &changes.told)] {
        if changes.all {
            transaction.execute(&format!("DELETE FROM {table} WHERE receiver = ?1"), [key])?;
        }
        let mut put = transaction.prepare(&format!(
            "INSERT INTO {table} (receiver, number, time, alert) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (receiver, number) DO UPDATE SET alert = excluded.alert"
        ))?;
        let mut remove = transaction.prepare(&format!("DELETE FROM {table} WHERE receiver = ?1 AND number = ?2"))?;
        for (number, text) in texts {
            // Half of all fingerprints are beyond SQLite's integers: the same bits, as a number that may be negative.
            let number = number.cast_signed();
            match text {
                Some(text) => put.execute(params![key, number, now.micros(), text])?,
                None => remove.execute(params![key, number])?,
            };
        }
    }
    Ok(())
}

/// Takes the writer's place.
fn lock(path: &Path) -> Result<File, HistoryError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| HistoryError::Io { path, source }
    };
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed(folder))?;
    }
    let beside = path.with_extension("lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&beside);
    let file = file.map_err(failed(&beside))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(HistoryError::InUse(path.to_owned())),
        Err(error) => Err(failed(&beside)(io::Error::from(error))),
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    // SQLite would make the file with the process's umask alone; its two companions take the mode of the first.
    let _ = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY)?;
    // WAL: readers and the writer do not wait for each other. FULL: what was written survives the power, too.
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 4194304;")?;
    Ok(connection)
}

/// Pages that become free are used again: the file does not grow beyond its limit by more than a batch. What waits is bounded by those whose
/// it is, and does not cost entries; what waits for somebody who is not there (any more) goes when it is old.
fn prune(
    transaction: &Transaction<'_>,
    limits: Limits,
    newest: RealTime,
    queues: &[(String, Changes)],
) -> rusqlite::Result<()> {
    let oldest = newest.before(limits.age);
    transaction.execute("DELETE FROM entry WHERE time < ?1", [oldest.micros()])?;
    let places = vec!["?"; queues.len()].join(", ");
    let keys = queues.iter().map(|(key, _)| key.clone());
    for table in ["waiting", "told"] {
        transaction.execute(
            &format!("DELETE FROM {table} WHERE time < {} AND receiver NOT IN ({places})", oldest.micros()),
            params_from_iter(keys.clone()),
        )?;
    }
    let number = |name| transaction.pragma_query_value::<i64, _>(None, name, |row| row.get(0));
    let used = (number("page_count")? - number("freelist_count")?).saturating_mul(number("page_size")?);
    if used > limits.bytes && used.saturating_sub(queued(transaction)?) > limits.bytes {
        transaction
            .execute("DELETE FROM entry WHERE id <= (SELECT min(id) + (max(id) - min(id)) / 10 FROM entry)", [])?;
    }
    Ok(())
}

/// Bytes of all that waits or was told.
fn queued(transaction: &Transaction<'_>) -> rusqlite::Result<i64> {
    let bytes = "SELECT (SELECT coalesce(sum(length(alert)), 0) FROM waiting) + (SELECT coalesce(sum(length(alert)), 0) FROM told)";
    transaction.query_row(bytes, [], |row| row.get(0))
}
