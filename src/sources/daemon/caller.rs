//! Asking a daemon without ever holding it up: one call at a time, and no call while an earlier one is unanswered.
//!
//! A daemon that hangs accepts connections until its backlog is full; from then on its operator is locked out too. So a call that
//! is not answered in time stays on the line, and everything asked meanwhile is refused here.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::command::{self, CommandError, Output};
use super::{libreswan, worked};
use crate::model::{
    Answer, AskId, Coverage, DaemonKind, Failure, Outcome, Question, RemedyId, Source, SourceState, Step, StepResult,
    What,
};
use crate::sources::log::presentable;
use crate::sources::queue::{Closed, Queue};
use crate::sys;

/// Above this many Child SAs a daemon's whole tables are not asked for: it does nothing else while it writes them.
const MAX_CHILDREN: u32 = 20_000;

/// From a call that ended with its daemon to the news of that end, at the most.
const END_IS_TOLD: Duration = Duration::from_secs(3);

/// Bytes of an order's output that are looked at.
const LAST_LINE: usize = 4 << 10;

/// The line to one daemon. Dropped, it hangs up.
#[derive(Debug)]
pub struct Caller {
    calls: mpsc::UnboundedSender<Call>,
    task: JoinHandle<()>,
}

#[derive(Clone, Debug)]
struct Call {
    ask: AskId,
    job: Job,
    deadline: Duration,
}

/// What it is called for.
#[derive(Clone, Debug)]
enum Job {
    Ask(Question),
    Act(RemedyId, Step),
}

impl Caller {
    /// For the daemon behind this control socket; `pid` is its process and `version` its version, where they are known; `whack` is the
    /// program that asks it, where it is not in its usual place. Must be called inside a tokio runtime.
    pub fn new(
        queue: Queue,
        (DaemonKind::Libreswan, whack): (DaemonKind, Option<PathBuf>),
        socket: PathBuf,
        pid: Option<u32>,
        version: Option<String>,
    ) -> Self {
        let (program, first) = libreswan::commands::program(whack);
        Self::with_program(queue, Line { program, first, socket, pid, version })
    }

    fn with_program(queue: Queue, line: Line) -> Self {
        let (calls, called) = mpsc::unbounded_channel();
        let operator = Operator { queue, line, children: 0, said: None };
        let task = tokio::spawn(async move {
            // Closed: the engine has ended, and so does this.
            let _ = operator.run(called).await;
        });
        Self { calls, task }
    }

    /// Asks; answered by exactly one `What::DaemonAnswered`. Questions wait for each other; `deadline` counts from the call itself. One
    /// that comes while an earlier call is unanswered beyond its deadline fails at once.
    pub fn ask(&self, ask: AskId, question: Question, deadline: Duration) {
        // The task ends only when the queue is closed: then nobody waits for an answer.
        let _ = self.calls.send(Call { ask, job: Job::Ask(question), deadline });
    }

