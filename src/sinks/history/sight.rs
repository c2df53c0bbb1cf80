//! When a daemon was last seen here, by the history alone.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::store::BUSY;
use super::{HistoryEntry, HistoryError, PastEvent};
use crate::model::RealTime;

/// A daemon that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The last moment at which it is known to have run.
    pub at: RealTime,
    /// Its program, where that was kept.
    pub program: Option<String>,
}

/// Rows that may tell of a daemon: its tag stands at the front, behind the time, and what others wrote cannot be there.
const OF_DAEMONS: &str = "substr(entry, 1, 80) LIKE '%,\"kind\":\"daemon\",%'";

/// The last one; none where none was ever seen, or there is no history.
///
/// # Errors
/// The file cannot be read.
pub fn last_sight(path: &Path) -> Result<Option<Sight>, HistoryError> {
    if !path.exists() {
        return Ok(None);
    }
    let failed = |source| HistoryError::Database { path: path.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    let text = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    let table = connection.query_row("SELECT name FROM sqlite_master WHERE name = 'entry'", [], text).optional();
    if table.map_err(failed)?.is_none() {
        return Ok(None);
    }
    let newest = |of: &str| {
        let select = format!("SELECT entry, id FROM entry WHERE {of} ORDER BY id DESC LIMIT 1");
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
        connection.query_row(&select, params![], row).optional().map_err(failed)
    };
    let read = |text: &str| serde_json::from_str::<HistoryEntry>(text).ok();
    let Some((last, _)) = newest(OF_DAEMONS)? else { return Ok(None) };
    let Some(HistoryEntry { time, past: PastEvent::Daemon { state, .. } }) = read(&last) else { return Ok(None) };
    let up = newest(&format!("{OF_DAEMONS} AND substr(entry, 1, 120) LIKE '%\"state\":\"up\"%'"))?;
    let program = match up.and_then(|(up, _)| read(&up)) {
        Some(HistoryEntry { past: PastEvent::Daemon { program, .. }, .. }) => program,
        _ => None,
    };
    // It ran for as long as somebody wrote and said nothing else.
    let at =
        if state == "up" { newest("1")?.and_then(|(any, _)| read(&any)).map_or(time, |any| any.time) } else { time };
    Ok(Some(Sight { at, program }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Daemon, DaemonKind, KnownBy};
    use crate::sinks::history::limits::Limits;
    use crate::sinks::history::store::Store;
    use crate::sinks::history::waiting::HistoryRow;

    fn row(seconds: i64, past: PastEvent) -> HistoryRow {
        let time = RealTime::from_micros(seconds * 1_000_000);
        HistoryRow { time, json: serde_json::to_string(&HistoryEntry { time, past }).unwrap() }
    }

    fn up() -> PastEvent {
        let daemon = Daemon {
            kind: DaemonKind::Libreswan,
            known: KnownBy::Process { pid: 7, start_ticks: 7 },
            since: RealTime::default(),
            version: None,
            unit: None,
            log: "journal".to_owned(),
            socket: "/run/pluto/pluto.ctl".to_owned(),
            log_addresses: None,
            debug: Vec::new(),
        };
        PastEvent::daemon_up(&daemon, Some("/opt/pluto".to_owned()))
    }

    fn seen(rows: &[HistoryRow]) -> Option<i64> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        Store::open(&path, Limits::default()).unwrap().write(rows, &[], RealTime::from_micros(9_000_000)).unwrap();
        last_sight(&path).unwrap().map(|sight| sight.at.micros() / 1_000_000)
    }

    #[test]
    fn it_was_seen_until_it_went_or_until_nobody_looked_any_more() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(last_sight(&folder.path().join("none.db")).unwrap(), None);
        std::fs::write(folder.path().join("empty.db"), "").unwrap();
        assert_eq!(last_sight(&folder.path().join("empty.db")).unwrap(), None);
        let service = |seconds, state| row(seconds, PastEvent::service(state));
        assert_eq!(seen(&[service(1, "started"), service(2, "ended")]), None);
        assert_eq!(seen(&[service(1, "started"), row(2, up()), service(9, "ended")]), Some(9));
        assert_eq!(seen(&[row(2, up()), row(5, PastEvent::daemon_gone(Some(7))), service(9, "ended")]), Some(5));
    }

    #[test]
    fn what_others_wrote_is_no_daemon() {
        let why = "x,\"kind\":\"daemon\",\"state\":\"up\"".to_owned();
        assert_eq!(seen(&[row(1, PastEvent::Lost { entries: 0, why })]), None);
    }

    #[test]
    fn a_file_that_is_something_else_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        std::fs::write(&path, "no database at all, and long enough to be looked at as one".repeat(20)).unwrap();
        assert!(last_sight(&path).is_err());
    }
}
