//! The line to one receiver: what it has still to be told, on disk and in order, and the task that tells it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use super::alert::{Alert, State, fingerprint};
use super::board::Board;
use super::failure::Failure;
use super::pace::Pace;
use super::queue::{Queue, Waiting};
use super::receiver::Receiver;
use super::spool::Spool;
use super::{alertmanager, exec, http};
use crate::clock;

/// One receiver's line.
#[derive(Debug)]
pub struct Line {
    /// Who is told.
    pub receiver: Receiver,
    /// For metrics.
    pub counts: Arc<Counts>,
    pace: Pace,
    inner: Mutex<Inner>,
    /// Something new waits.
    news: Notify,
    /// What is wrong has changed.
    health: Arc<Notify>,
}

/// What is counted of a line, since the start.
#[derive(Debug, Default)]
pub struct Counts {
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
struct Inner {
    queue: Queue,
    /// None where there is no disk for it.
    spool: Option<Spool>,
    /// Why the receiver is not told.
    unreachable: Option<String>,
    /// Why what waits would not survive.
    unkept: Option<String>,
}

// === impl Line ===

impl Line {
    /// A line with all that a run before has left in its folder.
    pub fn open(receiver: Receiver, folder: &std::path::Path, pace: Pace, health: Arc<Notify>) -> Arc<Self> {
        let mut queue = Queue::new(pace.rest);
        let (spool, unkept) = match restore(&folder.join(receiver.folder()), &mut queue, Arc::clone(&health)) {
            Ok(spool) => (Some(spool), None),
            Err(error) => (None, Some(format!("{}: {error}", folder.display()))),
        };
        let inner = Inner { queue, spool, unreachable: None, unkept };
        let line =
            Self { receiver, counts: Arc::default(), pace, inner: Mutex::new(inner), news: Notify::new(), health };
        line.count();
        Arc::new(line)
    }

    /// Puts an alert in.
    pub fn put(&self, fingerprint: u64, alert: &Arc<Alert>) {
        let Ok(text) = serde_json::to_vec(alert) else { return };
        let mut inner = self.inner();
        let put = inner.queue.put(fingerprint, Arc::clone(alert), text.len(), Instant::now());
        self.counts.dropped.fetch_add(put.dropped, Ordering::Relaxed);
        inner.keep(|spool| {
            // Kept first: killed in between, something is told twice and nothing is lost.
            put.kept.map_or(Ok(()), |number| spool.keep(number, &text))?;
            put.gone.iter().try_for_each(|number| spool.forget(*number))
        });
        drop(inner);
        self.count();
        self.news.notify_one();
    }

    /// Tells the receiver what it does not believe and should, and where `settled`, what it believes and should not.
    pub fn reconcile(&self, board: &Board, settled: bool) {
        let inner = self.inner();
        let queue = &inner.queue;
        let over = queue.believed().filter(|(print, _)| settled && !board.fires(*print) && !queue.has(*print));
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
        let unsettled = inner.spool.as_ref().and_then(Spool::trouble);
        let unkept = inner.unkept.as_ref().or(unsettled.as_ref());
        let unkept = unkept.map(|why| format!("what waits for {} would not survive: {why}", self.receiver));
        let unreachable = inner.unreachable.as_ref().map(|why| format!("{}: {why}", self.receiver));
        let problems: Vec<_> = unreachable.into_iter().chain(unkept).collect();
        (!problems.is_empty()).then(|| problems.join("; "))
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
                let next = self.inner().queue.next(Instant::now());
                match next {
                    Ok((number, waiting)) => self.tell(number, &waiting).await,
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

    async fn tell(&self, number: u64, waiting: &Waiting) -> Result<(), String> {
        match self.send(std::slice::from_ref(&waiting.alert)).await {
            Ok(()) => {
                self.is_done(number, waiting, false);
                self.counts.delivered.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Err(Failure::Refused(why)) => {
                tracing::error!("an alert is refused by {} and dropped: {why}", self.receiver);
                self.counts.dropped.fetch_add(1, Ordering::Relaxed);
                self.is_done(number, waiting, true);
                Ok(())
            }
            Err(Failure::Later(why)) => Err(why),
        }
    }

    async fn send(&self, alerts: &[Arc<Alert>]) -> Result<(), Failure> {
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

    fn is_done(&self, number: u64, waiting: &Waiting, refused: bool) {
        let mut inner = self.inner();
        let gone = inner.queue.done(number, waiting, refused, Instant::now());
        inner.keep(|spool| {
            if !refused {
                spool.told(&waiting.alert)?;
            }
            if gone { spool.forget(number) } else { Ok(()) }
        });
        drop(inner);
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

    fn count(&self) {
        let waiting = self.inner().queue.len() as u64;
        self.counts.waiting.store(waiting, Ordering::Relaxed);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing in the lock can be left half done by a panic: take what is there.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Inner ===

impl Inner {
    /// Does something on disk. Where that fails the line goes on without: told once, and not tried again before the next start.
    fn keep(&mut self, act: impl FnOnce(&mut Spool) -> std::io::Result<()>) {
        if let Some(spool) = &mut self.spool
            && let Err(error) = act(spool)
        {
            self.unkept = Some(format!("{spool}: {error}"));
            self.spool = None;
        }
    }
}

fn body(alert: &Alert) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(alert).map_err(|error| Failure::Refused(error.to_string()))
}

fn restore(folder: &std::path::Path, queue: &mut Queue, health: Arc<Notify>) -> std::io::Result<Spool> {
    let spool = Spool::open(folder, health)?;
    let found = spool.read()?;
    let now = Instant::now();
    for alert in found.told.into_iter().filter(|alert| alert.status == State::Firing) {
        queue.restore_told(fingerprint(&alert.labels), Arc::new(alert), now);
    }
    for (number, alert, length) in found.waiting {
        queue.restore_waiting(number, fingerprint(&alert.labels), Arc::new(alert), length, now);
    }
    Ok(spool)
}
