//! What of a daemon's own configuration matters here.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::{ConfiguredConnection, LoadedConnection};

/// Settings by the names that the daemon has for them; where it has sections in sections, by all their names with dots between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<String, String>);

/// Files that are to be read before anything else of a configuration is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include<'a> {
    /// Which.
    pub pattern: Cow<'a, str>,
    /// A relative pattern is relative to the folder of the file that it stands in, else to the daemon's working directory.
    pub beside_file: bool,
    /// What of the line is to be read after them.
    pub rest: &'a str,
}

/// Takes a configuration line by line.
pub trait ConfigurationReader {
    /// One line, or the rest of one, with its line feed; only a file's last may have none. What it includes.
    fn line<'a>(&mut self, line: &'a str) -> Option<Include<'a>>;

    /// A file ends, an included one or the whole.
    fn file_ends(&mut self) {}
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

    /// Adds what the daemon of this version does not tell of a connection, as far as it is certain that it was loaded as it is written.
    fn complete(&self, _loaded: &mut LoadedConnection, _written: &ConfiguredConnection, _version: Option<&str>) {}
}

impl Settings {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The later one counts.
    pub fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    /// Those whose name begins so, with the rest of their names, in the order of these.
    pub fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }
}
