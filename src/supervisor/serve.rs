//! The service's loop.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::hands::Hands;
use super::turn::Turn;
use crate::alarm::Alarm;
use crate::clock;
use crate::model::{Boottime, EngineSettings, What, WrongConfiguration};
use crate::notify_systemd::{self, Notifier};
use crate::sinks::DeskQuestion;
use crate::sources::{Queue, Seen};

/// How many observations are taken before somebody else is looked after.
const SLICE: usize = 256;

/// Reads the configuration again.
pub type Reload = Box<dyn FnMut() -> Result<Reloaded, NotTaken>>;

/// Why a configuration that was read again is not in force.
#[derive(Debug)]
pub enum NotTaken {
    /// It is wrong: in one sentence for the journal, and for everybody. The old one stays.
    Wrong(String, WrongConfiguration),
    /// It is right, and the sources have to be started anew for another value of this.
    NeedsRestart(&'static str),
}

/// How the service ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceEnd {
    /// By SIGTERM or SIGINT.
    InOrder,
    /// Its manager is to start it again, with another configuration.
    ToBeStartedAgain,
}

/// What a running service takes of a configuration that was read again.
pub struct Reloaded {
    /// The engine's part.
    pub settings: EngineSettings,
    /// The command that starts the daemon where no unit does; empty where there is none.
    pub restart: Vec<String>,
}

/// Everything that the loop looks after.
pub struct Serve<H> {
    /// The engine, its hands and its recording. The first observation is taken already.
    pub turn: Turn<H>,
    /// The queue, for the watchdog's token.
    pub queue: Queue,
    pub seen: mpsc::Receiver<Seen>,
    /// Where clients' questions come from.
    pub desk: mpsc::Receiver<DeskQuestion>,
    /// What SIGHUP does.
    pub reload: Reload,
}

/// What ends or interrupts the service.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl<H: Hands> Serve<H> {
    /// Serves until SIGTERM or SIGINT, or a SIGHUP with a configuration that needs a new start, and ends in order.
    ///
    /// # Errors
    /// Signals cannot be caught.
    pub async fn run(mut self) -> std::io::Result<ServiceEnd> {
        let mut signals = Signals::catch()?;
        let mut notifier = Notifier::new();
        let mut watchdog = Watchdog::new();
        let mut alarm = Alarm::new()?;
        let mut slice = Vec::with_capacity(SLICE);
        let ended = loop {
            alarm.set(self.due(&notifier, &watchdog))?;
            tokio::select! {
                _ = signals.terminate.recv() => break ServiceEnd::InOrder,
                _ = signals.interrupt.recv() => break ServiceEnd::InOrder,
                _ = signals.hangup.recv() => if self.reload(&mut notifier) {
                    break ServiceEnd::ToBeStartedAgain;
                },
                Some(asked) = self.desk.recv() => self.turn.answer(asked),
                _ = self.seen.recv_many(&mut slice, SLICE) => self.take(&mut slice, &notifier),
                rang = alarm.rings() => {
                    rang?;
                    self.look_at_the_clock(&mut watchdog);
                },
                () = self.turn.hands.follow_daemon() => {},
            }
            if self.seen.is_empty() {
                self.turn.flush();
            }
            self.tell(&mut notifier);
        };
        notifier.stopping();
        self.end();
        Ok(ended)
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

    fn look_at_the_clock(&mut self, watchdog: &mut Watchdog) {
        if watchdog.is_due() {
            // Through the queue, whose room must not be waited for here.
            let queue = self.queue.clone();
            tokio::spawn(async move { queue.send(What::Woke).await });
        }
        // What waits in the queue was seen before now, and is taken before.
        if self.seen.is_empty() {
            self.turn.wake_up();
        }
    }

    /// Whether the service has to be started anew for it.
    fn reload(&mut self, notifier: &mut Notifier) -> bool {
        let mut again = false;
        notifier.reloading();
        match (self.reload)() {
            Ok(Reloaded { settings, restart }) => {
                tracing::info!("the configuration was read again");
                // Before the engine may ask for it.
                self.turn.hands.restart_by(restart);
                self.turn.see(What::Reconfigured(settings));
            }
            Err(NotTaken::Wrong(error, wrong)) => {
                tracing::error!("the old configuration stays: {error}");
                self.turn.see(What::Misconfigured(wrong));
            }
            Err(NotTaken::NeedsRestart(what)) if notify_systemd::is_managed() => {
                tracing::info!("another value of '{what}' needs a new start: the service ends, and is started again");
                again = true;
            }
            Err(NotTaken::NeedsRestart(what)) => {
                tracing::error!(
                    "the old configuration stays: another value of '{what}': needs a restart of the service"
                );
            }
        }
        notifier.reloaded();
        again
    }

    fn tell(&mut self, notifier: &mut Notifier) {
        if self.turn.has_joined() {
            notifier.ready();
        }
        if self.turn.news && notifier.next_status() <= clock::boottime() {
            self.turn.news = false;
            notifier.status(&self.turn.engine.status(clock::real_time()));
        }
    }

    /// When to turn at the latest.
    fn due(&self, notifier: &Notifier, watchdog: &Watchdog) -> Option<Boottime> {
        let status = self.turn.news.then(|| notifier.next_status());
        [self.turn.wake(), status, watchdog.next].into_iter().flatten().min()
    }

    fn end(mut self) {
        if self.turn.recording.is_some() {
            match self.turn.end_recording() {
                Ok(done) => tracing::info!("{done}"),
                Err(error) => tracing::error!("the recording has no end: {error}"),
            }
        }
        // Before the history, which keeps what still waits.
        self.turn.alerts.end();
        if let Some(history) = self.turn.history.take() {
            history.end();
        }
        self.turn.hub.close();
    }
}

impl Signals {
    fn catch() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }
}

/// When the watchdog's next token is due.
struct Watchdog {
    period: Duration,
    /// None where no watchdog waits.
    next: Option<Boottime>,
}

impl Watchdog {
    /// The first token is due at once.
    fn new() -> Self {
        let period = notify_systemd::watchdog_period();
        Self { period: period.unwrap_or_default(), next: period.map(|_| clock::boottime()) }
    }

    /// True once in each period.
    fn is_due(&mut self) -> bool {
        let now = clock::boottime();
        let due = self.next.is_some_and(|next| next <= now);
        if due {
            self.next = Some(now + self.period);
        }
        due
    }
}
