//! The last configuration that was right. Where the file is wrong at a start, who is to be told of it stands here.

use std::fs::{DirBuilder, File, OpenOptions, rename};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Config, MOST_BYTES};
use crate::root_path::RootPath;

/// Addresses in it may be secrets: 0600, and in no bundle.
const NAME: &str = "last-good.yaml";
const NEW: &str = ".last-good.yaml.new";

/// What could not be written is tried again after this time.
const AGAIN: Duration = Duration::from_secs(30);

/// Keeps what is right on a thread of its own: a disk may be slow, and nothing waits for it but the end.
#[derive(Debug)]
pub struct Keeper {
    texts: Option<mpsc::Sender<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    pub fn start(folder: PathBuf) -> Self {
        let (texts, waiting) = mpsc::channel();
        let thread = std::thread::Builder::new().name("last-good".to_owned());
        let thread = thread.spawn(move || keep_all(&folder, &waiting));
        let thread = thread.inspect_err(|error| tracing::warn!("the configuration cannot be kept: {error}")).ok();
        Self { texts: Some(texts), thread }
    }

    /// Keeps the text of a configuration that is right.
    pub fn keep(&self, text: Vec<u8>) {
        if let Some(texts) = &self.texts {
            // There is no thread: that was said.
            let _ = texts.send(text);
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.texts = None;
        if let Some(thread) = self.thread.take() {
            // It has nothing to say.
            let _ = thread.join();
        }
    }
}

fn keep_all(folder: &Path, texts: &mpsc::Receiver<Vec<u8>>) {
    let mut unkept: Option<Vec<u8>> = None;
    let mut works = true;
    loop {
        let next = if unkept.is_some() {
            texts.recv_timeout(AGAIN)
        } else {
            texts.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        match next {
            Ok(text) => unkept = Some(text),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let Some(text) = &unkept else { continue };
        match keep(folder, text) {
            Ok(()) => (unkept, works) = (None, true),
            Err(error) if works => {
                works = false;
                let folder = folder.display();
                tracing::warn!(
                    "{folder}: the configuration cannot be kept ({error}): were it wrong at a start, nobody would be alerted"
                );
            }
            Err(_) => {}
        }
    }
}

/// It is the old one or the new one at any time.
fn keep(folder: &Path, text: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let new = folder.join(NEW);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text)?;
    file.sync_all()?;
    rename(&new, folder.join(NAME))?;
    File::open(folder)?.sync_all()
}

/// The one that was kept; none where there is none.
///
/// # Errors
/// It cannot be read, others than root could have written it, or this version does not understand it; in one sentence.
pub fn kept(folder: &Path) -> Result<Option<Config>, String> {
    let path = folder.join(NAME);
    if let Err(error) = path.symlink_metadata()
        && error.kind() == io::ErrorKind::NotFound
    {
        return Ok(None);
    }
    let found = RootPath::open(&path).map_err(|error| error.to_string())?;
    if !found.is_file() {
        return Err(format!("{} is no file", path.display()));
    }
    let mut text = Vec::new();
    let opened = File::open(format!("/proc/self/fd/{}", found.descriptor.as_raw_fd()));
    let read = opened.and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut text));
    read.map_err(|error| format!("{}: {error}", path.display()))?;
    // What is wrong with it may quote a secret.
    Config::parse(&path, &text).map(Some).map_err(|_| format!("{} is no configuration of this version", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_is_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("state");
        assert_eq!(kept(&inner).unwrap(), None);
        for text in ["", "alerts: [{webhook: \"http://127.0.0.1:1/secret\"}]\n"] {
            keep(&inner, text.as_bytes()).unwrap();
            assert_eq!(kept(&inner).unwrap().unwrap(), Config::parse(&inner, text.as_bytes()).unwrap());
        }
        assert_eq!(inner.join(NAME).metadata().unwrap().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(&inner).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn the_last_of_them_is_kept_before_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = Keeper::start(folder.path().to_owned());
        for text in ["offload: off\n", "offload: preferred\n", "offload: required\n"] {
            keeper.keep(text.into());
        }
        drop(keeper);
        assert_eq!(kept(folder.path()).unwrap().unwrap().engine.offload, crate::model::OffloadWish::Required);
    }

    #[test]
    fn what_others_could_have_written_and_what_is_no_configuration_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        keep(folder.path(), b"alerts: [{webhook: \"http://127.0.0.1:1/secret\"}]\n").unwrap();
        let path = folder.path().join(NAME);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).unwrap();
        assert!(kept(folder.path()).unwrap_err().contains("writable by others"));
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        if rustix::process::geteuid().is_root() {
            chown(&path, Some(65_534), None).unwrap();
            assert!(kept(folder.path()).unwrap_err().contains("belongs to user 65534"));
            chown(&path, Some(0), None).unwrap();
        }
        std::fs::write(&path, "alerts: [{webhook: \"secret\"}]").unwrap();
        let error = kept(folder.path()).unwrap_err();
        assert!(error.contains("no configuration of this version") && !error.contains("secret"), "{error}");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(kept(folder.path()).unwrap_err().contains("is no file"));
    }
}
