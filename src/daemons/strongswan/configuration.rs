//! strongswan.conf(5) and swanctl.conf(5).

use super::Strongswan;
use crate::daemons::{
    ConfigurationLanguage, ConfigurationReader, ConnectionsReader, Difference, Settings, SettingsReader,
};
use crate::model::{ConfiguredConnection, LoadedConnection};

#[derive(Debug, Default)]
struct StrongswanConfReader {
    settings: Settings,
}

impl ConfigurationLanguage for Strongswan {
    fn settings_reader(&self) -> Box<dyn SettingsReader> {
        Box::new(StrongswanConfReader::default())
    }

    fn connections_reader(&self) -> Box<dyn ConnectionsReader> {
        Box::new(StrongswanConfReader::default())
    }

    fn differences(
        &self,
        _written: &ConfiguredConnection,
        _loaded: &LoadedConnection,
        _version: Option<&str>,
    ) -> Vec<Difference> {
        Vec::new()
    }
}

impl ConfigurationReader for StrongswanConfReader {
    fn line<'a>(&mut self, _line: &'a str) -> Option<&'a str> {
        None
    }
}

impl SettingsReader for StrongswanConfReader {
    fn settings(self: Box<Self>) -> Settings {
        self.settings
    }
}

impl ConnectionsReader for StrongswanConfReader {
    fn connections(self: Box<Self>) -> Option<Vec<ConfiguredConnection>> {
        None
    }
}
