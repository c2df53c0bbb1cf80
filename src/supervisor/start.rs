//! Starting the sources, in the order in which nothing is missed.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;

use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use super::host::Host;
use super::turn::Turn;
use crate::config::Config;
use crate::daemons::dialect;
use crate::instance::InstanceError;
use crate::model::{Abilities, DaemonSeen, Netns, ProbedDevice, Remembered, Started, What, Zone};
use crate::probe::talk::RequestSocket;
use crate::probe::{migration, remembered};
use crate::recording::{Recorder, RecordingError};
use crate::sinks::history::last_sight;
use crate::sinks::{EventHub, state};
use crate::sources::daemon::installed;
use crate::sources::nic::{self, NicError};
use crate::sources::process::{self, ProcessError, likely_kind};
use crate::sources::xfrm::{self, XfrmError};
use crate::sources::{Queue, Seen, abilities, configuration, kernel_log, kernel_release, queue, trace};
use crate::state_directory::state_directory;
use crate::{clock, exit};

/// Why there is nothing to turn.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another instance, or a system that refuses.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// The kernel's tables cannot be watched: without them nothing is known.
    #[error("cannot watch the kernel's SAs and policies: {0}")]
    Xfrm(#[from] XfrmError),
    /// The interfaces cannot be watched.
    #[error("cannot watch the network interfaces: {0}")]
    Nic(#[from] NicError),
    /// The daemon's life cannot be watched.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The recording cannot be made.
    #[error(transparent)]
    Recording(#[from] RecordingError),
}

/// What the sources are started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// One look. What only tells of things to come is left out, and nothing is made that a service in this namespace has made already.
    Look,
    Service,
}

/// Sources that run, and an engine that has seen the start.
#[derive(Debug)]
pub struct RunningSources {
    /// The engine and its hands.
    pub turn: Turn<Host>,
    /// Where the sources put what they see.
    pub queue: Queue,
    pub seen: mpsc::Receiver<Seen>,
}

impl StartError {
    /// What the process ends with. The unit never retries what a missing capability ends with, and that alone.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Xfrm(XfrmError::NotPermitted { .. }) => exit::NOT_PERMITTED,
            Self::Instance(InstanceError::Running { .. }) => exit::TEMPORARY,
            _ => exit::WRONG,
        }
    }
}

/// Starts the sources. `record` is a new file for a recording of the whole run.
///
/// # Errors
/// What makes a look at this host pointless; everything else is a line of coverage.
pub async fn start(
    config: &Config,
    hub: EventHub,
    record: Option<&Path>,
    purpose: Purpose,
) -> Result<RunningSources, StartError> {
    let netns = xfrm::current_netns()?;
    // It takes the longest, and nobody needs it before the end.
    let asked = tokio::spawn(abilities::ask());
    let (probed, remembered, daemon_seen) = (probed().await, remembered_state().await, daemon_seen(config).await);
    let asked = asked.await.unwrap_or_else(|error| abilities::nothing(&error.to_string()));
    let started = started(config, netns, asked.abilities, probed, remembered, daemon_seen)?;
    let recorder = record.map(|path| Recorder::create(path, false)).transpose()?;
    let wanted = config.daemon.place().cloned().unwrap_or_default();
    let (queue, seen) = queue();
    // Alone at first: nobody empties the queue yet, and this source is the one that has to be waited for.
    let process = process::spawn(queue.clone(), netns, wanted.clone()).await?;
    let xfrm = xfrm::spawn(queue.clone(), netns)?;
    nic::spawn(queue.clone())?;
    if purpose == Purpose::Service {
        trace::spawn(queue.clone(), netns, process.running.clone());
        trace::removals::spawn(queue.clone(), netns, process.running.clone());
        kernel_log::spawn(queue.clone());
        configuration::spawn(queue.clone(), process.running.clone());
    }
    let known = process.running.borrow().as_ref().map(|running| (running.daemon.kind, running.log.clone()));
    let log = match known {
        Some(log) => log,
        None => {
            let kind = likely_kind(&wanted);
            (kind, process::usual_log(&wanted, kind).await)
        }
    };
    let host = Host::new((queue.clone(), purpose), netns, xfrm, process, &wanted, log);
    let mut turn = Turn::new(host, hub, recorder);
    // The first observation, whatever waits in the queue.
    turn.see(started);
    turn.see(What::Coverage(asked.coverage));
    Ok(RunningSources { turn, queue, seen })
}

/// What is remembered of this host's devices as they are now.
async fn probed() -> Vec<ProbedDevice> {
    let kernel = kernel_release();
    // ethtool waits for the kernel's RTNL lock.
    let read = tokio::task::spawn_blocking(move || remembered::of_this_host(&remembered::directory(), &kernel)).await;
    let (tables, problems) = read.unwrap_or_default();
    for problem in problems {
        tracing::warn!(target: "swanwatch::probed", %problem, "a remembered probe is left out");
    }
    tables
}

/// What the run before kept. If it cannot be read we start empty: limits restart, unfinished remedies reappear as findings.
async fn remembered_state() -> Option<Box<Remembered>> {
    let read = tokio::task::spawn_blocking(|| state::read(&state_directory())).await;
    read.unwrap_or(Ok(None)).unwrap_or_else(|problem| {
        tracing::warn!("what was kept is left out: {problem}");
        None
    })
}

/// What the history knows of a daemon here. One that cannot be read knows of none.
async fn daemon_seen(config: &Config) -> Option<DaemonSeen> {
    let path = config.history.path()?;
    let kind = likely_kind(&config.daemon.place().cloned().unwrap_or_default());
    let read = tokio::task::spawn_blocking(move || {
        let sight = last_sight(&path).ok().flatten()?;
        let now = clock::real_time();
        let ago = now.seconds().saturating_sub(sight.at.seconds());
        let program =
            installed(dialect(kind), sight.program.as_deref().map(Path::new)).map(|path| path.display().to_string());
        Some(DaemonSeen { at: sight.at, ago, program })
    });
    read.await.unwrap_or(None)
}

fn line(path: &str) -> String {
    std::fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default()
}

fn started(
    config: &Config,
    netns: Netns,
    abilities: Abilities,
    probed: Vec<ProbedDevice>,
    remembered: Option<Box<Remembered>>,
    daemon_seen: Option<DaemonSeen>,
) -> Result<What, StartError> {
    Ok(What::Started(Box::new(Started {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings: config.engine.clone(),
        kernel: kernel_release(),
        abilities,
        boot_id: line("/proc/sys/kernel/random/boot_id"),
        netns,
        // The standard library seeds its hash maps from the system.
        seed: RandomState::new().build_hasher().finish(),
        acquire_expires: xfrm::acquire_expires()?,
        probed,
        remembered,
        daemon_seen,
        zone: Zone::of(&TimeZone::system(), clock::real_time()),
        // Where it does not answer, nothing is promised.
        moves_in_place: RequestSocket::xfrm().and_then(|mut talk| migration::is_known(&mut talk)).unwrap_or(false),
    })))
}
