//! The service's loop.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::hands::Hands;
use super::turn::Turn;
use crate::clock;
use crate::model::{EngineSettings, What};
use crate::notify_systemd::{self, Notifier};
use crate::sinks::Asked;
use crate::sources::{Queue, Seen};

/// How many observations are taken before somebody else is looked after.
const SLICE: usize = 256;

/// A wait without an end.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// Reads the configuration again; an error in one sentence, and then the old one stays.
pub type Reload = Box<dyn FnMut() -> Result<EngineSettings, String>>;

/// Everything that the loop looks after.
pub struct Serve<H> {
    /// The engine, its hands and its recording. The first observation is taken already.
    pub turn: Turn<H>,
    /// The queue, for the watchdog's token.
    pub queue: Queue,
    /// Its end.
    pub seen: mpsc::Receiver<Seen>,
    /// Where clients' questions come from.
    pub desk: mpsc::Receiver<Asked>,
    /// What SIGHUP does.
    pub reload: Reload,
}

/// What ends or interrupts the service.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

// === impl Serve ===

impl<H: Hands> Serve<H> {
    /// Serves until SIGTERM or SIGINT, and ends in order.
    ///
    /// # Errors
    /// Signals cannot be caught.
    pub async fn run(mut self) -> std::io::Result<()> {
        let mut signals = Signals::catch()?;
        let mut notifier = Notifier::new();
        let mut watchdog = notify_systemd::watchdog_period().map(every);
        let mut slice = Vec::with_capacity(SLICE);
        let timer = tokio::time::sleep(FOREVER);
        tokio::pin!(timer);
        loop {
            let due = self.due(&notifier);
            if timer.deadline() != due {
                timer.as_mut().reset(due);
            }
            tokio::select! {
                _ = signals.terminate.recv() => break,
                _ = signals.interrupt.recv() => break,
                _ = signals.hangup.recv() => self.reload(&notifier),
                () = tick(&mut watchdog) => self.send_token(),
                Some(asked) = self.desk.recv() => self.turn.answer(asked),
                _ = self.seen.recv_many(&mut slice, SLICE) => self.take(&mut slice, &notifier),
                // What waits in the queue was seen before now, and is taken before.
                () = &mut timer => if self.seen.is_empty() { self.turn.wake_up() },
                () = self.turn.hands.follow_daemon() => {},
            }
            if self.seen.is_empty() {
                self.turn.flush();
            }
            self.tell(&mut notifier);
        }
        notifier.stopping();
        self.end();
        Ok(())
    }

    fn take(&mut self, slice: &mut Vec<Seen>, notifier: &Notifier) {
        for seen in slice.drain(..) {
            // No source sends it: it is the watchdog's token, and has gone all the way.
            if seen.what == What::Woke {
                notifier.alive();
            } else {
                self.turn.take(seen);
            }
        }
    }

    /// Sends the watchdog's token on its way through the queue; waiting for room must not hold the loop.
    fn send_token(&self) {
        let queue = self.queue.clone();
        tokio::spawn(async move { queue.send(What::Woke).await });
    }

    fn reload(&mut self, notifier: &Notifier) {
        notifier.reloading();
        match (self.reload)() {
            Ok(settings) => {
                tracing::info!("the configuration was read again");
                self.turn.see(What::Reconfigured(settings));
            }
            Err(error) => tracing::error!("the old configuration stays: {error}"),
        }
        notifier.reloaded();
    }

    fn tell(&mut self, notifier: &mut Notifier) {
        if self.turn.has_joined() {
            notifier.ready();
        }
        if self.turn.news && notifier.next_status() <= Instant::now() {
            self.turn.news = false;
            notifier.status(&self.turn.engine.status(clock::real_time()));
        }
    }

    /// When to turn at the latest.
    fn due(&self, notifier: &Notifier) -> Instant {
        let wake = self.turn.wake().map(instant);
        let status = self.turn.news.then(|| notifier.next_status());
        wake.into_iter().chain(status).min().unwrap_or_else(|| Instant::now() + FOREVER)
    }

    fn end(mut self) {
        if self.turn.recording.is_some() {
            match self.turn.end_recording() {
                Ok(done) => tracing::info!("{done}"),
                Err(error) => tracing::error!("the recording has no end: {error}"),
            }
        }
        self.turn.hub.close();
    }
}

// === impl Signals ===

impl Signals {
    fn catch() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }
}

/// The same moment on the runtime's clock.
fn instant(due: crate::model::Boottime) -> Instant {
    Instant::now() + due.since(clock::boottime())
}

fn every(period: Duration) -> Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

async fn tick(interval: &mut Option<Interval>) {
    match interval {
        Some(interval) => drop(interval.tick().await),
        None => std::future::pending().await,
    }
}
