//! `state.json`: what a restart of swanwatch must not forget. Written whole, beside the old one and then over it, on a thread of its own.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::{AskId, Coverage, Failure, Remembered, Source, SourceState, What};
use crate::sources::Queue;

/// The file's name.
const NAME: &str = "state.json";

/// A hundred thousand tunnels are some 10 MiB.
const LONGEST: u64 = 64 << 20;

/// Between two tries: nothing tells when a disk has room again.
const AGAIN: Duration = Duration::from_secs(10);

/// The file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The system refuses.
    #[error("{tried} {}: {source}", path.display())]
    Io {
        /// What was tried.
        tried: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is something else.
    #[error("{} is no state of swanwatch: {reason}", path.display())]
    NotAState {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
}

/// Writes `state.json`, one after the other.
#[derive(Debug)]
pub struct StateFile {
    orders: Arc<Orders>,
}

/// What is to be written. Each replaces the one before: only the last one has to be.
#[derive(Debug, Default)]
struct Orders {
    order: Mutex<Order>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Order {
    state: Option<Box<Remembered>>,
    /// Who waits for it.
    asks: Vec<AskId>,
    closed: bool,
}

// === impl StateFile ===

impl StateFile {
    /// In this folder, which is made where it is missing. Ends with what this returns.
    pub fn spawn(queue: Queue, directory: PathBuf) -> Self {
        Self::with(queue, directory, AGAIN)
    }

    fn with(queue: Queue, directory: PathBuf, again: Duration) -> Self {
        let orders = Arc::<Orders>::default();
        let taken = Arc::clone(&orders);
        std::thread::spawn(move || {
            // Closed: the engine has ended, and nobody waits for an answer.
            let _ = write_all(&queue, &directory, &taken, again);
        });
        Self { orders }
    }

    /// Writes it over what was there. Answered by `What::Kept`, once, also where it fails; it is then tried again until it or a later one is
    /// written.
    pub fn write(&self, ask: AskId, state: Box<Remembered>) {
        let mut order = self.orders.order();
        order.asks.push(ask);
        order.state = Some(state);
        drop(order);
        self.orders.changed.notify_all();
    }
}

impl Drop for StateFile {
    fn drop(&mut self) {
        self.orders.order().closed = true;
        self.orders.changed.notify_all();
    }
}

// === impl Orders ===

impl Orders {
    fn order(&self) -> MutexGuard<'_, Order> {
        // Nothing in the lock can be left half done by a panic: take what is there.
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next one; where it waits no longer than that and there is none, nothing; at the end, none.
    fn next(&self, patience: Option<Duration>) -> Option<(Vec<AskId>, Option<Box<Remembered>>)> {
        let mut order = self.order();
        let waits = |order: &mut Order| order.state.is_none() && !order.closed;
        order = match patience {
            None => self.changed.wait_while(order, waits).unwrap_or_else(PoisonError::into_inner),
            Some(time) => self.changed.wait_timeout_while(order, time, waits).unwrap_or_else(PoisonError::into_inner).0,
        };
        let state = order.state.take();
        (state.is_some() || !order.closed).then(|| (std::mem::take(&mut order.asks), state))
    }
}

fn write_all(queue: &Queue, directory: &Path, orders: &Orders, again: Duration) -> Result<(), crate::sources::Closed> {
    // Remedies that had begun when it was written last.
    let mut begun = None;
    // What could not be written.
    let mut owed: Option<Box<Remembered>> = None;
    let mut said = None;
    remove_what_is_half_written(directory);
    while let Some((asks, state)) = orders.next(owed.is_some().then_some(again)) {
        let Some(state) = state.or_else(|| owed.take()) else { continue };
        let problem = write(directory, &state).map_err(|error| error.to_string()).err();
        if said != problem {
            said.clone_from(&problem);
            queue.blocking_send(What::Coverage(coverage(directory, problem.as_ref())))?;
        }
        if problem.is_none() {
            begun = Some(state.intents.iter().map(|intent| intent.id).collect::<Vec<_>>());
            owed = None;
        } else {
            let mut state = state;
            // A remedy that could not be written down did not begin; what is written later must not say that it did.
            state.intents.retain(|intent| begun.as_ref().is_some_and(|begun| begun.contains(&intent.id)));
            owed = Some(state);
        }
        for ask in asks {
            let answer = problem.clone().map_or(Ok(()), |problem| Err(Failure::Error(problem)));
            queue.blocking_send(What::Kept { ask, answer })?;
        }
    }
    Ok(())
}

/// A run that was killed over it leaves its file.
fn remove_what_is_half_written(directory: &Path) {
    let is_half = |name: &str| name.starts_with(&format!(".{NAME}.")) && name.ends_with(".new");
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_half) {
            // It only takes up room.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn coverage(directory: &Path, problem: Option<&String>) -> Coverage {
    let (state, detail) = match problem {
        None => (SourceState::Ok, format!("kept in {}", directory.join(NAME).display())),
        Some(problem) => (
            SourceState::Degraded,
            format!("{problem}; until it can be kept no remedy acts, because its limits would not outlive a restart"),
        ),
    };
    Coverage { source: Source::State, state, detail }
}

/// Writes the file for good: it is the old one or the new one at any time.
///
/// # Errors
/// What the system says.
pub fn write(directory: &Path, state: &Remembered) -> Result<(), StateError> {
    let path = directory.join(NAME);
    let failed = |tried, path: &Path| {
        let path = path.to_owned();
        move |source| StateError::Io { tried, path, source }
    };
    DirBuilder::new().recursive(true).mode(0o755).create(directory).map_err(failed("making the folder", directory))?;
    let mut text = serde_json::to_vec(state)
        .map_err(|error| StateError::NotAState { path: path.clone(), reason: error.to_string() })?;
    text.push(b'\n');
    let new = directory.join(format!(".{NAME}.{}.new", std::process::id()));
    let written =
        put(&new, &text).and_then(|()| fs::rename(&new, &path)).and_then(|()| File::open(directory)?.sync_all());
    written.map_err(|source| {
        // What is left of it is of no use; nothing more can be done where that fails too.
        let _ = fs::remove_file(&new);
        failed("writing", &path)(source)
    })
}

fn put(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

/// What is in the file; none where there is none.
///
/// # Errors
/// It cannot be read, or is something else.
pub fn read(directory: &Path) -> Result<Option<Box<Remembered>>, StateError> {
    let path = directory.join(NAME);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StateError::Io { tried: "opening", path, source }),
    };
    let mut text = Vec::new();
    if let Err(source) = file.take(LONGEST).read_to_end(&mut text) {
        return Err(StateError::Io { tried: "reading", path, source });
    }
    serde_json::from_slice(&text).map(Some).map_err(|error| StateError::NotAState { path, reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        Boottime, Intent, KeptProcess, Mark, Netns, Protocol, RemedyId, RemedyKind, RemedyTarget, SaId, Spi, Tries,
        UpTunnel,
    };
    use crate::sources::queue;

    fn state(boot_id: &str) -> Remembered {
        let at = vec![Boottime::from_micros(7)];
        let tries = Tries {
            target: RemedyTarget::Daemon,
            at,
            failures: 1,
            failed: std::collections::BTreeMap::new(),
            tried: std::collections::BTreeMap::new(),
            waits: std::collections::BTreeMap::new(),
            not_before: Boottime::from_micros(9),
        };
        Remembered { boot_id: boot_id.to_owned(), tries: vec![tries], ..Remembered::default() }
    }

    #[test]
    fn what_is_written_is_read_and_the_newest_counts() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        assert_eq!(read(&inner).unwrap(), None);
        for boot_id in ["first", "second"] {
            write(&inner, &state(boot_id)).unwrap();
            assert_eq!(read(&inner).unwrap().as_deref(), Some(&state(boot_id)));
        }
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_torn_file_is_an_error_and_no_state() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(NAME), "{\"boot_id\": \"x").unwrap();
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("is no state of swanwatch"), "{error}");
    }

    fn blocked() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        // A file where the folder should be: nothing can be written, not even by root.
        let blocked = folder.path().join("file");
        fs::write(&blocked, "").unwrap();
        (folder, blocked)
    }

    const LONG: Duration = Duration::from_secs(3_600);

    #[tokio::test]
    async fn every_write_is_answered_and_a_failure_is_told_once() {
        let (_folder, blocked) = blocked();
        let (queue, mut seen) = queue();
        let file = StateFile::with(queue, blocked.clone(), LONG);
        for ask in [1, 2] {
            file.write(AskId(ask), Box::new(state("x")));
        }
        let mut told = Vec::new();
        while told.len() < 3 {
            told.push(seen.recv().await.unwrap().what);
        }
        assert!(matches!(&told[0], What::Coverage(line) if line.state == SourceState::Degraded), "{told:?}");
        for (what, number) in told[1..].iter().zip(1..) {
            assert!(matches!(what, What::Kept { ask, answer: Err(_) } if *ask == AskId(number)), "{told:?}");
        }
        fs::remove_file(&blocked).unwrap();
        file.write(AskId(3), Box::new(state("x")));
        assert!(matches!(seen.recv().await.unwrap().what, What::Coverage(line) if line.state == SourceState::Ok));
        assert_eq!(seen.recv().await.unwrap().what, What::Kept { ask: AskId(3), answer: Ok(()) });
    }

    fn with_intents(ids: &[u64]) -> Remembered {
        let intent = |id: &u64| Intent {
            id: RemedyId(*id),
            kind: RemedyKind::Rekey,
            target: RemedyTarget::Daemon,
            finding: None,
            began: Boottime::from_micros(1),
            sas: Vec::new(),
        };
        Remembered { intents: ids.iter().map(intent).collect(), ..state("x") }
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_written_later_without_what_was_not_begun() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("state");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join(".state.json.7.new"), "{\"boot_").unwrap();
        let (queue, mut seen) = queue();
        let file = StateFile::with(queue, inner.clone(), Duration::from_millis(20));
        file.write(AskId(1), Box::new(with_intents(&[1, 2])));
        assert_eq!(seen.recv().await.unwrap().what, What::Kept { ask: AskId(1), answer: Ok(()) });
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 1, "what a killed run left is gone");
        // Nobody may make a file there: it is a file.
        fs::rename(&inner, folder.path().join("away")).unwrap();
        fs::write(&inner, "").unwrap();
        // The first is over; the third would have begun.
        file.write(AskId(2), Box::new(with_intents(&[2, 3])));
        assert!(matches!(seen.recv().await.unwrap().what, What::Coverage(line) if line.state == SourceState::Degraded));
        assert!(matches!(seen.recv().await.unwrap().what, What::Kept { ask: AskId(2), answer: Err(_) }));
        fs::remove_file(&inner).unwrap();
        assert!(matches!(seen.recv().await.unwrap().what, What::Coverage(line) if line.state == SourceState::Ok));
        assert_eq!(read(&inner).unwrap().as_deref(), Some(&with_intents(&[2])));
        drop(file);
        assert!(seen.recv().await.is_none(), "answered once, and ended");
    }

    /// What every version must read: `tests/fixtures`.
    fn fixture(name: &str) -> Remembered {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/0.1.0").join(name);
        *read(&folder).unwrap().unwrap()
    }

    #[test]
    fn what_0_1_0_kept_of_a_crash_is_read() {
        let kept = fixture("state");
        let tried = vec![Boottime::from_micros(827_684_203)];
        let until = Boottime::from_micros(838_807_972);
        let tries = Tries {
            target: RemedyTarget::Daemon,
            at: tried.clone(),
            tried: [(RemedyKind::Restart, tried)].into(),
            failures: 1,
            failed: [(RemedyKind::Restart, 1)].into(),
            not_before: until,
            waits: [(RemedyKind::Restart, until)].into(),
        };
        let process = KeptProcess { pid: 15, start_ticks: 81_997, unit: None, restarts: 0, crashed: true };
        let expected = Remembered {
            stopped: None,
            boot_id: "00000000-0000-4000-8000-000000000001".to_owned(),
            netns: Netns(4_026_532_180),
            last: RemedyId(1),
            tries: vec![tries],
            intents: Vec::new(),
            tunnels: Vec::new(),
            process: Some(process),
        };
        assert_eq!(kept, expected);
    }

    #[test]
    fn what_0_1_0_kept_of_remedies_is_read() {
        let at = Boottime::from_micros;
        let instance = Some("[2] 192.0.2.9".to_owned());
        let tunnel = RemedyTarget::Tunnel { connection: "t1".to_owned(), instance: instance.clone() };
        let sa = SaId {
            netns: Netns(4_026_532_180),
            dst: [192, 0, 2, 2].into(),
            spi: Spi(0x0aa0_6150),
            protocol: Protocol::Esp,
            mark: Mark { value: 5, mask: 7 },
        };
        let of_daemon = Tries {
            target: RemedyTarget::Daemon,
            at: vec![at(1_000_000), at(2_000_000)],
            tried: [(RemedyKind::Restart, vec![at(1_000_000), at(2_000_000)])].into(),
            failures: 2,
            failed: [(RemedyKind::Restart, 2)].into(),
            not_before: at(9_000_000),
            waits: [(RemedyKind::Restart, at(9_000_000))].into(),
        };
        let of_tunnel = Tries {
            target: tunnel.clone(),
            at: vec![at(3_000_000)],
            tried: [].into(),
            failures: 0,
            failed: [].into(),
            not_before: at(63_000_000),
            waits: [].into(),
        };
        let intent = Intent {
            id: RemedyId(41),
            kind: RemedyKind::Reinstall,
            target: tunnel,
            finding: Some("sa-not-offloaded:t1:out".to_owned()),
            began: at(4_000_000),
            sas: vec![sa],
        };
        let expected = Remembered {
            stopped: None,
            boot_id: "00000000-0000-4000-8000-000000000001".to_owned(),
            netns: Netns(4_026_532_180),
            last: RemedyId(41),
            tries: vec![of_daemon, of_tunnel],
            intents: vec![intent],
            tunnels: vec![
                UpTunnel { connection: "t1".to_owned(), instance, at: at(5_000_000) },
                UpTunnel { connection: "t2".to_owned(), instance: None, at: at(6_000_000) },
            ],
            process: Some(KeptProcess {
                pid: 811,
                start_ticks: 4_711,
                unit: Some("ipsec.service".to_owned()),
                restarts: 3,
                crashed: false,
            }),
        };
        assert_eq!(fixture("remedies"), expected);
    }
}
