//! The line to one receiver: what it has still to be told, in memory and in order, and the task that tells it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::alert::Alert;
use super::board::Board;
use super::cap::Cap;
use super::failure::DeliveryFailure;
use super::kept::KeptAlerts;
use super::pace::Pace;
use super::queue::{AlertQueue, WaitingAlert};
use super::receiver::Receiver;
use super::{AlertsSetup, alertmanager, exec, http};
use crate::clock;

#[derive(Debug)]
pub struct Dispatcher {
    pub receiver: Receiver,
    /// For metrics.
    pub counts: Arc<ReceiverCounters>,
    pace: Pace,
    pub(super) inner: Mutex<Inner>,
    /// Something new waits.
    pub(super) news: Notify,
    /// What a run before left is here.
    pub(super) restored: Notify,
    /// What is wrong has changed.
    pub(super) health: Arc<Notify>,
}

/// What is counted of a line, since the start.
#[derive(Debug, Default)]
pub struct ReceiverCounters {
    /// Alerts that wait.
    pub waiting: AtomicU64,
    /// Alerts that were told.
    pub delivered: AtomicU64,
    /// Attempts that failed.
    pub failed: AtomicU64,
    /// Alerts that will never be told: there was no room, or the receiver refuses them.
    pub dropped: AtomicU64,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) queue: AlertQueue,
    cap: Cap,
    /// How far it is kept.
    pub(super) kept: KeptAlerts,
    /// Why the receiver is not told.
    unreachable: Option<String>,
}

impl Dispatcher {
    /// An empty line. What a run before has left comes later, from the disk's thread.
    pub fn new(receiver: Receiver, place: &AlertsSetup, health: Arc<Notify>) -> Arc<Self> {
        let inner = Inner {
            queue: AlertQueue::new(place.pace.rest),
            cap: Cap::default(),
            kept: KeptAlerts::new(place.keeper.clone(), place.left.join(receiver.key())),
            unreachable: None,
        };
        let (counts, news, restored) = Default::default();
        let line = Self { receiver, counts, pace: place.pace, inner: Mutex::new(inner), news, restored, health };
        let line = Arc::new(line);
        line.attach();
        line
    }

    /// Puts an alert in.
    pub fn put(&self, fingerprint: u64, alert: &Arc<Alert>) {
        let Ok(text) = serde_json::to_vec(alert) else { return };
        let mut inner = self.inner();
        let put = inner.queue.put(fingerprint, Arc::clone(alert), text.len(), Instant::now());
        inner.is_to_be_kept();
        drop(inner);
        self.counts.dropped.fetch_add(put.dropped, Ordering::Relaxed);
        self.count();
        self.news.notify_one();
    }

    /// Tells the receiver what it does not believe and should, and where `settled`, what it believes and should not.
    pub fn reconcile(&self, board: &Board, settled: bool) {
        let inner = self.inner();
        let queue = &inner.queue;
        let over = queue.believed().filter(|(print, _)| settled && !board.fires(*print) && !queue.has(*print));
        let over = over.filter(|(print, _)| !inner.cap.says(*print));
        let over = over.map(|(print, alert)| (print, Arc::new(alert.resolved(clock::real_time()))));
        let unheard = board.firing().filter(|(print, _)| !queue.believes(*print) && !queue.has(*print));
        let unheard = unheard.map(|(print, alert)| (print, Arc::clone(alert)));
        // There is room for these: no more than half of what may wait.
        let all: Vec<_> = over.chain(unheard).take(queue.room() / 2).collect();
        drop(inner);
        all.iter().for_each(|(print, alert)| self.put(*print, alert));
    }

    /// What is wrong with it, in one sentence.
    pub fn problem(&self) -> Option<String> {
        let inner = self.inner();
        let unkept = inner.kept.problem(Instant::now());
        let unkept = unkept.map(|why| format!("what waits for {} would not survive a restart: {why}", self.receiver));
        let unreachable = inner.unreachable.as_ref().map(|why| format!("{}: {why}", self.receiver));
        let problems: Vec<_> = unreachable.into_iter().chain(unkept).collect();
        (!problems.is_empty()).then(|| problems.join("; "))
    }

    /// Waits until what a run before left is here, so that it goes first; but for no disk that is slow.
    pub async fn begin(&self) {
        let _ = timeout(self.pace.begin, self.restored.notified()).await;
    }

