//! What 0.1.0 left waiting for a receiver: it kept a file for each alert (`waiting/NUMBER.json`) and for each that the receiver believes to
//! fire (`told/FINGERPRINT.json`); what it was killed over is `NAME.N.new`, and the highest N that is whole counts. Once all of it is kept
//! elsewhere, or told, the folder goes.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::alert::{Alert, AlertState, fingerprint};

/// No alert is so long.
const LONGEST: u64 = 1 << 20;

/// More files than ever waited.
const MOST: usize = 10_000;

/// The folder of one receiver.
#[derive(Debug)]
pub(super) struct ReceiverFolder {
    folder: PathBuf,
    /// What waits there, in order.
    pub(super) waiting: Vec<Alert>,
    /// What the receiver believes to fire.
    pub(super) told: Vec<Alert>,
    /// The files of what is not told yet, by what they say.
    files: Vec<(u64, AlertState, PathBuf)>,
}

/// Files that are to go.
#[derive(Debug, Default)]
#[must_use]
pub(super) struct FilesToRemove {
    files: Vec<PathBuf>,
    folder: Option<PathBuf>,
}

impl ReceiverFolder {
    /// Reads it; none where there is no such folder. What cannot be understood, as a torn file, is left out.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn read(folder: &Path) -> io::Result<Option<Self>> {
        if !folder.is_dir() {
            return Ok(None);
        }
        let mut numbered = Vec::new();
        for (name, path, alert) in alerts(&folder.join("waiting"))? {
            numbered.extend(u64::from_str_radix(&name, 16).map(|number| (number, path, alert)));
        }
        // A name that was written later stands behind an earlier one: it takes its place.
        let mut waiting: Vec<(u64, Alert)> = Vec::new();
        let mut files = Vec::new();
        for (number, path, alert) in numbered {
            files.push((fingerprint(&alert.labels), alert.status, path));
            waiting.retain(|(before, _)| *before != number);
            waiting.push((number, alert));
        }
        waiting.sort_by_key(|(number, _)| *number);
        let mut told: Vec<(String, Alert)> = Vec::new();
        for (name, _, alert) in alerts(&folder.join("told"))? {
            told.retain(|(before, _)| *before != name);
            told.push((name, alert));
        }
        Ok(Some(Self {
            folder: folder.to_owned(),
            waiting: waiting.into_iter().map(|(_, alert)| alert).collect(),
            told: told.into_iter().map(|(_, alert)| alert).collect(),
            files,
        }))
    }

    /// These need not be told any more, whatever becomes of the others. With the last of them goes all of it.
    pub(super) fn settle(&mut self, is_settled: impl Fn(u64, AlertState) -> bool) -> FilesToRemove {
        let gone = self.files.extract_if(.., |(fingerprint, status, _)| is_settled(*fingerprint, *status));
        let files = gone.map(|(.., path)| path).collect();
        FilesToRemove { files, folder: self.files.is_empty().then(|| self.folder.clone()) }
    }

    /// None of it need be told any more.
    pub(super) fn all(self) -> FilesToRemove {
        FilesToRemove { files: Vec::new(), folder: Some(self.folder) }
    }
}

impl FilesToRemove {
    /// Nothing is to be done.
    pub(super) fn is_nothing(&self) -> bool {
        self.files.is_empty() && self.folder.is_none()
    }

    /// Does it, which may take as long as a disk does. What cannot be removed is told twice.
    pub(super) fn remove(self) {
        let removed = self.files.iter().try_for_each(fs::remove_file);
        let removed = removed.and_then(|()| self.folder.as_ref().map_or(Ok(()), fs::remove_dir_all));
        if let Err(error) = removed {
            tracing::warn!("alerts that an earlier version kept, and that are told, cannot be removed: {error}");
        }
        // Other receivers' may be in it.
        let _ = self.folder.as_deref().and_then(Path::parent).map(fs::remove_dir);
    }
}

