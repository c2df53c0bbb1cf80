//! The one queue that feeds the engine.

use tokio::sync::mpsc;

use super::{ObservationWindow, WindowPlace};
use crate::clock;
use crate::model::{Boottime, RealTime, What};

/// How many observations may wait. A full queue makes sources wait, and the kernel's socket buffer is their reservoir.
const ROOM: usize = 4096;

/// Something seen, stamped when it was received; it gets its number when it leaves the queue.
#[derive(Debug)]
pub struct Seen {
    /// When, for deciding.
    pub at: Boottime,
    /// When, for people.
    pub wall: RealTime,
    pub what: What,
    /// Its place among those that its source may have under way.
    pub place: Option<WindowPlace>,
}

/// Where sources put what they see.
#[derive(Clone, Debug)]
pub struct Queue {
    sender: mpsc::Sender<Seen>,
}

/// A moment, as both clocks tell it.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    at: Boottime,
    wall: RealTime,
}

/// The engine is gone; the source should end.
#[derive(Debug, thiserror::Error)]
#[error("the engine's queue is closed")]
pub struct Closed;

/// The queue and its reading end.
pub fn queue() -> (Queue, mpsc::Receiver<Seen>) {
    let (sender, receiver) = mpsc::channel(ROOM);
    (Queue { sender }, receiver)
}

impl Moment {
    pub fn now() -> Self {
        Self { at: clock::boottime(), wall: clock::real_time() }
    }
}

impl Seen {
    pub fn now(what: What) -> Self {
        Self::at(Moment::now(), what)
    }

    /// Seen at this moment.
    fn at(moment: Moment, what: What) -> Self {
        Self { at: moment.at, wall: moment.wall, what, place: None }
    }
}

impl Queue {
    /// Puts one observation in, stamped now; waits while the queue is full.
    ///
    /// # Errors
    /// `Closed` once the engine has ended.
    pub async fn send(&self, what: What) -> Result<(), Closed> {
        // Stamped before the wait for room: `at` is the moment of receipt.
        self.send_of(Moment::now(), what).await
    }

    /// The same for what was seen at this moment: reading two clocks for each event of a flood costs more than decoding it.
    ///
    /// # Errors
    /// `Closed` once the engine has ended.
    pub async fn send_of(&self, moment: Moment, what: What) -> Result<(), Closed> {
        self.sender.send(Seen::at(moment, what)).await.map_err(|_| Closed)
    }

    /// The same from a thread that may block.
    ///
    /// # Errors
    /// `Closed` once the engine has ended.
    pub fn blocking_send(&self, what: What) -> Result<(), Closed> {
        self.sender.blocking_send(Seen::now(what)).map_err(|_| Closed)
    }

    /// The same for one who must not be further ahead of the engine than `window`: waits for a place in it first.
    ///
    /// # Errors
    /// `Closed` once the engine has ended.
    pub fn blocking_send_within(&self, window: &ObservationWindow, what: What) -> Result<(), Closed> {
        let seen = Seen { place: Some(window.place()), ..Seen::now(what) };
        self.sender.blocking_send(seen).map_err(|_| Closed)
    }
}
