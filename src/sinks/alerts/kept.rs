//! How far a line is kept for the next start: in the history's file, whose thread asks for what has changed.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::alert::{Alert, AlertState, fingerprint};
use super::dispatcher::Dispatcher;
use super::left::{FilesToRemove, ReceiverFolder};
use super::queue::LeftAlert;
use crate::plural::counted;
use crate::sinks::history::{Changes, FoundQueue, QueueKeeper, Queued};

/// A disk that is this slow keeps nothing.
const SLOW: Duration = Duration::from_secs(30);

/// What is known of it.
#[derive(Debug)]
pub(super) struct KeptAlerts {
    /// None where nothing is kept at all.
    keeper: Option<QueueKeeper>,
    /// Why it is not.
    unkept: Option<String>,
    /// Since when something is to be kept.
    since: Option<Instant>,
    /// Where 0.1.0 would have left something.
    folder: PathBuf,
    /// What it left, while not all of it is kept or told.
    left: Option<ReceiverFolder>,
}

impl KeptAlerts {
    /// By this one; `folder` is where 0.1.0 would have left something.
    pub(super) fn new(keeper: Option<QueueKeeper>, folder: PathBuf) -> Self {
        let off = "history: off keeps nothing".to_owned();
        let unkept = keeper.is_none().then_some(off);
        Self { keeper, unkept, since: None, folder, left: None }
    }

    /// Why what waits would not be there after a restart.
    pub(super) fn problem(&self, now: Instant) -> Option<String> {
        let slow = |since: &Instant| now.duration_since(*since) > SLOW;
        let waits = || {
            self.since
                .filter(slow)
                .map(|since| format!("the disk has kept nothing for {} s", now.duration_since(since).as_secs()))
        };
        self.unkept.clone().or_else(waits)
    }

    /// Something has changed.
    pub(super) fn is_to_be_kept(&mut self, now: Instant) {
        if let Some(keeper) = &self.keeper {
            self.since.get_or_insert(now);
            keeper.changed();
        }
    }

    /// The receiver was told this. Returns what is to be removed of what 0.1.0 left.
    pub(super) fn is_told(&mut self, fingerprint: u64, status: AlertState) -> FilesToRemove {
        self.settle(|of, says| (of, says) == (fingerprint, status))
    }

    fn settle(&mut self, is_settled: impl Fn(u64, AlertState) -> bool) -> FilesToRemove {
        self.left.as_mut().map(|left| left.settle(is_settled)).unwrap_or_default()
    }

    fn all_is_kept(&mut self) -> FilesToRemove {
        self.left.take().map(ReceiverFolder::all).unwrap_or_default()
    }
}

impl Dispatcher {
    /// Has it kept, from what a run before left on; where nothing is kept, what 0.1.0 left is taken all the same.
    pub(super) fn attach(self: &Arc<Self>) {
        let keeper = self.inner().kept.keeper.clone();
        match keeper {
            Some(keeper) => {
                let queued: Arc<dyn Queued> = Arc::<Self>::clone(self);
                keeper.attach(Arc::downgrade(&queued));
            }
            None => {
                let line: Weak<Self> = Arc::downgrade(self);
                tokio::task::spawn_blocking(move || line.upgrade().map(|line| line.restore(FoundQueue::default())));
            }
        }
    }
}

impl Queued for Dispatcher {
    fn key(&self) -> String {
        self.receiver.key()
    }

    fn restore(&self, found: FoundQueue) {
        let folder = self.inner().kept.folder.clone();
        let mut left = ReceiverFolder::read(&folder).unwrap_or_else(|error| {
            tracing::error!("what waits for {} in {} cannot be read: {error}", self.receiver, folder.display());
            None
        });
        // What was told and cannot be read is told again.
        let (mut told, _) = alerts(found.told);
        let (mut waiting, unreadable) = alerts(found.waiting);
        if unreadable > 0 {
            let receiver = &self.receiver;
            tracing::error!(
                "dropped, as it cannot be read: {} that waited for {receiver}",
                counted(unreadable, "alert")
            );
        }
        if let Some(left) = &mut left {
            told.extend(left.told.drain(..).filter_map(before));
            waiting.extend(left.waiting.drain(..).filter_map(before));
        }
        told.retain(|before| before.alert.status == AlertState::Firing);
        let mut guard = self.inner();
        let inner = &mut *guard;
        let dropped = inner.queue.restore(told, waiting, Instant::now());
        inner.kept.left = left;
        let gone = inner.kept.settle(|fingerprint, _| !inner.queue.has(fingerprint));
        drop(guard);
        gone.remove();
        self.counts.dropped.fetch_add(dropped + unreadable, Ordering::Relaxed);
        self.count();
        self.restored.notify_one();
        // It may not have been waited for so long.
        self.news.notify_one();
    }

    fn changes(&self) -> Changes {
        let wanting = self.inner().queue.take_unkept();
        let texts = |alerts: Vec<(u64, Option<Arc<Alert>>)>| {
            let text = |alert: Arc<Alert>| serde_json::to_string(&alert).ok();
            alerts.into_iter().map(|(number, alert)| (number, alert.and_then(text))).collect()
        };
        Changes { all: wanting.all, waiting: texts(wanting.waiting), told: texts(wanting.told) }
    }

    fn kept(&self, kept: Result<(), &str>) {
        let mut inner = self.inner();
        if kept.is_err() {
            inner.queue.unkept().all();
        }
        let is_all_kept = inner.queue.unkept().is_empty();
        let told = inner.kept.problem(Instant::now());
        inner.kept.unkept = kept.err().map(str::to_owned);
        if kept.is_ok() {
            inner.kept.since = (!is_all_kept).then(Instant::now);
        }
        let gone = if kept.is_ok() { inner.kept.all_is_kept() } else { FilesToRemove::default() };
        let changed = inner.kept.problem(Instant::now()) != told;
        drop(inner);
        gone.remove();
        if changed {
            self.health.notify_one();
        }
    }
}

/// Those that can be read, and how many cannot.
fn alerts(texts: Vec<String>) -> (Vec<LeftAlert>, u64) {
    let all = texts.len();
    let read = |text: String| {
        let alert = serde_json::from_str::<Alert>(&text).ok().filter(|alert| alert.swanwatch == 1)?;
        Some(LeftAlert { fingerprint: fingerprint(&alert.labels), alert: Arc::new(alert), bytes: text.len() })
    };
    let read: Vec<LeftAlert> = texts.into_iter().filter_map(read).collect();
    let unreadable = (all - read.len()) as u64;
    (read, unreadable)
}

fn before(alert: Alert) -> Option<LeftAlert> {
    let bytes = serde_json::to_vec(&alert).ok()?.len();
    Some(LeftAlert { fingerprint: fingerprint(&alert.labels), alert: Arc::new(alert), bytes })
}
