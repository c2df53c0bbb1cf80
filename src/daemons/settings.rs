//! What of a daemon's own configuration matters here.

use std::collections::BTreeMap;

/// Settings by the names that the daemon has for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<&'static str, String>);

/// Takes a configuration line by line.
pub trait SettingsReader {
    /// One line; the pattern of the files that are to be read in its place, where it includes some.
    fn line<'a>(&mut self, line: &'a str) -> Option<&'a str>;

    fn settings(self: Box<Self>) -> Settings;
}

/// The language of a configuration.
pub trait Configured {
    fn settings_reader(&self) -> Box<dyn SettingsReader>;
}

impl Settings {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The later one counts.
    pub fn set(&mut self, name: &'static str, value: String) {
        self.0.insert(name, value);
    }
}
