//! Why the kernel did not offload, from the kernel itself: tracefs.
//!
//! The daemon learns an errno at most. Probes on `xfrm_dev_state_add` tell which SA it was, what it was like, and the kernel's words, also
//! where an SA was taken in software without an error; the tracepoint `netlink:netlink_extack` tells the words about any other request of the
//! daemon. All write into a small ring buffer of our own. The kernel sees to it that they keep only what is ours: the probes' filters name our
//! network namespace, the tracepoint's the daemon's threads.
//!
//! What a kernel lets be seen is a ladder (`rungs.rs`). On the best rung one return probe reads the arguments, and an SA that is offloaded leaves
//! no record and wakes nobody. One rung down each call leaves two, which are put together here (`calls.rs`).
//!
//! Nothing is mounted, and nothing is left behind: instance and probes go with the task, and those of a run that was killed are taken
//! over by the next. Where something cannot be had, coverage says what that costs.

mod calls;
mod corner;
mod define;
mod error;
mod fetch;
mod format;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
mod instance;
pub mod measure;
mod pages;
mod pairing;
mod pipes;
mod place;
mod records;
pub mod removals;
mod ring;
mod rungs;
pub mod senders;
mod threads;
mod watch;

use tokio::sync::watch as channel;

use self::watch::{TraceEnd, TraceWatch};
use super::process::RunningDaemon;
use super::{Closed, Queue};
use crate::model::{Coverage, Netns, Source, SourceState, What};

/// Starts watching the namespace `netns`, which must be this process's. `running` tells whose words are kept. Returns at once; how well
/// it works is told as coverage.
pub fn spawn(queue: Queue, netns: Netns, running: channel::Receiver<Option<RunningDaemon>>) {
    tokio::spawn(async move {
        // Closed: the engine has ended, and nobody wants to know.
        let _ = watch(queue, netns, running).await;
    });
}

async fn watch(queue: Queue, netns: Netns, running: channel::Receiver<Option<RunningDaemon>>) -> Result<(), Closed> {
    let begun = {
        let queue = queue.clone();
        tokio::task::spawn_blocking(move || {
            measure::remove_left_over(netns);
            TraceWatch::begin(netns, queue)
        })
    };
    let error = match begun.await {
        Ok(Ok(watch)) => match watch.run(running).await {
            Ok(()) | Err(TraceEnd::Closed) => return Ok(()),
            Err(TraceEnd::Broken(error)) => error,
        },
        Ok(Err(error)) => error,
        Err(_) => return Ok(()),
    };
    let detail = format!(
        "why the kernel refuses an offload, or leaves it out in silence, is known from the daemon's log alone: {error}"
    );
    queue.send(What::Coverage(Coverage { source: Source::Trace, state: SourceState::Absent, detail })).await
}

#[cfg(test)]
mod tests;
