//! `swanwatch run`

use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

use clap::Args;

use super::configured::ConfigurationFile;
use super::failure::CommandFailure;
use super::service::{ServiceAddress, block_on};
use crate::exit;
use crate::instance::{InstanceLock, protect_memory};
use crate::model::What;
use crate::sinks::alerts::{Alerts, AlertsSetup};
use crate::sinks::api::ApiSockets;
use crate::sinks::history::History;
use crate::sinks::{EventHub, desk, journal};
use crate::sources::Queue;
use crate::state_directory::state_directory;
use crate::supervisor::{Purpose, RunningSources, Serve, ServiceEnd, StartError, start};

/// Watch, in the foreground: this is the service
#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// The configuration; without it /etc/swanwatch/swanwatch.yaml, which may be absent
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Record the whole run into this new file
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    #[command(flatten)]
    service: ServiceAddress,
}

pub(super) fn run(arguments: &RunArguments) -> Result<u8, CommandFailure> {
    journal::begin();
    let configured = ConfigurationFile::at_start(arguments.config.as_deref(), state_directory())?;
    protect_memory().map_err(StartError::from)?;
    let instance = InstanceLock::claim().map_err(StartError::from)?;
    block_on(serve(arguments, configured, &instance))
}

async fn serve(
    arguments: &RunArguments,
    mut configured: ConfigurationFile,
    instance: &InstanceLock,
) -> Result<u8, CommandFailure> {
    let config = &configured.config;
    let hub = EventHub::new(epoch());
    // Before the sockets: who lacks a capability is told of that, and not of a folder.
    let RunningSources { mut turn, queue, seen } =
        start(config, hub.clone(), arguments.record.as_deref(), Purpose::Service).await?;
    let kept = config.history.path();
    let mut sockets = ApiSockets::bind(&arguments.service.socket)?.and_history(kept.clone());
    let refused = sockets.listen_for_metrics(config.metrics).err();
    let history = kept.map(|path| history(&path, &queue)).transpose()?;
    let place = AlertsSetup::of_this_host(history.as_ref().map(History::keeper));
    history.into_iter().for_each(|history| turn.keep(history));
    let alerts = Alerts::start(config.alerts.clone(), place, queue.clone());
    let alerts = alerts.map_err(|error| CommandFailure::other(format!("cannot start to tell of findings: {error}")))?;
    turn.alert(alerts.clone());
    if let Some(error) = refused {
        configured.without_metrics(error)?;
    }
    if let Some(line) = instance.coverage() {
        turn.see(What::Coverage(line));
    }
    // When everybody who is told is there.
    if let Some(wrong) = configured.wrong.clone() {
        turn.see(What::Misconfigured(wrong));
    }
    let (desk, questions) = desk();
    let reload = configured.reload(alerts);
    let service = Serve { turn, queue, seen, desk: questions, reload };
    // The service closes the hub when it ends, and that ends the sockets.
    let (served, ()) = tokio::join!(service.run(), sockets.serve(desk, hub));
    match served.map_err(|error| CommandFailure::other(format!("cannot catch signals: {error}")))? {
        ServiceEnd::InOrder => Ok(exit::DONE),
        ServiceEnd::ToBeStartedAgain => Ok(exit::TEMPORARY),
    }
}

/// Its state is a line of coverage.
fn history(path: &Path, queue: &Queue) -> Result<History, CommandFailure> {
    let queue = queue.clone();
    // Nobody is left to be told when the queue is closed.
    let tell = Box::new(move |line| drop(queue.blocking_send(What::Coverage(line))));
    History::begin(path, tell).map_err(|error| CommandFailure::other(format!("cannot begin the history: {error}")))
}

/// A text that no other run has.
fn epoch() -> String {
    format!("{:016x}", RandomState::new().hash_one(std::process::id()))
}
