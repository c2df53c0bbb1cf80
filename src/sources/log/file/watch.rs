//! Waking when something happens to a file, be it there or not.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

/// What is waited for, shared with inotify's thread.
#[derive(Debug, Default)]
struct Awaited {
    /// Names that matter in the watched directories; renamed files keep the name as their beginning.
    names: Vec<OsString>,
    /// The file's directory is not there: everything in an older one matters.
    anything: bool,
    directories: BTreeSet<PathBuf>,
}

/// Watches the directories of a file, or the nearest that exist.
#[derive(Debug)]
pub struct DirectoryWatch {
    path: PathBuf,
    watcher: Option<RecommendedWatcher>,
    awaited: Arc<Mutex<Awaited>>,
    /// Directories with their inodes: one that was made anew must be watched anew.
    watched: BTreeSet<(PathBuf, u64)>,
    trouble: Option<String>,
}

impl DirectoryWatch {
    /// Calls `wake` whenever something may have happened to the file. Nothing is watched before `renew`.
    pub fn new(path: PathBuf, wake: impl Fn() + Send + 'static) -> Self {
        let awaited = Arc::new(Mutex::new(Awaited::default()));
        let shared = Arc::clone(&awaited);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let idle = event.is_ok_and(|event| !shared.lock().unwrap_or_else(PoisonError::into_inner).matters(&event));
            if !idle {
                wake();
            }
        });
        let (watcher, trouble) = match watcher {
            Ok(watcher) => (Some(watcher), None),
            Err(error) => (None, Some(format!("inotify does not work here ({error})"))),
        };
        Self { path, watcher, awaited, watched: BTreeSet::new(), trouble }
    }

    /// Watches what has to be watched now.
    pub fn renew(&mut self) {
        let Some(watcher) = &mut self.watcher else { return };
        let (awaited, wanted) = look(&self.path);
        if wanted == self.watched {
            return;
        }
        for (directory, _) in self.watched.difference(&wanted) {
            // Of a directory that is gone inotify has already let go.
            let _ = watcher.unwatch(directory);
        }
        self.trouble = None;
        // Before the watch begins, so that no event is measured by what was awaited before.
        *self.awaited.lock().unwrap_or_else(PoisonError::into_inner) = awaited;
        let mut watched: BTreeSet<_> = wanted.intersection(&self.watched).cloned().collect();
        for found in wanted.difference(&self.watched) {
            match watcher.watch(&found.0, RecursiveMode::NonRecursive) {
                Ok(()) => drop(watched.insert(found.clone())),
                // Tried again at the next turn: it may be opened to us meanwhile.
                Err(error) => self.trouble = Some(format!("{} cannot be watched ({error})", found.0.display())),
            }
        }
        self.watched = watched;
    }

    /// Why changes are not noticed, where they are not.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }
}

/// What matters, and in which directories: the file's own, and that of the file behind it where it is a symbolic link.
fn look(path: &Path) -> (Awaited, BTreeSet<(PathBuf, u64)>) {
    let mut awaited = Awaited::default();
    let mut wanted = BTreeSet::new();
    let behind = std::fs::canonicalize(path).ok();
    for file in [Some(path), behind.as_deref()].into_iter().flatten() {
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let nearest = parent.ancestors().find_map(|directory| {
            let metadata = std::fs::metadata(directory).ok().filter(std::fs::Metadata::is_dir)?;
            Some((directory.canonicalize().ok()?, metadata.ino(), directory == parent))
        });
        let Some((directory, inode, is_parent)) = nearest else { continue };
        awaited.anything |= !is_parent;
        awaited.names.extend(file.file_name().map(OsString::from));
        awaited.directories.insert(directory.clone());
        // Closed to us: the folder above tells when it is opened.
        if std::fs::read_dir(&directory).is_err() {
            let above = directory.ancestors().skip(1).find(|above| std::fs::read_dir(above).is_ok());
            if let Some((above, metadata)) = above.and_then(|above| Some((above, std::fs::metadata(above).ok()?))) {
                awaited.anything = true;
                awaited.directories.insert(above.to_owned());
                wanted.insert((above.to_owned(), metadata.ino()));
            }
        }
        wanted.insert((directory, inode));
    }
    (awaited, wanted)
}

impl Awaited {
    fn matters(&self, event: &Event) -> bool {
        // Our own opening and closing of the file are events too.
        if matches!(event.kind, EventKind::Access(_)) {
            return false;
        }
        self.anything || event.need_rescan() || event.paths.iter().any(|path| self.is_awaited(path))
    }

    fn is_awaited(&self, path: &Path) -> bool {
        let name = path.file_name().map(|name| name.as_bytes()).unwrap_or_default();
        self.directories.contains(path) || self.names.iter().any(|awaited| name.starts_with(awaited.as_bytes()))
    }
}
