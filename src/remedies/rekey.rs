//! What the daemon itself does: rekey, and bring a connection up. Through its one line, behind whatever it is asked.

use std::time::Duration;

use crate::model::{AskId, Outcome, RemedyId, Step, StepResult, What};
use crate::sources::daemon::Caller;

/// How long the daemon may take to say that it has begun.
const DEADLINE: Duration = Duration::from_secs(10);

/// Has it done. Answered by `What::Outcome`.
pub fn act(daemon: Option<&Caller>, ask: AskId, remedy: RemedyId, step: Step) -> Option<What> {
    if let Some(daemon) = daemon {
        daemon.act(ask, remedy, step, DEADLINE);
        return None;
    }
    let result = StepResult::Refused("no daemon runs".to_owned());
    Some(What::Outcome(Box::new(Outcome::of(ask, remedy, step, result, Duration::ZERO))))
}
