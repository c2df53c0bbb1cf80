//! One daemon after another: found, looked at once a second, gone.

mod by_socket;

use std::time::{Duration, Instant};

use tokio::sync::watch as channel;

use super::candidate::{Candidate, Stranger};
use super::discovery::{Discovered, Discovery, OtherDaemons};
use super::held::HeldProcess;
use super::listening::Listening;
use super::named::NamedProcess;
use super::running::{ProcessError, RunningDaemon, log_place};
use super::seeker::Seeker;
use super::sockets::Tables;
use super::strangers::Strangers;
use super::systemd::Systemd;
use super::unit_choice::UnitChoice;
use super::{procfs, reading};
use crate::alarm::Alarm;
use crate::config::DaemonPlace;
use crate::daemons::{DaemonPaths, dialect};
use crate::model::{Coverage, Daemon, DaemonKind, Death, KnownBy, Netns, Source, SourceState, What};
use crate::sources::{Closed, Queue};
use crate::text::{one_of, presentable};

/// Between two looks.
const PERIOD: Duration = Duration::from_secs(1);

/// Looks at the start for whoever listens at the control socket that the configuration names.
const LOOKS_FOR_LISTENER: u32 = 4;

/// The task.
#[derive(Debug)]
pub struct DaemonWatch {
    queue: Queue,
    wanted: DaemonPlace,
    kinds: Vec<DaemonKind>,
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
        let kinds = wanted.kinds();
        Ok(Self {
            ticks: Alarm::every(PERIOD)?,
            systemd: Systemd::spawn(queue.clone(), UnitChoice::of(wanted.unit.as_deref(), &kinds)),
            discovery: Discovery::new(wanted.clone(), own),
            tables: Tables::open(),
            covered: None,
            strangers: Strangers::default(),
            seeker: wanted.socket.clone().map(Seeker::new),
            queue,
            wanted,
            kinds,
            running,
        })
    }

    /// The first look.
    pub async fn first(&mut self) -> Result<Option<FollowedDaemon>, ProcessError> {
        let mut found = self.discovery.look(&mut self.tables, None).await;
        if matches!(found, Discovered::Unsettled(..)) {
            self.ticks.rings().await?;
            found = self.discovery.look(&mut self.tables, None).await;
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
            let found = self.discovery.look(&mut self.tables, None).await;
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
            let found = self.discovery.look(&mut self.tables, hint).await;
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
        let candidate = match found {
            Discovered::One(candidate) => candidate,
            Discovered::Unsettled(NamedProcess { name, pid }, doubt) => {
                let detail =
                    presentable(&format!("{name} with process {pid} is there; waits for what is missing: {doubt}"));
                self.cover(SourceState::Ok, detail, self.discovery.stranger()).await?;
                return Ok(None);
            }
            Discovered::Nothing if self.seeker.is_some() => return self.seek().await,
            Discovered::Nothing => {
                let names = self.names();
                let detail = format!("no {names} runs in this network namespace; looks for one every second");
                self.cover(SourceState::Ok, detail, self.discovery.stranger()).await?;
                return Ok(None);
            }
            Discovered::Doubtful(NamedProcess { name, pid }, doubt) => {
                let detail = presentable(&format!("{name} with process {pid} is not taken for the daemon: {doubt}"));
                self.cover(SourceState::Degraded, detail, self.discovery.stranger()).await?;
                return Ok(None);
            }
            Discovered::Two(first, second, kind) => {
                let detail = format!(
                    "two daemons run in this network namespace, {} with process {} and {} with process {}: neither is \
                     watched, only the kernel; name one by its control socket: 'daemon: {{ kind: {kind}, socket: … }}'",
                    first.name, first.pid, second.name, second.pid
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
        let (kind, dialect) = (candidate.kind, candidate.dialect());
        let main_processes = candidate.main_processes();
        let is_started = main_processes.len() > 1;
        let unit = self.systemd.unit_of(main_processes).await;
        let is_loaded = unit.is_some() || is_started;
        match &unit {
            Some(unit) => self.systemd.follow(UnitChoice::one(unit.clone())),
            None => self.systemd.follow(UnitChoice::of(self.wanted.unit.as_deref(), &[kind])),
        }
        // Its unit decides where in the journal its lines are.
        let read = reading::of_process(dialect, candidate.pid, candidate.arguments.clone(), unit.clone()).await;
        let mut places = read.places;
        places.socket.clone_from(&candidate.places.socket);
        places.log = log_place(&self.wanted, kind, &places, unit.as_deref());
        let daemon = Daemon {
            kind,
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
        let configuration = Some(configuration);
        (RunningDaemon { daemon, socket, log, pid_file, is_loaded, configuration }, read.left_out)
    }

    /// Looks at one daemon until it is gone, and tells of its end.
    async fn live(&mut self, mut held: HeldProcess) -> Result<(), Closed> {
        let pid = held.candidate.pid;
        self.cover_held(&held, OtherDaemons::default()).await?;
        loop {
            tokio::select! {
                biased;
                () = held.end() => break,
                _ = self.ticks.rings() => {
                    if let Some(look) = held.look(&mut self.tables) {
                        self.queue.send(What::Process(look)).await?;
                    }
                    let others = self.discovery.beside(&mut self.tables, &held.candidate);
                    self.cover_held(&held, others).await?;
                },
            }
        }
        self.queue.send(What::DaemonGone(Death { pid })).await?;
        self.running.send_replace(None);
        Ok(())
    }

    async fn cover_held(&mut self, held: &HeldProcess, others: OtherDaemons) -> Result<(), Closed> {
        let Candidate { pid, kind, .. } = held.candidate;
        let mut sentences = vec![format!("watches process {pid}")];
        sentences.extend(held.unseen());
        sentences.extend(others.second.map(|other| {
            let NamedProcess { name, pid: other } = other;
            format!("another {name}, process {other}, runs in this network namespace; only process {pid} is watched")
        }));
        let mut whole = sentences.len() == 1;
        if let Some((NamedProcess { name, pid: other }, of)) = others.of_other_kind {
            let mut sentence = format!(
                "{name}, process {other}, runs in this network namespace too and is not watched: what it does is not seen, and SAs and \
                 policies that may be its own are left alone"
            );
            // Who has named one has chosen.
            if self.wanted.kind.is_none() {
                whole = false;
                sentence = format!(
                    "{sentence}; 'daemon: {of}' has it watched in place of {kind}, 'daemon: {kind}' keeps it so"
                );
            }
            sentences.push(sentence);
        }
        let state = if whole { SourceState::Ok } else { SourceState::Degraded };
        self.cover(state, sentences.join("; "), others.stranger).await
    }

    /// Every name that is looked for.
    fn names(&self) -> String {
        let names: Vec<&str> = self.kinds.iter().flat_map(|kind| dialect(*kind).process_names()).copied().collect();
        one_of(&names)
    }

    async fn cover(&mut self, state: SourceState, detail: String, stranger: Option<Stranger>) -> Result<(), Closed> {
        let stranger = self.strangers.worth_a_word(stranger, Instant::now());
        let coverage = match stranger {
            None => Coverage { source: Source::Process, state, detail },
            Some(Stranger { name, pid, uid }) => {
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
