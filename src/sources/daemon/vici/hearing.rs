//! What charon tells by itself: a connection that is always read, whatever becomes of what is read. charon keeps for each that registered what it
//! does not read, without a bound.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::asking::{Conversation, SharedKnown};
use super::connection::{ViciConnection, ViciError, ViciPlace};
use crate::daemons::vici::{Packet, PacketBytes, events, missing, told, version_told};
use crate::model::{LogLine, What};
use crate::sources::daemon::coverage::DaemonCoverage;
use crate::sources::queue::{Closed, Queue};

/// Lines that wait for the engine. What comes beyond is left out, and a table tells of it.
const ROOM: usize = 4_096;

/// From one connection that broke to the next, at first and at last.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// A connection that lasted so long has worked.
const LASTED: Duration = Duration::from_secs(60);

/// Hears until it is dropped.
#[derive(Debug)]
pub(in crate::sources::daemon) struct Hearing {
    tasks: [JoinHandle<()>; 2],
}

impl Hearing {
    /// Must be called inside a tokio runtime.
    pub fn begin(queue: Queue, coverage: DaemonCoverage, place: ViciPlace, known: SharedKnown) -> Self {
        let (lines, heard) = mpsc::channel(ROOM);
        let hearer = Hearer { queue: queue.clone(), coverage, place, known, lines, missed: None };
        let hears = tokio::spawn(async move {
            // Closed: the engine has ended, and so does this.
            let _ = hearer.run().await;
        });
        Self { tasks: [hears, tokio::spawn(hand_on(queue, heard))] }
    }
}

impl Drop for Hearing {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// The engine may take its time; who reads does not wait for it.
async fn hand_on(queue: Queue, mut heard: mpsc::Receiver<LogLine>) {
    while let Some(line) = heard.recv().await {
        if queue.send(What::Told(Box::new(line))).await.is_err() {
            return;
        }
    }
}

struct Hearer {
    queue: Queue,
    coverage: DaemonCoverage,
    place: ViciPlace,
    known: SharedKnown,
    lines: mpsc::Sender<LogLine>,
    /// Why something was left out, until that is told.
    missed: Option<&'static str>,
}

impl Hearer {
    async fn run(mut self) -> Result<(), Closed> {
        let mut pause = PAUSES.0;
        loop {
            let began = Instant::now();
            let Err(error) = self.hear().await;
            self.say(Some(error.to_string())).await?;
            pause = if began.elapsed() >= LASTED { PAUSES.0 } else { pause };
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// One connection, until it breaks.
    async fn hear(&mut self) -> Result<Infallible, ViciError> {
        let mut connection = self.place.connect().await?;
        let mut asking = Conversation { connection: &mut connection, known: &self.known };
        self.known.lock().begin_anew();
        let version = asking.version().await?;
        asking.listed().await?;
        if let Some(version) = &version {
            self.pass(version_told(version, self.place.pid));
        }
        for name in events(version.as_deref()) {
            let mut early = Vec::new();
            let mut keep = |name: &str, message: &[u8]| {
                early.extend(told(name, message, &mut self.known.lock())?);
                Ok(())
            };
            match connection.register(name, &mut keep).await {
                // A version without it has the others all the same.
                Ok(()) | Err(ViciError::UnknownEvent(_)) => {}
                Err(error) => return Err(error),
            }
            early.into_iter().for_each(|line| self.pass(line));
        }
        // What happened between a table and now nobody has heard.
        if self.known.lock().was_asked() {
            self.missed.get_or_insert("events are heard from now on");
        }
        let _ = self.say(None).await;
        loop {
            let packet = self.next(&mut connection).await?;
            let Packet::Event(name, message) = packet.packet()? else {
                return Err(ViciError::NoAnswer("registered events".to_owned()));
            };
            let lines = told(name, message, &mut self.known.lock())?;
            lines.into_iter().for_each(|line| self.pass(line));
        }
    }

    /// The next packet. Meanwhile it is told that something was left out, once there is room for it.
    async fn next(&mut self, connection: &mut ViciConnection) -> Result<PacketBytes, ViciError> {
        loop {
            tokio::select! {
                biased;
                Ok(room) = self.lines.reserve(), if self.missed.is_some() => {
                    room.send(missing(self.missed.take().unwrap_or_default()));
                }
                packet = connection.packet() => return packet,
            }
        }
    }

    fn pass(&mut self, line: LogLine) {
        if self.missed.is_some() || self.lines.try_send(line).is_err() {
            self.missed.get_or_insert("more events came than could be taken in");
        }
    }

    async fn say(&self, deaf: Option<String>) -> Result<(), Closed> {
        match self.coverage.hears(deaf) {
            Some(line) => self.queue.send(What::Coverage(line)).await,
            None => Ok(()),
        }
    }
}
