//! `swanwatch run`

use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, Service, block_on};
use crate::config::Config;
use crate::exit;
use crate::instance::{Instance, protect_memory};
use crate::model::What;
use crate::sinks::alerts::{Alerts, Place};
use crate::sinks::api::Sockets;
use crate::sinks::history::History;
use crate::sinks::{EventHub, desk, journal};
use crate::sources::Queue;
use crate::supervisor::{Purpose, Reload, Reloaded, Running, Serve, StartError, start};

/// Watch, in the foreground: this is the service
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The configuration; without it /etc/swanwatch/swanwatch.yaml, which may be absent
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Record the whole run into this new file
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    #[command(flatten)]
    service: Service,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    journal::begin();
    let config = Config::load(arguments.config.as_deref())?;
    protect_memory().map_err(StartError::from)?;
    let _instance = Instance::claim().map_err(StartError::from)?;
    block_on(serve(arguments, config))
}

async fn serve(arguments: &Arguments, config: Config) -> Result<u8, Failure> {
    let hub = EventHub::new(epoch());
    // Before the sockets: who lacks a capability is told of that, and not of a folder.
    let Running { mut turn, queue, seen } =
        start(&config, hub.clone(), arguments.record.as_deref(), Purpose::Service).await?;
    let kept = config.history.path();
    let sockets = Sockets::bind(&arguments.service.socket)?.and_metrics(config.metrics)?.and_history(kept.clone());
    let history = kept.map(|path| history(&path, &queue)).transpose()?;
    let place = Place::of_this_host(history.as_ref().map(History::keeper));
    history.into_iter().for_each(|history| turn.keep(history));
    let alerts = Alerts::start(config.alerts.clone(), place, queue.clone());
    let alerts = alerts.map_err(|error| Failure::other(format!("cannot start to tell of findings: {error}")))?;
    turn.alert(alerts.clone());
    let (desk, questions) = desk();
    let reload = reload(arguments.config.clone(), config, alerts);
    let service = Serve { turn, queue, seen, desk: questions, reload };
    // The service closes the hub when it ends, and that ends the sockets.
    let (served, ()) = tokio::join!(service.run(), sockets.serve(desk, hub));
    served.map_err(|error| Failure::other(format!("cannot catch signals: {error}")))?;
    Ok(exit::DONE)
}

/// Its state is a line of coverage.
fn history(path: &Path, queue: &Queue) -> Result<History, Failure> {
    let queue = queue.clone();
    // Nobody is left to be told when the queue is closed.
    let tell = Box::new(move |line| drop(queue.blocking_send(What::Coverage(line))));
    History::begin(path, tell).map_err(|error| Failure::other(format!("cannot begin the history: {error}")))
}

/// Reads the same file again. What the sources were started with cannot change under them; the command that starts a dead daemon can.
fn reload(path: Option<PathBuf>, mut current: Config, alerts: Alerts) -> Reload {
    Box::new(move || {
        let new = Config::load(path.as_deref()).map_err(|error| error.to_string())?;
        let fixed = [
            ("daemon", !new.daemon.is_found_as(&current.daemon)),
            ("metrics", new.metrics != current.metrics),
            ("history", new.history != current.history),
        ];
        if let Some((what, _)) = fixed.iter().find(|(_, changed)| *changed) {
            return Err(format!("another value of «{what}»: needs a restart of the service"));
        }
        alerts.configure(&new.alerts);
        current = new;
        Ok(Reloaded { settings: current.engine.clone(), restart: current.daemon.restart().to_vec() })
    })
}

/// A text that no other run has.
fn epoch() -> String {
    format!("{:016x}", RandomState::new().hash_one(std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reload_takes_another_restart_command_and_says_what_it_cannot_take() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("swanwatch.yaml");
        let write = |daemon: &str| std::fs::write(&path, format!("daemon: {{ kind: libreswan, {daemon} }}\n")).unwrap();
        write("unit: ipsec.service");
        let current = Config::load(Some(&path)).unwrap();
        let place = Place { left: folder.path().to_owned(), ..Place::of_this_host(None) };
        let (queue, _seen) = crate::sources::queue();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let alerts = runtime.block_on(async { Alerts::start(Vec::new(), place, queue) }).unwrap();
        let mut reload = reload(Some(path.clone()), current, alerts);
        write("unit: ipsec.service, restart: [/usr/bin/true, now]");
        let taken = reload().unwrap();
        assert_eq!(taken.restart, ["/usr/bin/true", "now"]);
        assert!(taken.settings.restart_command);
        write("unit: other.service, restart: [/usr/bin/true, now]");
        let refused = reload().err().unwrap();
        assert_eq!(refused, "another value of «daemon»: needs a restart of the service");
        write("unit: ipsec.service");
        assert!(reload().unwrap().restart.is_empty());
    }
}
