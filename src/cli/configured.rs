//! What the service runs with: at its start, and when it is told to read its configuration again.

use std::path::{Path, PathBuf};

use super::failure::CommandFailure;
use crate::config::last_good::{self, Keeper};
use crate::config::{Config, ConfigError, DEFAULT_PATH};
use crate::model::{Instead, WrongConfiguration};
use crate::notify_systemd;
use crate::sinks::alerts::Alerts;
use crate::sinks::api::BindError;
use crate::supervisor::{NotTaken, Reload, Reloaded};

/// The configuration, and what is wrong with its file.
#[derive(Debug)]
pub(super) struct ConfigurationFile {
    path: Option<PathBuf>,
    /// What is in force.
    pub(super) config: Config,
    /// None where that is what the file says.
    pub(super) wrong: Option<WrongConfiguration>,
    /// What the file says, where that is in force.
    text: Vec<u8>,
    /// Where the last one that was right is kept.
    folder: PathBuf,
}

impl ConfigurationFile {
    /// Reads it. A service manager would try again with the same wrong file for ever, and nobody would watch: then defaults are in force.
    ///
    /// # Errors
    /// It is wrong, and no service manager started this: a person reads the error.
    pub(super) fn at_start(path: Option<&Path>, folder: PathBuf) -> Result<Self, CommandFailure> {
        let named = path.map(ToOwned::to_owned);
        match Config::load_text(path) {
            Ok((config, text)) => Ok(Self { path: named, config, wrong: None, text, folder }),
            Err(error) if notify_systemd::is_managed() => {
                tracing::error!("the defaults are in force, and no remedy acts: {error}");
                let last = last_good::kept(&folder).unwrap_or_else(|problem| {
                    tracing::warn!(
                        "nobody is alerted: the last configuration that was right cannot be read: {problem}"
                    );
                    None
                });
                let wrong = Some(wrong(&error, Instead::Defaults));
                Ok(Self { path: named, config: Config::while_wrong(last), wrong, text: Vec::new(), folder })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The address of metrics cannot be had. With a manager it is watched without; a reload with an address has it tried again.
    ///
    /// # Errors
    /// No service manager started this: a person reads the error.
    pub(super) fn without_metrics(&mut self, error: BindError) -> Result<(), CommandFailure> {
        if !notify_systemd::is_managed() {
            return Err(error.into());
        }
        tracing::error!("metrics are not served over TCP: {error}");
        self.config.metrics = None;
        let file = self.path.as_deref().unwrap_or(Path::new(DEFAULT_PATH)).display().to_string();
        let error = format!("{file}: {error}");
        // What is wrong already is worse.
        self.wrong.get_or_insert(WrongConfiguration { file, error, instead: Instead::Rest });
        Ok(())
    }

    /// Reads the same file again. What is right, now and then, is kept for a start at which the file is wrong. What the sources were started
    /// with cannot change under them; the command that starts a dead daemon can.
    pub(super) fn reload(self, alerts: Alerts) -> Reload {
        let Self { path, config: mut current, wrong: at_start, text, folder } = self;
        let keeper = Keeper::start(folder);
        let is_read = at_start.is_none_or(|wrong| wrong.instead != Instead::Defaults);
        if is_read {
            keeper.keep(text);
        }
        let mut instead = if is_read { Instead::Previous } else { Instead::Defaults };
        Box::new(move || {
            let (new, text) = Config::load_text(path.as_deref())
                .map_err(|error| NotTaken::Wrong(error.to_string(), wrong(&error, instead)))?;
            keeper.keep(text);
            let fixed = [
                ("daemon", !new.daemon.is_found_as(&current.daemon)),
                ("metrics", new.metrics != current.metrics),
                ("history", new.history != current.history),
            ];
            if let Some((what, _)) = fixed.iter().find(|(_, changed)| *changed) {
                return Err(NotTaken::NeedsRestart(what));
            }
            alerts.configure(&new.alerts);
            current = new;
            instead = Instead::Previous;
            Ok(Reloaded { settings: current.engine.clone(), restart: current.daemon.restart().to_vec() })
        })
    }
}

fn wrong(error: &ConfigError, instead: Instead) -> WrongConfiguration {
    WrongConfiguration { file: error.path().display().to_string(), error: error.shown(), instead }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::alerts::AlertsSetup;

    fn alerts(folder: &Path) -> Alerts {
        let place = AlertsSetup { left: folder.to_owned(), ..AlertsSetup::of_this_host(None) };
        let (queue, _seen) = crate::sources::queue();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { Alerts::start(Vec::new(), place, queue) }).unwrap()
    }

    #[test]
    fn a_reload_takes_another_restart_command_and_says_what_it_cannot_take() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("swanwatch.yaml");
        let write = |daemon: &str| std::fs::write(&path, format!("daemon: {{ kind: libreswan, {daemon} }}\n")).unwrap();
        write("unit: ipsec.service");
        let configured = ConfigurationFile::at_start(Some(&path), folder.path().join("state")).unwrap();
        let mut reload = configured.reload(alerts(folder.path()));
        write("unit: ipsec.service, restart: [/usr/bin/true, now]");
        let taken = reload().unwrap();
        assert_eq!(taken.restart, ["/usr/bin/true", "now"]);
        assert!(taken.settings.restart_command);
        write("unit: other.service, restart: [/usr/bin/true, now]");
        assert!(matches!(reload(), Err(NotTaken::NeedsRestart("daemon"))));
        write("unit: ipsec.service");
        assert!(reload().unwrap().restart.is_empty());
        write("unit: [ipsec.service]");
        let Err(NotTaken::Wrong(said, wrong)) = reload() else { panic!("it was taken") };
        assert!(said.contains("swanwatch.yaml:1:") && wrong.instead == Instead::Previous, "{said}");
    }
}
