//! One turn: an observation gets its number, the engine sees it, and what the engine wants is carried out.

use std::collections::VecDeque;

use super::hands::Hands;
use super::recorded::Recording;
use crate::clock;
use crate::engine::Engine;
use crate::model::{Boottime, Coverage, Effect, Feed, Observation, Source, SourceState, What};
use crate::recording::{Beginning, NO_RECORDING, Recent, Recorder, RecordingError};
use crate::sinks::alerts::Alerts;
use crate::sinks::history::History;
use crate::sinks::{EventHub, journal};
use crate::sources::Seen;
use crate::sources::process::procfs;

/// The engine and everything that it needs to be turned.
#[derive(Debug)]
pub struct Turn<H> {
    pub(super) engine: Engine,
    pub(super) hands: H,
    pub(super) hub: EventHub,
    pub(super) beginning: Beginning,
    /// The last minutes.
    pub(super) recent: Recent,
    /// Questions of the supervisor's own so far.
    pub(super) own_asks: u64,
    pub(super) recording: Option<Recording>,
    pub(super) history: Option<History>,
    /// Number and time of the last observation.
    last: (u64, Boottime),
    /// When the engine wants to be woken.
    wake: Option<Boottime>,
    effects: Vec<Effect>,
    /// What the supervisor itself has seen, and answers of which nobody else could give any.
    pub(super) own: VecDeque<What>,
    joined: bool,
    /// What `status` says has changed since somebody looked.
    pub(super) news: bool,
    /// Who is told of findings.
    pub(super) alerts: Alerts,
    /// How the engine is fed.
    pub(super) feed: Feed,
}

impl<H: Hands> Turn<H> {
    /// An engine that has seen nothing. `recorder` is for a recording of the whole run. The first observation must be `What::Started`.
    pub fn new(hands: H, hub: EventHub, recorder: Option<Recorder>) -> Self {
        Self {
            engine: Engine::new(),
            hands,
            hub,
            beginning: Beginning::default(),
            recent: Recent::default(),
            own_asks: 0,
            recording: recorder.map(Recording::whole),
            history: None,
            last: (0, Boottime::default()),
            wake: None,
            effects: Vec::new(),
            own: VecDeque::new(),
            joined: false,
            news: false,
            alerts: Alerts::default(),
            feed: Feed::default(),
        }
    }

    /// Tells these, too, what it finds from now on.
    pub fn alert(&mut self, alerts: Alerts) {
        self.alerts = alerts;
    }

    /// Keeps what it finds from now on.
    pub fn keep(&mut self, history: History) {
        self.history = Some(history);
    }

    /// Takes what came out of the queue, and whatever the supervisor has to say behind it.
    pub fn take(&mut self, seen: Seen) {
        self.step(seen);
        // Bounded: an engine that asks again at once what nobody can answer gets its next answer with the next observation.
        for _ in 0..self.own.len() {
            if let Some(what) = self.own.pop_front() {
                self.step(Seen::now(what));
            }
        }
    }

    /// Takes something that the supervisor itself has seen.
    pub fn see(&mut self, what: What) {
        self.take(Seen::now(what));
    }

    /// When the engine wants to be woken; at once while answers of our own are waiting.
    pub fn wake(&self) -> Option<Boottime> {
        if self.own.is_empty() { self.wake } else { Some(self.last.1) }
    }

    /// Wakes it, where it is time.
    pub fn wake_up(&mut self) {
        if let Some(what) = self.own.pop_front() {
            self.see(what);
        } else if self.wake.is_some_and(|due| due <= clock::boottime()) {
            self.see(What::Woke);
        }
    }

    /// The first full join is done.
    pub const fn has_joined(&self) -> bool {
        self.joined
    }

    /// The engine waits to hear how some traffic leaves.
    pub fn is_asking_for_routes(&self) -> bool {
        self.engine.is_asking_for_routes()
    }

    /// No daemon runs, and the service manager has not said yet what it knows of one.
    pub fn lacks_unit(&self) -> bool {
        self.joined && self.engine.lacks_unit()
    }

    /// The engine as it stands now.
    pub fn into_engine(self) -> Engine {
        self.engine
    }

    /// The next number and a time that does not go back, for an observation seen at `at`.
    pub(super) fn stamp(&mut self, at: Boottime) -> (u64, Boottime) {
        self.last = (self.last.0 + 1, self.last.1.max(at));
        self.last
    }

