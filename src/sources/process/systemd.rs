//! What the service manager says of the daemon's unit: org.freedesktop.systemd1(5), over the system bus.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::{mpsc, oneshot, watch};
use zbus::message::Type;
use zbus::{Connection, MatchRule, Message, MessageStream, OwnedObjectPath, OwnedVariant};

use super::bus::{DEADLINE, MANAGER, MANAGER_INTERFACE, MANAGER_PATH, PROPERTIES, call, connect, is_from_manager};
use super::unit::{SERVICE, UNIT, UnitState};
use super::unit_choice::UnitChoice;
use crate::model::{Coverage, Source, SourceState, UnitLook, What};
use crate::sources::{Closed, Queue};
use crate::text::one_of;

/// Pause before a lost bus is tried again. A host's bus does not restart but at boot.
const RETRY: Duration = Duration::from_secs(60);

/// Where the service manager can be asked.
#[derive(Debug)]
pub struct Systemd {
    requests: mpsc::Sender<UnitRequest>,
    main_pid: watch::Receiver<Option<u32>>,
}

enum UnitRequest {
    UnitOf { pids: Vec<u32>, reply: oneshot::Sender<Option<String>> },
    Follow(UnitChoice),
}

/// The task that speaks to the bus.
struct UnitFollower {
    queue: Queue,
    unit: UnitChoice,
    /// What was told of it last.
    told: Option<UnitLook>,
    requests: mpsc::Receiver<UnitRequest>,
    main_pid: watch::Sender<Option<u32>>,
}

/// Why a session on the bus ended.
enum SessionEnded {
    /// With the service.
    Closed,
    /// The bus, or systemd on it.
    Bus(zbus::Error),
    /// Another unit is to be followed.
    OtherUnit(UnitChoice),
}

impl Systemd {
    /// Begins to follow a unit of this choice; what it says goes into `queue`.
    pub fn spawn(queue: Queue, unit: UnitChoice) -> Self {
        let (requests, received) = mpsc::channel(4);
        let (sender, main_pid) = watch::channel(None);
        let follower = UnitFollower { queue, unit, told: None, requests: received, main_pid: sender };
        tokio::spawn(follower.run());
        Self { requests, main_pid }
    }

    /// The unit that the first of these processes is in and one of them is the main process of; none where there is none, or nobody can tell.
    pub async fn unit_of(&self, pids: Vec<u32>) -> Option<String> {
        let (reply, answer) = oneshot::channel();
        self.requests.try_send(UnitRequest::UnitOf { pids, reply }).ok()?;
        tokio::time::timeout(DEADLINE, answer).await.ok()?.ok()?
    }

    /// From now on follows a unit of this choice.
    pub fn follow(&self, unit: UnitChoice) {
        // A full queue means that the bus does not answer; the unit followed so far is then as good.
        let _ = self.requests.try_send(UnitRequest::Follow(unit));
    }

    /// Waits until the unit has another main process.
    pub async fn main_pid_changed(&mut self) -> Option<u32> {
        match self.main_pid.changed().await {
            Ok(()) => *self.main_pid.borrow_and_update(),
            Err(_) => std::future::pending().await,
        }
    }
}

impl UnitFollower {
    async fn run(mut self) {
        loop {
            let detail = match self.session().await {
                SessionEnded::Closed => return,
                SessionEnded::OtherUnit(unit) => {
                    self.unit = unit;
                    continue;
                }
                SessionEnded::Bus(error) => format!(
                    "systemd cannot be asked ({error}): whether a unit runs the daemon, and how it ended there, is not known"
                ),
            };
            if self.cover(SourceState::Absent, detail).await.is_err() || !self.pause().await {
                return;
            }
        }
    }

