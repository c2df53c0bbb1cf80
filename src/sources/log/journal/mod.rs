//! Following the journal of systemd.

mod child;
mod entry;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
mod gaps;

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};

pub use self::child::Journal;
use self::child::JournalReader;
pub use self::entry::JournalEntry;
use self::gaps::Gaps;
use super::frame::Stamp;
use super::lines::LineSplitter;
use super::teller::{Origin, Teller, coverage};
use super::wake::{FollowerWake, Since};
use crate::clock;
use crate::daemons::Dialect;
use crate::model::{AskId, Coverage, RealTime, SourceState, What};
use crate::sources::queue::{Closed, Queue};

/// journald hands on what it receives within milliseconds, on a busy host within some hundred, but nothing tells that it has: a silence
/// of this length counts as the end. `journalctl --sync` would tell; it makes journald write everything to disk and wait for it.
const SILENCE: Duration = Duration::from_millis(400);

/// A question is answered after this time even if lines keep coming.
const PATIENCE: Duration = Duration::from_secs(1);

/// Between two attempts to start journalctl: at first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Entries a little older than the daemon's process: its `started` is rounded to a clock tick.
const BEFORE: Duration = Duration::from_secs(1);

/// Tells the past, then what is written, until nobody listens or asks any more.
pub async fn follow(
    queue: Queue,
    journal: Journal,
    since: Since,
    dialect: &'static dyn Dialect,
    woken: UnboundedReceiver<FollowerWake>,
) {
    let follower = JournalFollower {
        queue,
        teller: Teller::new(dialect),
        journal,
        woken,
        cursor: None,
        begun: clock::real_time(),
        asked: Vec::new(),
        said: None,
        gaps: Gaps::default(),
    };
    // Closed: the engine has ended, and so does this.
    let _ = follower.run(since).await;
}

struct JournalFollower {
    queue: Queue,
    teller: Teller,
    journal: Journal,
    woken: UnboundedReceiver<FollowerWake>,
    /// Of the last entry that was read.
    cursor: Option<String>,
    /// Where there is no entry yet: what is written from now on.
    begun: RealTime,
    /// Questions, when to answer them after silence, and when in any case.
    asked: Vec<(AskId, Instant, Instant)>,
    said: Option<Coverage>,
    gaps: Gaps,
}

/// What happened next.
/// Which of the daemon's lines come.
#[derive(Clone, Copy)]
enum JournalTold {
    /// What it has written so far: only this process, where one is known.
    Past { of: Option<u32> },
    /// What it writes now.
    News,
}

enum JournalNext {
    Read(std::io::Result<usize>),
    Woken(Option<FollowerWake>),
    Time,
}

impl JournalFollower {
    async fn run(mut self, since: Since) -> Result<(), Closed> {
        let complaint = self.past(since).await?;
        if let Some(complaint) = complaint {
            let detail = format!("the journal cannot be read ({complaint}); what the daemon logs is not seen");
            self.say(SourceState::Absent, detail).await?;
        }
        self.queue.send(What::LogEnd { ask: None }).await?;
        let mut wait = RETRY.0;
        loop {
            let complaint = match self.journal.read(self.place()) {
                Ok(reader) => {
                    let before = self.cursor.clone();
                    let ended = self.news(reader).await?;
                    if self.cursor != before {
                        wait = RETRY.0;
                    }
                    match ended {
                        // Nobody asks any more.
                        None => return Ok(()),
                        Some(complaint) => complaint,
                    }
                }
                Err(error) => format!("{} cannot be started: {error}", self.journal.program.display()),
            };
            let detail =
                format!("the journal cannot be read ({complaint}); what the daemon logs is not seen until it can");
            self.say(SourceState::Absent, detail).await?;
            if !self.pause(wait).await? {
                return Ok(());
            }
            wait = (wait * 2).min(RETRY.1);
        }
    }

    /// Reads what the running daemon has written so far; why it could not, if it could not.
    async fn past(&mut self, since: Since) -> Result<Option<String>, Closed> {
        let Since::Daemon { pid, started } = since else { return Ok(None) };
        let reader = match self.journal.read([since_argument(started.before(BEFORE))]) {
            Ok(reader) => reader,
            Err(error) => return Ok(Some(format!("{} cannot be started: {error}", self.journal.program.display()))),
        };
        let mut reader = reader;
        let mut lines = LineSplitter::default();
        let mut slice = vec![0; 64 << 10];
        while let Ok(length @ 1..) = reader.output.read(&mut slice).await {
            self.take(&mut lines, slice.get(..length).unwrap_or_default(), JournalTold::Past { of: pid }).await?;
        }
        Ok(reader.end().await)
    }

