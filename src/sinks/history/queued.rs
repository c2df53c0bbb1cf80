//! Queues of alerts that are to outlive the service. The memory's is the one that counts; the file has its image, which is made anew from it
//! whenever the file could not be written, or is another one.

use std::sync::{Arc, Weak};

use super::waiting::WaitingRows;

/// One queue. It is called from the thread that writes, and keeps that waiting for nothing.
pub trait Queued: Send + Sync {
    /// Whose it is: the same after every start, and nobody else's.
    fn key(&self) -> String;

    /// Takes what a run before left in the file. Called once, before anything of this queue is written.
    fn restore(&self, found: FoundQueue);

    /// Takes out what has changed since the last call.
    fn changes(&self) -> Changes;

    /// What was taken out is in the file; or it is not, and the next call has to give everything.
    fn kept(&self, kept: Result<(), &str>);
}

/// What is in the file, in order, as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundQueue {
    pub waiting: Vec<String>,
    /// What was told, and is still so.
    pub told: Vec<String>,
}

/// What is to be written: texts under their numbers, none where nothing is to be there any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Everything is here: what else the file has of this queue goes.
    pub all: bool,
    /// What waits, in the order of its numbers.
    pub waiting: Vec<(u64, Option<String>)>,
    pub told: Vec<(u64, Option<String>)>,
}

/// The way to the thread that writes; cheap to clone. Nothing here ever waits.
#[derive(Clone, Debug)]
pub struct QueueKeeper {
    waiting: Arc<WaitingRows>,
}

impl QueueKeeper {
    pub(super) fn new(waiting: Arc<WaitingRows>) -> Self {
        Self { waiting }
    }

    /// From now on this queue is kept, as long as it is there.
    pub fn attach(&self, queue: Weak<dyn Queued>) {
        self.waiting.attach(queue);
    }

    /// Some queue has changed.
    pub fn changed(&self) {
        self.waiting.changed();
    }
}
