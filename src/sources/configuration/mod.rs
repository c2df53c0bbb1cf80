//! What the daemon's configuration says of its connections: read when a daemon is found, and again when a file of it has changed and nobody
//! writes into it any more. The daemon itself is asked nothing for it.

mod print;
mod watch;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::{oneshot, watch as channel};
use tokio::time::Instant;

use self::print::Print;
use self::watch::FilesWatch;
use super::daemon::configuration::{self, ReadConnections};
use super::process::{RunningDaemon, is_seen_alike};
use super::{Closed, Queue};
use crate::daemons::{Dialect, dialect};
use crate::model::{ConfiguredConnections, KnownBy, What};

/// Between two looks at the files' dates: inotify does not tell everything (what a link leads to, another host's writing).
const PERIOD: Duration = Duration::from_secs(30);

/// So long nothing must have happened to it.
const SETTLES: Duration = Duration::from_secs(2);

/// A file that is written for so long is read all the same.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long reading it is waited for; longer than it takes by its own bounds.
const READS_WITHIN: Duration = Duration::from_secs(15);

/// How often a text that changes while it is read is read anew.
const TRIES: u32 = 3;

/// One reading.
#[derive(Debug, Default)]
struct ConfigurationLook {
    read: ReadConnections,
    /// The files as they were then.
    print: Print,
}

#[derive(Debug)]
struct ConfigurationFollower {
    queue: Queue,
    running: channel::Receiver<Option<RunningDaemon>>,
    told: Option<Box<ConfiguredConnections>>,
}

/// Follows the configuration of whichever daemon runs. Must be called inside a tokio runtime.
pub fn spawn(queue: Queue, running: channel::Receiver<Option<RunningDaemon>>) {
    let mut follower = ConfigurationFollower { queue, running, told: None };
    // It ends with the queue or with what watches the daemon.
    tokio::spawn(async move { while follower.daemon().await.is_ok() {} });
}

impl ConfigurationFollower {
    /// One daemon, until there is another or none.
    async fn daemon(&mut self) -> Result<(), Closed> {
        let place = self.running.borrow_and_update().as_ref().map(|running| {
            let pid = match running.daemon.known {
                KnownBy::Process { pid, .. } => Some(pid),
                KnownBy::Socket { .. } => None,
            };
            (dialect(running.daemon.kind), pid.zip(running.configuration.clone()))
        });
        match place {
            // What the next one will be told is not known yet.
            None => self.running.changed().await.map_err(|_| Closed),
            Some((_, None)) => {
                self.tell(None).await?;
                self.running.changed().await.map_err(|_| Closed)
            }
            Some((dialect, Some((pid, file)))) => self.follow(dialect, pid, &file).await,
        }
    }

    async fn follow(&mut self, dialect: &'static dyn Dialect, pid: u32, file: &Path) -> Result<(), Closed> {
        let mut watch = FilesWatch::new();
        let mut look = look(dialect, pid, file.to_owned()).await;
        self.tell(look.read.connections.take()).await?;
        loop {
            watch.renew(&look.read.files, &look.read.folders);
            tokio::select! {
                changed = self.running.changed() => return changed.map_err(|_| Closed),
                () = watch.changed() => {},
                () = tokio::time::sleep(PERIOD) => {},
            }
            if !look.is_old().await {
                continue;
            }
            settle(&mut watch).await;
            look = self::look(dialect, pid, file.to_owned()).await;
            self.tell(look.read.connections.take()).await?;
        }
    }

    async fn tell(&mut self, connections: Option<ConfiguredConnections>) -> Result<(), Closed> {
        let connections = connections.map(Box::new);
        if connections != self.told {
            self.queue.send(What::Configured(connections.clone())).await?;
            self.told = connections;
        }
        Ok(())
    }
}

impl ConfigurationLook {
    /// A file of it is another one than it was.
    async fn is_old(&self) -> bool {
        let print = self.print.clone();
        aside(move || !print.holds()).await.unwrap_or(false)
    }
}

/// Waits until nothing has happened for a while and nobody has it open for writing.
async fn settle(watch: &mut FilesWatch) {
    let until = Instant::now() + PATIENCE;
    loop {
        tokio::select! {
            () = watch.changed() => {},
            () = tokio::time::sleep(SETTLES) => if !watch.is_being_written() { return },
        }
        if Instant::now() >= until {
            return;
        }
    }
}

/// Reads it as it stands: twice, as a text that changes meanwhile is none.
async fn look(dialect: &'static dyn Dialect, pid: u32, file: PathBuf) -> ConfigurationLook {
    let read = move || {
        let mut read = configuration::connections(dialect, &file);
        let mut print = Print::of(&read.files, &read.folders);
        for tries in 1.. {
            let again = configuration::connections(dialect, &file);
            let held = again == read && print.holds();
            print = Print::of(&again.files, &again.folders);
            read = again;
            if held || tries == TRIES {
                // Where the daemon sees another file by that name, ours says nothing of it.
                read.connections = read.connections.filter(|_| held && is_seen_alike(pid, &file));
                break;
            }
        }
        ConfigurationLook { read, print }
    };
    aside(read).await.unwrap_or_default()
}

/// On a thread of its own: a disk may not answer, and a runtime would wait for its own threads at its end.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (told, come) = oneshot::channel();
    // Late: nobody waits any more.
    let begun = std::thread::Builder::new().name("configuration".into()).spawn(move || drop(told.send(work())));
    begun.ok()?;
    tokio::time::timeout(READS_WITHIN, come).await.ok()?.ok()
}

#[cfg(test)]
mod tests;
