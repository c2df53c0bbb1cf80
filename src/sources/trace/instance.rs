//! Our own corner of tracefs: a ring buffer and events that nobody else's tracing meets. Made at start, gone at the end.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::define::{self, Climbed};
use super::error::TraceError;
use super::format::Format;
use super::pipes::Pipes;
use super::place;
use super::ring;
use super::rungs::Probe;
use crate::model::Netns;

/// For each CPU. A try has 250 bytes: room for 250 at once.
const BUFFER_KIB: &str = "64";

/// The directory and the probes of one namespace. Removed when it is dropped: what reads in it must be closed before.
#[derive(Debug)]
pub struct TraceInstance {
    root: PathBuf,
    path: PathBuf,
    /// The group of the probes: dynamic events have one name space for the whole machine.
    group: String,
}

/// An event and how it is laid out, or why it is not there.
pub type EventFormat = Result<Format, TraceError>;

impl TraceInstance {
    /// Makes it, or takes over what a killed run left.
    pub fn make(netns: Netns) -> Result<Self, TraceError> {
        let root = place::find()?;
        let group = format!("swanwatch_{}", netns.0);
        let path = root.join("instances").join(&group);
        let left_over = match fs::create_dir(&path) {
            Ok(()) => false,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => true,
            Err(error) => return Err(TraceError::at(&path)(error)),
        };
        let instance = Self { root, path, group };
        if left_over {
            tracing::info!(target: "swanwatch::trace", "takes over {}, which a run before this one left", instance.path.display());
            place::write(&instance.file("events/enable"), "0")?;
        }
        // An older version's probes may fetch something else, and those of another rung. One whose directory is gone is a left-over too.
        define::remove(&instance.root, &instance.group).map_err(TraceError::at(&instance.root))?;
        instance.set_up()?;
        Ok(instance)
    }

    fn set_up(&self) -> Result<(), TraceError> {
        let trace = self.file("trace");
        // Opening it so throws away what is in the buffer.
        OpenOptions::new().write(true).truncate(true).open(&trace).map_err(TraceError::at(&trace))?;
        ring::set_up(&self.path, BUFFER_KIB)
    }

    /// Defines the probes of the best rung of the ladder that this kernel takes.
    pub fn climb(&self) -> Result<Climbed, TraceError> {
        define::climb(&self.root, &self.group)
    }

    /// How a probe's records are laid out. From here on it keeps only what is of this namespace, as soon as it is started.
    pub fn probe(&self, probe: &Probe, netns: Netns) -> EventFormat {
        let event = format!("{}/{}", self.group, probe.event());
        let filter = probe.filter(netns.0);
        if !filter.is_empty() {
            place::write(&self.file(&format!("events/{event}/filter")), &filter)?;
        }
        self.format(&event)
    }

    /// The tracepoint for the kernel's words.
    pub fn words(&self) -> EventFormat {
        self.format(WORDS)
    }

    /// Its directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its ring buffer, opened. Must be called inside a tokio runtime.
    pub fn open(&self) -> Result<Pipes, TraceError> {
        ring::open(&self.root, &self.path)
    }

    /// Switches a probe on.
    pub fn start(&self, probe: &Probe) -> Result<(), TraceError> {
        place::write(&self.file(&format!("events/{}/{}/enable", self.group, probe.event())), "1")
    }

    /// See there.
    pub fn can_count(&self) -> bool {
        place::can_count(&self.root)
    }

    /// The file that decides whose words are kept, and the one that switches them on.
    pub fn words_files(&self) -> WordsFiles {
        WordsFiles {
            filter: self.file(&format!("events/{WORDS}/filter")),
            enable: self.file(&format!("events/{WORDS}/enable")),
        }
    }

    fn format(&self, event: &str) -> EventFormat {
        ring::format(self.file(&format!("events/{event}/format")))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn remove(&self) -> Result<(), TraceError> {
        place::write(&self.file("events/enable"), "0")?;
        fs::remove_dir(&self.path).map_err(TraceError::at(&self.path))?;
        define::remove(&self.root, &self.group).map_err(TraceError::at(&self.root))
    }
}

impl Drop for TraceInstance {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            tracing::warn!(target: "swanwatch::trace", "the next run has to remove {}: {error}", self.path.display());
        }
    }
}

/// `NL_SET_ERR_MSG` (include/linux/netlink.h).
const WORDS: &str = "netlink/netlink_extack";

/// Switches of the tracepoint for the kernel's words.
#[derive(Clone, Debug)]
pub struct WordsFiles {
    filter: PathBuf,
    enable: PathBuf,
}

impl WordsFiles {
    /// Keeps the words to these threads alone; none at all where there are none. Waits for all CPUs: for a thread that may block.
    pub fn only(&self, threads: &[u32]) -> Result<(), TraceError> {
        if threads.is_empty() {
            return place::write(&self.enable, "0");
        }
        let threads: Vec<String> = threads.iter().map(|thread| format!("common_pid == {thread}")).collect();
        place::write(&self.filter, &threads.join(" || "))?;
        place::write(&self.enable, "1")
    }
}

/// Threads of the machine's first process namespace have the numbers that the kernel's records have.
pub fn numbers_are_the_kernels() -> bool {
    // PROC_PID_INIT_INO (include/linux/proc_ns.h).
    const FIRST: u64 = 0xEFFF_FFFC;
    use std::os::unix::fs::MetadataExt;
    fs::metadata(Path::new("/proc/self/ns/pid")).is_ok_and(|namespace| namespace.ino() == FIRST)
}
