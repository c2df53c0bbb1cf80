//! One look without a service.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::hands::Hands;
use super::turn::Turn;
use crate::clock;
use crate::engine::Engine;
use crate::sources::Seen;

/// How long the first full join may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// How long the service manager is waited for where no daemon runs: two answers of its bus.
const UNIT: Duration = Duration::from_secs(4);

/// The join did not come.
#[derive(Debug, thiserror::Error)]
#[error("kernel and daemon could not be joined within {} seconds", deadline.as_secs())]
pub struct OnceError {
    /// How long it was tried.
    pub deadline: Duration,
    /// What is known so far; its coverage tells what is missing.
    pub engine: Box<Engine>,
}

/// Turns until kernel, daemon and log are joined for the first time. The first observation is taken already.
///
/// # Errors
/// It takes too long.
pub async fn once<H: Hands>(turn: Turn<H>, seen: mpsc::Receiver<Seen>) -> Result<Engine, OnceError> {
    within(DEADLINE, turn, seen).await
}

pub(super) async fn within<H: Hands>(
    deadline: Duration,
    mut turn: Turn<H>,
    mut seen: mpsc::Receiver<Seen>,
) -> Result<Engine, OnceError> {
    let end = Instant::now() + deadline;
    let unit = Instant::now() + UNIT.min(deadline);
    // What the NIC is to protect is looked at as soon as the join shows it; whether a daemon is due is the service manager's to say.
    while !turn.has_joined() || turn.is_asking_for_routes() || (turn.lacks_unit() && Instant::now() < unit) {
        let wake = turn.wake().map_or(end, |due| Instant::now() + due.since(clock::boottime()));
        let wake = if turn.has_joined() { wake.min(unit) } else { wake };
        let step = async {
            tokio::select! {
                biased;
                next = seen.recv() => if let Some(next) = next { turn.take(next) },
                () = sleep_until(wake) => turn.wake_up(),
                () = turn.hands.follow_daemon() => {},
            }
        };
        if timeout_at(end, step).await.is_err() || Instant::now() >= end {
            if turn.has_joined() {
                break;
            }
            return Err(OnceError { deadline, engine: Box::new(turn.into_engine()) });
        }
    }
    Ok(turn.into_engine())
}
