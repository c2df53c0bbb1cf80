//! Bringing files to the disk, on a thread of its own: a file's contents first, then its name, so that a power cut leaves the one before or
//! this one, and never half of it. What comes in while the disk is at work is settled in one go.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::Notify;

/// Something to be done behind everything that was ordered before.
#[derive(Debug)]
pub(super) enum Order {
    /// `new` is written: it is to be `path`, for good.
    Keep {
        /// Its name until then.
        new: PathBuf,
        /// Its name.
        path: PathBuf,
    },
    /// It is not to be there any more.
    Remove {
        /// Its name.
        path: PathBuf,
    },
}

/// The thread. Its end waits until all is done.
#[derive(Debug)]
pub(super) struct Settler {
    orders: Option<Sender<Order>>,
    trouble: Arc<Mutex<Option<String>>>,
    thread: Option<JoinHandle<()>>,
}

// === impl Settler ===

impl Settler {
    /// For these folders; `told` of what cannot be done.
    pub(super) fn spawn(folders: [PathBuf; 2], told: Arc<Notify>) -> io::Result<Self> {
        let (orders, taken) = channel();
        let trouble = Arc::<Mutex<Option<String>>>::default();
        let said = Arc::clone(&trouble);
        let work = move || {
            while let Some(batch) = next(&taken) {
                if let Err(error) = settle(batch, &folders, File::sync_all) {
                    *said.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
                    told.notify_one();
                }
            }
        };
        let thread = std::thread::Builder::new().name("spool".to_owned()).spawn(work)?;
        Ok(Self { orders: Some(orders), trouble, thread: Some(thread) })
    }

    pub(super) fn order(&self, order: Order) {
        // The thread ends with this alone.
        let _ = self.orders.as_ref().map(|orders| orders.send(order));
    }

    /// What could not be done last.
    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Settler {
    fn drop(&mut self) {
        self.orders = None;
        // One that panicked has said so itself.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// All that waits; none at the end.
fn next(orders: &Receiver<Order>) -> Option<Vec<Order>> {
    let mut batch = vec![orders.recv().ok()?];
    batch.extend(orders.try_iter());
    Some(batch)
}

/// Does all of them, and then what names are in the folders is for good, too. One that cannot be done keeps no other from it.
fn settle(batch: Vec<Order>, folders: &[PathBuf], sync: impl Fn(&File) -> io::Result<()>) -> io::Result<()> {
    let mut done = Ok(());
    let mut touched = BTreeSet::new();
    for order in batch {
        let (path, tried) = match order {
            Order::Keep { new, path } => {
                let tried = keep_unless_done(&new, &path, &sync);
                (path, tried)
            }
            Order::Remove { path } => {
                let tried = remove(&path);
                (path, tried)
            }
        };
        touched.extend(path.parent().map(Path::to_path_buf));
        done = done.and(tried);
    }
    for folder in folders.iter().filter(|folder| touched.contains(*folder)) {
        done = done.and(File::open(folder).and_then(|folder| sync(&folder)));
    }
    done
}

/// Gives a file that is written its name, once its contents are on the disk.
pub(super) fn keep(new: &Path, path: &Path, sync: impl Fn(&File) -> io::Result<()>) -> io::Result<()> {
    sync(&File::open(new)?)?;
    fs::rename(new, path)
}

/// The same for one that the next run may have found already.
fn keep_unless_done(new: &Path, path: &Path, sync: impl Fn(&File) -> io::Result<()>) -> io::Result<()> {
    match keep(new, path, sync) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// It is not there any more.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn contents_are_on_the_disk_before_they_have_their_name_and_folders_last() {
        let folder = tempfile::tempdir().unwrap();
        let (new, path) = (folder.path().join("1.5.new"), folder.path().join("1.json"));
        fs::write(&new, "later").unwrap();
        fs::write(&path, "before").unwrap();
        let seen = RefCell::new(Vec::new());
        let sync = |file: &File| {
            let what = if file.metadata().unwrap().is_dir() { "folder" } else { "file" };
            seen.borrow_mut().push((what, fs::read_to_string(&path).unwrap()));
            Ok(())
        };
        let orders = vec![Order::Keep { new: new.clone(), path: path.clone() }];
        settle(orders, &[folder.path().to_path_buf(), "/nonexistent".into()], sync).unwrap();
        assert_eq!(seen.into_inner(), [("file", "before".to_owned()), ("folder", "later".to_owned())]);
        assert!(!new.exists());
    }

    #[test]
    fn what_the_disk_does_not_take_keeps_the_file_before_and_no_other_from_being_kept() {
        let folder = tempfile::tempdir().unwrap();
        let named = |name: &str| folder.path().join(name);
        for (name, text) in [("1.json", "before"), ("1.5.new", "later"), ("2.6.new", "fine")] {
            fs::write(named(name), text).unwrap();
        }
        let sync = |file: &File| {
            if file.metadata()?.len() == 5 { Err(io::Error::from_raw_os_error(5)) } else { Ok(()) }
        };
        let keep = |new: &str, path: &str| Order::Keep { new: named(new), path: named(path) };
        let orders = vec![keep("1.5.new", "1.json"), keep("2.6.new", "2.json")];
        let error = settle(orders, &[folder.path().to_path_buf()], sync).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(5));
        assert_eq!(fs::read_to_string(named("1.json")).unwrap(), "before");
        assert_eq!(fs::read_to_string(named("2.json")).unwrap(), "fine");
    }

    #[test]
    fn what_comes_while_the_disk_is_at_work_is_one_batch() {
        let (orders, taken) = channel();
        for name in ["a", "b", "c"] {
            orders.send(Order::Remove { path: name.into() }).unwrap();
        }
        assert_eq!(next(&taken).unwrap().len(), 3);
        drop(orders);
        assert!(next(&taken).is_none());
    }
}
