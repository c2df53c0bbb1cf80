//! The file, to whoever reads it, while it is written or not.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, Row, params};

use super::store::{BUSY, FORM};
use super::{HistoryEntry, HistoryError, PastEvent};
use crate::model::RealTime;

/// How many rows are looked at in one go. Each is a transaction of its own: a reader that takes its time does not keep the writer's log
/// from being emptied.
const PAGE: i64 = 500;

/// Which entries are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Not before this time.
    pub since: Option<RealTime>,
    /// Not after this time.
    pub until: Option<RealTime>,
    /// About this connection alone.
    pub connection: Option<String>,
}

/// Reads one file.
#[derive(Debug)]
pub struct HistoryReader {
    path: PathBuf,
    connection: Connection,
    query: Query,
    /// The last row that was looked at.
    after: i64,
}

/// Some entries, oldest first, as JSON; none may be among them though more follow.
pub type Rows = Vec<String>;

impl HistoryReader {
    /// Opens the file to be read alone.
    ///
    /// # Errors
    /// There is none, it cannot be read, or a later version wrote it.
    pub fn open(path: &Path, query: Query) -> Result<Self, HistoryError> {
        if !path.exists() {
            return Err(HistoryError::Absent(path.to_owned()));
        }
        let failed = |source| HistoryError::Database { path: path.to_owned(), source };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
        // Made a moment ago; nothing is in it.
        if found == 0 {
            return Err(HistoryError::Absent(path.to_owned()));
        }
        if found > FORM {
            return Err(HistoryError::Newer { path: path.to_owned(), found, known: FORM });
        }
        Ok(Self { path: path.to_owned(), connection, query, after: i64::MIN })
    }

    /// The next entries; none at the end.
    ///
    /// # Errors
    /// The file cannot be read on.
    pub fn next_rows(&mut self) -> Result<Option<Rows>, HistoryError> {
        let failed = |source| HistoryError::Database { path: self.path.clone(), source };
        let since = self.query.since.map_or(i64::MIN, RealTime::micros);
        let until = self.query.until.map_or(i64::MAX, RealTime::micros);
        let mut select = self
            .connection
            .prepare("SELECT id, time, entry FROM entry WHERE id > ?1 AND time BETWEEN ?2 AND ?3 ORDER BY id LIMIT ?4")
            .map_err(failed)?;
        let row = |row: &Row<'_>| {
            let text = row.get_ref(2)?.as_bytes().unwrap_or_default();
            Ok((row.get(0)?, RealTime::from_micros(row.get(1)?), String::from_utf8_lossy(text).into_owned()))
        };
        let found = select.query_map(params![self.after, since, until, PAGE], row);
        let found: Vec<(i64, RealTime, String)> = found.and_then(Iterator::collect).map_err(failed)?;
        let Some((last, ..)) = found.last() else { return Ok(None) };
        // A damaged file may show the same rows for ever.
        if *last <= self.after {
            let disorder = Some("its rows are in no order".to_owned());
            let damaged = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            return Err(failed(rusqlite::Error::SqliteFailure(damaged, disorder)));
        }
        self.after = *last;
        Ok(Some(found.into_iter().filter_map(|(_, time, text)| wanted(&self.query, time, text)).collect()))
    }
}

/// The entry, where it is asked for; one that cannot be read is said to be lost, and costs no other.
fn wanted(query: &Query, time: RealTime, text: String) -> Option<String> {
    match serde_json::from_str::<HistoryEntry>(&text) {
        Ok(entry) => {
            let concerns = query.connection.as_ref().is_none_or(|connection| entry.past.concerns(connection));
            concerns.then_some(text)
        }
        Err(error) => {
            let why = format!("this one cannot be read: {error}");
            serde_json::to_string(&HistoryEntry { time, past: PastEvent::Lost { entries: 1, why } }).ok()
        }
    }
}
