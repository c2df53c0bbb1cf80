//! A made-up gateway: a kernel, a daemon and its log, which answer the engine's effects at once.

mod charon;
mod made;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

pub use self::charon::*;
pub use self::made::*;

use crate::engine::Engine;
use crate::model::*;

/// The gateway, and the engine that watches it.
pub struct World {
    pub engine: Engine,
    pub kernel: BTreeMap<SaId, KernelSa>,
    pub policies: BTreeMap<PolicyId, KernelPolicy>,
    /// Where packets to a destination go; by the NIC where nothing is said.
    pub routes: BTreeMap<std::net::IpAddr, Option<Route>>,
    /// Ways asked for.
    pub ways: Vec<RouteQuery>,
    pub abilities: Abilities,
    /// The kernel moves SAs where they are.
    pub moves: bool,
    /// Tables of devices that were probed.
    pub probed: Vec<ProbedDevice>,
    /// Of the SAs that the daemon makes.
    pub mode: SaMode,
    /// Counters of interfaces, by name; an interface that is not here does not answer.
    pub devices: BTreeMap<String, DeviceCounters>,
    /// Counters of the namespace.
    pub host: HostCounters,
    /// Who sends what is dropped, where that can be counted.
    pub senders: Option<Senders>,
    /// Counts of them that were asked for.
    pub counts_of_senders: usize,
    /// Samplings asked for.
    pub samplings: usize,
    pub table: StateTable,
    /// What it counts.
    pub brief: BriefStatus,
    pub connections: Vec<LoadedConnection>,
    /// The daemon answers; else every call times out.
    pub answers: bool,
    /// What is seen of it, where it does not answer, so many seconds after it was asked.
    pub silent: Option<fn(u64) -> Silence>,
    /// Every call of it fails.
    pub fails: bool,
    /// How often the daemon was asked what.
    pub asked: Vec<Question>,
    /// The last of these questions.
    pub last_daemon_ask: Option<AskId>,
    /// Dumps asked for.
    pub dumps: usize,
    /// What remedies may act; as a service without a configuration where nothing is said.
    pub settings: EngineSettings,
    /// The unit that runs the daemon.
    pub unit: Option<String>,
    /// How the daemon is known.
    pub known: KnownBy,
    /// What daemon it is.
    pub kind: DaemonKind,
    pub version: &'static str,
    /// The IKE SA that pairs are made on.
    pub ike: u32,
    /// The host's time zone.
    pub zone: Zone,
    /// What the run before kept.
    pub remembered: Option<Box<Remembered>>,
    /// Steps of remedies that were asked for.
    pub steps: Vec<Step>,
    /// The kernel tells that this SA is out before the next step is answered.
    pub goes: Option<SaId>,
    /// What the next steps come to; those behind them are done.
    pub results: VecDeque<StepResult>,
    /// What is to be kept can be.
    pub keeps: bool,
    /// Anybody may write into the daemon's log.
    pub forgeable: bool,
    /// What was kept last.
    pub kept: Option<Box<Remembered>>,
    /// How far remedies came, in order.
    pub remedied: Vec<RemedyChange>,
    /// What was told, in order.
    pub told: Vec<(Change, Finding)>,
    now: u64,
    seq: u64,
    wake: Option<Boottime>,
    pending: VecDeque<What>,
    seen: Vec<Observation>,
}

impl World {
    /// A gateway with one NIC and a daemon whose connection `t1` was told to offload, joined and quiet.
    pub fn new() -> Self {
        let mut world = Self::unjoined();
        world.connections.push(connection("t1", OffloadSetting::Crypto));
        world.join();
        world
    }

