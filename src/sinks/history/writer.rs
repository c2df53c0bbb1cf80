//! The thread that writes, and the hand that gives it entries.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::aside::set_aside;
use super::image::Images;
use super::limits::Limits;
use super::queued::QueueKeeper;
use super::store::Store;
use super::waiting::{Batch, HistoryRow, WaitingRows};
use super::{HistoryEntry, HistoryError, PastEvent};
use crate::clock;
use crate::model::{Change, Coverage, Daemon, Finding, RealTime, RemedyChange, Source, SourceState};
use crate::plural::{are, counted};

/// How long the end of the service waits for the last entries.
const AT_THE_END: Duration = Duration::from_secs(5);

/// Where the state of the writing is told, from its own thread.
pub type TellCoverage = Box<dyn Fn(Coverage) + Send>;

/// Takes entries and never waits. Its file is another thread's.
#[derive(Debug)]
pub struct History {
    waiting: Arc<WaitingRows>,
}

struct Writer {
    path: PathBuf,
    limits: Limits,
    waiting: Arc<WaitingRows>,
    tell: TellCoverage,
    store: Option<Store>,
    images: Images,
    /// The file was looked through since the start.
    looked_through: bool,
    /// What coverage said last.
    told: Option<(SourceState, String)>,
    /// What went wrong at the last try.
    failed: Option<String>,
}

impl History {
    /// Begins to write `path`; `tell` is called whenever it begins or ceases to work.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn begin(path: &Path, tell: TellCoverage) -> std::io::Result<Self> {
        Self::with(path, Limits::default(), tell)
    }

    /// One that tries again at once.
    #[cfg(test)]
    pub(in crate::sinks) fn impatient(path: &Path, tell: TellCoverage) -> Self {
        let limits = Limits { again: Duration::from_millis(50), ..Limits::default() };
        Self::with(path, limits, tell).unwrap()
    }

    fn with(path: &Path, limits: Limits, tell: TellCoverage) -> std::io::Result<Self> {
        let waiting = Arc::new(WaitingRows::default());
        let (path, shared) = (path.to_owned(), Arc::clone(&waiting));
        let mut writer = Writer {
            path,
            limits,
            waiting: shared,
            tell,
            store: None,
            images: Images::default(),
            looked_through: false,
            told: None,
            failed: None,
        };
        std::thread::Builder::new().name("history".to_owned()).spawn(move || writer.run())?;
        let history = Self { waiting };
        history.keep(PastEvent::service("started"));
        Ok(history)
    }

    /// Where queues are kept.
    pub fn keeper(&self) -> QueueKeeper {
        QueueKeeper::new(Arc::clone(&self.waiting))
    }

    /// A finding opened, changed or closed.
    pub fn finding(&self, change: Change, finding: &Finding) {
        self.keep(PastEvent::Finding { change, finding: Box::new(finding.clone()) });
    }

    /// A remedy has come further.
    pub fn remedy(&self, change: &RemedyChange) {
        self.keep(PastEvent::Remedy { remedy: Box::new(change.clone()) });
    }

    /// A daemon runs, from this program.
    pub fn daemon_up(&self, daemon: &Daemon, program: Option<String>) {
        self.keep(PastEvent::daemon_up(daemon, program));
    }

    /// A daemon's process is gone.
    pub fn daemon_gone(&self, pid: Option<u32>) {
        self.keep(PastEvent::daemon_gone(pid));
    }

    /// Ends it in order: what waits is written, or said to be lost.
    pub fn end(self) {
        self.keep(PastEvent::service("ended"));
        let unwritten = self.waiting.close(AT_THE_END);
        if unwritten > 0 {
            tracing::error!("{} of the history could not be written", counted(unwritten, "entry"));
        }
    }

    fn keep(&self, past: PastEvent) {
        self.waiting.push(&HistoryEntry { time: clock::real_time(), past });
    }
}

impl Writer {
    fn run(&mut self) {
        while let Some(mut batch) = self.waiting.take() {
            self.images.attach(std::mem::take(&mut batch.attached));
            match self.write_or_begin_anew(&batch) {
                Ok(()) => {
                    self.images.kept(Ok(()));
                    self.written(batch.lost);
                }
                Err(error) => {
                    self.store = None;
                    self.images.kept(Err(&error.to_string()));
                    let (wait, lost) = self.waiting.give_back(batch);
                    self.failed = Some(error.to_string());
                    self.cover(
                        SourceState::Degraded,
                        format!(
                            "the history cannot be written: {error}; {} waiting, {lost} lost",
                            counted(wait, "entry")
                        ),
                    );
                    if self.waiting.pause(self.limits.again) {
                        break;
                    }
                }
            }
        }
        self.store = None;
        self.waiting.end();
    }

    /// A damaged file is put aside, and the new one begins by saying so.
    fn write_or_begin_anew(&mut self, batch: &Batch) -> Result<(), HistoryError> {
        let damage = match self.write(batch) {
            Err(error) if error.is_damage() => error,
            written => return written,
        };
        self.store = None;
        self.images.kept(Err(&damage.to_string()));
        let aside = set_aside(&self.path)?;
        let why = format!("{damage}; everything before is in {}", aside.display());
        tracing::error!("the history is begun anew: {why}");
        let said: Vec<HistoryRow> = lost(0, why).into_iter().collect();
        self.opened()?.write(&said, &[], clock::real_time())?;
        self.write(batch)
    }

    fn write(&mut self, batch: &Batch) -> Result<(), HistoryError> {
        let mut rows = batch.rows.clone();
        if batch.lost > 0 {
            let why = self.failed.clone().unwrap_or_else(|| "they came faster than they could be written".to_owned());
            rows.extend(lost(batch.lost, why));
        }
        if self.store.as_ref().is_some_and(Store::is_gone) {
            self.store = None;
            self.images.kept(Err("the file was taken away"));
        }
        self.opened()?;
        let Some(store) = &mut self.store else { return Ok(()) };
        // First of all: what waits there is to be told as soon as can be.
        self.images.restore(store)?;
        if !self.looked_through {
            store.look_for_damage()?;
            self.looked_through = true;
        }
        store.write(&rows, &self.images.changes(), clock::real_time())
    }

    fn opened(&mut self) -> Result<&mut Store, HistoryError> {
        match &mut self.store {
            Some(store) => Ok(store),
            closed => Ok(closed.insert(Store::open(&self.path, self.limits)?)),
        }
    }

    fn written(&mut self, lost: u64) {
        if self.failed.take().is_some() || lost > 0 {
            tracing::info!("the history is written again; {} {} lost", counted(lost, "entry"), are(lost));
        }
        self.cover(SourceState::Ok, format!("what is found is kept in {}", self.path.display()));
    }

    fn cover(&mut self, state: SourceState, detail: String) {
        let line = (state, detail);
        if self.told.as_ref() != Some(&line) {
            (self.tell)(Coverage { source: Source::History, state: line.0, detail: line.1.clone() });
            self.told = Some(line);
        }
    }
}

fn lost(entries: u64, why: String) -> Option<HistoryRow> {
    let time: RealTime = clock::real_time();
    let entry = HistoryEntry { time, past: PastEvent::Lost { entries, why } };
    serde_json::to_string(&entry).ok().map(|json| HistoryRow { time, json })
}
