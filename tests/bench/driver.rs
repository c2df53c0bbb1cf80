//! The engine turned by the kernel's source alone, or beside a daemon whose answers are there already, as the supervisor turns it.

use std::time::Duration;

use swanwatch::testing::clock;
use swanwatch::testing::engine::Engine;
use swanwatch::testing::model::{
    Answer, AskId, Boottime, BriefStatus, Daemon, DaemonKind, Dumped, Effect, Event, KnownBy, LoadedConnection,
    Observation, Question, RealTime, Started, StateTable, What,
};
use swanwatch::testing::recording::Recent;
use swanwatch::testing::sources::{Seen, queue, xfrm};
use tokio::sync::mpsc::Receiver;

/// Source, queue and engine.
pub struct Driver {
    xfrm: xfrm::Xfrm,
    receiver: Receiver<Seen>,
    engine: Engine,
    seq: u64,
    wake: Option<Boottime>,
    effects: Vec<Effect>,
    daemon: Option<Replayed>,
    /// The last minutes, where they are kept.
    recent: Option<Recent>,
    /// What has gone by.
    pub counts: Counts,
}

/// What a daemon answers.
pub struct Replayed {
    /// Its states.
    pub states: StateTable,
    /// Its connections.
    pub connections: Vec<LoadedConnection>,
}

/// What has gone by.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Events of policies.
    pub policy_events: u64,
    /// Times that events were lost.
    pub lost: u64,
    /// Rows of the dump that ended last.
    pub rows: usize,
    /// Rows of the dump under way.
    rows_so_far: usize,
    /// Complete dumps.
    pub dumps: u64,
}

impl Driver {
    /// Starts the source and the engine, and carries out what it asks for first.
    pub fn start() -> Self {
        Self::beside(None)
    }

    /// The same beside this daemon.
    pub fn beside(daemon: Option<Replayed>) -> Self {
        let (queue, receiver) = queue();
        let netns = xfrm::current_netns().unwrap();
        let xfrm = xfrm::spawn(queue, netns).unwrap();
        let mut driver = Self {
            xfrm,
            receiver,
            engine: Engine::new(),
            seq: 0,
            wake: None,
            effects: Vec::new(),
            daemon,
            recent: None,
            counts: Counts::default(),
        };
        driver.forget();
        driver
    }

    /// Begins anew with an engine that has seen nothing; returns the old one, whose end is not to be measured.
    pub fn forget(&mut self) -> Engine {
        let old = std::mem::take(&mut self.engine);
        self.counts = Counts::default();
        let netns = xfrm::current_netns().unwrap();
        self.step(What::Started(Box::new(Started { netns, acquire_expires: 3600, ..Started::default() })));
        self.step(What::LinksKnown);
        if self.daemon.is_some() {
            self.step(What::DaemonFound(Box::new(pluto())));
            self.step(What::LogEnd { ask: None });
        } else {
            self.step(What::DaemonAbsent);
        }
        old
    }

    /// Keeps the last minutes from now on, as the service does.
    pub fn keep_recent(&mut self) {
        self.recent = Some(Recent::default());
    }

    /// What the engine knows.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Takes observations until `done` says so. False where nothing comes for `patience`.
    pub async fn until(&mut self, patience: Duration, done: impl Fn(&Counts) -> bool) -> bool {
        while !done(&self.counts) {
            let until_wake = self.wake.map_or(patience, |wake| wake.since(clock::boottime()));
            match tokio::time::timeout(until_wake.min(patience), self.receiver.recv()).await {
                Ok(Some(seen)) => self.turn(seen.at, seen),
                Ok(None) => return false,
                Err(_) if until_wake < patience => self.step(What::Woke),
                Err(_) => return false,
            }
        }
        true
    }

    fn turn(&mut self, at: Boottime, seen: Seen) {
        match &seen.what {
            What::Kernel(Event::PolicySet(_) | Event::PolicyDeleted(_)) => self.counts.policy_events += 1,
            What::EventsLost { .. } => self.counts.lost += 1,
            What::DumpBegin { .. } => self.counts.rows_so_far = 0,
            What::Sas { rows, .. } => self.counts.rows_so_far += rows.len(),
            What::Policies { rows, .. } => self.counts.rows_so_far += rows.len(),
            What::DumpEnd { how, .. } => {
                assert_eq!(*how, Dumped::Complete);
                self.counts.rows = self.counts.rows_so_far;
                self.counts.dumps += 1;
            }
            _ => {}
        }
        self.observe(at, seen);
    }

    fn step(&mut self, what: What) {
        let at = clock::boottime();
        self.observe(at, Seen { at, ..Seen::now(what) });
    }

    fn observe(&mut self, at: Boottime, seen: Seen) {
        self.seq += 1;
        let Seen { wall, what, place: _place, .. } = seen;
        let observation = Observation { seq: self.seq, at, wall, what };
        self.wake = self.engine.step(&observation, &mut self.effects);
        if let Some(recent) = &mut self.recent {
            recent.take(observation);
        }
        let mut asked = Vec::new();
        for effect in self.effects.drain(..) {
            match effect {
                Effect::Read { ask, sa } => self.xfrm.read(ask, sa),
                Effect::Dump { ask, table } => self.xfrm.dump(ask, table),
                Effect::Count { ask } => self.xfrm.count(ask),
                Effect::AskDaemon { ask, question, .. } => asked.push((ask, question)),
                _ => {}
            }
        }
        for (ask, question) in asked {
            self.answer(ask, question);
        }
    }

    fn answer(&mut self, ask: AskId, question: Question) {
        let Some(daemon) = &self.daemon else { return };
        let count = |length: usize| u32::try_from(length).unwrap();
        let answer = match question {
            Question::Brief => Answer::Brief(BriefStatus {
                ike: count(daemon.states.ike.len()),
                half_open: 0,
                children: count(daemon.states.children.len()),
                idle_workers: None,
                encrypts_itself: false,
            }),
            Question::Table => Answer::Table(daemon.states.clone()),
            Question::Connections => Answer::Connections(daemon.connections.clone()),
        };
        self.step(What::DaemonAnswered { ask, answer: Box::new(answer), took: 1, worked: Some(1) });
    }
}

/// A pluto of which nothing matters.
pub fn pluto() -> Daemon {
    Daemon {
        kind: DaemonKind::Libreswan,
        known: KnownBy::Process { pid: 1, start_ticks: 1 },
        since: RealTime::default(),
        version: Some("4.10".to_owned()),
        unit: None,
        log: String::new(),
        socket: String::new(),
        log_addresses: None,
        debug: Vec::new(),
    }
}
