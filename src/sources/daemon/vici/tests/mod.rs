//! Against a charon of our own that fails in every way that a socket can.

mod asking;
mod charon;
mod hearing;
mod trust;

use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use self::charon::FakeCharon;
use crate::daemons::dialect;
use crate::model::{Answer, AskId, Coverage, DaemonKind, LogLine, Outcome, Question, RemedyId, Step, What};
use crate::sources::daemon::{CalledDaemon, Caller};
use crate::sources::queue::{Seen, queue};

const SOON: Duration = Duration::from_millis(50);
const LATE: Duration = Duration::from_secs(20);

/// Somebody who asks it, and hears it.
struct HeardCharon {
    charon: FakeCharon,
    caller: Caller,
    seen: Receiver<Seen>,
    next: u64,
}

impl HeardCharon {
    fn with(charon: FakeCharon) -> Self {
        Self::to(charon, Some(std::process::id()))
    }

    fn to(charon: FakeCharon, pid: Option<u32>) -> Self {
        let (queue, seen) = queue();
        let called = CalledDaemon {
            dialect: dialect(DaemonKind::Strongswan),
            program: None,
            socket: charon.socket.clone(),
            pid,
            version: None,
            configuration: None,
        };
        Self { charon, caller: Caller::new(queue, called), seen, next: 0 }
    }

    async fn see(&mut self) -> What {
        let seen = tokio::time::timeout(Duration::from_secs(30), self.seen.recv()).await;
        seen.expect("nothing is told").unwrap().what
    }

    async fn ask(&mut self, question: Question, deadline: Duration) -> Answer {
        self.next += 1;
        let ask = AskId(self.next);
        self.caller.ask(ask, question, deadline);
        loop {
            match self.see().await {
                What::DaemonAnswered { ask: answered, answer, .. } if answered == ask => return *answer,
                _ => {}
            }
        }
    }

    async fn act(&mut self, step: Step) -> Outcome {
        self.caller.act(AskId(1), RemedyId(1), step, LATE);
        loop {
            if let What::Outcome(outcome) = self.see().await {
                return *outcome;
            }
        }
    }

    async fn told(&mut self) -> LogLine {
        loop {
            if let What::Told(line) = self.see().await {
                return *line;
            }
        }
    }

    async fn coverage(&mut self) -> Coverage {
        loop {
            if let What::Coverage(line) = self.see().await {
                return line;
            }
        }
    }
}