    /// Waits before the next try; meanwhile nobody can be told anything. False where the service ends.
    async fn pause(&mut self) -> bool {
        let again = tokio::time::sleep(RETRY);
        tokio::pin!(again);
        loop {
            tokio::select! {
                () = &mut again => return true,
                request = self.requests.recv() => match request {
                    Some(UnitRequest::UnitOf { reply, .. }) => drop(reply),
                    Some(UnitRequest::Follow(unit)) => self.unit = unit,
                    None => return false,
                },
            }
        }
    }

    async fn session(&mut self) -> SessionEnded {
        let bus = match connect().await {
            Ok(bus) => bus,
            Err(error) => return SessionEnded::Bus(error),
        };
        loop {
            match self.follow(&bus).await {
                SessionEnded::OtherUnit(unit) => self.unit = unit,
                ended => return ended,
            }
        }
    }

    /// Tells everything about one unit, until another is wanted or the bus is gone.
    async fn follow(&mut self, bus: &Connection) -> SessionEnded {
        let chosen = match choose(bus, &self.unit).await {
            Ok(chosen) => chosen,
            Err(error) => return SessionEnded::Bus(error),
        };
        let path = match load(bus, &chosen).await {
            Ok(path) => path,
            Err(error) => return SessionEnded::Bus(error),
        };
        // First the signals, then the state: what changes in between is told twice rather than not at all.
        let mut changes = match signals(bus, &path).await {
            Ok(changes) => changes,
            Err(error) => return SessionEnded::Bus(error),
        };
        let mut files = match manager_signals(bus).await {
            Ok(files) => files,
            Err(error) => return SessionEnded::Bus(error),
        };
        let mut state = UnitState::new(chosen, self.unit.clone(), self.told.take());
        if let Err(error) = read(bus, &path, &mut state).await {
            return SessionEnded::Bus(error);
        }
        if self.cover_unit(&state).await.is_err() || self.tell(&mut state).await.is_err() {
            return SessionEnded::Closed;
        }
        loop {
            tokio::select! {
                change = changes.next() => {
                    let message = match change {
                        Some(Ok(message)) => message,
                        Some(Err(error)) => return SessionEnded::Bus(error),
                        None => return SessionEnded::Bus(zbus::Error::Failure("the bus closed the connection".to_owned())),
                    };
                    if !is_from_manager(bus, &message).await {
                        continue;
                    }
                    // systemd tells the service's properties first and the unit's right behind: together they are one moment.
                    if state.take_signal(&message) != Some(UNIT) {
                        continue;
                    }
                    let was_loaded = state.is_loaded();
                    if state.has_just_started() && let Err(error) = read(bus, &path, &mut state).await {
                        return SessionEnded::Bus(error);
                    }
                    if was_loaded != state.is_loaded() && self.cover_unit(&state).await.is_err() {
                        return SessionEnded::Closed;
                    }
                    if self.tell(&mut state).await.is_err() {
                        return SessionEnded::Closed;
                    }
                },
                change = files.next() => match change {
                    // It may be another object now, or none: enabled, disabled, installed, purged.
                    Some(Ok(message)) if files_changed(&message) => {
                        self.told = state.into_told();
                        return SessionEnded::OtherUnit(self.unit.clone());
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return SessionEnded::Bus(error),
                    None => return SessionEnded::Bus(zbus::Error::Failure("the bus closed the connection".to_owned())),
                },
                request = self.requests.recv() => match request {
                    None => return SessionEnded::Closed,
                    Some(UnitRequest::Follow(unit)) if unit == self.unit => {}
                    Some(UnitRequest::Follow(unit)) => return SessionEnded::OtherUnit(unit),
                    Some(UnitRequest::UnitOf { pids, reply }) => {
                        let _ = reply.send(unit_of(bus, &pids).await);
                    }
                },
            }
        }
    }

    async fn tell(&self, state: &mut UnitState) -> Result<(), Closed> {
        if let Some(look) = state.changed_look() {
            let main_pid = look.main_pid;
            self.queue.send(What::Unit(look)).await?;
            self.main_pid.send_if_modified(|known| std::mem::replace(known, main_pid) != main_pid);
        }
        Ok(())
    }

    async fn cover_unit(&self, state: &UnitState) -> Result<(), Closed> {
        if state.is_loaded() {
            return self.cover(SourceState::Ok, format!("follows {}", state.name())).await;
        }
        let names: Vec<&str> = self.unit.names.iter().map(String::as_str).collect();
        self.cover(
            SourceState::Absent,
            format!("systemd knows no unit {} of a daemon that is supported", one_of(&names)),
        )
        .await
    }

    async fn cover(&self, state: SourceState, detail: String) -> Result<(), Closed> {
        self.queue.send(What::Coverage(Coverage { source: Source::Systemd, state, detail })).await
    }
}

/// The unit of this choice that runs the daemon, or is the likeliest to.
async fn choose(bus: &Connection, choice: &UnitChoice) -> zbus::Result<String> {
    let mut best: Option<(u8, &String)> = None;
    for name in &choice.names {
        if choice.names.len() == 1 {
            return Ok(name.clone());
        }
        let path = load(bus, name).await?;
        let mut state = UnitState::new(name.clone(), choice.clone(), None);
        read(bus, &path, &mut state).await?;
        if best.is_none_or(|(rank, _)| state.rank() > rank) {
            best = Some((state.rank(), name));
        }
    }
    best.map(|(_, name)| name.clone()).ok_or_else(|| zbus::Error::Failure("no unit is to be followed".to_owned()))
}

async fn load(bus: &Connection, unit: &str) -> zbus::Result<OwnedObjectPath> {
    call(bus, MANAGER_PATH, MANAGER_INTERFACE, "LoadUnit", &unit).await
}

async fn signals(bus: &Connection, path: &OwnedObjectPath) -> zbus::Result<MessageStream> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(MANAGER)
        .path(path.as_ref())
        .interface(PROPERTIES)
        .member("PropertiesChanged")
        .build()?;
    MessageStream::for_match_rule(rule, bus, None).await
}