    /// The same, nothing seen yet.
    pub fn unjoined() -> Self {
        Self {
            engine: Engine::new(),
            kernel: BTreeMap::new(),
            policies: BTreeMap::new(),
            routes: BTreeMap::new(),
            ways: Vec::new(),
            abilities: Abilities::LINUX_6_12,
            moves: false,
            probed: Vec::new(),
            mode: SaMode::Tunnel,
            devices: BTreeMap::new(),
            host: HostCounters::default(),
            senders: None,
            counts_of_senders: 0,
            samplings: 0,
            table: StateTable::default(),
            brief: BriefStatus::default(),
            connections: Vec::new(),
            answers: true,
            silent: None,
            fails: false,
            asked: Vec::new(),
            last_daemon_ask: None,
            dumps: 0,
            settings: EngineSettings::default(),
            unit: None,
            known: daemon(100).known,
            kind: DaemonKind::Libreswan,
            version: "4.10",
            ike: 1,
            zone: Zone::default(),
            remembered: None,
            steps: Vec::new(),
            goes: None,
            results: VecDeque::new(),
            keeps: true,
            forgeable: false,
            kept: None,
            remedied: Vec::new(),
            told: Vec::new(),
            now: START,
            seq: 0,
            wake: None,
            pending: VecDeque::new(),
            seen: Vec::new(),
        }
    }

    /// The start of a run, up to the first full join.
    pub fn join(&mut self) {
        self.see(What::Started(Box::new(Started {
            acquire_expires: 30,
            kernel: "6.12.0".to_owned(),
            abilities: self.abilities,
            probed: self.probed.clone(),
            settings: self.settings.clone(),
            remembered: self.remembered.clone(),
            zone: self.zone.clone(),
            moves_in_place: self.moves,
            ..Started::default()
        })));
        self.see(What::Link(nic(true)));
        self.see(What::LinksKnown);
        self.see(What::Coverage(Coverage { source: Source::Log, state: SourceState::Ok, detail: String::new() }));
        self.see(What::DaemonFound(Box::new(self.process(100))));
        self.see(What::LogEnd { ask: None });
        assert!(self.engine.is_joined());
    }

    /// A process of the daemon.
    pub fn process(&self, pid: u32) -> Daemon {
        let known = if pid == 100 { self.known } else { daemon(pid).known };
        let version = Some(self.version.to_owned());
        Daemon { unit: self.unit.clone(), known, kind: self.kind, version, ..daemon(pid) }
    }

    /// One observation, and everything that follows from it at once.
    pub fn see(&mut self, what: What) {
        self.see_together([what]);
    }

    /// Several observations, before anything is answered that follows from one of them.
    pub fn see_together(&mut self, all: impl IntoIterator<Item = What>) {
        self.pending.extend(all);
        while let Some(what) = self.pending.pop_front() {
            self.seq += 1;
            self.now += 10;
            let seen = Observation { seq: self.seq, at: Boottime::from_micros(self.now), wall: self.wall(), what };
            let mut out = Vec::new();
            self.wake = self.engine.step(&seen, &mut out);
            self.seen.push(seen);
            for effect in out {
                self.answer(effect);
            }
        }
    }

    /// Microseconds since boot.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The wall clock.
    pub fn wall(&self) -> RealTime {
        RealTime::from_micros(1_700_000_000_000_000 + i64::try_from(self.now).unwrap())
    }

