//! Settings of charon in strongswan.conf(5): charon-systemd's are in a section of its own, and where that is silent in charon's.

use std::collections::BTreeSet;

use crate::daemons::Settings;

/// Under systemd: what the process, its section and its lines are called.
pub(super) const SYSTEMD: &str = "charon-systemd";

/// Under its starter, and by itself.
pub(super) const CHARON: &str = "charon";

/// What one daemon reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sections<'a> {
    settings: &'a Settings,
    /// The first that knows counts.
    names: &'static [&'static str],
}

impl<'a> Sections<'a> {
    pub(super) const fn of(settings: &'a Settings, systemds: bool) -> Self {
        Self { settings, names: if systemds { &[SYSTEMD, CHARON] } else { &[CHARON] } }
    }

    /// It is charon-systemd.
    pub(super) const fn is_systemds(&self) -> bool {
        self.names.len() > 1
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.names.iter().find_map(|section| self.settings.get(&format!("{section}.{name}")))
    }

    /// The names directly below a section, each once: of both sections.
    pub(super) fn below(&self, name: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for section in self.names {
            let below = format!("{section}.{name}.");
            let first = |(rest, _): (&str, &str)| rest.split('.').next().unwrap_or(rest).to_owned();
            found.extend(self.settings.under(&below).map(first));
        }
        let mut seen = BTreeSet::new();
        found.retain(|name| seen.insert(name.clone()));
        found
    }
}
