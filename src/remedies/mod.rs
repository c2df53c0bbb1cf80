//! Hands: how one step of a remedy is done. No policy: what is to be done, when and how often, is the engine's matter. Each opens sockets of
//! its own, so that no key passes anybody else.

mod fence;
pub mod reinstall;
mod rekey;
mod restart;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use self::fence::FenceHands;
use self::restart::StartedDaemon;
use crate::config::DaemonPlace;
use crate::daemons::{Dialect, dialect};
use crate::model::{AskId, Netns, Outcome, RemedyId, Step, StepResult, What};
use crate::sources::Queue;
use crate::sources::daemon::Caller;
use crate::sources::process::{RunningDaemon, likely_kind};

/// Everything that can do a step.
#[derive(Debug)]
pub struct RemedyHands {
    queue: Queue,
    netns: Netns,
    restart: Vec<String>,
    dialect: &'static dyn Dialect,
    pid_file: Option<PathBuf>,
    /// The daemon that was found last.
    found: watch::Sender<Option<StartedDaemon>>,
    fence: FenceHands,
}

impl RemedyHands {
    /// Nothing is opened before it is needed. `wanted` names the command that starts the daemon where no unit does.
    pub fn new(queue: Queue, netns: Netns, wanted: &DaemonPlace) -> Self {
        let (restart, dialect) = (wanted.restart.clone(), dialect(likely_kind(wanted)));
        Self {
            queue,
            netns,
            restart,
            dialect,
            pid_file: None,
            found: watch::Sender::new(None),
            fence: FenceHands::default(),
        }
    }

    /// From now on this command starts the daemon where no unit does. One that runs goes on.
    pub fn restart_by(&mut self, command: Vec<String>) {
        self.restart = command;
    }

    /// This daemon runs now.
    pub fn follow(&mut self, running: &RunningDaemon) {
        self.dialect = dialect(running.daemon.kind);
        self.pid_file.clone_from(&running.pid_file);
        let loader = if running.is_loaded { None } else { self.dialect.loader(&running.socket) };
        self.found.send_replace(Some(StartedDaemon { loader }));
    }

    /// Does one step. Answered by `What::Outcome`, here or in the queue.
    pub fn act(&mut self, ask: AskId, remedy: RemedyId, step: Step, daemon: Option<&Caller>) -> Option<What> {
        match step.clone() {
            Step::Rekey { .. } | Step::Initiate { .. } => rekey::act(daemon, ask, remedy, step),
            Step::Reinstall { sa, direction, offload } => {
                let order = reinstall::ReinstallOrder { sa, direction, offload };
                self.begin((ask, remedy, step), reinstall::hands::reinstall(self.netns, order))
            }
            Step::Evacuate { sa, direction, .. } => {
                let order = reinstall::ReinstallOrder { sa, direction, offload: None };
                self.begin((ask, remedy, step), reinstall::hands::reinstall(self.netns, order))
            }
            Step::Probe { sa, ifindex, mode } => {
                self.begin((ask, remedy, step), reinstall::hands::probe(self.netns, sa, ifindex, mode))
            }
            Step::RestartUnit { unit, main_pid } => {
                let work = async move { restart::restart(&unit, main_pid).await };
                self.begin((ask, remedy, step), work)
            }
            Step::RestartCommand => {
                let (argv, dialect, pid_file) = (self.restart.clone(), self.dialect, self.pid_file.clone());
                let found = self.found.subscribe();
                let work = async move {
                    let result = restart::run(&argv, dialect, pid_file.as_deref()).await;
                    restart::loaded(result, dialect, found).await
                };
                self.begin((ask, remedy, step), work)
            }
            Step::Continue { pid, start_ticks } => {
                let result = restart::resume(pid, start_ticks);
                Some(What::Outcome(Box::new(Outcome::of(ask, remedy, step, result, Duration::ZERO))))
            }
            Step::Fence { protect, release, lasts } => {
                self.begin((ask, remedy, step), self.fence.clone().change(protect, release, lasts))
            }
        }
    }

    /// Answered in the queue.
    fn begin(
        &self,
        (ask, remedy, step): (AskId, RemedyId, Step),
        work: impl Future<Output = StepResult> + Send + 'static,
    ) -> Option<What> {
        let queue = self.queue.clone();
        tokio::spawn(async move {
            let began = Instant::now();
            let result = work.await;
            // Closed: the engine has ended, and nobody waits for an answer.
            let _ = queue.send(What::Outcome(Box::new(Outcome::of(ask, remedy, step, result, began.elapsed())))).await;
        });
        None
    }
}
