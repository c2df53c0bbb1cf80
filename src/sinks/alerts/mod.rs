//! People are told by the tools that they have: an Alertmanager, a webhook, a program of theirs. Everything is done on a thread of its
//! own, each receiver by a task of its own: one that is slow or dead delays nobody.

mod alert;
mod alertmanager;
mod board;
mod exec;
mod failure;
mod fnv;
mod http;
mod line;
mod pace;
mod queue;
mod receiver;
mod spool;
#[cfg(test)]
mod tests;
mod tls;
mod work;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, watch};

pub use self::alert::{Alert, Labels, State, name};
pub use self::exec::check;
use self::line::Counts;
pub use self::pace::{Pace, Retry};
pub use self::queue::Rest;
pub use self::receiver::{Address, Receiver};
use self::work::Work;
use crate::model::{Change, Finding, ReceiverCounts};
use crate::sources::Queue;

/// How many changes may wait until the thread has taken them: they do only while its disk stands still.
const ROOM: usize = 16_384;

/// Tells every receiver. Cheap to clone. One that was never started tells nobody.
#[derive(Clone, Debug, Default)]
pub struct Alerts {
    thread: Option<Thread>,
}

#[derive(Clone, Debug)]
struct Thread {
    changes: mpsc::Sender<(Change, Box<Finding>)>,
    receivers: watch::Sender<Vec<Receiver>>,
    shared: Arc<Shared>,
}

/// What the service and the thread both see.
#[derive(Debug, Default)]
struct Shared {
    lines: Mutex<Vec<(String, Arc<Counts>)>>,
    /// Changes for which there was no room.
    missed: AtomicU64,
}

/// Where it keeps what waits, and how it goes about it.
#[derive(Debug)]
pub struct Place {
    /// Name of this host.
    pub host: String,
    /// The folder.
    pub folder: PathBuf,
    /// The times.
    pub pace: Pace,
}

// === impl Place ===

impl Place {
    /// Of this host: `alerts` in the service's state directory.
    pub fn of_this_host() -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let folder = crate::probe::remembered::directory().with_file_name("alerts");
        Self { host, folder, pace: Pace::default() }
    }
}

// === impl Alerts ===

impl Alerts {
    /// Starts the thread. It ends when the last clone of this is dropped; what then still waits, waits on disk for the next start.
    /// `coverage` is told how the receivers are.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub fn start(receivers: Vec<Receiver>, place: Place, coverage: Queue) -> std::io::Result<Self> {
        let (changes, taken) = mpsc::channel(ROOM);
        let (receivers, wanted) = watch::channel(receivers);
        let shared = Arc::<Shared>::default();
        let work = Work::new(place, coverage, Arc::clone(&shared));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("alerts".to_owned()).spawn(move || {
            runtime.block_on(work.run(taken, wanted));
            // A name server that does not answer is not waited for.
            runtime.shutdown_background();
        })?;
        Ok(Self { thread: Some(Thread { changes, receivers, shared }) })
    }

    /// Tells of a change. Never waits.
    pub fn tell(&self, change: Change, finding: &Finding) {
        if let Some(thread) = &self.thread
            && thread.changes.try_send((change, Box::new(finding.clone()))).is_err()
        {
            thread.shared.missed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// From now on these are the receivers. Those that were there before keep what waits for them.
    pub fn configure(&self, receivers: &[Receiver]) {
        if let Some(thread) = &self.thread {
            thread.receivers.send_if_modified(|current| {
                let other = current != receivers;
                receivers.clone_into(current);
                other
            });
        }
    }

    /// What is counted of each receiver.
    pub fn counts(&self) -> Vec<ReceiverCounts> {
        let Some(thread) = &self.thread else { return Vec::new() };
        let lines = thread.shared.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        lines
            .iter()
            .map(|(receiver, counts)| ReceiverCounts {
                receiver: receiver.clone(),
                waiting: read(&counts.waiting),
                delivered: read(&counts.delivered),
                failed: read(&counts.failed),
                dropped: read(&counts.dropped),
            })
            .collect()
    }
}
