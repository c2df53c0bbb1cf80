//! What may be chosen, understood.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::model::{DaemonKind, DaemonWish, EngineSettings};
use crate::sinks::alerts::Receiver;

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
    /// Which one; none is whichever runs.
    pub kind: Option<DaemonKind>,
    /// Its control socket.
    pub socket: Option<PathBuf>,
    pub log: Option<LogChoice>,
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
pub enum LogChoice {
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
    /// Every kind that it may be.
    pub fn kinds(&self) -> Vec<DaemonKind> {
        self.kind.map_or_else(|| DaemonKind::ALL.to_vec(), |kind| vec![kind])
    }

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
