//! The few settings of ipsec.conf(5) that swanwatch needs of the section `config setup`.

use super::Libreswan;
use super::compared::differences;
use super::connections::ConnectionText;
use crate::daemons::{
    ConfigurationLanguage, ConfigurationReader, ConnectionsReader, Difference, Include, Settings, SettingsReader,
};
use crate::model::{ConfiguredConnection, LoadedConnection};

const NAMES: [&str; 3] = ["logfile", "logip", "plutodebug"];

/// Settings so far. What cannot be understood is left out: pluto itself complains about it.
#[derive(Debug, Default)]
struct IpsecConfReader {
    settings: Settings,
    in_setup: bool,
}

impl ConfigurationLanguage for Libreswan {
    fn settings_reader(&self) -> Box<dyn SettingsReader> {
        Box::new(IpsecConfReader::default())
    }

    fn connections_reader(&self) -> Box<dyn ConnectionsReader> {
        Box::new(ConnectionText::default())
    }

    fn differences(
        &self,
        written: &ConfiguredConnection,
        loaded: &LoadedConnection,
        version: Option<&str>,
    ) -> Vec<Difference> {
        differences(written, loaded, version)
    }
}

impl ConfigurationReader for IpsecConfReader {
    fn line<'a>(&mut self, line: &'a str) -> Option<Include<'a>> {
        let indented = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        if let Some(pattern) = keyword(line, "include") {
            return Some(Include { pattern: unquoted(pattern).into(), beside_file: false, rest: "" });
        }
        if !indented {
            self.in_setup = keyword(line, "config").is_some_and(|rest| rest.trim() == "setup");
        } else if self.in_setup
            && let Some((name, value)) = line.split_once('=')
            && let Some(known) = NAMES.iter().find(|known| name.trim().eq_ignore_ascii_case(known))
        {
            self.settings.set(known, unquoted(value).to_owned());
        }
        None
    }
}

impl SettingsReader for IpsecConfReader {
    fn settings(self: Box<Self>) -> Settings {
        self.settings
    }
}

fn keyword<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    line.strip_prefix(word).filter(|rest| rest.starts_with([' ', '\t'])).map(str::trim)
}

/// The value without its quotes, or up to a comment where it has none.
fn unquoted(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or(rest);
        }
    }
    value.split_whitespace().next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_config_setup_alone_are_kept_and_includes_are_named() {
        let mut reader = Libreswan.settings_reader();
        let text = "include /a/*.conf\nconn x\n logfile=/not/this\nconfig setup\n\tLogFile = \"/p q\" \n logip=no # why\n other=1";
        let included: Vec<_> =
            text.lines().filter_map(|line| reader.line(line)).map(|include| include.pattern).collect();
        let settings = reader.settings();
        assert_eq!(included, ["/a/*.conf"]);
        assert_eq!(NAMES.map(|name| settings.get(name)), [Some("/p q"), Some("no"), None]);
    }
}
