//! What one receiver has still to be told and what it was told, on disk: a file each, so that a torn one is lost alone.
//!
//! It outlives the service, however that ends, and the power. What is written is at once where a later run finds it (`NAME.N.new`, whole or
//! not at all); a thread of its own brings it to the disk and gives it its name (`settle`), so that nobody waits for a disk.

mod settle;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Notify;

use self::settle::{Order, Settler};
use super::alert::{Alert, State, fingerprint};

/// No alert is so long.
const LONGEST: u64 = 1 << 20;

/// More files than ever wait.
const MOST: usize = 10_000;

/// The folder of one receiver.
#[derive(Debug)]
pub struct Spool {
    waiting: PathBuf,
    told: PathBuf,
    settler: Settler,
    /// How many files were written: each under a name of its own.
    written: u64,
    /// Under which name each was written last.
    last: HashMap<PathBuf, PathBuf>,
}

/// What was found there.
#[derive(Debug, Default)]
pub struct Found {
    /// Waiting alerts with number and length, in order.
    pub waiting: Vec<(u64, Alert, usize)>,
    /// Alerts that the receiver believes to fire.
    pub told: Vec<Alert>,
}

// === impl Spool ===

impl std::fmt::Display for Spool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.waiting.display())
    }
}

impl Spool {
    /// Makes the folder where there is none. `trouble` is told where something cannot be brought to the disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(folder: &Path, trouble: Arc<Notify>) -> io::Result<Self> {
        let (waiting, told) = (folder.join("waiting"), folder.join("told"));
        for part in [&waiting, &told] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(part)?;
        }
        // A folder of a file system that is read-only now can be there already.
        let trial = waiting.join("trial.0.new");
        fs::write(&trial, "")?;
        fs::remove_file(trial)?;
        Ok(Self {
            settler: Settler::spawn([waiting.clone(), told.clone()], trouble)?,
            waiting,
            told,
            written: 0,
            last: HashMap::new(),
        })
    }

    /// Reads everything, of each alert the newest that is whole. What cannot be understood is removed: a torn file, or one of another
    /// version.
    ///
    /// # Errors
    /// What the system says.
    pub fn read(&self) -> io::Result<Found> {
        let mut found = Found::default();
        for (path, alert, length) in alerts(&self.waiting)? {
            let number = path.file_stem().and_then(|stem| u64::from_str_radix(stem.to_str()?, 16).ok());
            match number {
                Some(number) => found.waiting.push((number, alert, length)),
                None => fs::remove_file(path)?,
            }
        }
        found.told = alerts(&self.told)?.into_iter().map(|(_, alert, _)| alert).collect();
        found.waiting.sort_by_key(|(number, ..)| *number);
        Ok(found)
    }

    /// Keeps an alert that waits.
    ///
    /// # Errors
    /// What the system says.
    pub fn keep(&mut self, number: u64, text: &[u8]) -> io::Result<()> {
        self.write(self.waiting.join(format!("{number:016x}.json")), text)
    }

    /// It waits no more.
    ///
    /// # Errors
    /// What the system says.
    pub fn forget(&mut self, number: u64) -> io::Result<()> {
        self.remove(self.waiting.join(format!("{number:016x}.json")))
    }

    /// The receiver has been told this.
    ///
    /// # Errors
    /// What the system says.
    pub fn told(&mut self, alert: &Alert) -> io::Result<()> {
        let path = self.told.join(format!("{:016x}.json", fingerprint(&alert.labels)));
        match alert.status {
            State::Firing => self.write(path, &serde_json::to_vec(alert).map_err(io::Error::other)?),
            State::Resolved => self.remove(path),
        }
    }

    /// Why something could not be brought to the disk.
    pub fn trouble(&self) -> Option<String> {
        self.settler.trouble()
    }

    fn write(&mut self, path: PathBuf, text: &[u8]) -> io::Result<()> {
        self.written += 1;
        let new = path.with_extension(format!("{}.new", self.written));
        fs::write(&new, text)?;
        // It stands for what is not settled yet.
        self.last.insert(path.clone(), new.clone()).map_or(Ok(()), |before| settle::remove(&before))?;
        self.settler.order(Order::Keep { new, path });
        Ok(())
    }

    /// Gone at once, whether it is settled yet or not; for good, behind what was ordered before.
    fn remove(&mut self, path: PathBuf) -> io::Result<()> {
        self.last.remove(&path).map_or(Ok(()), |new| settle::remove(&new))?;
        settle::remove(&path)?;
        self.settler.order(Order::Remove { path });
        Ok(())
    }
}

/// Alerts with their files.
fn alerts(folder: &Path) -> io::Result<Vec<(PathBuf, Alert, usize)>> {
    for _ in 0..MOST {
        match look(folder) {
            // A run that is just ending settles what is looked at here.
            Err(error) if error.kind() == io::ErrorKind::NotFound && folder.exists() => {}
            looked => return looked,
        }
    }
    look(folder)
}

