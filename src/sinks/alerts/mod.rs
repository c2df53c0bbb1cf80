//! People are told by the tools that they have: an Alertmanager, a webhook, a program of theirs. Everything is done on a thread of its
//! own, each receiver by a task of its own: one that is slow or dead delays nobody.

mod alert;
mod alertmanager;
mod board;
mod cap;
mod dispatcher;
mod exec;
mod failure;
mod http;
mod kept;
mod left;
mod pace;
mod queue;
mod receiver;
mod setup;
#[cfg(test)]
mod tests;
mod tls;
mod unkept;
mod work;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

#[cfg(any(fuzzing, test))]
pub use self::alert::Alert;
pub use self::alert::name;
#[cfg(test)]
pub use self::alert::runbook;
use self::dispatcher::Dispatcher;
pub use self::exec::check;
pub use self::pace::Pace;
pub use self::queue::Rest;
pub use self::receiver::{Address, Receiver};
pub use self::setup::AlertsSetup;
use self::work::Work;
use crate::model::{Change, Finding, ReceiverCounts};
use crate::sources::Queue;

/// How many changes may wait until the thread has taken them.
const ROOM: usize = 16_384;

/// How long the end of the service waits for the thread.
const AT_THE_END: Duration = Duration::from_secs(5);

/// Tells every receiver. Cheap to clone. One that was never started tells nobody.
#[derive(Clone, Debug, Default)]
pub struct Alerts {
    thread: Option<AlertsThread>,
}

#[derive(Clone, Debug)]
struct AlertsThread {
    orders: mpsc::Sender<AlertsOrder>,
    receivers: watch::Sender<Vec<Receiver>>,
    shared: Arc<SharedAlerts>,
    /// Closed when it has ended.
    ended: Arc<Mutex<std::sync::mpsc::Receiver<()>>>,
}

/// What the thread is to do.
#[derive(Debug)]
enum AlertsOrder {
    Tell(Change, Box<Finding>),
    End,
}

/// What the service and the thread both see.
#[derive(Debug, Default)]
struct SharedAlerts {
    /// They outlive the thread, so that what still waits then can be kept.
    lines: Mutex<Vec<Arc<Dispatcher>>>,
    /// Changes for which there was no room.
    missed: AtomicU64,
}

impl Alerts {
    /// Starts the thread. It ends with `end`, or when the last clone of this is dropped; what then still waits, waits for the next start.
    /// `coverage` is told how the receivers are.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub fn start(receivers: Vec<Receiver>, place: AlertsSetup, coverage: Queue) -> std::io::Result<Self> {
        let (orders, taken) = mpsc::channel(ROOM);
        let (ends, ended) = std::sync::mpsc::channel();
        let (receivers, wanted) = watch::channel(receivers);
        let shared = Arc::<SharedAlerts>::default();
        let work = Work::new(place, coverage, Arc::clone(&shared));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("alerts".to_owned()).spawn(move || {
            runtime.block_on(work.run(taken, wanted));
            // A name server that does not answer is not waited for.
            runtime.shutdown_background();
            drop(ends);
        })?;
        Ok(Self { thread: Some(AlertsThread { orders, receivers, shared, ended: Arc::new(Mutex::new(ended)) }) })
    }

    /// Tells nobody any more, and ends the thread: what still waits can then be kept as it is.
    pub fn end(&self) {
        if let Some(thread) = &self.thread
            && thread.orders.try_send(AlertsOrder::End).is_ok()
        {
            // Nothing is ever sent: it is closed.
            let _ = thread.ended.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(AT_THE_END);
        }
    }

    /// Tells of a change. Never waits.
    pub fn tell(&self, change: Change, finding: &Finding) {
        if let Some(thread) = &self.thread
            && thread.orders.try_send(AlertsOrder::Tell(change, Box::new(finding.clone()))).is_err()
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
            .map(|line| ReceiverCounts {
                receiver: line.receiver.to_string(),
                waiting: read(&line.counts.waiting),
                delivered: read(&line.counts.delivered),
                failed: read(&line.counts.failed),
                dropped: read(&line.counts.dropped),
            })
            .collect()
    }
}
