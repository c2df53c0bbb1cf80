//! One daemon after another: found, looked at once a second, gone.

mod by_socket;

use std::time::{Duration, Instant};

use tokio::sync::watch as channel;

use super::candidate::{Candidate, Stranger};
use super::discovery::{Discovered, Discovery, OtherDaemons};
use super::held::HeldProcess;
use super::listening::Listening;
use super::running::{ProcessError, RunningDaemon, log_place};
use super::seeker::Seeker;
use super::sockets::Tables;
use super::strangers::Strangers;
use super::systemd::Systemd;
use super::{procfs, reading};
use crate::alarm::Alarm;
use crate::config::DaemonPlace;
use crate::daemons::{DaemonPaths, Dialect, dialect};
use crate::model::{Coverage, Daemon, Death, KnownBy, Netns, Source, SourceState, What};
use crate::sources::{Closed, Queue};
use crate::text::presentable;

/// Between two looks.
const PERIOD: Duration = Duration::from_secs(1);

/// Looks at the start for whoever listens at the control socket that the configuration names.
const LOOKS_FOR_LISTENER: u32 = 4;

/// The task.
#[derive(Debug)]
pub struct DaemonWatch {
    queue: Queue,
    wanted: DaemonPlace,
    dialect: &'static dyn Dialect,
    running: channel::Sender<Option<RunningDaemon>>,
    discovery: Discovery,
    tables: Tables,
    systemd: Systemd,
    ticks: Alarm,
    covered: Option<Coverage>,
    strangers: Strangers,
    /// Where the configuration names a control socket.
    seeker: Option<Seeker>,
}

/// What is watched now.
#[derive(Debug)]
pub enum FollowedDaemon {
    Process(Box<HeldProcess>),
    /// Whoever listens at the control socket that the configuration names.
    Listener(Box<Listening>),
}

impl DaemonWatch {
    /// Watches in the namespace `own`.
    pub fn new(
        queue: Queue,
        own: Netns,
        wanted: DaemonPlace,
        running: channel::Sender<Option<RunningDaemon>>,
    ) -> Result<Self, ProcessError> {
        let dialect = dialect(wanted.kind);
        let unit = wanted.unit.clone().unwrap_or_else(|| dialect.usual_unit().to_owned());
        Ok(Self {
            ticks: Alarm::every(PERIOD)?,
            systemd: Systemd::spawn(queue.clone(), unit),
            discovery: Discovery::new(wanted.clone(), own),
            tables: Tables::open(),
            covered: None,
            strangers: Strangers::default(),
            seeker: wanted.socket.clone().map(Seeker::new),
            queue,
            wanted,
            dialect,
            running,
        })
    }

    /// The first look.
    pub async fn first(&mut self) -> Result<Option<FollowedDaemon>, ProcessError> {
        let mut found = self.discovery.look(&mut self.tables, None);
        if matches!(found, Discovered::Unsettled(..)) {
            self.ticks.rings().await?;
            found = self.discovery.look(&mut self.tables, None);
            // Whoever looks once hears no more of it.
            if let Discovered::Unsettled(pid, doubt) = found {
                found = Discovered::Doubtful(pid, doubt);
            }
        }
        let mut followed = self.take(found).await?;
        // Bounded: who listens may change again and again.
        for _ in 0..LOOKS_FOR_LISTENER {
            if followed.is_some() || !self.is_seeking() {
                break;
            }
            self.ticks.rings().await?;
            let found = self.discovery.look(&mut self.tables, None);
            followed = self.take(found).await?;
        }
        match followed {
            Some(followed) => Ok(Some(followed)),
            None => {
                self.queue.send(What::DaemonAbsent).await?;
                Ok(None)
            }
        }
    }

    /// Goes on until the engine has ended.
    pub async fn run(mut self, mut found: Option<FollowedDaemon>) {
        loop {
            let followed = match found.take() {
                Some(followed) => followed,
                None => match self.find().await {
                    Ok(followed) => followed,
                    Err(Closed) => return,
                },
            };
            found = match followed {
                FollowedDaemon::Process(held) => match self.live(*held).await {
                    Ok(()) => None,
                    Err(Closed) => return,
                },
                FollowedDaemon::Listener(listening) => match self.listen(*listening).await {
                    Ok(process) => process,
                    Err(Closed) => return,
                },
            };
        }
    }

    /// Looks until there is a daemon: at once, at every tick, and when the service manager names one.
    async fn find(&mut self) -> Result<FollowedDaemon, Closed> {
        let mut hint = None;
        loop {
            let found = self.discovery.look(&mut self.tables, hint);
            if let Some(followed) = self.take(found).await? {
                return Ok(followed);
            }
            tokio::select! {
                _ = self.ticks.rings() => {},
                pid = self.systemd.main_pid_changed() => hint = pid,
            }
        }
    }

