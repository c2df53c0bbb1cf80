//! Hands: how one step of a remedy is done. No policy: what is to be done, when and how often, is the engine's matter.

use std::time::Duration;

use crate::model::{AskId, Outcome, RemedyId, Step, StepResult, What};
use crate::sources::daemon::Caller;

/// Everything that can do a step.
#[derive(Debug, Default)]
pub struct Remedies {}

// === impl Remedies ===

impl Remedies {
    /// Nothing is opened before it is needed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Does one step. Answered by `What::Outcome`, here or in the queue.
    pub fn act(&mut self, ask: AskId, remedy: RemedyId, step: Step, _daemon: Option<&Caller>) -> Option<What> {
        let result = StepResult::Refused("this swanwatch cannot do that yet".to_owned());
        Some(What::Outcome(Box::new(Outcome::of(ask, remedy, step, result, Duration::ZERO))))
    }
}
