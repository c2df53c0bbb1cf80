//! What was found and what became of it, in one SQLite file: a row for each change of a finding, each step forward of a
//! remedy, each life of the daemon, each start and end of the service. Beside them what receivers of alerts are still to be told.
//!
//! A thread of its own writes, in batches; nobody waits for it. A file that cannot be written is tried again and again, and costs nothing
//! but its entries: those that do not fit into a bounded room meanwhile are counted, coverage says so at once, and the history itself says
//! so as soon as it can be written again. Alerts wait in memory, whatever the file does: what is in it is their image. The file is in
//! SQLite's WAL mode, so that it may be read at any time and survives a process that is killed, and the power; it is pruned by age and by
//! size; a damaged one is put aside.

mod aside;
mod entry;
mod error;
mod image;
mod limits;
mod queued;
mod reader;
mod sight;
mod store;
#[cfg(test)]
mod tests;
mod waiting;
mod writer;

use std::path::PathBuf;

pub use self::entry::{HistoryEntry, PastEvent};
pub use self::error::HistoryError;
pub use self::queued::{Changes, FoundQueue, QueueKeeper, Queued};
pub use self::reader::{HistoryReader, Query};
pub use self::sight::last_sight;
pub use self::writer::History;
use crate::state_directory::state_directory;

/// Where the file is when no other place is named.
pub fn default_path() -> PathBuf {
    state_directory().join("history.db")
}
