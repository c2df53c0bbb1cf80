//! The file, to its one writer.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, params};
use rustix::fs::{FlockOperation, flock};

use super::HistoryError;
use super::limits::Limits;
use super::waiting::Row;
use crate::model::RealTime;

/// Form of the file (`PRAGMA user_version`).
pub(super) const FORM: i64 = 1;

/// How long a reader's lock is waited for.
pub(super) const BUSY: Duration = Duration::from_secs(2);

/// The open file. While it is open no other service writes it.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    limits: Limits,
    connection: Connection,
    /// Its lock ends with it. Not on the database itself: closing any descriptor of that would end SQLite's own locks (fcntl(2)).
    _lock: File,
}

// === impl Store ===

impl Store {
    /// Opens the file, or makes it, for its owner alone.
    pub(super) fn open(path: &Path, limits: Limits) -> Result<Self, HistoryError> {
        let lock = lock(path)?;
        let failed = |source| HistoryError::Database { path: path.to_owned(), source };
        let connection = open(path).map_err(failed)?;
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
        if found > FORM {
            return Err(HistoryError::Newer { path: path.to_owned(), found, known: FORM });
        }
        connection
            .execute_batch(&format!(
                "CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, entry TEXT NOT NULL) STRICT;
                 CREATE INDEX IF NOT EXISTS entry_time ON entry (time);
                 PRAGMA user_version = {FORM};"
            ))
            .map_err(failed)?;
        Ok(Self { path: path.to_owned(), limits, connection, _lock: lock })
    }

    /// Writes all of it or nothing, and prunes.
    pub(super) fn write(&mut self, rows: &[Row]) -> Result<(), HistoryError> {
        let limits = self.limits;
        let failed = |source| HistoryError::Database { path: self.path.clone(), source };
        let write = |transaction: Transaction<'_>| {
            {
                let mut insert = transaction.prepare("INSERT INTO entry (time, entry) VALUES (?1, ?2)")?;
                for row in rows {
                    insert.execute(params![row.time.micros(), row.json])?;
                }
            }
            if let Some(newest) = rows.iter().map(|row| row.time).max() {
                prune(&transaction, limits, newest)?;
            }
            transaction.commit()
        };
        self.connection.transaction().and_then(write).map_err(failed)
    }
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
    // WAL: readers and the writer do not wait for each other. NORMAL: nothing is lost with a killed process; with a power failure at most
    // the last moments, and never the file.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4194304;",
    )?;
    Ok(connection)
}

/// Pages that become free are used again: the file does not grow beyond its limit by more than a batch.
fn prune(transaction: &Transaction<'_>, limits: Limits, newest: RealTime) -> rusqlite::Result<()> {
    let oldest = newest.before(limits.age);
    transaction.execute("DELETE FROM entry WHERE time < ?1", [oldest.micros()])?;
    let number = |name| transaction.pragma_query_value::<i64, _>(None, name, |row| row.get(0));
    let used = (number("page_count")? - number("freelist_count")?).saturating_mul(number("page_size")?);
    if used > limits.bytes {
        transaction
            .execute("DELETE FROM entry WHERE id <= (SELECT min(id) + (max(id) - min(id)) / 10 FROM entry)", [])?;
    }
    Ok(())
}
