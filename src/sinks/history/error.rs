//! What can be wrong with the file.

use std::io;
use std::path::PathBuf;

/// Why the history cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// SQLite's own words: a full disk, a folder that is read-only, a file that is no database.
    #[error("{}: {source}", path.display())]
    Database { path: PathBuf, source: rusqlite::Error },
    /// What is in it cannot be right.
    #[error("{}: it is damaged: {said}", path.display())]
    Damaged {
        path: PathBuf,
        /// SQLite's own words.
        said: String,
    },
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or its folder.
        path: PathBuf,
        source: io::Error,
    },
    /// Two services may not write one history.
    #[error("{}: another service writes it; name another file with history:", .0.display())]
    InUse(PathBuf),
    /// A later version wrote it.
    #[error("{}: its form is {found}, and this version knows {known}", path.display())]
    Newer {
        path: PathBuf,
        /// Form of the file.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// There is none.
    #[error("{}: there is no history yet", .0.display())]
    Absent(PathBuf),
}

impl HistoryError {
    /// The file is damaged, and will not be better at the next try.
    pub(super) fn is_damage(&self) -> bool {
        let source = match self {
            Self::Damaged { .. } => return true,
            Self::Database { source, .. } => source,
            _ => return false,
        };
        matches!(
            source.sqlite_error_code(),
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
        )
    }
}
