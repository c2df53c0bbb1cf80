//! Asking a daemon without ever holding it up: one call at a time, and no call while an earlier one is unanswered.
//!
//! A daemon that hangs accepts connections until its backlog is full; from then on its operator is locked out too. So a call that
//! is not answered in time stays on the line, and everything asked meanwhile is refused here.

use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, Interval, MissedTickBehavior, sleep_until, timeout};

use super::coverage::DaemonCoverage;
use super::meanwhile::{Asker, Meanwhile};
use super::program::{ByProgram, Program};
use super::talks::{Pending, Talks};
use super::vici::{Hearing, OverVici};
use super::worked;
use crate::daemons::{Dialect, Talk, WorkThreads};
use crate::model::{Answer, AskId, Failure, Outcome, Question, RemedyId, SourceState, Step, StepResult, What, micros};
use crate::plural::{counted, were};
use crate::sources::queue::{Closed, Queue};
use crate::sys;

/// Above this many Child SAs a daemon's whole tables are not asked for: it does nothing else while it writes them.
const MAX_CHILDREN: u32 = 20_000;

/// From a call that ended with its daemon to the news of that end, at the most.
const END_IS_TOLD: Duration = Duration::from_secs(3);

/// Between two looks at a daemon that has not answered yet.
const LOOK: Duration = Duration::from_secs(1);

/// A timer that rings so much later than it should was kept from it.
const LATE: Duration = Duration::from_millis(250);

/// The line to one daemon. Dropped, it hangs up.
#[derive(Debug)]
pub struct Caller {
    calls: mpsc::UnboundedSender<DaemonCall>,
    task: JoinHandle<()>,
    /// Where the daemon tells something by itself.
    hears: Option<Hearing>,
}

/// The daemon behind a control socket.
#[derive(Debug)]
pub struct CalledDaemon {
    pub dialect: &'static dyn Dialect,
    /// What asks it, where it is not in its usual place.
    pub program: Option<PathBuf>,
    pub socket: PathBuf,
    /// Its process, where that is known.
    pub pid: Option<u32>,
    pub version: Option<String>,
    /// Where its connections are written down, where that is known.
    pub configuration: Option<PathBuf>,
}

#[derive(Clone, Debug)]
struct DaemonCall {
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
    /// Must be called inside a tokio runtime.
    pub fn new(queue: Queue, called: CalledDaemon) -> Self {
        let CalledDaemon { dialect, program, socket, pid, version, configuration } = called;
        let coverage = DaemonCoverage::default();
        let mut hears = None;
        let talks: Box<dyn Talks> = match dialect.talk() {
            Talk::Program(by) => {
                Box::new(ByProgram { program: Program::of(by, program), socket: socket.clone(), version })
            }
            Talk::Vici => {
                let over = OverVici::new(dialect, socket.clone(), pid, version, configuration);
                hears = Some(over.hear(queue.clone(), coverage.clone()));
                Box::new(over)
            }
        };
        let line = CallerLine { talks, socket, pid, threads: dialect.threads(), coverage };
        let (calls, called) = mpsc::unbounded_channel();
        let operator = Operator { queue, line, children: 0 };
        let task = tokio::spawn(async move {
            // Closed: the engine has ended, and so does this.
            let _ = operator.run(called).await;
        });
        Self { calls, task, hears }
    }

    /// Another daemon takes its place. What was asked of it is still to be answered; what it tells by itself is not heard any more.
    pub fn retire(&mut self) {
        self.hears = None;
    }

    /// Asks; answered by exactly one `What::DaemonAnswered`. Questions wait for each other; `deadline` counts from the call itself. One
    /// that comes while an earlier call is unanswered beyond its deadline fails at once.
    pub fn ask(&self, ask: AskId, question: Question, deadline: Duration) {
        // The task ends only when the queue is closed: then nobody waits for an answer.
        let _ = self.calls.send(DaemonCall { ask, job: Job::Ask(question), deadline });
    }

