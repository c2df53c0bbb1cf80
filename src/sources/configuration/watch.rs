//! Waking when something happens to a file of the configuration, and knowing whether somebody still writes into one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// Folders that are watched; what happens elsewhere is noticed later, by the files' dates.
const MOST: usize = 64;

#[derive(Debug, Default)]
struct WatchState {
    files: BTreeSet<PathBuf>,
    /// Whatever is in these may become a part of it.
    folders: BTreeSet<PathBuf>,
    /// Written into, and not closed since.
    written: BTreeSet<PathBuf>,
}

#[derive(Debug, Default)]
struct SharedWatch {
    state: Mutex<WatchState>,
    changed: Notify,
}

/// Where inotify does not work nothing is noticed by this.
#[derive(Debug)]
pub(super) struct FilesWatch {
    shared: Arc<SharedWatch>,
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
}

impl FilesWatch {
    pub(super) fn new() -> Self {
        let shared = Arc::new(SharedWatch::default());
        let told = Arc::clone(&shared);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // An error may hide anything.
            if event.map_or(true, |event| told.state().takes(&event)) {
                told.changed.notify_one();
            }
        });
        Self { shared, watcher: watcher.ok(), watched: BTreeSet::new() }
    }

    /// From now on these files count, and all in these folders.
    pub(super) fn renew(&mut self, files: &[PathBuf], folders: &[PathBuf]) {
        let behind = |path: &PathBuf| [Some(path.clone()), path.canonicalize().ok()];
        let files: BTreeSet<_> = files.iter().take(MOST).flat_map(behind).flatten().collect();
        let folders: BTreeSet<_> = folders.iter().take(MOST).flat_map(behind).flatten().collect();
        let parents = files.iter().filter_map(|file| file.parent()).map(Path::to_owned);
        let wanted: BTreeSet<_> = parents.chain(folders.iter().cloned()).collect();
        *self.shared.state() = WatchState { files, folders, written: BTreeSet::new() };
        let Some(watcher) = &mut self.watcher else { return };
        for folder in self.watched.difference(&wanted) {
            // Of a folder that is gone inotify has already let go.
            let _ = watcher.unwatch(folder);
        }
        let is_watched = |folder: &PathBuf| watcher.watch(folder, RecursiveMode::NonRecursive).is_ok();
        // Those that were watched are watched again: one may have been made anew.
        self.watched = wanted.into_iter().take(MOST).filter(is_watched).collect();
    }

    /// Ends when something has happened since it last ended.
    pub(super) async fn changed(&self) {
        self.shared.changed.notified().await;
    }

    /// Somebody has written, and has not closed the file.
    pub(super) fn is_being_written(&self) -> bool {
        !self.shared.state().written.is_empty()
    }
}

impl SharedWatch {
    fn state(&self) -> MutexGuard<'_, WatchState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WatchState {
    /// Notes an event; whether it matters.
    fn takes(&mut self, event: &Event) -> bool {
        if event.need_rescan() {
            self.written.clear();
            return true;
        }
        let mut matters = false;
        for path in &event.paths {
            let is_of_it = self.files.contains(path)
                || self.folders.contains(path)
                || path.parent().is_some_and(|folder| self.folders.contains(folder));
            if !is_of_it {
                continue;
            }
            matters |= match event.kind {
                EventKind::Create(CreateKind::File) | EventKind::Modify(ModifyKind::Data(_)) => {
                    self.written.insert(path.clone());
                    true
                }
                EventKind::Access(AccessKind::Close(AccessMode::Write))
                | EventKind::Remove(_)
                | EventKind::Modify(ModifyKind::Name(RenameMode::From | RenameMode::To)) => {
                    self.written.remove(path);
                    true
                }
                // Our own opening and closing are events too.
                EventKind::Access(_) => false,
                _ => true,
            };
        }
        matters
    }
}