/// What systemd says of all its units.
async fn manager_signals(bus: &Connection) -> zbus::Result<MessageStream> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(MANAGER)
        .path(MANAGER_PATH)
        .interface(MANAGER_INTERFACE)
        .build()?;
    MessageStream::for_match_rule(rule, bus, None).await
}

/// Unit files were enabled or disabled (`UnitFilesChanged`), or have been read anew (`Reloading`, which is told before and after).
fn files_changed(message: &Message) -> bool {
    match message.header().member().map(|member| member.as_str()) {
        Some("UnitFilesChanged") => true,
        Some("Reloading") => message.body().deserialize::<bool>().is_ok_and(|begins| !begins),
        _ => false,
    }
}

/// Reads every property that matters; one that the unit has not (it is no service, or is not loaded) keeps its default.
async fn read(bus: &Connection, path: &OwnedObjectPath, state: &mut UnitState) -> zbus::Result<()> {
    for (interface, name) in UnitState::PROPERTIES {
        match call::<_, OwnedVariant>(bus, path.as_str(), PROPERTIES, "Get", &(interface, name)).await {
            Ok(value) => state.take(name, &value),
            Err(zbus::Error::MethodError(..)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn unit_of(bus: &Connection, pids: &[u32]) -> Option<String> {
    let pid = pids.first()?;
    let path: OwnedObjectPath = call(bus, MANAGER_PATH, MANAGER_INTERFACE, "GetUnitByPID", pid).await.ok()?;
    let get = |interface: &'static str, name: &'static str| {
        let path = path.clone();
        async move { call::<_, OwnedVariant>(bus, path.as_str(), PROPERTIES, "Get", &(interface, name)).await.ok() }
    };
    let main_pid = u32::try_from(get(SERVICE, "MainPID").await?).ok()?;
    // A daemon that was started by hand sits in the unit of whoever started it.
    if pids.contains(&main_pid) { String::try_from(get(UNIT, "Id").await?).ok() } else { None }
}