/// What was written last counts, where it is whole; what a run before did not settle gets its name now.
fn look(folder: &Path) -> io::Result<Vec<(PathBuf, Alert, usize)>> {
    let paths = listed(folder)?;
    // What is renamed while one lists may be shown under neither name.
    if paths != listed(folder)? {
        return Err(io::ErrorKind::NotFound.into());
    }
    let mut found: Vec<(PathBuf, Alert, usize)> = Vec::new();
    for (stem, _, path) in paths {
        let text = if fs::metadata(&path)?.len() <= LONGEST { fs::read(&path)? } else { Vec::new() };
        match serde_json::from_slice::<Alert>(&text).ok().filter(|alert| alert.swanwatch == 1) {
            Some(alert) => {
                let settled = folder.join(format!("{stem}.json"));
                if path != settled {
                    settle::keep(&path, &settled, fs::File::sync_all)?;
                }
                found.retain(|(before, ..)| *before != settled);
                found.push((settled, alert, text.len()));
            }
            None => fs::remove_file(path)?,
        }
    }
    Ok(found)
}

/// Files by their alert's name, those that were written later behind the others.
fn listed(folder: &Path) -> io::Result<Vec<(String, u64, PathBuf)>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)?.take(MOST) {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let mut parts = name.split('.');
        let stem = parts.next().unwrap_or_default().to_owned();
        // NAME.json was settled before any NAME.N.new was written.
        let generation = parts.next().and_then(|part| part.parse::<u64>().ok()).unwrap_or_default();
        paths.push((stem, generation, path));
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::alerts::alert::labels;
    use crate::sinks::samples::{finding, time};

    fn open(folder: &Path) -> Spool {
        Spool::open(folder, Arc::default()).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = entries.collect();
        names.sort();
        names
    }

    fn alert(name: &str) -> Alert {
        let finding = finding(name);
        Alert::new(State::Firing, labels("gw1", &finding), time(0), 1, 1, &finding)
    }

    #[test]
    fn what_was_kept_is_read_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = open(&folder.path().join("a"));
        for (number, name) in [(0x1f, "c"), (2, "a"), (0x10, "b")] {
            spool.keep(number, &serde_json::to_vec(&alert(name)).unwrap()).unwrap();
        }
        spool.told(&alert("d")).unwrap();
        drop(spool);
        let mut spool = open(&folder.path().join("a"));
        let found = spool.read().unwrap();
        let names: Vec<_> =
            found.waiting.iter().map(|(number, alert, _)| (*number, alert.labels["connection"].as_str())).collect();
        assert_eq!(names, [(2, "a"), (0x10, "b"), (0x1f, "c")]);
        assert_eq!(found.told, [alert("d")]);
        spool.forget(2).unwrap();
        spool.told(&alert("d").resolved(time(1))).unwrap();
        drop(spool);
        let found = open(&folder.path().join("a")).read().unwrap();
        assert_eq!((found.waiting.len(), found.told.len()), (2, 0));
    }

    #[test]
    fn what_is_written_is_settled_under_its_name_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = open(folder.path());
        for name in ["a", "b"] {
            spool.keep(1, &serde_json::to_vec(&alert(name)).unwrap()).unwrap();
        }
        spool.keep(2, b"{}").unwrap();
        spool.forget(2).unwrap();
        assert!(names(&folder.path().join("waiting")).iter().all(|name| !name.starts_with("0000000000000002")));
        // Its end waits for all that was ordered.
        drop(spool);
        assert_eq!(names(&folder.path().join("waiting")), ["0000000000000001.json"]);
        let kept = fs::read(folder.path().join("waiting/0000000000000001.json")).unwrap();
        assert_eq!(serde_json::from_slice::<Alert>(&kept).unwrap(), alert("b"));
    }

    #[test]
    fn of_what_a_killed_run_left_the_newest_that_is_whole_counts() {
        let folder = tempfile::tempdir().unwrap();
        let waiting = folder.path().join("waiting");
        fs::create_dir_all(&waiting).unwrap();
        let whole = |name: &str| serde_json::to_vec(&alert(name)).unwrap();
        for (file, text) in [
            ("0000000000000001.json", whole("settled")),
            ("0000000000000001.7.new", whole("older")),
            ("0000000000000001.12.new", whole("newest")),
            ("0000000000000001.13.new", b"{\"swan".to_vec()),
            ("0000000000000002.1.new", b"".to_vec()),
            ("0000000000000002.json", whole("acknowledged")),
        ] {
            fs::write(waiting.join(file), text).unwrap();
        }
        let found = open(folder.path()).read().unwrap();
        let names: Vec<_> = found.waiting.iter().map(|(_, alert, _)| alert.labels["connection"].as_str()).collect();
        assert_eq!(names, ["newest", "acknowledged"]);
        assert_eq!(self::names(&waiting), ["0000000000000001.json", "0000000000000002.json"]);
    }

    #[test]
    fn a_torn_file_is_lost_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = open(folder.path());
        spool.keep(1, &serde_json::to_vec(&alert("a")).unwrap()).unwrap();
        drop(spool);
        let spool = open(folder.path());
        fs::write(folder.path().join("waiting/0000000000000002.json"), "{\"swanwatch\":1,\"sta").unwrap();
        fs::write(folder.path().join("waiting/0000000000000003.new"), "").unwrap();
        assert_eq!(spool.read().unwrap().waiting.len(), 1);
        assert_eq!(fs::read_dir(folder.path().join("waiting")).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_cannot_be_is_said() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "").unwrap();
        let error = Spool::open(&folder.path().join("a"), Arc::default()).unwrap_err();
        assert!(error.to_string().contains("Not a directory"), "{error}");
    }
}
