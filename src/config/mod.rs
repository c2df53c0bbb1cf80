//! swanwatch.yaml: what an operator may choose. No file at all is a working configuration.

mod act;
mod alerts;
mod connections;
mod daemon;
mod document;
mod error;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
pub mod last_good;
mod metrics;
mod node;
mod node_at;
mod paths;
mod syntax;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

pub use self::error::ConfigError;
use crate::model::{DaemonKind, DaemonWish, EngineSettings};
use crate::sinks::alerts::Receiver;

/// Where the file is looked for when no other is named.
pub const DEFAULT_PATH: &str = "/etc/swanwatch/swanwatch.yaml";

/// A configuration larger than this is a mistake.
const MOST_BYTES: u64 = 1 << 20;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Which daemon, and where.
    pub daemon: DaemonChoice,
    /// What the engine decides on.
    pub engine: EngineSettings,
    /// Where metrics are served over TCP; nowhere unless it is said.
    pub metrics: Option<SocketAddr>,
    /// Who is told of findings.
    pub alerts: Vec<Receiver>,
    /// Where what was found is kept.
    pub history: HistoryChoice,
}

/// `daemon:`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DaemonChoice {
    /// Whichever runs in this network namespace.
    #[default]
    Auto,
    /// One that is named, where what is named here replaces its usual place.
    Named(DaemonPlace),
    /// None runs here: none is missed, and one that comes is watched like any other.
    None,
}

/// Where a daemon is that is not in its usual place. What is none is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DaemonPlace {
    pub kind: DaemonKind,
    /// Its control socket.
    pub socket: Option<PathBuf>,
    pub log: Option<LogPlace>,
    /// Its systemd unit.
    pub unit: Option<String>,
    /// The program that asks it, `whack`.
    pub program: Option<PathBuf>,
    /// The command that starts it where no unit does, and its arguments; empty where there is none.
    pub restart: Vec<String>,
}

/// `history:`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HistoryChoice {
    /// `history.db` in the service's state directory.
    #[default]
    Usual,
    File(PathBuf),
    /// Nowhere.
    Off,
}

/// `log:`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogPlace {
    Journal,
    File(PathBuf),
}

impl DaemonChoice {
    /// The command that starts it where no unit does; empty where there is none.
    pub fn restart(&self) -> &[String] {
        self.place().map_or(&[], |place| &place.restart)
    }

    /// Where it is named to be.
    pub const fn place(&self) -> Option<&DaemonPlace> {
        match self {
            Self::Auto | Self::None => None,
            Self::Named(place) => Some(place),
        }
    }

    /// What that means for one that is not there.
    pub const fn wish(&self) -> DaemonWish {
        match self {
            Self::Auto => DaemonWish::Auto,
            Self::Named(_) => DaemonWish::Named,
            Self::None => DaemonWish::None,
        }
    }

    /// The same daemon, in the same places.
    pub fn is_found_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Named(one), Self::Named(other)) => {
                let places = |place: &DaemonPlace| {
                    (place.kind, place.socket.clone(), place.log.clone(), place.unit.clone(), place.program.clone())
                };
                places(one) == places(other)
            }
            (one, other) => one == other,
        }
    }
}

impl DaemonPlace {
    /// The programs that are named, each with its key.
    pub fn programs(&self) -> [(&'static str, Option<&Path>); 2] {
        [("whack", self.program.as_deref()), ("restart", self.restart.first().map(Path::new))]
    }
}

impl HistoryChoice {
    pub fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Usual => Some(crate::sinks::history::default_path()),
            Self::File(path) => Some(path.clone()),
            Self::Off => None,
        }
    }
}

impl Config {
    /// Reads the named file, or the default one, which may be absent.
    ///
    /// # Errors
    /// The file cannot be read, or says what is not known; with file, line and column.
    pub fn load(named: Option<&Path>) -> Result<Self, ConfigError> {
        Self::load_text(named).map(|(config, _)| config)
    }

    /// As `load`, with the file's text; a file that is absent and may be has none.
    ///
    /// # Errors
    /// As `load`.
    pub fn load_text(named: Option<&Path>) -> Result<(Self, Vec<u8>), ConfigError> {
        let path = named.unwrap_or(Path::new(DEFAULT_PATH));
        match (named, read(path)) {
            (None, Err(ConfigError::Read { source, .. })) if is_absent(path, &source) => {
                Ok((Self::default(), Vec::new()))
            }
            (_, text) => text.and_then(|text| Ok((Self::parse(path, &text)?, text))),
        }
    }

    /// What is in force while the file is wrong: the daemon is watched as without a file and no remedy acts; who is told, and where, is as
    /// the last file that was right had it.
    pub fn while_wrong(last: Option<Self>) -> Self {
        let Self { metrics, alerts, history, .. } = last.unwrap_or_default();
        let engine = EngineSettings { act: BTreeSet::new(), ..EngineSettings::default() };
        Self { engine, metrics, alerts, history, ..Self::default() }
    }

    /// Understands the bytes of a file; `path` is for messages.
    ///
    /// # Errors
    /// It says what is not known; with file, line and column.
    pub fn parse(path: &Path, text: &[u8]) -> Result<Self, ConfigError> {
        let node = node::read(text).map_err(|error| ConfigError::syntax(path, text, &error))?;
        document::document(&node).map_err(|mistakes| ConfigError::wrong(path, text, mistakes))
    }
}

/// A link that leads nowhere is there, and wrong.
fn is_absent(path: &Path, error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::NotFound && path.symlink_metadata().is_err()
}

fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    let failed = |source| ConfigError::Read { path: path.to_owned(), source };
    // A FIFO would be waited for without end.
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.file_type().is_fifo() {
        return Err(failed(std::io::Error::other("it is a pipe, and no file")));
    }
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(file, MOST_BYTES + 1), &mut text).map_err(failed)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(ConfigError::TooLarge { path: path.to_owned(), most: MOST_BYTES });
    }
    Ok(text)
}
