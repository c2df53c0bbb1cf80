//! Why the kernel's reasons, or some of them, cannot be seen, and where that is logged.

use std::io;
use std::path::{Path, PathBuf};

/// Where this source's own log lines come from.
pub(super) const LOG: &str = "swanwatch::trace";

/// Why the kernel's reasons, or some of them, cannot be seen.
#[derive(Debug, thiserror::Error)]
pub(super) enum TraceError {
    #[error("no tracefs is mounted at /sys/kernel/tracing")]
    NoTracefs,
    #[error("{path}: {source}", path = path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{tried}: {source}")]
    Io { tried: String, source: io::Error },
    #[error("{} is not laid out as it should be", .0.display())]
    Unreadable(PathBuf),
    #[error("this kernel takes no probes on xfrm_dev_state_add that read its arguments ({0})")]
    NoProbe(String),
    #[error("swanwatch is not in the machine's first process namespace")]
    ProcessNamespace,
    #[error("{0}")]
    Nothing(String),
}

impl TraceError {
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { path, source }
    }

    pub(super) fn tried(tried: &str) -> impl FnOnce(rustix::io::Errno) -> Self {
        let tried = tried.to_owned();
        move |error| Self::Io { tried, source: error.into() }
    }

    pub(super) fn reading(source: io::Error) -> Self {
        Self::Io { tried: "reading the kernel's records".to_owned(), source }
    }
}
