//! A daemon's log, as it is written: from a file or from the journal.

pub mod denied;
mod examine;
mod file;
mod frame;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
mod journal;
mod lines;
mod teller;
mod unknown;
mod wake;

pub use self::examine::examine;
pub use self::lines::LineSplitter;
pub use self::wake::Runner;

use tokio::sync::mpsc;

use self::wake::{FollowerWake, Since};
use super::queue::Queue;
use crate::daemons::{Dialect, LogPlace};
use crate::model::AskId;

/// A log that is being followed, until this is dropped.
#[derive(Debug)]
pub struct Log {
    wakes: mpsc::UnboundedSender<FollowerWake>,
}

/// Follows a log, of this daemon where one runs. First its past since the daemon's start (`LogLine::past`), then one `What::LogEnd` without `ask`, then what is written.
/// What is read, and what cannot be, is told as coverage. Must be called inside a tokio runtime.
pub fn spawn(queue: Queue, place: LogPlace, runner: Option<Runner>, dialect: &'static dyn Dialect) -> Log {
    let (wakes, woken) = mpsc::unbounded_channel();
    match place {
        LogPlace::File(path) => file::spawn(queue, path, runner, dialect, wakes.downgrade(), woken),
        LogPlace::Journal { unit, identifier } => {
            let journal = journal::Journal::new(unit, identifier, dialect);
            tokio::spawn(journal::follow(queue, journal, Since::of(runner.as_ref()), dialect, woken));
        }
        LogPlace::Unknown => drop(tokio::spawn(unknown::follow(queue, dialect, woken))),
    }
    Log { wakes }
}

impl Log {
    /// A daemon runs now that writes into this log: from here on a log without a line of it is none.
    pub fn daemon_runs(&self, runner: Runner) {
        let _ = self.wakes.send(FollowerWake::Runs(runner));
    }

    /// Reads to the present end at once; `What::LogEnd` with this `ask` follows the last line.
    pub fn catch_up(&self, ask: AskId) {
        // The follower ends only when the queue is closed: then nobody waits for an answer.
        let _ = self.wakes.send(FollowerWake::CatchUp(ask));
    }
}
