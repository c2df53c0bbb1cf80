//! The kernel's routes: the way of some packets where it is asked for, and word that ways may have changed.
//!
//! Nothing is done before the first question: a host whose NIC holds no policies pays nothing for its routes.

mod changes;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
mod lookup;
mod wire;

use tokio::sync::mpsc;

pub use self::lookup::Lookup;

use super::{Closed, Queue};
use crate::model::{AskId, Failure, RouteQuery, SourceState, What};

/// Questions that are taken to the kernel together.
const TOGETHER: usize = 64;

/// The running source. Each question is answered in the queue exactly once, also where it fails.
#[derive(Clone, Debug)]
pub struct RoutesSource {
    questions: mpsc::UnboundedSender<(AskId, RouteQuery)>,
}

impl RoutesSource {
    /// Starts it; it waits for the first question.
    pub fn spawn(queue: Queue) -> Self {
        let (questions, asked) = mpsc::unbounded_channel();
        // Closed: the engine has ended, and nobody wants to know.
        tokio::spawn(async move { drop(run(asked, queue).await) });
        Self { questions }
    }

    /// Asks for the way of some packets. Answered by `What::Routed`.
    pub fn ask(&self, ask: AskId, query: RouteQuery) {
        // The task ends only with the queue, and then nobody waits for an answer.
        let _ = self.questions.send((ask, query));
    }
}

async fn run(mut asked: mpsc::UnboundedReceiver<(AskId, RouteQuery)>, queue: Queue) -> Result<(), Closed> {
    let mut batch = Vec::new();
    if asked.recv_many(&mut batch, TOGETHER).await == 0 {
        return Ok(());
    }
    // Before the first answer: what changes after it must be told.
    let listening = changes::listen();
    let (state, detail) = match &listening {
        Ok(_) => (SourceState::Ok, changes::DETAIL.to_owned()),
        Err(error) => (SourceState::Degraded, format!("listening to routes: {error}; a route that moves is not seen")),
    };
    changes::cover(&queue, state, detail).await?;
    tokio::spawn(changes::tell(listening.ok(), queue.clone()));
    let mut lookup = Lookup::default();
    loop {
        let questions = std::mem::take(&mut batch);
        // The kernel may hold the thread until its RTNL lock is free.
        let answers = tokio::task::spawn_blocking(move || {
            let answered: Vec<_> = questions.into_iter().map(|(ask, query)| (ask, query, lookup.ask(&query))).collect();
            (lookup, answered)
        });
        let Ok((kept, answered)) = answers.await else { return Ok(()) };
        lookup = kept;
        for (ask, query, answer) in answered {
            let answer = answer.map_err(|error| Failure::Error(error.to_string()));
            queue.send(What::Routed { ask, query, answer }).await?;
        }
        if asked.recv_many(&mut batch, TOGETHER).await == 0 {
            return Ok(());
        }
    }
}