    /// Tells the receiver, for ever.
    pub async fn run(self: Arc<Self>) {
        let mut retry = self.pace.retry();
        let mut resend = Instant::now() + self.pace.resend;
        loop {
            let told = if resend <= Instant::now() && self.resends() {
                resend = Instant::now() + self.pace.resend;
                self.resend().await
            } else {
                let next = self.next(Instant::now());
                match next {
                    Ok(waiting) => self.tell(&waiting).await,
                    Err(due) => {
                        let due = due.into_iter().chain(self.resends().then_some(resend)).min();
                        self.wait(due).await;
                        continue;
                    }
                }
            };
            match told {
                Ok(()) => {
                    retry = self.pace.retry();
                    self.reached(None);
                }
                Err(why) => {
                    self.counts.failed.fetch_add(1, Ordering::Relaxed);
                    self.reached(Some(why));
                    sleep(retry.pause(&self.pace)).await;
                }
            }
        }
    }

    /// What may be told now, with so many in a minute.
    fn next(&self, now: Instant) -> Result<WaitingAlert, Option<Instant>> {
        let mut inner = self.inner();
        let Inner { queue, cap, .. } = &mut *inner;
        let more = cap.more(queue, now, clock::real_time());
        drop(inner);
        more.iter().for_each(|(print, alert)| self.put(*print, alert));
        let mut inner = self.inner();
        let Inner { queue, cap, .. } = &mut *inner;
        cap.next(queue, now)
    }

    async fn wait(&self, due: Option<Instant>) {
        let due = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => {}
            () = self.news.notified() => {}
        }
    }

    /// An Alertmanager forgets what it believes.
    fn resends(&self) -> bool {
        matches!(self.receiver, Receiver::Alertmanager(_)) && self.inner().queue.believed().next().is_some()
    }

    async fn resend(&self) -> Result<(), String> {
        let believed: Vec<_> = self.inner().queue.believed().map(|(_, alert)| Arc::clone(alert)).collect();
        self.send(&believed).await.map_err(|error| error.to_string())
    }

    async fn tell(&self, waiting: &WaitingAlert) -> Result<(), String> {
        match self.send(std::slice::from_ref(&waiting.alert)).await {
            Ok(()) => {
                self.is_done(waiting, false);
                self.counts.delivered.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Err(DeliveryFailure::Refused(why)) => {
                tracing::error!("an alert is refused by {} and dropped: {why}", self.receiver);
                self.counts.dropped.fetch_add(1, Ordering::Relaxed);
                self.is_done(waiting, true);
                Ok(())
            }
            Err(DeliveryFailure::Later(why)) => Err(why),
        }
    }

    async fn send(&self, alerts: &[Arc<Alert>]) -> Result<(), DeliveryFailure> {
        let time = self.pace.patience;
        match &self.receiver {
            Receiver::Alertmanager(address) => {
                let until = clock::real_time().after(self.pace.belief());
                alertmanager::send(address, alerts, until, time).await
            }
            Receiver::Webhook(address) => {
                for alert in alerts {
                    http::post(address, "", body(alert)?, time).await?;
                }
                Ok(())
            }
            Receiver::Exec(program) => {
                for alert in alerts {
                    exec::run(program, &body(alert)?, time).await?;
                }
                Ok(())
            }
        }
    }

    fn is_done(&self, waiting: &WaitingAlert, refused: bool) {
        let mut inner = self.inner();
        inner.cap.told(&waiting.alert, Instant::now());
        inner.queue.done(waiting, refused, Instant::now());
        let gone = inner.kept.is_told(waiting.fingerprint, waiting.alert.status);
        inner.is_to_be_kept();
        drop(inner);
        if !gone.is_nothing() {
            // No disk is waited for here.
            tokio::task::spawn_blocking(move || gone.remove());
        }
        self.count();
    }

    fn reached(&self, problem: Option<String>) {
        let mut inner = self.inner();
        let changed = inner.unreachable != problem;
        inner.unreachable = problem;
        drop(inner);
        if changed {
            self.health.notify_one();
        }
    }

    pub(super) fn count(&self) {
        let waiting = self.inner().queue.len() as u64;
        self.counts.waiting.store(waiting, Ordering::Relaxed);
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing in the lock can be left half done by a panic: take what is there.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn is_to_be_kept(&mut self) {
        if !self.queue.unkept().is_empty() {
            self.kept.is_to_be_kept(Instant::now());
        }
    }
}

fn body(alert: &Alert) -> Result<Vec<u8>, DeliveryFailure> {
    serde_json::to_vec(alert).map_err(|error| DeliveryFailure::Refused(error.to_string()))
}