    /// Has it do a step; answered by exactly one `What::Outcome`. It waits for questions as they wait for it: there is one call at a time.
    pub fn act(&self, ask: AskId, remedy: RemedyId, step: Step, deadline: Duration) {
        let _ = self.calls.send(Call { ask, job: Job::Act(remedy, step), deadline });
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is called, and who answers.
#[derive(Clone, Debug)]
struct Line {
    program: PathBuf,
    first: Vec<OsString>,
    socket: PathBuf,
    pid: Option<u32>,
    version: Option<String>,
}

struct Operator {
    queue: Queue,
    line: Line,
    /// Child SAs at the last brief answer.
    children: u32,
    said: Option<Coverage>,
}

impl Operator {
    async fn run(mut self, mut called: mpsc::UnboundedReceiver<Call>) -> Result<(), Closed> {
        while let Some(call) = called.recv().await {
            self.learn_version(&call.job).await;
            let refusal = match call.job {
                Job::Ask(question) => self.refusal(question),
                Job::Act(..) => None,
            };
            if let Some(refusal) = refusal {
                self.say(SourceState::Degraded, refusal.clone()).await?;
                self.no_answer(call, Failure::Error(refusal), 0).await?;
            } else {
                self.call(call, &mut called).await?;
            }
        }
        Ok(())
    }

    /// One call, from its beginning until the daemon has answered, died, or nobody asks any more.
    async fn call(&mut self, call: Call, called: &mut mpsc::UnboundedReceiver<Call>) -> Result<(), Closed> {
        let line = self.line.clone();
        let mut arguments = line.first;
        match self.arguments(&call.job) {
            Some(more) => arguments.extend(more),
            None => {
                return self.no_answer(call, Failure::Error("the daemon has no command for it".to_owned()), 0).await;
            }
        }
        let began = Instant::now();
        let worked = || line.pid.and_then(worked::nanoseconds);
        let before = worked();
        let work = command::run(&line.program, &arguments);
        tokio::pin!(work);
        if let Ok(ended) = timeout_at(began + call.deadline, &mut work).await {
            let took = micros(began.elapsed());
            let worked = worked().zip(before).map(|(now, before)| now.saturating_sub(before) / 1_000);
            return match &call.job {
                Job::Ask(question) => {
                    let answer = self.understand(*question, ended).await?;
                    self.answer(call.ask, answer, took, worked).await
                }
                Job::Act(remedy, step) => {
                    let result = match ended {
                        Ok(output) => StepResult::Done(last_line(&output.bytes)),
                        Err(error) => StepResult::Failed(error.to_string()),
                    };
                    self.outcome(call.ask, *remedy, step.clone(), result, took).await
                }
            };
        }
        let ask = call.ask;
        self.no_answer(call, Failure::Timeout, micros(began.elapsed())).await?;
        let (gone, end_is_told) = (gone(line.pid), tokio::time::sleep(END_IS_TOLD));
        tokio::pin!(gone, end_is_told);
        let mut failed = false;
        loop {
            tokio::select! {
                biased;
                ended = &mut work, if !failed => {
                    if ended.is_ok() {
                        return self.queue.send(What::DaemonAnsweredLate { ask }).await;
                    }
                    // No sign of life: whack also ends when the daemon dies, and then that is told.
                    failed = true;
                    end_is_told.as_mut().reset(Instant::now() + END_IS_TOLD);
                }
                () = &mut gone => return Ok(()),
                () = &mut end_is_told, if failed => return self.queue.send(What::DaemonCallEnded { ask }).await,
                other = called.recv() => match other {
                    Some(other) => {
                        let failure = Failure::Error("an earlier call is still unanswered".to_owned());
                        self.no_answer(other, failure, 0).await?;
                    }
                    None => return Ok(()),
                },
            }
        }
    }

    /// 4.x and 5.x tell of their connections in different ways. The program and the daemon are of one package.
    async fn learn_version(&mut self, job: &Job) {
        let needed = matches!(job, Job::Ask(Question::Connections) | Job::Act(..));
        if self.line.version.is_none() && needed {
            self.line.version = super::version_of(&self.line.program, &self.line.first).await;
        }
    }

    fn refusal(&self, question: Question) -> Option<String> {
        let children = self.children;
        (children > MAX_CHILDREN && question != Question::Brief)
            .then(|| format!("the daemon has {children} Child SAs; above {MAX_CHILDREN} its tables are not asked for, which would hold it up"))
    }

    async fn understand(&mut self, question: Question, ended: Result<Output, CommandError>) -> Result<Answer, Closed> {
        let program = self.line.program.display().to_string();
        let output = match ended {
            Ok(output) => output,
            Err(error) => {
                let text = format!("asking {}: {error}", self.line.socket.display());
                self.say(SourceState::Absent, text.clone()).await?;
                return Ok(Answer::None(Failure::Error(text)));
            }
        };
        let (answer, skipped) = libreswan::commands::answer(question, &output.bytes);
        if let Answer::Brief(brief) = &answer {
            self.children = brief.children;
        }
        if skipped > 0 {
            let text = format!("asks through {program}; {skipped} lines of its last answer were not understood");
            self.say(SourceState::Degraded, text).await?;
        } else if question != Question::Brief || self.refusal(Question::Table).is_none() {
            self.say(SourceState::Ok, format!("asks through {program}")).await?;
        }
        Ok(answer)
    }

    fn arguments(&self, job: &Job) -> Option<Vec<OsString>> {
        let (socket, version) = (&self.line.socket, self.line.version.as_deref());
        match job {
            Job::Ask(question) => Some(libreswan::commands::arguments(*question, socket, version)),
            Job::Act(_, step) => libreswan::commands::orders(step, socket, version),
        }
    }

    async fn answer(&self, ask: AskId, answer: Answer, took: u64, worked: Option<u64>) -> Result<(), Closed> {
        self.queue.send(What::DaemonAnswered { ask, answer: Box::new(answer), took, worked }).await
    }

    async fn no_answer(&self, call: Call, failure: Failure, took: u64) -> Result<(), Closed> {
        match call.job {
            Job::Ask(_) => self.answer(call.ask, Answer::None(failure), took, None).await,
            Job::Act(remedy, step) => {
                let result = match failure {
                    Failure::Timeout => StepResult::Timeout,
                    Failure::Error(why) => StepResult::Refused(why),
                };
                self.outcome(call.ask, remedy, step, result, took).await
            }
        }
    }

    async fn outcome(
        &self,
        ask: AskId,
        remedy: RemedyId,
        step: Step,
        result: StepResult,
        took: u64,
    ) -> Result<(), Closed> {
        self.queue.send(What::Outcome(Box::new(Outcome { ask, remedy, step, result, took }))).await
    }

    async fn say(&mut self, state: SourceState, detail: String) -> Result<(), Closed> {
        let now = Coverage { source: Source::Daemon, state, detail };
        if self.said.as_ref() == Some(&now) {
            return Ok(());
        }
        self.said = Some(now.clone());
        self.queue.send(What::Coverage(now)).await
    }
}

/// Returns when the process is gone. Never where that cannot be seen: then the call lasts until it ends by itself.
async fn gone(pid: Option<u32>) {
    let Some(pid) = pid else { return std::future::pending().await };
    let process = i32::try_from(pid).ok().and_then(Pid::from_raw);
    match process.map(|process| pidfd_open(process, PidfdFlags::NONBLOCK)) {
        Some(Err(rustix::io::Errno::SRCH)) | None => {}
        Some(Ok(process)) => match sys::register(process) {
            Ok(process) => drop(process.readable().await),
            Err(_) => std::future::pending().await,
        },
        Some(Err(_)) => std::future::pending().await,
    }
}

/// What a command said last.
fn last_line(bytes: &[u8]) -> String {
    let from = bytes.len().saturating_sub(LAST_LINE);
    let text = String::from_utf8_lossy(bytes.get(from..).unwrap_or_default());
    presentable(text.trim().lines().next_back().unwrap_or("it says nothing"))
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
