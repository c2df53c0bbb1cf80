//! Whether a daemon should run here, where none does.

use serde::{Deserialize, Serialize};

use super::RealTime;

/// What the configuration says of a daemon (`daemon:`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DaemonWish {
    /// Nothing: whichever runs here is watched.
    #[default]
    Auto,
    /// It names one, so that one is due.
    Named,
    /// None runs here, and none is missed.
    None,
}

impl DaemonWish {
    /// For serde: what is so where nothing is written.
    pub const fn is_auto(&self) -> bool {
        matches!(self, Self::Auto)
    }
}

/// When an earlier run of swanwatch last saw a daemon here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaemonSeen {
    /// When, for people.
    pub at: RealTime,
    /// How long before this run began, in seconds.
    pub ago: u64,
    /// Its program is still there: a file's path.
    pub program: Option<String>,
}

/// A process that is an IKE daemon and is not watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherDaemon {
    /// Name of the program, as in `/proc/PID/comm`.
    pub name: String,
    pub pid: u32,
    /// It could be watched.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub supported: bool,
}

/// What is to be said of a daemon that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DueState {
    /// None was ever seen, and nothing says that one is due.
    Unknown,
    /// The configuration says that none runs here.
    None,
    /// The service manager is starting it, or has that in its queue.
    Starting,
    /// It is due, and still has time to come.
    Awaited,
    /// It is due, and is not there.
    Due,
    /// Somebody stopped it by order in this boot.
    Stopped,
    /// Its unit is active, but no process of it is seen in this network namespace.
    Elsewhere,
    /// Another IKE daemon runs here, which is not supported or not wanted.
    Unsupported,
}

/// The same, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaemonDue {
    pub state: DueState,
    /// How that is known: a clause in plain English.
    pub why: String,
}