    fn answer(&mut self, effect: Effect) {
        match effect {
            Effect::Read { ask, sa } => {
                let answer = Ok(self.kernel.get(&sa).copied().map(Box::new));
                self.pending.push_back(What::Read { ask, id: sa, answer });
            }
            Effect::Dump { ask, table } => {
                if ask.is_of_sampling() {
                    self.samplings += 1;
                } else {
                    self.dumps += 1;
                }
                self.pending.push_back(What::DumpBegin { ask, table });
                if table == DumpTable::Sad {
                    self.pending.push_back(What::Sas { ask, rows: self.kernel.values().copied().collect() });
                } else {
                    self.pending.push_back(What::Policies { ask, rows: self.policies.values().copied().collect() });
                }
                self.pending.push_back(What::DumpEnd { ask, how: Dumped::Complete, took: 1000 });
            }
            Effect::Count { ask } => {
                self.pending
                    .push_back(What::Counted { ask, answer: Ok((u32::try_from(self.kernel.len()).unwrap(), 0)) });
            }
            Effect::Route { ask, query } => {
                self.ways.push(query);
                let usual = Some(Route { ifindex: DEVICE, gateway: None, table: Some(254) });
                let answer = Ok(self.routes.get(&query.dst).copied().unwrap_or(usual));
                self.pending.push_back(What::Routed { ask, query, answer });
            }
            Effect::Sample { ask, device } => {
                let none = || Failure::Error(format!("reading the counters of {device}: no such device"));
                let answer = self.devices.get(&device).cloned().ok_or_else(none);
                self.pending.push_back(What::Sampled { ask, device, answer, took: 1000 });
            }
            Effect::SampleHost { ask } => {
                self.pending.push_back(What::HostSampled { ask, answer: Ok(self.host.clone()), took: 1000 });
            }
            Effect::NameSenders { ask } => {
                self.counts_of_senders += 1;
                let none = || Failure::Error("nothing counts senders here".to_owned());
                self.pending.push_back(What::Senders { ask, answer: self.senders.clone().ok_or_else(none) });
            }
            Effect::CatchUp { ask } => self.pending.push_back(What::LogEnd { ask: Some(ask) }),
            Effect::AskDaemon { ask, question, deadline } => {
                if let Some(silent) = self.silent.filter(|_| !self.answers) {
                    let silence = Box::new(silent(deadline.as_secs()));
                    self.pending.push_back(What::DaemonSilent { ask, silence });
                }
                self.asked.push(question);
                self.last_daemon_ask = Some(ask);
                let answer = match question {
                    _ if !self.answers => Answer::None(Failure::Timeout),
                    _ if self.fails => Answer::None(Failure::Error("whack failed".to_owned())),
                    Question::Brief => Answer::Brief(self.brief),
                    Question::Table => Answer::Table(self.table.clone()),
                    Question::Connections => Answer::Connections(self.connections.clone()),
                };
                self.pending.push_back(What::DaemonAnswered {
                    ask,
                    answer: Box::new(answer),
                    took: 1000,
                    worked: Some(1000),
                });
            }
            Effect::Tell { change, finding } => self.told.push((change, *finding)),
            Effect::Act { ask, remedy, step } => {
                self.steps.push(step.clone());
                let result = self.results.pop_front().unwrap_or_else(|| StepResult::Done("in this test".to_owned()));
                if let Some(id) = self.goes.take() {
                    let last = self.kernel.remove(&id).map(Box::new);
                    self.pending.push_back(What::Kernel(Event::SaDeleted { id, last }));
                }
                if let (Step::Evacuate { sa, .. }, StepResult::Done(_)) = (&step, &result)
                    && let Some(row) = self.kernel.get_mut(sa)
                {
                    row.offload = None;
                    self.pending.push_back(What::Kernel(Event::Migrated));
                }
                let outcome = Outcome::of(ask, remedy, step, result, Duration::from_millis(1));
                self.pending.push_back(What::Outcome(Box::new(outcome)));
            }
            Effect::Remember { ask, state } => {
                let answer = if self.keeps { Ok(()) } else { Err(Failure::Error("the disk is full".to_owned())) };
                if self.keeps {
                    self.kept = Some(state);
                }
                self.pending.push_back(What::Kept { ask, answer });
            }
            Effect::TellRemedy(change) => self.remedied.push(*change),
            Effect::Joined => {}
        }
    }

    /// Time passes, and the engine is woken whenever it asked to be.
    pub fn wait(&mut self, seconds: u64) {
        self.wait_until(self.now + seconds * 1_000_000);
    }

