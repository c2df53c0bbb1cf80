//! The hands of the real service: this host's sources.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::hands::Hands;
use super::start::Purpose;
use crate::config::DaemonPlace;
use crate::daemons::{LogPlace, dialect};
use crate::model::{
    Answer, AskId, Daemon, DaemonKind, DumpTable, Failure, Measured, Netns, Outcome, Question, RemedyId, Remembered,
    RouteQuery, SaId, Step, StepResult, What,
};
use crate::remedies::RemedyHands;
use crate::sinks::state::StateFile;
use crate::sources::Queue;
use crate::sources::daemon::{CalledDaemon, Caller};
use crate::sources::host::{self, HostSource};
use crate::sources::log::{self, Log, Runner};
use crate::sources::process::{ProcessHandle, RunningDaemon};
use crate::sources::routes::RoutesSource;
use crate::sources::trace::measure::{CountOrder, measure};
use crate::sources::trace::senders;
use crate::sources::xfrm::Xfrm;
use crate::state_directory::state_directory;

/// Why a look does nothing.
const LOOKS_ONLY: &str = "a look without the service does nothing, and keeps nothing";

/// The sources that can be asked, and the daemon that they follow.
#[derive(Debug)]
pub struct Host {
    queue: Queue,
    xfrm: Xfrm,
    routes: RoutesSource,
    counters: HostSource,
    process: ProcessHandle,
    log: (DaemonKind, LogPlace, Log),
    /// The program that asks the daemon, where it is not in its usual place.
    program: Option<PathBuf>,
    caller: Option<Caller>,
    /// To the daemon before: what was asked of it is still to be answered.
    retired: Option<Caller>,
    remedies: RemedyHands,
    /// None for a look, which does nothing and leaves nothing behind: what is kept is the service's.
    state: Option<StateFile>,
    netns: Netns,
    /// An SA is measured, or was.
    measuring: Option<JoinHandle<()>>,
}

impl Host {
    /// Follows the log and the control socket of the daemon that runs; where none runs, the log that the next one will have, so that its
    /// first lines are seen: `log`.
    pub fn new(
        (queue, purpose): (Queue, Purpose),
        netns: Netns,
        xfrm: Xfrm,
        mut process: ProcessHandle,
        wanted: &DaemonPlace,
        log: (DaemonKind, LogPlace),
    ) -> Self {
        let running = process.running.borrow_and_update().clone();
        let (kind, place) = running.as_ref().map_or(log, |running| (running.daemon.kind, running.log.clone()));
        let writer = running.as_ref().map(runner);
        let log = (kind, place.clone(), log::spawn(queue.clone(), place, writer, dialect(kind)));
        let mut remedies = RemedyHands::new(queue.clone(), netns, wanted);
        if let Some(running) = &running {
            remedies.follow(running);
        }
        let program = wanted.program.clone();
        let caller = running.map(|running| caller(&queue, &running, program.clone()));
        let routes = RoutesSource::spawn(queue.clone());
        let counters = host::spawn(queue.clone());
        let keeps = purpose == Purpose::Service;
        let state = keeps.then(|| StateFile::spawn(queue.clone(), state_directory()));
        Self {
            queue,
            xfrm,
            routes,
            counters,
            process,
            log,
            program,
            caller,
            retired: None,
            remedies,
            state,
            netns,
            measuring: None,
        }
    }

    /// Another daemon, or none.
    fn follow(&mut self, running: Option<&RunningDaemon>) {
        // Calls that are under way end with the daemon, and their answers still come.
        if let Some(mut before) = self.caller.take() {
            before.retire();
            self.retired = Some(before);
        }
        let Some(running) = running else { return };
        self.caller = Some(caller(&self.queue, running, self.program.clone()));
        self.remedies.follow(running);
        let (kind, place) = (running.daemon.kind, &running.log);
        // A log that goes on is read on: nothing is read twice, and nothing missed.
        if (self.log.0, &self.log.1) == (kind, place) {
            self.log.2.daemon_runs(runner(running));
        } else {
            let follower = log::spawn(self.queue.clone(), place.clone(), Some(runner(running)), dialect(kind));
            self.log = (kind, place.clone(), follower);
        }
    }
}