    /// Has it do a step; answered by exactly one `What::Outcome`. It waits for questions as they wait for it: there is one call at a time.
    pub fn act(&self, ask: AskId, remedy: RemedyId, step: Step, deadline: Duration) {
        let _ = self.calls.send(DaemonCall { ask, job: Job::Act(remedy, step), deadline });
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is called, and who answers.
struct CallerLine {
    talks: Box<dyn Talks>,
    socket: PathBuf,
    pid: Option<u32>,
    threads: WorkThreads,
    coverage: DaemonCoverage,
}

/// A call that was answered in time.
struct CallEnded<T> {
    result: Result<T, String>,
    /// Microseconds.
    took: u64,
    /// Microseconds that the daemon was at work meanwhile, where that can be seen.
    worked: Option<u64>,
}

struct Operator {
    queue: Queue,
    line: CallerLine,
    /// Child SAs at the last brief answer.
    children: u32,
}

impl Operator {
    async fn run(mut self, mut called: mpsc::UnboundedReceiver<DaemonCall>) -> Result<(), Closed> {
        while let Some(call) = called.recv().await {
            self.learn_version(&call.job).await;
            let refusal = match call.job {
                Job::Ask(question) => self.refusal(question),
                Job::Act(..) => None,
            };
            if let Some(refusal) = refusal {
                self.say(SourceState::Degraded, refusal.clone()).await?;
                self.no_answer(&call, Failure::Error(refusal), 0).await?;
            } else {
                self.call(call, &mut called).await?;
            }
        }
        Ok(())
    }

    async fn call(&mut self, call: DaemonCall, called: &mut mpsc::UnboundedReceiver<DaemonCall>) -> Result<(), Closed> {
        match call.job.clone() {
            Job::Ask(question) => {
                let asker = Asker::default();
                let work = self.line.talks.ask(question, Asker::clone(&asker));
                let Some(ended) = self.wait(&call, (work, asker), called).await? else { return Ok(()) };
                let answer = self.understand(question, ended.result).await?;
                self.answer(call.ask, answer, ended.took, ended.worked).await
            }
            Job::Act(remedy, step) => {
                let asker = Asker::default();
                let Some(work) = self.line.talks.act(&step, Asker::clone(&asker)) else {
                    return self
                        .no_answer(&call, Failure::Error("the daemon has no command for it".to_owned()), 0)
                        .await;
                };
                let Some(ended) = self.wait(&call, (work, asker), called).await? else { return Ok(()) };
                let result = ended.result.map_or_else(StepResult::Failed, StepResult::Done);
                self.outcome(call.ask, remedy, step, result, ended.took).await
            }
        }
    }

    /// One call, from its beginning until the daemon has answered, died, or nobody asks any more. None where it did not answer in time: that
    /// has been told.
    async fn wait<T>(
        &mut self,
        call: &DaemonCall,
        (mut work, asker): (Pending<T>, Asker),
        called: &mut mpsc::UnboundedReceiver<DaemonCall>,
    ) -> Result<Option<CallEnded<T>>, Closed> {
        let began = Instant::now();
        let pid = self.line.pid;
        let threads = self.line.threads;
        let worked = || pid.and_then(|pid| worked::nanoseconds(pid, threads));
        let before = worked();
        let mut meanwhile = pid.and_then(|pid| Meanwhile::begin(pid, asker));
        let mut looks = tokio::time::interval_at(began + LOOK, LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        if let Some(result) = in_time(&mut work, began + call.deadline, (&mut looks, meanwhile.as_mut())).await {
            let took = micros(began.elapsed());
            let worked = worked().zip(before).map(|(now, before)| now.saturating_sub(before) / 1_000);
            return Ok(Some(CallEnded { result, took, worked }));
        }
        let ask = call.ask;
        let asked = matches!(call.job, Job::Ask(_));
        // The engine is to know it when it hears of the time-out.
        let mut told = self.tell_of_silence(call, began, meanwhile.as_mut()).await?;
        self.no_answer(call, Failure::Timeout, micros(began.elapsed())).await?;
        let (gone, end_is_told) = (gone(pid), tokio::time::sleep(END_IS_TOLD));
        tokio::pin!(gone, end_is_told);
        let mut failed = false;
        loop {
            tokio::select! {
                biased;
                ended = &mut work, if !failed => {
                    if ended.is_ok() {
                        self.queue.send(What::DaemonAnsweredLate { ask }).await?;
                        return Ok(None);
                    }
                    // No sign of life: the call also ends when the daemon dies, and then that is told.
                    failed = true;
                    end_is_told.as_mut().reset(Instant::now() + END_IS_TOLD);
                }
                () = &mut gone => return Ok(None),
                () = &mut end_is_told, if failed => {
                    self.queue.send(What::DaemonCallEnded { ask }).await?;
                    return Ok(None);
                }
                _ = looks.tick(), if asked && meanwhile.is_some() => {
                    if let Some(meanwhile) = &mut meanwhile {
                        meanwhile.look();
                    }
                    if told.elapsed() >= pause(began.elapsed()) {
                        told = self.tell_of_silence(call, began, meanwhile.as_mut()).await?;
                    }
                }
                other = called.recv() => match other {
                    Some(other) => {
                        let failure = Failure::Error("an earlier call is still unanswered".to_owned());
                        self.no_answer(&other, failure, 0).await?;
                    }
                    None => return Ok(None),
                },
            }
        }
    }

    /// What the daemon did since it was called. Returns when that was.
    async fn tell_of_silence(
        &self,
        call: &DaemonCall,
        began: Instant,
        meanwhile: Option<&mut Meanwhile>,
    ) -> Result<Instant, Closed> {
        let now = Instant::now();
        if let (Job::Ask(_), Some(meanwhile)) = (&call.job, meanwhile) {
            meanwhile.look();
            let silence = Box::new(meanwhile.silence(micros(now - began)));
            self.queue.send(What::DaemonSilent { ask: call.ask, silence }).await?;
        }
        Ok(now)
    }

    /// The words that a daemon takes for this may depend on its version.
    async fn learn_version(&mut self, job: &Job) {
        let needed = matches!(job, Job::Ask(Question::Connections) | Job::Act(..));
        if needed && let Some(version) = self.line.talks.learn_version() {
            self.line.talks.set_version(version.await);
        }
    }

    fn refusal(&self, question: Question) -> Option<String> {
        let children = self.children;
        (children > MAX_CHILDREN && question != Question::Brief)
            .then(|| format!("the daemon has {children} Child SAs; above {MAX_CHILDREN} its tables are not asked for, which would hold it up"))
    }

    async fn understand(
        &mut self,
        question: Question,
        result: Result<(Answer, u32), String>,
    ) -> Result<Answer, Closed> {
        let through = self.line.talks.through();
        let (answer, skipped) = match result {
            Ok(answered) => answered,
            Err(error) => {
                let text = format!("asking {}: {error}", self.line.socket.display());
                self.say(SourceState::Absent, text.clone()).await?;
                return Ok(Answer::None(Failure::Error(text)));
            }
        };
        if let Answer::Brief(brief) = &answer {
            self.children = brief.children;
        }
        if skipped > 0 {
            let text = format!(
                "asks through {through}; {} of its last answer {} not understood",
                counted(skipped as u64, "line"),
                were(skipped as u64)
            );
            self.say(SourceState::Degraded, text).await?;
        } else if question != Question::Brief || self.refusal(Question::Table).is_none() {
            self.say(SourceState::Ok, format!("asks through {through}")).await?;
        }
        Ok(answer)
    }

    async fn answer(&self, ask: AskId, answer: Answer, took: u64, worked: Option<u64>) -> Result<(), Closed> {
        self.queue.send(What::DaemonAnswered { ask, answer: Box::new(answer), took, worked }).await
    }

    async fn no_answer(&self, call: &DaemonCall, failure: Failure, took: u64) -> Result<(), Closed> {
        match &call.job {
            Job::Ask(_) => self.answer(call.ask, Answer::None(failure), took, None).await,
            Job::Act(remedy, step) => {
                let result = match failure {
                    Failure::Timeout => StepResult::Timeout,
                    Failure::Error(why) => StepResult::Refused(why),
                };
                self.outcome(call.ask, *remedy, step.clone(), result, took).await
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

    async fn say(&self, state: SourceState, detail: String) -> Result<(), Closed> {
        match self.line.coverage.asks(state, detail) {
            Some(line) => self.queue.send(What::Coverage(line)).await,
            None => Ok(()),
        }
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

/// What a call comes to until its deadline; none where nothing has come. Meanwhile the daemon is looked at.
async fn in_time<T>(
    work: &mut Pending<T>,
    deadline: Instant,
    (looks, mut meanwhile): (&mut Interval, Option<&mut Meanwhile>),
) -> Option<Result<T, String>> {
    loop {
        tokio::select! {
            biased;
            result = &mut *work => return Some(result),
            () = sleep_until(deadline) => break,
            _ = looks.tick(), if meanwhile.is_some() => {
                if let Some(meanwhile) = &mut meanwhile {
                    meanwhile.look();
                }
            }
        }
    }
    // Where we had no processor ourselves, an answer may have come long ago, in several parts that are not all read yet.
    let late = Instant::now() - deadline;
    if late > LATE { timeout(late, work).await.ok() } else { None }
}

/// Between two words about the same silence.
const fn pause(silent: Duration) -> Duration {
    Duration::from_secs(match silent.as_secs() {
        0..20 => 2,
        20..120 => 5,
        _ => 30,
    })
}

#[cfg(test)]
mod tests;
