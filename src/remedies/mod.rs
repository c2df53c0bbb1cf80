//! Hands: how one step of a remedy is done. No policy: what is to be done, when and how often, is the engine's matter. Each opens sockets of
//! its own, so that no key passes anybody else.

pub mod reinstall;
mod rekey;

use std::time::{Duration, Instant};

use crate::model::{AskId, Netns, Outcome, RemedyId, Step, StepResult, What};
use crate::sources::Queue;
use crate::sources::daemon::Caller;

/// Everything that can do a step.
#[derive(Debug)]
pub struct Remedies {
    queue: Queue,
    netns: Netns,
}

// === impl Remedies ===

impl Remedies {
    /// Nothing is opened before it is needed.
    pub const fn new(queue: Queue, netns: Netns) -> Self {
        Self { queue, netns }
    }

    /// Does one step. Answered by `What::Outcome`, here or in the queue.
    pub fn act(&mut self, ask: AskId, remedy: RemedyId, step: Step, daemon: Option<&Caller>) -> Option<What> {
        let netns = self.netns;
        match step {
            Step::Reinstall { sa, direction, offload } => {
                let order = reinstall::Order { sa, direction, offload };
                self.answer(ask, remedy, step, async move { reinstall::hands::reinstall(netns, order).await });
                None
            }
            Step::Probe { sa, ifindex, mode } => {
                self.answer(ask, remedy, step, async move { reinstall::hands::probe(netns, sa, ifindex, mode).await });
                None
            }
            Step::Rekey { .. } | Step::Initiate { .. } => rekey::act(daemon, ask, remedy, step),
            _ => {
                let result = StepResult::Refused("this swanwatch cannot do that yet".to_owned());
                Some(What::Outcome(Box::new(Outcome::of(ask, remedy, step, result, Duration::ZERO))))
            }
        }
    }

    /// Answers in the queue what the work comes to.
    fn answer(
        &self,
        ask: AskId,
        remedy: RemedyId,
        step: Step,
        work: impl Future<Output = StepResult> + Send + 'static,
    ) {
        let (queue, begun) = (self.queue.clone(), Instant::now());
        tokio::spawn(async move {
            let result = work.await;
            let outcome = Outcome::of(ask, remedy, step, result, begun.elapsed());
            // The engine has ended: nobody wants to know.
            let _ = queue.send(What::Outcome(Box::new(outcome))).await;
        });
    }
}