impl Hands for Host {
    fn read(&mut self, ask: AskId, sa: SaId) -> Option<What> {
        self.xfrm.read(ask, sa);
        None
    }

    fn dump(&mut self, ask: AskId, table: DumpTable) -> Option<What> {
        self.xfrm.dump(ask, table);
        None
    }

    fn count(&mut self, ask: AskId) -> Option<What> {
        self.xfrm.count(ask);
        None
    }

    fn route(&mut self, ask: AskId, query: RouteQuery) -> Option<What> {
        self.routes.ask(ask, query);
        None
    }

    fn sample(&mut self, ask: AskId, device: String) -> Option<What> {
        self.counters.sample(ask, device);
        None
    }

    fn sample_host(&mut self, ask: AskId) -> Option<What> {
        self.counters.sample_host(ask);
        None
    }

    fn name_senders(&mut self, ask: AskId) -> Option<What> {
        if self.state.is_none() {
            return Some(What::Senders { ask, answer: Err(Failure::Error(LOOKS_ONLY.to_owned())) });
        }
        senders::count(self.queue.clone(), ask, self.netns);
        None
    }

    fn catch_up(&mut self, ask: AskId) -> Option<What> {
        self.log.2.catch_up(ask);
        None
    }

    fn ask_daemon(&mut self, ask: AskId, question: Question, deadline: Duration) -> Option<What> {
        match &self.caller {
            Some(caller) => {
                caller.ask(ask, question, deadline);
                None
            }
            None => {
                let answer = Answer::None(Failure::Error("no daemon runs".to_owned()));
                Some(What::DaemonAnswered { ask, answer: Box::new(answer), took: 0, worked: None })
            }
        }
    }

    fn act(&mut self, ask: AskId, remedy: RemedyId, step: Step) -> Option<What> {
        if self.state.is_none() {
            let refused = StepResult::Refused(LOOKS_ONLY.to_owned());
            return Some(What::Outcome(Box::new(Outcome::of(ask, remedy, step, refused, Duration::ZERO))));
        }
        self.remedies.act(ask, remedy, step, self.caller.as_ref())
    }

    fn restart_by(&mut self, command: Vec<String>) {
        self.remedies.restart_by(command);
    }

    fn remember(&mut self, ask: AskId, state: Box<Remembered>) -> Option<What> {
        match &self.state {
            Some(file) => {
                file.write(ask, state);
                None
            }
            None => Some(What::Kept { ask, answer: Err(Failure::Error(LOOKS_ONLY.to_owned())) }),
        }
    }

    fn measure(&mut self, order: CountOrder, reply: oneshot::Sender<Result<Measured, String>>) {
        if self.measuring.as_ref().is_some_and(|task| !task.is_finished()) {
            let _ = reply.send(Err("another SA is being measured".to_owned()));
            return;
        }
        let netns = self.netns;
        self.measuring = Some(tokio::spawn(async move {
            let measured = measure(netns, order).await.map_err(|error| error.to_string());
            // Who asked may have gone.
            let _ = reply.send(measured);
        }));
    }

    async fn follow_daemon(&mut self) {
        if self.process.running.changed().await.is_err() {
            // The source ends only with the queue.
            std::future::pending::<()>().await;
        }
        let running = self.process.running.borrow_and_update().clone();
        self.follow(running.as_ref());
    }
}

fn caller(queue: &Queue, running: &RunningDaemon, program: Option<PathBuf>) -> Caller {
    let Daemon { kind, known, version, .. } = &running.daemon;
    let called = CalledDaemon {
        dialect: dialect(*kind),
        program,
        socket: running.socket.clone(),
        pid: known.pid(),
        version: version.clone(),
        configuration: running.configuration.clone(),
    };
    Caller::new(queue.clone(), called)
}

fn runner(running: &RunningDaemon) -> Runner {
    let daemon = &running.daemon;
    Runner { pid: daemon.pid(), started: daemon.since, unit: daemon.unit.clone() }
}
