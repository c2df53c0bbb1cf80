//! Where a daemon's log is.

use std::fmt;
use std::path::PathBuf;

/// Where a daemon's log is. Shown as a file's path or as `journal` with what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogPlace {
    /// A file that the daemon writes by itself.
    File(PathBuf),
    /// The journal of systemd.
    Journal {
        /// Only lines of this unit (`_SYSTEMD_UNIT=`), where one is known.
        unit: Option<String>,
        /// Only lines under this name (`SYSLOG_IDENTIFIER=`).
        identifier: String,
    },
    /// Nobody knows: the daemon is known by its control socket alone.
    Unknown,
}

impl fmt::Display for LogPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Journal { unit: Some(unit), .. } => write!(f, "journal of {unit}"),
            Self::Journal { unit: None, identifier } => write!(f, "journal of {identifier}"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}
