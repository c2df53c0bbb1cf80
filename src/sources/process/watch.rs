//! One daemon after another: found, looked at once a second, gone.

use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::io::unix::AsyncFd;
use tokio::sync::watch as channel;

use super::discovery::{self, Candidate, Discovery, Found};
use super::procfs::{self, StatFile};
use super::sockets::Tables;
use super::systemd::Systemd;
use super::vitals::Vitals;
use super::{ProcessError, Running, USUAL_UNIT, log_place};
use crate::alarm::Alarm;
use crate::config::DaemonPlace;
use crate::model::{Coverage, Daemon, DaemonKind, Death, Netns, Source, SourceState, What};
use crate::sources::{Closed, Queue};
use crate::sys;

/// Between two looks.
const PERIOD: Duration = Duration::from_secs(1);

/// The task.
#[derive(Debug)]
pub struct Watch {
    queue: Queue,
    wanted: DaemonPlace,
    running: channel::Sender<Option<Running>>,
    discovery: Discovery,
    tables: Tables,
    systemd: Systemd,
    ticks: Alarm,
    covered: Option<Coverage>,
}

/// A process that cannot turn into another one behind our back.
#[derive(Debug)]
pub struct Held {
    end: AsyncFd<OwnedFd>,
    stat: StatFile,
    candidate: Candidate,
}

// === impl Watch ===

impl Watch {
    /// Watches in the namespace `own`.
    pub fn new(
        queue: Queue,
        own: Netns,
        wanted: DaemonPlace,
        running: channel::Sender<Option<Running>>,
    ) -> Result<Self, ProcessError> {
        let unit = wanted.unit.clone().unwrap_or_else(|| USUAL_UNIT.to_owned());
        Ok(Self {
            ticks: Alarm::every(PERIOD)?,
            systemd: Systemd::spawn(queue.clone(), unit),
            discovery: Discovery::new(wanted.clone(), own),
            tables: Tables::open(),
            covered: None,
            queue,
            wanted,
            running,
        })
    }

    /// The first look, at which two daemons are an error.
    pub async fn first(&mut self) -> Result<Option<Held>, ProcessError> {
        let mut found = self.discovery.look(&mut self.tables, None)?;
        if found == Found::Unsettled {
            self.ticks.rings().await?;
            found = self.discovery.look(&mut self.tables, None)?;
        }
        match self.take(found).await? {
            Some(held) => Ok(Some(held)),
            None => {
                self.queue.send(What::DaemonAbsent).await?;
                Ok(None)
            }
        }
    }

    /// Goes on until the engine has ended.
    pub async fn run(mut self, mut found: Option<Held>) {
        loop {
            let held = match found.take() {
                Some(held) => held,
                None => match self.find().await {
                    Ok(held) => held,
                    Err(Closed) => return,
                },
            };
            if self.live(held).await.is_err() {
                return;
            }
        }
    }

    /// Looks until there is a daemon: at once, at every tick, and when the service manager names one.
    async fn find(&mut self) -> Result<Held, Closed> {
        let mut hint = None;
        loop {
            let found = match self.discovery.look(&mut self.tables, hint) {
                Ok(found) => found,
                Err(error) => {
                    self.cover(SourceState::Degraded, error.to_string()).await?;
                    Found::Unsettled
                }
            };
            if let Some(held) = self.take(found).await? {
                return Ok(held);
            }
            tokio::select! {
                _ = self.ticks.rings() => {},
                pid = self.systemd.main_pid_changed() => hint = pid,
            }
        }
    }