    /// Reads what is written, until journalctl ends (its complaint) or nobody asks any more (none).
    async fn news(&mut self, mut reader: JournalReader) -> Result<Option<String>, Closed> {
        let mut lines = LineSplitter::default();
        let mut slice = vec![0; 64 << 10];
        let mut is_known_to_work = false;
        loop {
            let due =
                self.asked.iter().map(|(_, silence, patience)| *silence.min(patience)).chain(self.gaps.due()).min();
            let next = tokio::select! {
                biased;
                read = reader.output.read(&mut slice) => JournalNext::Read(read),
                wake = self.woken.recv() => JournalNext::Woken(wake),
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => JournalNext::Time,
            };
            match next {
                JournalNext::Read(Ok(length @ 1..)) => {
                    self.take(&mut lines, slice.get(..length).unwrap_or_default(), JournalTold::News).await?;
                    for (_, silence, _) in &mut self.asked {
                        *silence = Instant::now() + SILENCE;
                    }
                    is_known_to_work = true;
                }
                JournalNext::Read(_) => {
                    return Ok(Some(reader.end().await.unwrap_or_else(|| "journalctl ended".to_owned())));
                }
                JournalNext::Woken(None) => return Ok(None),
                JournalNext::Woken(Some(wake)) => self.ask(&wake),
                JournalNext::Time => is_known_to_work = true,
            }
            if is_known_to_work || self.said.is_none() {
                self.say_what_is_read().await?;
            }
            self.answer(false).await?;
        }
    }

    /// Waits before the next attempt; questions are answered at once meanwhile. False where nobody asks any more.
    async fn pause(&mut self, wait: Duration) -> Result<bool, Closed> {
        let end = Instant::now() + wait;
        loop {
            self.answer(true).await?;
            tokio::select! {
                () = sleep_until(end) => return Ok(true),
                wake = self.woken.recv() => match wake {
                    Some(wake) => self.ask(&wake),
                    None => return Ok(false),
                },
            }
        }
    }

    fn ask(&mut self, wake: &FollowerWake) {
        if let FollowerWake::CatchUp(ask) = wake {
            let now = Instant::now();
            self.asked.push((*ask, now + SILENCE, now + PATIENCE));
        }
    }

    async fn answer(&mut self, all: bool) -> Result<(), Closed> {
        let now = Instant::now();
        let is_due =
            |(_, silence, patience): &mut (AskId, Instant, Instant)| all || *silence <= now || *patience <= now;
        let due: Vec<AskId> = self.asked.extract_if(.., is_due).map(|(ask, ..)| ask).collect();
        for ask in due {
            self.queue.send(What::LogEnd { ask: Some(ask) }).await?;
        }
        Ok(())
    }

    /// Takes some of journalctl's output.
    async fn take(&mut self, lines: &mut LineSplitter, bytes: &[u8], when: JournalTold) -> Result<(), Closed> {
        let mut told = Vec::new();
        let done: Result<(), std::convert::Infallible> = lines.push(bytes, |line| {
            if let Some(entry) = JournalEntry::read(line) {
                told.extend(self.observations(&entry, when));
                self.cursor = entry.cursor.or_else(|| self.cursor.take());
            }
            Ok(())
        });
        let Ok(()) = done;
        for what in told {
            self.queue.send(what).await?;
        }
        Ok(())
    }

    fn observations(&mut self, entry: &JournalEntry, when: JournalTold) -> Vec<What> {
        let origin = Origin {
            time: entry.time().map(Stamp::At),
            pid: entry.pid(),
            past: matches!(when, JournalTold::Past { .. }),
            forgeable: false,
            told: entry.told(),
        };
        if entry.tells_of_a_gap() {
            let mut names = self.journal.identifiers.iter();
            if !names.any(|name| entry.is_gap_of(self.journal.unit.as_deref(), name)) {
                return Vec::new();
            }
            let lines = entry.left_out();
            self.gaps.take(lines, entry.time(), !origin.past);
            let text = "the journal left out lines of the daemon (RateLimitBurst= in journald.conf)".to_owned();
            return vec![self.teller.missing(lines, text, origin)];
        }
        if let JournalTold::Past { of: Some(pid) } = when
            && entry.pid() != Some(pid)
        {
            return Vec::new();
        }
        entry.message().map_or_else(Vec::new, |message| self.teller.tell(message, origin))
    }

    /// From where on journalctl is to show entries.
    fn place(&self) -> [String; 3] {
        let place = match &self.cursor {
            Some(cursor) => format!("--after-cursor={cursor}"),
            None => since_argument(self.begun),
        };
        ["--follow".to_owned(), "--no-tail".to_owned(), place]
    }

    async fn say_what_is_read(&mut self) -> Result<(), Closed> {
        if !self.journal.is_kept() {
            let detail = "waits for a journal: there is none on this host; until then what the daemon logs is not seen";
            return self.say(SourceState::Degraded, detail.to_owned()).await;
        }
        let (state, left_out) = self.gaps.say(Instant::now());
        let mut read = match &self.journal.unit {
            Some(unit) => format!("reads the journal of {unit} ({})", self.journal.names()),
            None => format!("reads the journal of {}, of whatever unit", self.journal.names()),
        };
        if let Some(file) = &self.journal.instead_of {
            read += &format!(" instead of {}, into which anybody on this host can write", file.display());
        }
        self.say(state, read + &left_out).await
    }

    async fn say(&mut self, state: SourceState, detail: String) -> Result<(), Closed> {
        let now = coverage(state, detail);
        if self.said.as_ref() == Some(&now) {
            return Ok(());
        }
        self.said = Some(now.clone());
        self.queue.send(What::Coverage(now)).await
    }
}

fn since_argument(time: RealTime) -> String {
    let micros = time.micros().max(0);
    format!("--since=@{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

#[cfg(test)]
mod tests;
