//! Where a daemon keeps things, by its arguments and its configuration: read on a thread of its own, as a disk may not answer.

use std::time::Duration;

use tokio::sync::oneshot;

use super::procfs;
use crate::daemons::{DaemonPaths, Dialect};
use crate::sources::daemon::configuration;

/// How long it is waited for; longer than reading takes by its own bounds.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct FileReading {
    /// Where it keeps things.
    pub places: DaemonPaths,
    /// What of its configuration was not read and why, in one sentence.
    pub left_out: Option<String>,
}

/// Of the process with this number and these arguments, which `unit` runs where it is known.
pub async fn of_process(
    dialect: &'static dyn Dialect,
    pid: u32,
    arguments: Vec<String>,
    unit: Option<String>,
) -> FileReading {
    let without = dialect.paths_by_arguments(&arguments, unit.as_deref());
    let read = move || {
        let standard_error = procfs::standard_error(pid);
        configuration::paths(dialect, &arguments, unit.as_deref(), standard_error.as_deref())
    };
    within(without, read).await
}

/// Of a daemon that was started as its distribution starts it.
pub async fn usual(dialect: &'static dyn Dialect, unit: Option<String>) -> FileReading {
    let without = dialect.paths_by_arguments(&[], unit.as_deref());
    within(without, move || configuration::paths(dialect, &dialect.usual_arguments(), unit.as_deref(), None)).await
}

/// What `read` comes to, or `without` where it takes too long. A runtime would wait for a thread of its own at its end; for this one nobody
/// does.
async fn within(
    without: DaemonPaths,
    read: impl FnOnce() -> (DaemonPaths, Option<String>) + Send + 'static,
) -> FileReading {
    let (told, come) = oneshot::channel();
    let begun = std::thread::Builder::new().name("configuration".into()).spawn(move || {
        // Late: nobody waits any more.
        let _ = told.send(read());
    });
    let left_out = match begun {
        Ok(_) => match tokio::time::timeout(PATIENCE, come).await {
            Ok(Ok((places, left_out))) => return FileReading { places, left_out },
            _ => format!("it could not be read within {} s", PATIENCE.as_secs()),
        },
        Err(error) => format!("no thread could be started to read it: {error}"),
    };
    FileReading { places: without, left_out: Some(left_out) }
}