    /// Tells of the daemon that was found, if it still is there.
    async fn take(&mut self, found: Found) -> Result<Option<Held>, Closed> {
        let candidate = match found {
            Found::One(candidate) => candidate,
            Found::Hidden(pid) => {
                let detail = format!(
                    "pluto with process {pid} may be the daemon: whether it is in this network namespace cannot be seen without CAP_SYS_PTRACE"
                );
                self.cover(SourceState::Degraded, detail).await?;
                return Ok(None);
            }
            Found::Nothing => {
                let detail = "no pluto runs in this network namespace; looks for one every second".to_owned();
                self.cover(SourceState::Ok, detail).await?;
                return Ok(None);
            }
            Found::Unsettled => return Ok(None),
        };
        let Some(held) = Held::new(candidate) else { return Ok(None) };
        self.discovery.remember(&held.candidate);
        let running = self.describe(&held.candidate).await;
        self.queue.send(What::DaemonFound(Box::new(running.daemon.clone()))).await?;
        self.running.send_replace(Some(running));
        Ok(Some(held))
    }

    async fn describe(&mut self, candidate: &Candidate) -> Running {
        let unit = self.systemd.unit_of(candidate.pid).await;
        if let Some(unit) = &unit {
            self.systemd.follow(unit.clone());
        }
        // Its unit decides where in the journal its lines are.
        let mut places = discovery::places(candidate.pid, unit.as_deref());
        places.log = log_place(&self.wanted, &places, unit.as_deref());
        let daemon = Daemon {
            kind: DaemonKind::Libreswan,
            pid: candidate.pid,
            start_ticks: candidate.start_ticks,
            since: procfs::started(candidate.start_ticks),
            version: None,
            unit,
            log: places.log.to_string(),
            socket: places.socket.display().to_string(),
            log_addresses: places.log_addresses,
            debug: places.debug.clone(),
        };
        Running { daemon, places }
    }

    /// Looks at one daemon until it is gone, and tells of its end.
    async fn live(&mut self, held: Held) -> Result<(), Closed> {
        let pid = held.candidate.pid;
        let mut vitals = Vitals::new(pid, held.stat, &held.candidate.places.socket);
        self.cover_vitals(&vitals, None).await?;
        loop {
            tokio::select! {
                biased;
                _ = held.end.readable() => break,
                _ = self.ticks.rings() => {
                    if let Some(look) = vitals.look(&mut self.tables) {
                        self.queue.send(What::Process(look)).await?;
                    }
                    let second = self.discovery.second(&mut self.tables, pid);
                    self.cover_vitals(&vitals, second).await?;
                },
            }
        }
        self.queue.send(What::DaemonGone(Death { pid })).await?;
        self.running.send_replace(None);
        Ok(())
    }

    async fn cover_vitals(&mut self, vitals: &Vitals, second: Option<u32>) -> Result<(), Closed> {
        if let Some(other) = second {
            let pid = vitals.pid();
            let detail = format!(
                "another pluto, process {other}, runs in this network namespace; only process {pid} is watched"
            );
            return self.cover(SourceState::Degraded, detail).await;
        }
        match vitals.unseen() {
            None => self.cover(SourceState::Ok, format!("watches process {}", vitals.pid())).await,
            Some(unseen) => self.cover(SourceState::Degraded, unseen).await,
        }
    }

    async fn cover(&mut self, state: SourceState, detail: String) -> Result<(), Closed> {
        let coverage = Coverage { source: Source::Process, state, detail };
        if self.covered.as_ref() == Some(&coverage) {
            return Ok(());
        }
        self.queue.send(What::Coverage(coverage.clone())).await?;
        self.covered = Some(coverage);
        Ok(())
    }
}

// === impl Held ===

impl Held {
    /// None where the process is gone, or is another one by now.
    fn new(candidate: Candidate) -> Option<Self> {
        let pid = Pid::from_raw(i32::try_from(candidate.pid).ok()?)?;
        let end = sys::register(pidfd_open(pid, PidfdFlags::empty()).ok()?).ok()?;
        // Only now: whoever has this pid from here on is the process behind the pidfd.
        let stat = StatFile::open(candidate.pid).ok()?;
        let same = stat.read().is_ok_and(|stat| stat.start_ticks == candidate.start_ticks);
        same.then_some(Self { end, stat, candidate })
    }
}