    /// Tells of the daemon that was found, if it still is there.
    async fn take(&mut self, found: Discovered) -> Result<Option<FollowedDaemon>, Closed> {
        if !matches!(found, Discovered::Nothing)
            && let Some(seeker) = &mut self.seeker
        {
            seeker.begin_anew();
        }
        let name = self.dialect.process_name();
        let candidate = match found {
            Discovered::One(candidate) => candidate,
            Discovered::Unsettled(pid, doubt) => {
                let detail =
                    presentable(&format!("{name} with process {pid} is there; waits for what is missing: {doubt}"));
                self.cover(SourceState::Ok, detail, self.discovery.stranger()).await?;
                return Ok(None);
            }
            Discovered::Nothing if self.seeker.is_some() => return self.seek().await,
            Discovered::Nothing => {
                let detail = format!("no {name} runs in this network namespace; looks for one every second");
                self.cover(SourceState::Ok, detail, self.discovery.stranger()).await?;
                return Ok(None);
            }
            Discovered::Doubtful(pid, doubt) => {
                let detail = presentable(&format!("{name} with process {pid} is not taken for the daemon: {doubt}"));
                self.cover(SourceState::Degraded, detail, self.discovery.stranger()).await?;
                return Ok(None);
            }
            Discovered::Two(first, second) => {
                let detail = format!(
                    "two daemons run in this network namespace, {name} with process {first} and {name} with process {second}: neither is \
                     watched, only the kernel; name one by its control socket: 'daemon: {{ kind: {}, socket: … }}'",
                    self.wanted.kind
                );
                self.cover(SourceState::Degraded, detail, self.discovery.stranger()).await?;
                return Ok(None);
            }
        };
        let Some(mut held) = HeldProcess::new(&candidate) else { return Ok(None) };
        self.discovery.remember(&candidate);
        let (running, left_out) = self.describe(&candidate).await;
        held.leave_out(left_out);
        self.queue.send(What::DaemonFound(Box::new(running.daemon.clone()))).await?;
        self.running.send_replace(Some(running));
        Ok(Some(FollowedDaemon::Process(Box::new(held))))
    }

    /// Everything about it that is read once; also what of its configuration was left out.
    async fn describe(&mut self, candidate: &Candidate) -> (RunningDaemon, Option<String>) {
        let unit = self.systemd.unit_of(candidate.pid).await;
        if let Some(unit) = &unit {
            self.systemd.follow(unit.clone());
        }
        // Its unit decides where in the journal its lines are.
        let read = reading::of_process(self.dialect, candidate.pid, candidate.arguments.clone(), unit.clone()).await;
        let mut places = read.places;
        places.log = log_place(&self.wanted, &places, unit.as_deref());
        let daemon = Daemon {
            kind: self.wanted.kind,
            known: KnownBy::Process { pid: candidate.pid, start_ticks: candidate.start_ticks },
            since: procfs::started(candidate.start_ticks),
            version: None,
            unit,
            log: places.log.to_string(),
            socket: places.socket.display().to_string(),
            log_addresses: places.log_addresses,
            debug: places.debug.clone(),
        };
        let DaemonPaths { socket, log, pid_file, configuration, .. } = places;
        let (pid_file, configuration) = (Some(pid_file), Some(configuration));
        (RunningDaemon { daemon, socket, log, pid_file, configuration }, read.left_out)
    }

    /// Looks at one daemon until it is gone, and tells of its end.
    async fn live(&mut self, mut held: HeldProcess) -> Result<(), Closed> {
        let pid = held.pid;
        self.cover_held(&held, OtherDaemons::default()).await?;
        loop {
            tokio::select! {
                biased;
                () = held.end() => break,
                _ = self.ticks.rings() => {
                    if let Some(look) = held.look(&mut self.tables) {
                        self.queue.send(What::Process(look)).await?;
                    }
                    let others = self.discovery.beside(&mut self.tables, pid);
                    self.cover_held(&held, others).await?;
                },
            }
        }
        self.queue.send(What::DaemonGone(Death { pid })).await?;
        self.running.send_replace(None);
        Ok(())
    }

    async fn cover_held(&mut self, held: &HeldProcess, others: OtherDaemons) -> Result<(), Closed> {
        let (pid, name) = (held.pid, self.dialect.process_name());
        let mut sentences = vec![format!("watches process {pid}")];
        sentences.extend(held.unseen());
        sentences.extend(others.second.map(|other| {
            format!("another {name}, process {other}, runs in this network namespace; only process {pid} is watched")
        }));
        let whole = sentences.len() == 1;
        let state = if whole { SourceState::Ok } else { SourceState::Degraded };
        self.cover(state, sentences.join("; "), others.stranger).await
    }

    async fn cover(&mut self, state: SourceState, detail: String, stranger: Option<Stranger>) -> Result<(), Closed> {
        let stranger = self.strangers.worth_a_word(stranger, Instant::now());
        let coverage = match stranger {
            None => Coverage { source: Source::Process, state, detail },
            Some(Stranger { pid, uid }) => {
                let name = self.dialect.process_name();
                let detail = format!(
                    "{detail}; process {pid} calls itself {name} and belongs to user {uid}: it is not watched, and nothing of it is read"
                );
                Coverage { source: Source::Process, state: SourceState::Degraded, detail }
            }
        };
        if self.covered.as_ref() == Some(&coverage) {
            return Ok(());
        }
        self.queue.send(What::Coverage(coverage.clone())).await?;
        self.covered = Some(coverage);
        Ok(())
    }
}
