//! The task: reads records, puts words and tries together, and follows the daemon.

use tokio::sync::watch as channel;

use super::calls::Calls;
use super::define::Climbed;
use super::error::{LOG, TraceError};
use super::instance::{self, TraceInstance, WordsFiles};
use super::pairing::{Paired, Pairing};
use super::pipes::Pipes;
use super::records::{Formats, RecordKind, ThreadRecord};
use super::threads::{Threads, process_of};
use crate::alarm::Alarm;
use crate::clock;
use crate::model::{Boottime, Coverage, KernelWords, Netns, Source, SourceState, What};
use crate::sources::process::RunningDaemon;
use crate::sources::{Closed, Queue};

#[derive(Debug)]
pub struct TraceWatch {
    /// Before the instance: the kernel removes no instance that somebody reads.
    pipes: Pipes,
    instance: TraceInstance,
    formats: Formats,
    /// Where tries are told in parts.
    calls: Option<Calls>,
    pairing: Pairing,
    words: WordsFiles,
    /// What tries are seen by, where they are.
    means: Option<&'static str>,
    /// Whose words are kept.
    daemon: Option<Threads>,
    alarm: Alarm,
    /// What does not work, in one sentence; nothing where all does.
    unseen: Option<String>,
    /// Packets in software cannot be measured.
    cannot_count: bool,
    lost: u64,
    /// How many had been lost when it was told last.
    told_lost: u64,
    queue: Queue,
}

pub enum TraceEnd {
    /// The engine has ended.
    Closed,
    /// It cannot go on.
    Broken(TraceError),
}

impl From<Closed> for TraceEnd {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl From<TraceError> for TraceEnd {
    fn from(error: TraceError) -> Self {
        Self::Broken(error)
    }
}

impl TraceWatch {
    /// Sets everything up, and listens from there on. Takes some tens of milliseconds in which it blocks.
    pub fn begin(netns: Netns, queue: Queue) -> Result<Self, TraceError> {
        let instance = TraceInstance::make(netns)?;
        let mut formats = Formats::default();
        let climbed = instance.climb().and_then(|climbed| {
            for probe in &climbed.probes {
                formats.add(probe.kind, instance.probe(probe, netns)?);
            }
            Ok(climbed)
        });
        // A daemon in another process namespace has another number there than the records have.
        let words =
            if instance::numbers_are_the_kernels() { instance.words() } else { Err(TraceError::ProcessNamespace) };
        let unseen = unseen(&climbed, &words);
        let words_error = words.map(|format| formats.add(RecordKind::Words, format)).err();
        if climbed.is_err() && words_error.is_some() {
            return Err(TraceError::Nothing(unseen.unwrap_or_default()));
        }
        let pipes = instance.open()?;
        for probe in climbed.iter().flat_map(|climbed| &climbed.probes) {
            instance.start(probe)?;
        }
        let in_parts = formats.of(RecordKind::Begun).is_some();
        let wordless = formats.of(RecordKind::Tried).is_some_and(|format| format.field("text").is_none());
        Ok(Self {
            pipes,
            words: instance.words_files(),
            calls: in_parts.then(|| Calls::new(formats.of(RecordKind::Answered).is_some())),
            means: climbed.ok().map(|climbed| climbed.rung.means),
            cannot_count: !instance.can_count(),
            instance,
            formats,
            pairing: Pairing::new(wordless),
            daemon: None,
            alarm: Alarm::new().map_err(|source| TraceError::Io { tried: "making a timer".to_owned(), source })?,
            unseen,
            lost: 0,
            told_lost: 0,
            queue,
        })
    }

    /// Goes on until the engine has ended.
    pub async fn run(mut self, mut running: channel::Receiver<Option<RunningDaemon>>) -> Result<(), TraceEnd> {
        self.cover().await?;
        loop {
            let pid = running.borrow_and_update().as_ref().and_then(|running| running.daemon.pid());
            self.follow(pid).await;
            loop {
                tokio::select! {
                    changed = running.changed() => {
                        // The source of the daemon's life ends only with the queue.
                        changed.map_err(|_| TraceEnd::Closed)?;
                        break;
                    },
                    ready = self.pipes.wait() => {
                        ready?;
                        self.read().await?;
                    },
                    rang = self.alarm.rings() => {
                        rang.map_err(TraceError::reading)?;
                        self.waited().await?;
                    },
                }
            }
        }
    }

    /// The words to this process are kept from here on, and no others.
    async fn follow(&mut self, pid: Option<u32>) {
        if self.formats.of(RecordKind::Words).is_none() {
            return;
        }
        let files = self.words.clone();
        // The kernel waits for all CPUs before a changed filter counts.
        let followed = tokio::task::spawn_blocking(move || {
            let threads = pid.map(Threads::of);
            files.only(&threads.as_ref().map(Threads::list).unwrap_or_default()).map(|()| threads)
        });
        match followed.await {
            Ok(Ok(threads)) => self.daemon = threads,
            Ok(Err(error)) => tracing::warn!(target: LOG, "the kernel's words to the daemon are not seen: {error}"),
            Err(_) => {}
        }
    }

