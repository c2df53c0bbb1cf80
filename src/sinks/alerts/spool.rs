//! What one receiver has still to be told and what it was told, on disk: a file each, so that a torn one is lost alone.
//! It outlives the service, however that ends. A host that loses power finds its findings anew.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

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
    /// Makes the folder where there is none.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let spool = Self { waiting: folder.join("waiting"), told: folder.join("told") };
        for part in [&spool.waiting, &spool.told] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(part)?;
        }
        // A folder of a file system that is read-only now can be there already.
        let trial = spool.waiting.join("trial.new");
        fs::write(&trial, "")?;
        fs::remove_file(trial)?;
        Ok(spool)
    }

    /// Reads everything. What cannot be understood is removed: a torn file, or one of another version.
    ///
    /// # Errors
    /// What the system says.
    pub fn read(&self) -> io::Result<Found> {
        let mut found = Found::default();
        for (path, alert, length) in alerts(&self.waiting)? {
            let number = path.file_stem().and_then(|stem| u64::from_str_radix(stem.to_str()?, 16).ok());
            match (number, alert) {
                (Some(number), Some(alert)) => found.waiting.push((number, alert, length)),
                _ => fs::remove_file(path)?,
            }
        }
        for (path, alert, _) in alerts(&self.told)? {
            match alert {
                Some(alert) => found.told.push(alert),
                None => fs::remove_file(path)?,
            }
        }
        found.waiting.sort_by_key(|(number, ..)| *number);
        Ok(found)
    }

    /// Keeps an alert that waits.
    ///
    /// # Errors
    /// What the system says.
    pub fn keep(&self, number: u64, text: &[u8]) -> io::Result<()> {
        write(&self.waiting.join(format!("{number:016x}.json")), text)
    }

    /// It waits no more.
    ///
    /// # Errors
    /// What the system says.
    pub fn forget(&self, number: u64) -> io::Result<()> {
        remove(&self.waiting.join(format!("{number:016x}.json")))
    }

    /// The receiver has been told this.
    ///
    /// # Errors
    /// What the system says.
    pub fn told(&self, alert: &Alert) -> io::Result<()> {
        let path = self.told.join(format!("{:016x}.json", fingerprint(&alert.labels)));
        match alert.status {
            State::Firing => write(&path, &serde_json::to_vec(alert).map_err(io::Error::other)?),
            State::Resolved => remove(&path),
        }
    }
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, text)?;
    fs::rename(&new, path)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

fn alerts(folder: &Path) -> io::Result<Vec<(PathBuf, Option<Alert>, usize)>> {
    let mut list = Vec::new();
    for entry in fs::read_dir(folder)?.take(MOST) {
        let entry = entry?;
        let length = entry.metadata()?.len();
        let readable = length <= LONGEST && entry.path().extension().is_some_and(|extension| extension == "json");
        let text = if readable { fs::read(entry.path())? } else { Vec::new() };
        let alert = serde_json::from_slice::<Alert>(&text).ok().filter(|alert| alert.swanwatch == 1);
        list.push((entry.path(), alert, text.len()));
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::alerts::alert::labels;
    use crate::sinks::samples::{finding, time};

    fn alert(name: &str) -> Alert {
        let finding = finding(name);
        Alert::new(State::Firing, labels("gw1", &finding), time(0), 1, 1, &finding)
    }

    #[test]
    fn what_was_kept_is_read_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(&folder.path().join("a")).unwrap();
        for (number, name) in [(0x1f, "c"), (2, "a"), (0x10, "b")] {
            spool.keep(number, &serde_json::to_vec(&alert(name)).unwrap()).unwrap();
        }
        spool.told(&alert("d")).unwrap();
        let found = Spool::open(&folder.path().join("a")).unwrap().read().unwrap();
        let names: Vec<_> =
            found.waiting.iter().map(|(number, alert, _)| (*number, alert.labels["connection"].as_str())).collect();
        assert_eq!(names, [(2, "a"), (0x10, "b"), (0x1f, "c")]);
        assert_eq!(found.told, [alert("d")]);
        spool.forget(2).unwrap();
        spool.told(&alert("d").resolved(time(1))).unwrap();
        let found = spool.read().unwrap();
        assert_eq!((found.waiting.len(), found.told.len()), (2, 0));
    }

    #[test]
    fn a_torn_file_is_lost_alone() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path()).unwrap();
        spool.keep(1, &serde_json::to_vec(&alert("a")).unwrap()).unwrap();
        fs::write(folder.path().join("waiting/0000000000000002.json"), "{\"swanwatch\":1,\"sta").unwrap();
        fs::write(folder.path().join("waiting/0000000000000003.new"), "").unwrap();
        assert_eq!(spool.read().unwrap().waiting.len(), 1);
        assert_eq!(fs::read_dir(folder.path().join("waiting")).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_cannot_be_is_said() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "").unwrap();
        let error = Spool::open(&folder.path().join("a")).unwrap_err();
        assert!(error.to_string().contains("Not a directory"), "{error}");
    }
}
