//! What was told, numbered, for programs that follow it as server-sent events (WHATWG HTML §9.2).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::body::Bytes;
use serde::Serialize;
use tokio::sync::watch;

use crate::model::{Boottime, Change, Finding, RemedyChange};

/// How many events are kept for readers that come back.
const KEPT_EVENTS: usize = 10_000;

/// How many bytes they may take together: a finding that touches a hundred SAs is long.
const KEPT_BYTES: usize = 8 << 20;

/// Numbers what is told and keeps the last of it. Cheap to clone; all clones are one hub.
#[derive(Clone, Debug)]
pub struct EventHub {
    shared: Arc<HubShared>,
}

/// Where a reader stands. It holds no events of its own: a slow reader costs nothing, and is left behind.
#[derive(Debug)]
pub struct EventReader {
    shared: Arc<HubShared>,
    told: watch::Receiver<u64>,
    next: u64,
}

/// Why a reader gets nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamEnded {
    /// What it should read next is no longer kept.
    #[error("the reader is too far behind")]
    Behind,
    /// The service ends.
    #[error("the service is ending")]
    Closed,
}

#[derive(Debug)]
struct HubShared {
    epoch: String,
    kept: Mutex<KeptEvents>,
    last: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct KeptEvents {
    /// Number of the newest event; the oldest kept is `last - events.len() + 1`.
    last: u64,
    bytes: usize,
    events: VecDeque<Bytes>,
    closed: bool,
}

#[derive(Serialize)]
struct ToldEvent<'a> {
    change: Change,
    at: Boottime,
    #[serde(flatten)]
    finding: &'a Finding,
}

#[derive(Serialize)]
struct ToldRemedy<'a> {
    at: Boottime,
    #[serde(flatten)]
    change: &'a RemedyChange,
}

impl EventHub {
    /// A hub whose event numbers count from 1 within `epoch`, a text without spaces that no other run of the service has.
    pub fn new(epoch: String) -> Self {
        let (last, _) = watch::channel(0);
        Self { shared: Arc::new(HubShared { epoch, kept: Mutex::default(), last }) }
    }

    /// Numbers one change, keeps it, and wakes the readers. Returns the number.
    pub fn tell(&self, change: Change, at: Boottime, finding: &Finding) -> u64 {
        self.number(change.as_str(), &ToldEvent { change, at, finding })
    }

    /// The same for how far a remedy has come: an event `remedy`.
    pub fn tell_remedy(&self, at: Boottime, change: &RemedyChange) -> u64 {
        self.number("remedy", &ToldRemedy { at, change })
    }

    fn number<T: Serialize>(&self, event: &str, told: &T) -> u64 {
        let data = serde_json::to_string(told).unwrap_or_else(|_| String::from("{}"));
        let mut kept = self.shared.kept();
        let number = kept.last + 1;
        kept.push(number, frame(&self.shared.epoch, number, event, &data));
        drop(kept);
        self.shared.last.send_replace(number);
        number
    }

    /// Number of the newest event, 0 before the first.
    pub fn last(&self) -> u64 {
        self.shared.kept().last
    }

    /// Where a reader with this `Last-Event-ID` goes on; none where it has to begin with a snapshot: it has none, the id is of another
    /// run of the service, or what followed it is no longer kept.
    pub fn resume(&self, last_event_id: Option<&str>) -> Option<EventReader> {
        let (epoch, number) = last_event_id?.rsplit_once('-')?;
        let number: u64 = number.parse().ok()?;
        (epoch == self.shared.epoch)
            .then(|| self.reader(number))
            .filter(|reader| self.shared.kept().has_all_after(reader.next))
    }

    /// A reader of everything after `number`, which a snapshot contains.
    pub fn reader(&self, number: u64) -> EventReader {
        EventReader {
            shared: Arc::clone(&self.shared),
            told: self.shared.last.subscribe(),
            next: number.saturating_add(1),
        }
    }

    /// The `reset` event that carries a snapshot with everything up to `number` in it.
    pub fn snapshot<T: Serialize>(&self, number: u64, data: &T) -> Result<Bytes, serde_json::Error> {
        Ok(frame(&self.shared.epoch, number, "reset", &serde_json::to_string(data)?))
    }

    /// Ends all readers: the service stops.
    pub fn close(&self) {
        self.shared.kept().closed = true;
        self.shared.last.send_modify(|_| {});
    }

    /// Returns once it is closed.
    pub async fn closed(&self) {
        let mut told = self.shared.last.subscribe();
        while !self.shared.kept().closed {
            if told.changed().await.is_err() {
                return;
            }
        }
    }
}

/// One event on the wire. JSON has no raw line breaks, so one `data` line holds it.
fn frame(epoch: &str, number: u64, event: &str, data: &str) -> Bytes {
    Bytes::from(format!("id: {epoch}-{number}\nevent: {event}\ndata: {data}\n\n"))
}

impl EventReader {
    /// The next event as it goes over the wire; waits for it.
    ///
    /// # Errors
    /// `StreamEnded` where none will come.
    pub async fn next(&mut self) -> Result<Bytes, StreamEnded> {
        loop {
            // Marked as seen before looking: what is told after the look wakes us.
            self.told.borrow_and_update();
            if let Some(event) = self.kept()? {
                self.next += 1;
                return Ok(event);
            }
            self.told.changed().await.map_err(|_| StreamEnded::Closed)?;
        }
    }

    /// Returns once what it should read next is no longer kept.
    pub async fn left_behind(&mut self) {
        while self.shared.kept().has_all_after(self.next) {
            if self.told.changed().await.is_err() {
                return;
            }
        }
    }

    fn kept(&self) -> Result<Option<Bytes>, StreamEnded> {
        let kept = self.shared.kept();
        if !kept.has_all_after(self.next) {
            return Err(StreamEnded::Behind);
        }
        match kept.get(self.next) {
            None if kept.closed => Err(StreamEnded::Closed),
            event => Ok(event),
        }
    }
}

impl HubShared {
    fn kept(&self) -> MutexGuard<'_, KeptEvents> {
        // Nothing in the lock can be left half done by a panic: take what is there.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeptEvents {
    fn push(&mut self, number: u64, event: Bytes) {
        self.last = number;
        self.bytes += event.len();
        self.events.push_back(event);
        while self.events.len() > KEPT_EVENTS || (self.bytes > KEPT_BYTES && self.events.len() > 1) {
            self.bytes -= self.events.pop_front().map_or(0, |gone| gone.len());
        }
    }

    fn oldest(&self) -> u64 {
        self.last + 1 - self.events.len() as u64
    }

    /// Nothing between `next` and now is lost, and `next` is no number that was never given.
    fn has_all_after(&self, next: u64) -> bool {
        (self.oldest()..=self.last + 1).contains(&next)
    }

    fn get(&self, number: u64) -> Option<Bytes> {
        let place = usize::try_from(number.checked_sub(self.oldest())?).ok()?;
        self.events.get(place).cloned()
    }
}
