//! `state.json`: what a restart of swanwatch must not forget. Written whole, beside the old one and then over it, on a thread of its own.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use crate::model::{AskId, Coverage, Failure, Remembered, Source, SourceState, What};
use crate::sources::Queue;

/// The file's name.
const NAME: &str = "state.json";

/// A hundred thousand tunnels are some 10 MiB.
const LONGEST: u64 = 64 << 20;

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
    writes: mpsc::Sender<(AskId, Box<Remembered>)>,
}

// === impl StateFile ===

impl StateFile {
    /// In this folder, which is made where it is missing. Ends with what this returns.
    pub fn spawn(queue: Queue, directory: PathBuf) -> Self {
        let (writes, waiting) = mpsc::channel();
        std::thread::spawn(move || {
            // Closed: the engine has ended, and nobody waits for an answer.
            let _ = write_all(&queue, &directory, &waiting);
        });
        Self { writes }
    }

    /// Writes it over what was there. Answered by `What::Kept`.
    pub fn write(&self, ask: AskId, state: Box<Remembered>) {
        // The thread ends only when the queue is closed.
        let _ = self.writes.send((ask, state));
    }
}

fn write_all(
    queue: &Queue,
    directory: &Path,
    waiting: &mpsc::Receiver<(AskId, Box<Remembered>)>,
) -> Result<(), crate::sources::Closed> {
    let mut works = true;
    while let Ok((ask, mut state)) = waiting.recv() {
        let mut asks = vec![ask];
        // Each replaces the one before: only the last one has to be written.
        while let Ok((ask, newer)) = waiting.try_recv() {
            asks.push(ask);
            state = newer;
        }
        let written = write(directory, &state).map_err(|error| error.to_string());
        if works != written.is_ok() {
            works = written.is_ok();
            queue.blocking_send(What::Coverage(coverage(directory, written.as_ref().err())))?;
        }
        for ask in asks {
            let answer = written.clone().map_err(Failure::Error);
            queue.blocking_send(What::Kept { ask, answer })?;
        }
    }
    Ok(())
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

    #[tokio::test]
    async fn every_write_is_answered_and_a_failure_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        // A file where the folder should be: nothing can be written, not even by root.
        let blocked = folder.path().join("file");
        fs::write(&blocked, "").unwrap();
        let (queue, mut seen) = queue();
        let file = StateFile::spawn(queue, blocked.clone());
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