    /// The same, until that many microseconds after the boot.
    pub fn wait_until(&mut self, end: u64) {
        let mut turns = 0;
        while let Some(at) = self.wake.map(Boottime::micros).filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.see(What::Woke);
            turns += 1;
            assert!(turns < 10_000, "the engine asks to be woken again and again");
        }
        self.now = self.now.max(end);
    }

    /// Time passes, in which the daemon answers nothing and is looked at every five seconds, as in a run. `from` is how long it has been silent.
    pub fn stay_silent(&mut self, from: u64, seconds: u64) {
        for over in (from + 5..=from + seconds).step_by(5) {
            self.wait(5);
            let ask = self.engine.facts.asks.daemon.map(|(ask, _)| ask);
            if let Some((silent, ask)) = self.silent.zip(ask) {
                self.see(What::DaemonSilent { ask, silence: Box::new(silent(over)) });
            }
        }
    }

    /// A short time passes, in which nothing is due.
    pub fn rest(&mut self, time: Duration) {
        self.now += u64::try_from(time.as_micros()).unwrap();
    }

    /// What was seen so far is not going to be kept.
    pub fn forget_seen(&mut self) {
        self.seen.clear();
    }

    /// A log line.
    pub fn log(&mut self, connection: &str, serial: u32, says: Statement) {
        let text = format!("\"{connection}\" #{serial}: {says:?}");
        let about = Speaker { connection: connection.to_owned(), instance: None, serial: Some(Serial(serial)) };
        self.line(Some(about), says, text);
    }

    /// The daemon writes this line; it must be one that means something.
    pub fn write(&mut self, line: &str) {
        let known = crate::daemons::dialect(DaemonKind::Libreswan)
            .reader()
            .read(line.as_bytes(), &crate::daemons::LineOrigin::default());
        let known = known.unwrap_or_else(|| panic!("not known: {line}"));
        self.line(known.about, known.says, known.text);
    }

    /// A log line about no connection.
    pub fn log_of_daemon(&mut self, says: Statement) {
        let text = format!("{says:?}");
        self.line(None, says, text);
    }

    /// A log line that was written before anybody watched.
    pub fn past(&mut self, connection: &str, serial: u32, says: Statement) {
        let about = Speaker { connection: connection.to_owned(), instance: None, serial: Some(Serial(serial)) };
        let text = format!("\"{connection}\" #{serial}: {says:?}");
        self.line_of(Some(about), says, text, true);
    }

    /// A log line about one instance.
    pub fn line(&mut self, about: Option<Speaker>, says: Statement, text: String) {
        self.line_of(about, says, text, false);
    }

    fn line_of(&mut self, about: Option<Speaker>, says: Statement, text: String, past: bool) {
        let time = Some(self.wall());
        let forgeable = self.forgeable;
        let line = LogLine { time, pid: None, past, forgeable, severity: LogSeverity::Ordinary, about, says, text };
        self.see(What::Log(Box::new(line)));
    }

    /// The daemon makes a pair: SAs in the kernel, its own table, its line.
    pub fn establish(&mut self, connection: &str, serial: u32, offload: bool) -> (SaId, SaId) {
        self.establish_with(connection, serial, PEER, offload)
    }

    /// The same with a peer of its own.
    pub fn establish_with(&mut self, connection: &str, serial: u32, peer: &str, offload: bool) -> (SaId, SaId) {
        let (out, inn) = self.establish_silently(connection, serial, peer, offload);
        let spis = SpiPair { protocol: Protocol::Esp, outbound: out.spi, inbound: inn.spi };
        let ike = Some(Serial(self.ike));
        self.log(
            connection,
            serial,
            Statement::ChildEstablished { ike, rekeys: None, spis, selectors: None, esn: false, offload_claim: None },
        );
        (out, inn)
    }

    /// The same, and nothing is read of its line.
    pub fn establish_silently(&mut self, connection: &str, serial: u32, peer: &str, offload: bool) -> (SaId, SaId) {
        let pair = [sa(LOCAL, peer, serial * 2, offload), sa(peer, LOCAL, serial * 2 + 1, offload)];
        let [out, inn] = pair.map(|row| KernelSa { mode: self.mode, ..row });
        for row in [out, inn] {
            self.kernel.insert(row.id, row);
            self.see(What::Kernel(Event::SaAdded(Box::new(row))));
        }
        for row in [out, inn] {
            let set = policy(&row);
            // charon's outbound policy names its SA.
            let named = self.kind == DaemonKind::Strongswan && set.id.direction == PolicyDirection::Out;
            let template = set.template.map(|it| Template { spi: if named { row.id.spi } else { Spi(0) }, ..it });
            self.set_policy(KernelPolicy { template, ..set });
        }
        self.daemon_claims(connection, serial, peer, (out.id.spi, inn.id.spi));
        (out.id, inn.id)
    }

    /// The daemon's table has this pair of a connection from here on.
    pub fn daemon_claims(&mut self, connection: &str, serial: u32, peer: &str, (outbound, inbound): (Spi, Spi)) {
        self.table.children.push(ChildState {
            serial: Serial(serial),
            ike: Some(Serial(self.ike)),
            connection: connection.to_owned(),
            instance: None,
            established: true,
            newest: true,
            spis: Some(SpiPair { protocol: Protocol::Esp, outbound, inbound }),
            remote: Some(peer.parse().unwrap()),
            local: Some(LOCAL.parse().unwrap()),
        });
    }

    /// Somebody sets a policy, and the kernel tells.
    pub fn set_policy(&mut self, policy: KernelPolicy) {
        self.policies.insert(policy.id, policy);
        self.see(What::Kernel(Event::PolicySet(Box::new(policy))));
    }

    /// Somebody deletes a policy, and the kernel tells.
    pub fn delete_policy(&mut self, id: PolicyId) {
        self.policies.remove(&id);
        self.see(What::Kernel(Event::PolicyDeleted(id)));
    }

    /// Somebody deletes an SA, and the kernel tells.
    pub fn delete(&mut self, id: SaId) {
        self.kernel.remove(&id);
        self.see(What::Kernel(Event::SaDeleted { id, last: None }));
    }

    /// The daemon takes a pair away, policies first.
    pub fn takes_away(&mut self, pair: [SaId; 2]) {
        let policies = pair.map(|id| policy(&self.kernel[&id]).id);
        self.table.children.clear();
        for (id, policy) in pair.iter().zip(policies) {
            self.kernel.remove(id);
            self.policies.remove(&policy);
        }
        let policies = policies.map(|id| What::Kernel(Event::PolicyDeleted(id)));
        let sas = pair.map(|id| What::Kernel(Event::SaDeleted { id, last: None }));
        self.see_together(policies.into_iter().chain(sas));
    }

    /// Keeps what was seen as a case of the replay tests, where `SWANWATCH_CASES` names their folder.
    pub fn keep(&self, case: &str) {
        self.keep_as(case, false);
    }

    /// The same as a part of a run: a replay takes from it what it asks for, and not what was asked for here.
    pub fn keep_part(&self, case: &str) {
        self.keep_as(case, true);
    }

    fn keep_as(&self, case: &str, partial: bool) {
        let Some(folder) = std::env::var_os("SWANWATCH_CASES") else { return };
        let folder = std::path::PathBuf::from(folder).join(case);
        std::fs::create_dir_all(&folder).unwrap();
        let file = std::fs::File::create(folder.join("recording.jsonl")).unwrap();
        let mut recorder = crate::recording::Recorder::begin(file, partial).unwrap();
        for seen in &self.seen {
            recorder.observed(seen).unwrap();
        }
        recorder.finish().unwrap();
    }

    /// Codes and scopes of the open findings.
    pub fn open(&self) -> Vec<String> {
        self.engine.findings().into_iter().map(|finding| finding.id).collect()
    }

    /// Ids that were told to have closed.
    pub fn closed(&self) -> Vec<&str> {
        self.told
            .iter()
            .filter(|(change, _)| *change == Change::Closed)
            .map(|(_, finding)| finding.id.as_str())
            .collect()
    }

    /// The open finding with this id.
    pub fn finding(&self, id: &str) -> Finding {
        self.engine
            .findings()
            .into_iter()
            .find(|finding| finding.id == id)
            .unwrap_or_else(|| panic!("{id} is not open: {:?}", self.open()))
    }
}
