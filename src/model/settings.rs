//! The part of the configuration that decides. Addresses and secrets of receivers are no part of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{DaemonWish, OffloadMode, RemedyKind};

/// What an SA should have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OffloadWish {
    /// What the daemon was told.
    #[default]
    Auto,
    /// Offload, and its absence is critical.
    Required,
    /// Offload, and its absence is a warning.
    Preferred,
    /// None; nothing is said about its absence.
    Off,
}

/// An exception for some connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionRule {
    /// Connection name; `*` stands for any run of characters, `?` for one.
    pub pattern: String,
    /// What their SAs should have.
    pub offload: OffloadWish,
    /// Which kind of offload, where the daemon's own setting is not meant.
    pub mode: Option<OffloadMode>,
}

/// What the engine is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineSettings {
    /// For every connection without a rule.
    pub offload: OffloadWish,
    /// The first match in file order wins.
    pub connections: Vec<ConnectionRule>,
    /// Remedies that may act; all others advise. A recording that does not say was made by a swanwatch that could do nothing.
    #[serde(default)]
    pub act: BTreeSet<RemedyKind>,
    /// There is a command that starts the daemon (`daemon: {restart: …}`).
    #[serde(default)]
    pub restart_command: bool,
    /// Whether a daemon is named, or said not to be.
    #[serde(default, skip_serializing_if = "DaemonWish::is_auto")]
    pub daemon: DaemonWish,
    /// The place of its log is named (`daemon: {log: …}`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub log_named: bool,
    /// Patterns of connections through which nothing comes back (`one_way: true`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_way: Vec<String>,
}

/// The configuration file is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongConfiguration {
    pub file: String,
    /// What is wrong, with file, line and column; without what may be a secret.
    pub error: String,
    /// What is in force meanwhile.
    pub instead: Instead,
}

/// What is in force while the file is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Instead {
    /// It was wrong at the start: defaults, and no remedy acts.
    Defaults,
    /// It was right at the start, and what it said then stays.
    Previous,
    /// It can be read, and the system refuses a part of it: all the rest is in force.
    Rest,
}

impl Default for EngineSettings {
    /// A dead daemon is brought back where nobody else does; everything else is advised.
    fn default() -> Self {
        Self {
            offload: OffloadWish::default(),
            connections: Vec::new(),
            act: [RemedyKind::Restart].into(),
            restart_command: false,
            daemon: DaemonWish::Auto,
            log_named: false,
            one_way: Vec::new(),
        }
    }
}