/// Alerts with the names that they had or were to have, and their files, those that were written later behind the others.
fn alerts(folder: &Path) -> io::Result<Vec<(String, PathBuf, Alert)>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths = Vec::new();
    for entry in entries.take(MOST) {
        let path = entry?.path();
        let mut parts = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().split('.');
        let name = parts.next().unwrap_or_default().to_owned();
        // NAME.json was there before any NAME.N.new was written.
        let generation = parts.next().and_then(|part| part.parse::<u64>().ok()).unwrap_or_default();
        paths.push((name, generation, path));
    }
    paths.sort();
    let mut found = Vec::new();
    for (name, _, path) in paths {
        found.extend(alert(&path)?.map(|alert| (name, path, alert)));
    }
    Ok(found)
}

fn alert(path: &Path) -> io::Result<Option<Alert>> {
    // Something else than a file could keep us waiting for ever.
    if !fs::symlink_metadata(path)?.is_file() {
        return Ok(None);
    }
    let mut text = Vec::new();
    fs::File::open(path)?.take(LONGEST).read_to_end(&mut text)?;
    Ok(serde_json::from_slice::<Alert>(&text).ok().filter(|alert| alert.swanwatch == 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::alerts::alert::labels;
    use crate::sinks::samples::{finding, time};

    fn alert(name: &str) -> Alert {
        let finding = finding(name);
        Alert::new(AlertState::Firing, labels("gw1", &finding), time(0), 1, 1, &finding)
    }

    fn whole(name: &str) -> Vec<u8> {
        serde_json::to_vec(&alert(name)).unwrap()
    }

    fn names(alerts: &[Alert]) -> Vec<&str> {
        alerts.iter().map(|alert| alert.labels["connection"].as_str()).collect()
    }

    fn put(folder: &Path, files: &[(&str, &[u8])]) {
        for (name, text) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    #[test]
    fn it_is_read_in_order_and_of_each_the_newest_that_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        put(
            folder.path(),
            &[
                ("waiting/000000000000001f.json", &whole("last")),
                ("waiting/0000000000000001.json", &whole("settled")),
                ("waiting/0000000000000001.7.new", &whole("older")),
                ("waiting/0000000000000001.12.new", &whole("newest")),
                ("waiting/0000000000000001.13.new", b"{\"swan"),
                ("waiting/0000000000000002.1.new", b""),
                ("waiting/0000000000000002.json", &whole("acknowledged")),
                ("waiting/trial.0.new", b""),
                ("told/00000000000000aa.json", &whole("told")),
            ],
        );
        let left = ReceiverFolder::read(folder.path()).unwrap().unwrap();
        assert_eq!(names(&left.waiting), ["newest", "acknowledged", "last"]);
        assert_eq!(names(&left.told), ["told"]);
        assert!(ReceiverFolder::read(&folder.path().join("none")).unwrap().is_none());
    }

    #[test]
    fn what_is_told_goes_alone_and_the_rest_with_its_folders() {
        let folder = tempfile::tempdir().unwrap();
        let (own, other) = (folder.path().join("alerts/a"), folder.path().join("alerts/b"));
        for folder in [&own, &other] {
            put(
                folder,
                &[
                    ("waiting/01.json", &whole("a")),
                    ("waiting/01.2.new", &whole("a")),
                    ("waiting/02.json", &whole("b")),
                ],
            );
        }
        let mut left = ReceiverFolder::read(&own).unwrap().unwrap();
        let mut told = |name: &str, status| {
            let print = fingerprint(&alert(name).labels);
            let gone = left.settle(|of, says| (of, says) == (print, status));
            let last = gone.folder.is_some();
            gone.remove();
            last
        };
        assert!(!told("a", AlertState::Firing));
        assert_eq!(names(&ReceiverFolder::read(&own).unwrap().unwrap().waiting), ["b"]);
        assert!(!told("b", AlertState::Resolved), "its end was told, and not its beginning");
        assert!(told("b", AlertState::Firing));
        assert!(!own.exists() && other.exists());
        ReceiverFolder::read(&other).unwrap().unwrap().all().remove();
        assert!(!folder.path().join("alerts").exists());
    }
}
