//! The desk: where a client's question waits until the supervisor, between two steps of the engine, answers it.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::engine::{Ranking, Tally};
use crate::model::{Finding, Measured, Metrics, RemedyAsked, RemedyPlan, SaRow, Spi, Status, Story, TrafficReport};
use crate::recording::Snapshot;

/// How many questions may wait.
const ROOM: usize = 64;

/// One question with the place for its answer.
#[derive(Debug)]
pub enum DeskQuestion {
    /// `Engine::status`.
    Status(oneshot::Sender<Status>),
    /// `Engine::findings`, and the number of the last event that they contain.
    Findings(oneshot::Sender<(Vec<Finding>, u64)>),
    /// `Engine::sas`.
    Sas {
        /// Where to begin.
        cursor: usize,
        /// How many at most.
        limit: usize,
        /// Rows, and where to go on.
        reply: oneshot::Sender<(Vec<SaRow>, Option<usize>)>,
    },
    /// `Engine::tally`.
    Tally {
        /// Where to begin.
        cursor: usize,
        /// How many at most.
        limit: usize,
        /// What is counted already.
        tally: Box<Tally>,
        /// The same with more in it, and where to go on.
        reply: oneshot::Sender<(Box<Tally>, Option<usize>)>,
    },
    /// `Engine::metrics`.
    Metrics {
        /// The SAs, counted.
        tally: Box<Tally>,
        reply: oneshot::Sender<Box<Metrics>>,
    },
    /// `Engine::rank`.
    Rank {
        /// Where to begin.
        cursor: usize,
        /// How many at most.
        limit: usize,
        /// What was looked at already.
        ranking: Box<Ranking>,
        /// The same with more in it, and where to go on.
        reply: oneshot::Sender<(Box<Ranking>, Option<usize>)>,
    },
    /// `Engine::traffic`.
    Traffic {
        /// All SAs, looked at.
        ranking: Box<Ranking>,
        reply: oneshot::Sender<Box<TrafficReport>>,
    },
    /// `Engine::explain`.
    Explain {
        /// A connection, an SPI, or a finding's id.
        what: String,
        /// The story, if there is one.
        reply: oneshot::Sender<Option<Story>>,
    },
    /// Count the packets of an SA that the CPU does.
    Measure {
        spi: Spi,
        time: Duration,
        /// What was counted, or why not, in one sentence.
        reply: oneshot::Sender<Result<Measured, String>>,
    },
    /// `Engine::plan_of`: what a remedy would do.
    Plan {
        request: RemedyAsked,
        /// What would be done, for each target; or why nothing, in one sentence.
        reply: oneshot::Sender<Result<Vec<RemedyPlan>, String>>,
    },
    Remedy {
        request: RemedyAsked,
        /// What is done, for each target; or why nothing, in one sentence.
        reply: oneshot::Sender<Result<Vec<RemedyPlan>, String>>,
    },
    /// Begin a recording into this file, or end the one that is made (`None`).
    Record {
        /// The file, absolute; it must not exist.
        path: Option<PathBuf>,
        /// What was done, or why not, in one sentence.
        reply: oneshot::Sender<Result<String, String>>,
    },
    /// What was seen in the last minutes.
    Recent(oneshot::Sender<Box<Snapshot>>),
}

/// The asking side; cheap to clone.
#[derive(Clone, Debug)]
pub struct Desk {
    sender: mpsc::Sender<DeskQuestion>,
}

/// The service is ending.
#[derive(Debug, thiserror::Error)]
#[error("the service is ending")]
pub struct Gone;

/// The desk and the end that the supervisor serves.
pub fn desk() -> (Desk, mpsc::Receiver<DeskQuestion>) {
    let (sender, receiver) = mpsc::channel(ROOM);
    (Desk { sender }, receiver)
}

impl Desk {
    /// Puts a question and waits for its answer.
    ///
    /// # Errors
    /// `Gone` where the supervisor does not answer any more.
    pub async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> DeskQuestion) -> Result<T, Gone> {
        let (reply, answer) = oneshot::channel();
        self.sender.send(question(reply)).await.map_err(|_| Gone)?;
        answer.await.map_err(|_| Gone)
    }
}