    async fn read(&mut self) -> Result<(), TraceEnd> {
        let mut entries = Vec::new();
        let formats = &self.formats;
        let begun = clock::boottime();
        if self.calls.is_some() {
            self.pipes.all();
        }
        let lost = self.pipes.read(|time, record| entries.extend(formats.read(time, record)))?;
        // Each CPU's records are in order; together they are not.
        entries.sort_by_key(|entry| entry.time);
        let now = clock::boottime();
        let mut whole = Vec::new();
        if let Some(calls) = &mut self.calls {
            entries.into_iter().for_each(|entry| calls.take(entry, now, &mut whole));
            if let Some(time) = lost.before {
                calls.lost_before(time, &mut whole);
            }
            if self.pipes.are_read() {
                // The instance's clock is "boot" (instance.rs).
                calls.all_read_since(begun.micros().saturating_mul(1000), now, &mut whole);
            }
            calls.waited(now, &mut whole);
        } else {
            whole = entries;
        }
        self.pair(whole, now).await?;
        let lost = lost.records;
        if lost > 0 {
            self.lost = self.lost.saturating_add(lost);
            // Each time that it has doubled: a flood is told, and told of in few lines.
            if self.lost >= self.told_lost.saturating_mul(2) {
                self.told_lost = self.lost;
                self.cover().await?;
            }
        }
        Ok(())
    }

    async fn waited(&mut self) -> Result<(), TraceEnd> {
        if self.calls.is_some() { self.read().await } else { self.pair(Vec::new(), clock::boottime()).await }
    }

    async fn pair(&mut self, entries: Vec<ThreadRecord>, now: Boottime) -> Result<(), TraceEnd> {
        let mut paired = Vec::new();
        entries.into_iter().for_each(|entry| self.pairing.take(entry, now, &mut paired));
        self.pairing.waited(now, &mut paired);
        self.tell(paired).await
    }

    async fn tell(&mut self, paired: Vec<Paired>) -> Result<(), TraceEnd> {
        for one in paired {
            match one {
                Paired::Try(mut tried) => {
                    tried.pid = self.process(tried.pid);
                    self.queue.send(What::OffloadTried(tried)).await?;
                }
                Paired::Words { thread, time, text } => {
                    // A filter that was changed may have let others through before.
                    if let Some(daemon) = self.daemon.as_ref().filter(|daemon| daemon.has(thread)) {
                        // The instance's clock is "boot" (instance.rs).
                        let at = Some(Boottime::from_micros(time / 1000));
                        self.queue.send(What::KernelSaid(KernelWords { pid: daemon.pid, text, at })).await?;
                    }
                }
            }
        }
        let due = self.calls.as_ref().and_then(Calls::due).into_iter().chain(self.pairing.due()).min();
        self.alarm.set(due).map_err(TraceError::reading)?;
        Ok(())
    }

    fn process(&self, thread: u32) -> u32 {
        let daemon = self.daemon.as_ref().filter(|daemon| daemon.has(thread)).map(|daemon| daemon.pid);
        daemon.or_else(|| process_of(thread)).unwrap_or(thread)
    }

    async fn cover(&self) -> Result<(), Closed> {
        let lost = (self.lost > 0).then(|| {
            format!(
                "at least {} records came faster than they were read, and are lost: some refusals may have no reason",
                self.lost
            )
        });
        let detail: Vec<&str> = self.unseen.iter().chain(&lost).map(String::as_str).collect();
        let path = self.instance.path().display();
        let means = self.means.unwrap_or("by the kernel's words alone");
        let (state, mut detail) = if detail.is_empty() {
            let seen = "offloads that the kernel refuses or leaves out, and its words to the daemon";
            (SourceState::Ok, format!("{seen}, {means} ({path})"))
        } else {
            (SourceState::Degraded, detail.join("; "))
        };
        if self.cannot_count {
            detail.push_str("; packets in software cannot be counted: this kernel has no hist triggers");
        }
        self.queue.send(What::Coverage(Coverage { source: Source::Trace, state, detail })).await
    }
}

/// What this kernel, or this place, does not let be seen.
fn unseen(climbed: &Result<Climbed, TraceError>, words: &instance::EventFormat) -> Option<String> {
    let tries = match climbed {
        Err(error) => {
            Some(format!("which SA a refusal is of, and what the kernel leaves out in silence, is not seen: {error}"))
        }
        Ok(climbed) if climbed.missing.is_empty() => None,
        Ok(climbed) => {
            let missing = climbed.missing.join(", ");
            Some(format!("of a refusal this kernel does not tell {missing} (seen {})", climbed.rung.means))
        }
    };
    let words = words
        .as_ref()
        .err()
        .map(|error| format!("the kernel's words to the daemon about other requests are not seen: {error}"));
    let all: Vec<String> = tries.into_iter().chain(words).collect();
    (!all.is_empty()).then(|| all.join("; "))
}
