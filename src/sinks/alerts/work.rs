//! What the thread does: it hands changes on to the lines, and says how they are.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::board::Board;
use super::dispatcher::Dispatcher;
use super::receiver::Receiver;
use super::{AlertsOrder, AlertsSetup, SharedAlerts};
use crate::clock;
use crate::model::{Change, Coverage, Finding, Source, SourceState, What};
use crate::plural::counted;
use crate::sources::Queue;

/// The board and the lines.
pub struct Work {
    place: AlertsSetup,
    board: Board,
    lines: Vec<(Arc<Dispatcher>, JoinHandle<()>)>,
    health: Arc<Notify>,
    /// Lines that know what a run before has told, and where they tell it.
    begun: (mpsc::Sender<Arc<Dispatcher>>, mpsc::Receiver<Arc<Dispatcher>>),
    coverage: Queue,
    /// What was said last.
    said: Option<Coverage>,
    shared: Arc<SharedAlerts>,
}

impl Work {
    /// Without lines yet.
    pub fn new(place: AlertsSetup, coverage: Queue, shared: Arc<SharedAlerts>) -> Self {
        let board = Board::new(place.host.clone());
        let begun = mpsc::channel(1);
        Self { place, board, lines: Vec::new(), health: Arc::default(), begun, coverage, said: None, shared }
    }

    /// Until nobody is left who could tell of a change.
    pub async fn run(mut self, mut orders: mpsc::Receiver<AlertsOrder>, mut wanted: watch::Receiver<Vec<Receiver>>) {
        let settled = Instant::now() + self.place.pace.settle;
        let mut look = interval_at(Instant::now() + self.place.pace.resend, self.place.pace.resend);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let health = Arc::clone(&self.health);
        self.connect(&wanted.borrow_and_update().clone());
        self.say().await;
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(AlertsOrder::Tell(change, finding)) => self.tell(change, &finding),
                    Some(AlertsOrder::End) | None => break,
                },
                Some(line) = self.begun.1.recv() => line.reconcile(&self.board, false),
                Ok(()) = wanted.changed() => {
                    self.connect(&wanted.borrow_and_update().clone());
                    self.say().await;
                }
                () = health.notified() => self.say().await,
                // Nobody to compare with: no reason to wake up.
                _ = look.tick(), if !self.lines.is_empty() => {
                    self.reconcile(settled <= Instant::now());
                    // A disk that does not answer tells nobody so.
                    self.say().await;
                }
            }
        }
        self.lines.iter().for_each(|(_, task)| task.abort());
    }

    fn tell(&mut self, change: Change, finding: &Finding) {
        for (fingerprint, alert) in self.board.tell(change, finding, clock::real_time()) {
            self.lines.iter().for_each(|(line, _)| line.put(fingerprint, &alert));
        }
    }

    fn reconcile(&self, settled: bool) {
        self.lines.iter().for_each(|(line, _)| line.reconcile(&self.board, settled));
    }

    /// Ends the lines that are wanted no more, and opens those that are new.
    fn connect(&mut self, wanted: &[Receiver]) {
        let mut before = std::mem::take(&mut self.lines);
        for receiver in wanted {
            // One that is named twice is told once.
            if self.lines.iter().any(|(line, _)| line.receiver == *receiver) {
                continue;
            }
            let found = before.iter().position(|(line, _)| line.receiver == *receiver);
            let line = found.map(|place| before.swap_remove(place)).unwrap_or_else(|| self.open(receiver));
            self.lines.push(line);
        }
        before.iter().for_each(|(_, task)| task.abort());
        let lines = self.lines.iter().map(|(line, _)| Arc::clone(line)).collect();
        *self.shared.lines.lock().unwrap_or_else(PoisonError::into_inner) = lines;
    }

    fn open(&self, receiver: &Receiver) -> (Arc<Dispatcher>, JoinHandle<()>) {
        let line = Dispatcher::new(receiver.clone(), &self.place, Arc::clone(&self.health));
        let (running, begun) = (Arc::clone(&line), self.begun.0.clone());
        let task = tokio::spawn(async move {
            running.begin().await;
            // Nobody is left to compare it with where this fails.
            let _ = begun.send(Arc::clone(&running)).await;
            running.run().await;
        });
        (line, task)
    }

    /// Tells the engine how the receivers are, where that is another way than before.
    async fn say(&mut self) {
        let missed = self.shared.missed.load(Ordering::Relaxed);
        let missed = (missed > 0).then(|| format!("{} came faster than they could be kept", counted(missed, "change")));
        let problems: Vec<_> = self.lines.iter().filter_map(|(line, _)| line.problem()).chain(missed).collect();
        let (state, detail) = if problems.is_empty() {
            let names: Vec<_> = self.lines.iter().map(|(line, _)| line.receiver.to_string()).collect();
            (SourceState::Ok, if names.is_empty() { "nobody is to be told".to_owned() } else { names.join(", ") })
        } else {
            (SourceState::Degraded, problems.join("; "))
        };
        let coverage = Coverage { source: Source::Alerts, state, detail };
        // Where nobody ever was to be told, alerts are no part of what is covered.
        if self.said.as_ref() == Some(&coverage) || (self.said.is_none() && self.lines.is_empty()) {
            return;
        }
        self.said = Some(coverage.clone());
        // An engine that has ended asks for nothing.
        let _ = self.coverage.send(What::Coverage(coverage)).await;
    }
}
