//! What a daemon's configuration says of its connections.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The connections of one configuration, includes followed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfiguredConnections {
    /// The file that the daemon was started with.
    pub file: String,
    /// By name.
    pub connections: Vec<ConfiguredConnection>,
}

/// One connection as it is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfiguredConnection {
    pub connection: String,
    pub start: AtStart,
    /// Its settings that can be compared with what the daemon shows, by the daemon's names; a value is none where the file does not
    /// decide. What is not here has its default.
    pub settings: BTreeMap<String, Option<String>>,
    /// All of it is understood; else nothing of it is compared.
    pub certain: bool,
    /// A section that it takes settings from, and that is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacks: Option<String>,
}

/// What the daemon does with a connection when it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AtStart {
    /// Nothing, or what is not known.
    #[default]
    Nothing,
    /// Loads it.
    Loads,
    /// Loads it, and traffic brings it up.
    Routes,
    /// Loads it and brings it up.
    BringsUp,
}

impl ConfiguredConnection {
    /// Its value, where the file decides it.
    pub fn value(&self, name: &str) -> Setting<'_> {
        match self.settings.get(name) {
            None => Setting::Default,
            Some(None) => Setting::Unknown,
            Some(Some(value)) => Setting::Is(value),
        }
    }
}

/// What a file says of one setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting<'a> {
    /// Nothing.
    Default,
    /// Something that is not understood.
    Unknown,
    Is(&'a str),
}
