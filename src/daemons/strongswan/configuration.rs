//! strongswan.conf(5), which is charon's own configuration, and swanctl.conf(5), which swanctl loads connections from.

use super::Strongswan;
use super::compared::differences;
use super::complete::complete;
use super::connections::SwanctlText;
use super::settings::{SettingsLookup, SettingsText};
use crate::daemons::{
    ConfigurationLanguage, ConfigurationReader, ConnectionsReader, Difference, Include, Settings, SettingsReader,
};
use crate::model::{ConfiguredConnection, LoadedConnection};

/// charon's section, and the one of charon-systemd, which falls back to it (src/charon-systemd/charon-systemd.c).
const CHARON: &str = "charon";
const SYSTEMD: &str = "charon-systemd";

/// What is kept: by these names it says where the log and the control socket are, and what it does otherwise than it does by itself. Nothing
/// here can be a secret.
const KEPT: [&str; 22] = [
    // Of a logger.
    "path",
    "append",
    "default",
    "flush_line",
    "ike_name",
    "json",
    "log_level",
    "map_level",
    "time_add_ms",
    "time_format",
    "time_precision",
    "identifier",
    // Of a plugin.
    "load",
    "socket",
    "policy_update",
    "xfrm_acq_expires",
    // Of charon itself.
    "close_ike_on_child_failure",
    "delete_rekeyed_delay",
    "install_policy",
    "make_before_break",
    "replay_window",
    "threads",
];

/// What charon has log levels for (`debug_t`, src/libstrongswan/utils/debug.h).
const GROUPS: [&str; 18] = [
    "dmn", "mgr", "ike", "chd", "job", "wch", "cfg", "knl", "net", "asn", "enc", "tnc", "imc", "imv", "pts", "tls",
    "app", "esp",
];

/// Sections in sections that are looked at, and all of them.
const DEEPEST: usize = 6;
const MOST: usize = 4_096;

/// strongswan.conf so far.
#[derive(Debug)]
struct StrongswanText(SettingsText);

impl ConfigurationLanguage for Strongswan {
    fn settings_reader(&self) -> Box<dyn SettingsReader> {
        Box::new(StrongswanText(SettingsText::new(is_kept)))
    }

    fn connections_reader(&self) -> Box<dyn ConnectionsReader> {
        Box::<SwanctlText>::default()
    }

    fn differences(
        &self,
        written: &ConfiguredConnection,
        loaded: &LoadedConnection,
        version: Option<&str>,
    ) -> Vec<Difference> {
        differences(written, loaded, version)
    }

    fn complete(&self, loaded: &mut LoadedConnection, written: &ConfiguredConnection, version: Option<&str>) {
        complete(loaded, written, version);
    }
}

impl ConfigurationReader for StrongswanText {
    fn line<'a>(&mut self, line: &'a str) -> Option<Include<'a>> {
        self.0.line(line)
    }

    fn file_ends(&mut self) {
        self.0.file_ends();
    }
}

impl SettingsReader for StrongswanText {
    /// `charon.SECTION.NAME` and `charon-systemd.SECTION.NAME`, references followed; nothing where charon would not take the text either.
    fn settings(mut self: Box<Self>) -> Settings {
        let mut settings = Settings::default();
        self.0.fall_back(SYSTEMD, CHARON);
        if let Some(mut lookup) = self.0.lookup() {
            let mut count = 0;
            for program in [CHARON, SYSTEMD] {
                add(&mut settings, &mut lookup, &mut vec![program], &mut count);
            }
        }
        settings
    }
}

fn is_kept(name: &str) -> bool {
    KEPT.contains(&name) || GROUPS.contains(&name) || name == "lib"
}

fn add<'a>(settings: &mut Settings, lookup: &mut SettingsLookup<'a>, path: &mut Vec<&'a str>, count: &mut usize) {
    *count += 1;
    if path.len() > DEEPEST || *count > MOST {
        return;
    }
    for (name, value) in lookup.values(path) {
        settings.set(&format!("{}.{name}", path.join(".")), value.to_owned());
    }
    for section in lookup.sections(path) {
        path.push(section);
        add(settings, lookup, path, count);
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Settings {
        let mut reader = Strongswan.settings_reader();
        for line in text.split_inclusive('\n') {
            assert_eq!(reader.line(line), None);
        }
        reader.file_ends();
        reader.settings()
    }

    #[test]
    fn settings_have_the_names_of_their_sections() {
        let settings = read(
            "charon {\n  plugins { vici { socket = unix:///run/a.vici } eap-radius { secret = x } }\n  filelog { f { path = /var/log/charon.log\n knl = 2 } }\n}\ncharon-systemd { journal { default = 0 } }\n",
        );
        for (name, value) in [
            ("charon.plugins.vici.socket", Some("unix:///run/a.vici")),
            ("charon-systemd.plugins.vici.socket", Some("unix:///run/a.vici")),
            ("charon-systemd.filelog.f.path", Some("/var/log/charon.log")),
            ("charon-systemd.journal.default", Some("0")),
            ("charon.journal.default", None),
            ("charon.plugins.eap-radius.secret", None),
        ] {
            assert_eq!(settings.get(name), value, "{name}");
        }
        let of_log: Vec<_> = settings.under("charon.filelog.").collect();
        assert_eq!(of_log, [("f.knl", "2"), ("f.path", "/var/log/charon.log")]);
    }

    #[test]
    fn charon_systemd_has_what_it_does_not_say_from_charon() {
        let text =
            "base { filelog { a { path = /a } } }\ncharon : base { threads = 8 }\ncharon-systemd { threads =\n}\n";
        let settings = read(text);
        assert_eq!(settings.get("charon.threads"), Some("8"));
        assert_eq!(settings.get("charon-systemd.threads"), None);
        assert_eq!(settings.get("charon-systemd.filelog.a.path"), Some("/a"));
    }

    #[test]
    fn of_a_text_that_charon_does_not_take_nothing_is_known() {
        for text in ["charon { threads = 8", "charon { threads = 8 } }", "charon { a.b = 1 }", "charon.threads = 8\n"] {
            assert_eq!(read(text), Settings::default(), "{text}");
        }
    }
}
