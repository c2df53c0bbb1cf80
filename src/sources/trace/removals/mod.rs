//! Who has SAs and policies deleted or flushed beside the daemon: probes on the requests for that in XFRM's netlink handler, and on nothing
//! else, so that what expires costs nothing. What the daemon asks for the kernel leaves out, as it does what is of another namespace.
//!
//! Whoever asks again and again is told of several times a second, each time with the last few requests; the rest is counted.

#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
mod probes;
mod records;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch as channel;

use self::probes::Probes;
use self::records::Records;
use super::corner::Corner;
use super::error::{LOG, TraceError};
use super::pipes::Pipes;
use super::senders;
use super::threads::{Threads, process_of};
use super::watch::TraceEnd;
use crate::model::{Coverage, Netns, Removals, Source, SourceState, What};
use crate::sources::process::RunningDaemon;
use crate::sources::{Closed, Queue};

/// Between two readings: a program that deletes SAs without end is told of so often and no more.
const PAUSE: Duration = Duration::from_millis(200);

/// Begins to watch the namespace `netns`, which must be this process's. Returns at once; how well it works is told as coverage.
pub fn spawn(queue: Queue, netns: Netns, running: channel::Receiver<Option<RunningDaemon>>) {
    tokio::spawn(async move {
        // Closed: the engine has ended, and nobody wants to know.
        let _ = watch(queue, netns, running).await;
    });
}

async fn watch(queue: Queue, netns: Netns, running: channel::Receiver<Option<RunningDaemon>>) -> Result<(), Closed> {
    let begun = tokio::task::spawn_blocking(move || (Watch::begin(netns), senders::try_out(netns)));
    let Ok((begun, counts)) = begun.await else { return Ok(()) };
    let counts = counts.err().map(|error| format!("who sends packets that are dropped is not known: {error}"));
    match begun {
        Ok(mut watch) => {
            cover(&queue, None, counts.as_deref(), Some(&watch.corner)).await?;
            match watch.run(&queue, running).await {
                Ok(()) | Err(TraceEnd::Closed) => Ok(()),
                Err(TraceEnd::Broken(error)) => cover(&queue, Some(&error), counts.as_deref(), None).await,
            }
        }
        Err(error) => cover(&queue, Some(&error), counts.as_deref(), None).await,
    }
}

async fn cover(
    queue: &Queue,
    removals: Option<&TraceError>,
    counts: Option<&str>,
    corner: Option<&Corner>,
) -> Result<(), Closed> {
    let missing = removals.map(|error| format!("who deletes SAs and policies beside the daemon is not known: {error}"));
    let lacking: Vec<&str> = missing.as_deref().into_iter().chain(counts).collect();
    let (state, detail) = match (corner, lacking.is_empty()) {
        (Some(corner), true) => {
            let path = corner.path().display();
            let detail = format!("who has SAs and policies deleted, and who sends packets that are dropped ({path})");
            (SourceState::Ok, detail)
        }
        (None, _) if counts.is_some() => (SourceState::Absent, lacking.join("; ")),
        _ => (SourceState::Degraded, lacking.join("; ")),
    };
    queue.send(What::Coverage(Coverage { source: Source::Attribution, state, detail })).await
}

#[derive(Debug)]
struct Watch {
    /// Before the corner: the kernel removes no instance that somebody reads.
    pipes: Pipes,
    corner: Arc<Corner>,
    probes: Probes,
    records: Records,
    /// The daemon's threads, as the filters have them.
    daemon: Option<Threads>,
}

impl Watch {
    fn begin(netns: Netns) -> Result<Self, TraceError> {
        if !super::instance::numbers_are_the_kernels() {
            return Err(TraceError::ProcessNamespace);
        }
        let corner = Corner::make(netns, probes::PURPOSE, &probes::NAMES)?;
        let probes = Probes::define(&corner, netns)?;
        let records = Records::of(&corner, netns)?;
        let pipes = corner.open()?;
        Ok(Self { pipes, corner: corner.into(), probes, records, daemon: None })
    }

    async fn run(
        &mut self,
        queue: &Queue,
        mut running: channel::Receiver<Option<RunningDaemon>>,
    ) -> Result<(), TraceEnd> {
        loop {
            let pid = running.borrow_and_update().as_ref().and_then(|running| running.daemon.pid());
            self.leave_out(pid).await?;
            loop {
                tokio::select! {
                    // The source of the daemon's life ends only with the queue.
                    changed = running.changed() => {
                        changed.map_err(|_| TraceEnd::Closed)?;
                        break;
                    },
                    ready = self.pipes.wait() => {
                        ready?;
                        self.read(queue).await?;
                        tokio::time::sleep(PAUSE).await;
                    },
                }
            }
        }
    }

    /// From here on the kernel leaves out what this process asks for.
    async fn leave_out(&mut self, pid: Option<u32>) -> Result<(), TraceError> {
        let (corner, probes) = (Arc::clone(&self.corner), self.probes);
        // The kernel waits for all CPUs before a changed filter counts.
        let set = tokio::task::spawn_blocking(move || {
            let threads = pid.map(Threads::of);
            probes.leave_out(&corner, &threads.as_ref().map(Threads::list).unwrap_or_default()).map(|()| threads)
        });
        if let Ok(set) = set.await {
            self.daemon = set?;
        }
        Ok(())
    }

    async fn read(&mut self, queue: &Queue) -> Result<(), TraceEnd> {
        let mut removals = Removals::default();
        let (records, own, daemon) = (&self.records, std::process::id(), &self.daemon);
        let lost = self.pipes.read(|time, record| {
            let Some(mut removal) = records.read(time, record) else { return };
            let thread = removal.pid;
            removal.pid = match daemon {
                Some(daemon) if daemon.has(thread) => daemon.pid,
                _ => process_of(thread).unwrap_or(thread),
            };
            // What a remedy takes out is put back, and is in its own story.
            if removal.pid != own && daemon.as_ref().is_none_or(|daemon| daemon.pid != removal.pid) {
                removals.rows.push(removal);
            }
        })?;
        // Each CPU's records are in order; together they are not.
        removals.rows.sort_by_key(|removal| removal.at);
        let more = removals.rows.len().saturating_sub(Removals::MOST);
        removals.rows.drain(..more);
        removals.more = lost.records.saturating_add(more as u64);
        if removals.more > 0 {
            tracing::debug!(target: LOG, "{} requests to delete SAs or policies came too fast", removals.more);
        }
        if !removals.rows.is_empty() {
            queue.send(What::Removals(removals)).await?;
        }
        Ok(())
    }
}
