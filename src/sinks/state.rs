//! `state.json`: what a restart of swanwatch must not forget. Written whole, on a thread of its own.

mod file;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::file::{NAME, remove_what_is_half_written};
pub use self::file::{read, write};
use crate::model::{AskId, Coverage, Failure, Remembered, Source, SourceState, What};
use crate::sources::Queue;

/// Between two tries: nothing tells when a disk has room again.
const AGAIN: Duration = Duration::from_secs(10);

/// Writes `state.json`, one after the other.
#[derive(Debug)]
pub struct StateFile {
    orders: Arc<PendingWrites>,
}

/// What is to be written. Each replaces the one before: only the last one has to be.
#[derive(Debug, Default)]
struct PendingWrites {
    order: Mutex<PendingWrite>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct PendingWrite {
    state: Option<Box<Remembered>>,
    /// Who waits for it.
    asks: Vec<AskId>,
    closed: bool,
}

impl StateFile {
    /// In this folder, which is made where it is missing. Ends with what this returns.
    pub fn spawn(queue: Queue, directory: PathBuf) -> Self {
        Self::with(queue, directory, AGAIN)
    }

    fn with(queue: Queue, directory: PathBuf, again: Duration) -> Self {
        let orders = Arc::<PendingWrites>::default();
        let taken = Arc::clone(&orders);
        std::thread::spawn(move || {
            // Closed: the engine has ended, and nobody waits for an answer.
            let _ = write_all(&queue, &directory, &taken, again);
        });
        Self { orders }
    }

    /// Writes it over what was there. Answered by `What::Kept`, once, also where it fails; it is then tried again until it or a later one is
    /// written.
    pub fn write(&self, ask: AskId, state: Box<Remembered>) {
        let mut order = self.orders.order();
        order.asks.push(ask);
        order.state = Some(state);
        drop(order);
        self.orders.changed.notify_all();
    }
}

impl Drop for StateFile {
    fn drop(&mut self) {
        self.orders.order().closed = true;
        self.orders.changed.notify_all();
    }
}

impl PendingWrites {
    fn order(&self) -> MutexGuard<'_, PendingWrite> {
        // Nothing in the lock can be left half done by a panic: take what is there.
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next one; where it waits no longer than that and there is none, nothing; at the end, none.
    fn next(&self, patience: Option<Duration>) -> Option<(Vec<AskId>, Option<Box<Remembered>>)> {
        let mut order = self.order();
        let waits = |order: &mut PendingWrite| order.state.is_none() && !order.closed;
        order = match patience {
            None => self.changed.wait_while(order, waits).unwrap_or_else(PoisonError::into_inner),
            Some(time) => self.changed.wait_timeout_while(order, time, waits).unwrap_or_else(PoisonError::into_inner).0,
        };
        let state = order.state.take();
        (state.is_some() || !order.closed).then(|| (std::mem::take(&mut order.asks), state))
    }
}

fn write_all(
    queue: &Queue,
    directory: &Path,
    orders: &PendingWrites,
    again: Duration,
) -> Result<(), crate::sources::Closed> {
    // Remedies that had begun when it was written last.
    let mut begun = None;
    // What could not be written.
    let mut owed: Option<Box<Remembered>> = None;
    let mut said = None;
    remove_what_is_half_written(directory);
    while let Some((asks, state)) = orders.next(owed.is_some().then_some(again)) {
        let Some(state) = state.or_else(|| owed.take()) else { continue };
        let problem = write(directory, &state).map_err(|error| error.to_string()).err();
        if said != problem {
            said.clone_from(&problem);
            queue.blocking_send(What::Coverage(coverage(directory, problem.as_ref())))?;
        }
        if problem.is_none() {
            begun = Some(state.intents.iter().map(|intent| intent.id).collect::<Vec<_>>());
            owed = None;
        } else {
            let mut state = state;
            // A remedy that could not be written down did not begin; what is written later must not say that it did.
            state.intents.retain(|intent| begun.as_ref().is_some_and(|begun| begun.contains(&intent.id)));
            owed = Some(state);
        }
        for ask in asks {
            let answer = problem.clone().map_or(Ok(()), |problem| Err(Failure::Error(problem)));
            queue.blocking_send(What::Kept { ask, answer })?;
        }
    }
    Ok(())
}

fn coverage(directory: &Path, problem: Option<&String>) -> Coverage {
    let (state, detail) = match problem {
        None => (SourceState::Ok, format!("kept in {}", directory.join(NAME).display())),
        Some(problem) => (
            SourceState::Degraded,
            format!("{problem}; until it can be kept no remedy acts, because its limits would not outlive a restart"),
        ),
    };
    Coverage { source: Source::State, state, detail }
}

#[cfg(test)]
mod tests;