    /// Writes what the recording holds back.
    pub fn flush(&mut self) {
        let done = self.recording.as_mut().map_or(Ok(()), Recording::flush);
        self.keep_recording(done);
    }

    /// Ends a recording that cannot be written; the watching goes on.
    pub(super) fn keep_recording(&mut self, done: Result<(), RecordingError>) {
        if let Err(error) = done {
            self.recording = None;
            self.cover_recording(SourceState::Degraded, format!("the recording has ended: {error}"));
        }
    }

    pub(super) fn cover_recording(&mut self, state: SourceState, detail: String) {
        self.own.push_back(What::Coverage(Coverage { source: Source::Recording, state, detail }));
    }

    fn step(&mut self, seen: Seen) {
        let (seq, at) = self.stamp(seen.at);
        // Its place is free again when the engine has taken it.
        let Seen { wall, what, place: _place, .. } = seen;
        let seen = Observation { seq, at, wall, what };
        self.news |= matches!(seen.what, What::DaemonFound(_) | What::DaemonGone(_) | What::ListenerGone(_));
        self.count(&seen);
        if let Some(recording) = &mut self.recording {
            let done = recording.observed(&seen);
            self.keep_recording(done);
        }
        self.wake = self.engine.step(&seen, &mut self.effects);
        if let Some(recording) = &mut self.recording {
            recording.wanted(&self.effects);
        }
        self.keep_life(&seen.what);
        if let What::Coverage(coverage) = &seen.what
            && coverage.state != SourceState::Ok
            && self.beginning.coverage(coverage.source) != Some(coverage)
        {
            if coverage.detail == NO_RECORDING {
                tracing::info!("{NO_RECORDING}");
            } else {
                tracing::warn!("not watched as it should be: {}: {}", coverage.source, coverage.detail);
            }
        }
        if Beginning::wants(&seen.what) {
            self.beginning.take(seen.what.clone());
        }
        // Last of all: it is kept there, and costs nothing.
        self.recent.take(seen);
        let mut effects = std::mem::take(&mut self.effects);
        effects.drain(..).for_each(|effect| self.carry_out(effect, at));
        self.effects = effects;
    }

    fn keep_life(&self, what: &What) {
        match (&self.history, what) {
            (Some(history), What::DaemonFound(daemon)) => {
                history.daemon_up(daemon, daemon.pid().and_then(procfs::program));
            }
            (Some(history), What::DaemonGone(death)) => history.daemon_gone(Some(death.pid)),
            (Some(history), What::ListenerGone(_)) => history.daemon_gone(None),
            _ => {}
        }
    }

    fn count(&mut self, seen: &Observation) {
        self.feed.observations += 1;
        self.feed.lag = clock::boottime().since(seen.at);
        self.feed.waited += self.feed.lag;
        self.feed.events_lost += u64::from(matches!(seen.what, What::EventsLost { .. }));
    }

    fn carry_out(&mut self, effect: Effect, at: Boottime) {
        let answer = match effect {
            Effect::Read { ask, sa } => self.hands.read(ask, sa),
            Effect::Dump { ask, table } => self.hands.dump(ask, table),
            Effect::Count { ask } => self.hands.count(ask),
            Effect::Route { ask, query } => self.hands.route(ask, query),
            Effect::Sample { ask, device } => self.hands.sample(ask, device),
            Effect::SampleHost { ask } => self.hands.sample_host(ask),
            Effect::NameSenders { ask } => self.hands.name_senders(ask),
            Effect::CatchUp { ask } => self.hands.catch_up(ask),
            Effect::AskDaemon { ask, question, deadline } => self.hands.ask_daemon(ask, question, deadline),
            Effect::Tell { change, finding } => {
                self.hub.tell(change, at, &finding);
                journal::tell(change, &finding);
                self.alerts.tell(change, &finding);
                if let Some(history) = &self.history {
                    history.finding(change, &finding);
                }
                self.news = true;
                None
            }
            Effect::Act { ask, remedy, step } => self.hands.act(ask, remedy, step),
            Effect::Remember { ask, state } => self.hands.remember(ask, state),
            Effect::TellRemedy(change) => {
                self.hub.tell_remedy(at, &change);
                journal::tell_remedy(&change);
                if let Some(history) = &self.history {
                    history.remedy(&change);
                }
                None
            }
            Effect::Joined => {
                self.joined = true;
                self.news = true;
                None
            }
        };
        self.own.extend(answer);
    }
}
