//! What of a daemon's own configuration matters here.

use std::collections::BTreeMap;

use crate::model::{ConfiguredConnection, LoadedConnection};

/// Settings by the names that the daemon has for them; where it has sections, as `section.subsection.key`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<String, String>);

/// Takes a configuration line by line.
pub trait ConfigurationReader {
    /// One line; the pattern of the files that are to be read in its place, where it includes some.
    fn line<'a>(&mut self, line: &'a str) -> Option<&'a str>;
}

/// What the daemon is told of itself.
pub trait SettingsReader: ConfigurationReader {
    fn settings(self: Box<Self>) -> Settings;
}

/// What it is told of its connections.
pub trait ConnectionsReader: ConfigurationReader {
    /// Every connection; none where the text is not whole, or says what may change any of them and is not understood.
    fn connections(self: Box<Self>) -> Option<Vec<ConfiguredConnection>>;
}

/// One setting that a connection was loaded with, and that is written down otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// As the configuration calls it.
    pub setting: &'static str,
    /// The daemon's value, as one would write it.
    pub loaded: String,
    pub written: String,
}

/// The language of a configuration.
pub trait ConfigurationLanguage {
    fn settings_reader(&self) -> Box<dyn SettingsReader>;

    fn connections_reader(&self) -> Box<dyn ConnectionsReader>;

    /// What was loaded otherwise than it is written down now, as far as that is certain with this version.
    fn differences(
        &self,
        written: &ConfiguredConnection,
        loaded: &LoadedConnection,
        version: Option<&str>,
    ) -> Vec<Difference>;
}

impl Settings {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The later one counts.
    pub fn set(&mut self, name: impl Into<String>, value: String) {
        self.0.insert(name.into(), value);
    }

    /// The names directly below `section`, in order, each once.
    pub fn below<'a>(&'a self, section: &'a str) -> impl Iterator<Item = &'a str> {
        let inside = move |name: &'a str| name.strip_prefix(section)?.strip_prefix('.')?.split('.').next();
        let mut last = None;
        self.0.keys().filter_map(move |name| inside(name)).filter(move |name| last.replace(*name) != Some(*name))
    }
}
