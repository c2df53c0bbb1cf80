//! `swanwatch check-config`

use std::io::Write;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::CommandFailure;
use super::output::print;
use crate::config::{Config, DEFAULT_PATH, HistoryChoice, LogChoice};
use crate::daemons::dialect;
use crate::exit;
use crate::sinks::alerts::{Receiver, check};
use crate::sources::log::examine;
use crate::text::escaped;

/// With these a command is carried out by systemd, and not under the limits of our unit.
const MANAGERS: [&str; 2] = ["systemctl", "systemd-run"];

/// Read a configuration and say all that is wrong with it, and which drop-ins the unit needs for it
///
/// Exit status: 0 right; 78 wrong, or not to be read.
#[derive(Debug, Args)]
pub(super) struct CheckConfigArguments {
    /// The file; without it the one that the service reads
    file: Option<PathBuf>,
}

/// What a configuration asks for that the unit does not allow, with the drop-in that does.
fn needs(config: &Config) -> Vec<String> {
    let mut needs = Vec::new();
    if let Some(address) = config.metrics.filter(|address| !address.ip().is_loopback()) {
        needs.push(format!("metrics.listen: {address} is reached from elsewhere: needs the drop-in remote.conf"));
    }
    needs.extend(config.alerts.iter().filter_map(of_receiver));
    if let Some(place) = config.daemon.place()
        && let Some(program) = place.restart.first()
        && !MANAGERS.iter().any(|manager| Path::new(program).ends_with(manager))
    {
        needs.push(format!(
            "daemon.restart: what {program} starts has the limits of the unit and ends with it: \
             needs a command that has systemd start it (systemctl start UNIT, systemd-run …)"
        ));
    }
    if let Some(place) = config.daemon.place()
        && !place.restart.is_empty()
        && let Some(folder) = place.socket.as_deref().and_then(Path::parent)
        && folder != dialect(place.kind.unwrap_or_default()).run_directory()
    {
        let (folder, name) = (folder.display(), dialect(place.kind.unwrap_or_default()).process_name());
        needs.push(format!(
            "daemon.restart: a dead {name}'s pid file in {folder} has to be removed: \
             needs a drop-in with ReadWritePaths=-{folder}"
        ));
    }
    if let HistoryChoice::File(path) = &config.history
        && !path.starts_with("/var/lib/swanwatch")
    {
        let folder = path.parent().unwrap_or(path).display();
        needs.push(format!(
            "history: {} is outside /var/lib/swanwatch: needs a drop-in with ReadWritePaths={folder}",
            path.display()
        ));
    }
    needs
}

fn of_receiver(receiver: &Receiver) -> Option<String> {
    match receiver {
        Receiver::Alertmanager(address) | Receiver::Webhook(address) => {
            let host = address.host();
            let local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
            (!local).then(|| format!("alerts: {receiver} is another host: needs the drop-in remote.conf"))
        }
        Receiver::Exec(_) => Some(format!("alerts: {receiver}: needs the drop-in command.conf")),
    }
}

/// Programs that somebody else than root could change.
fn wrong_programs(config: &Config) -> Vec<String> {
    let mut wrong = Vec::new();
    for receiver in &config.alerts {
        if let Receiver::Exec(program) = receiver
            && let Err(error) = check(program)
        {
            wrong.push(format!("alerts: exec: {error}"));
        }
    }
    if let Some(place) = config.daemon.place() {
        for (key, program) in place.programs() {
            // One that is not there yet may come with its package.
            if let Some(Err(error)) = program.filter(|program| program.exists()).map(check) {
                wrong.push(format!("daemon: {key}: {error}"));
            }
        }
    }
    wrong
}

/// What is found in the file that is to be the daemon's log.
fn log(config: &Config) -> Option<String> {
    let place = config.daemon.place()?;
    let Some(LogChoice::File(path)) = &place.log else { return None };
    Some(format!("daemon.log: {}", examine(path, dialect(place.kind.unwrap_or_default()))))
}

/// Says all of it, a line each.
fn wrong(all: &[String]) -> u8 {
    for one in all {
        // Nowhere is left to say that this failed too.
        let _ = writeln!(std::io::stderr(), "swanwatch: {}", escaped(one));
    }
    exit::CONFIGURATION
}

pub(super) fn run(arguments: &CheckConfigArguments) -> Result<u8, CommandFailure> {
    let named = arguments.file.as_deref();
    let config = match Config::load(named) {
        Ok(config) => config,
        Err(error) => return Ok(wrong(&error.all())),
    };
    let programs = wrong_programs(&config);
    if !programs.is_empty() {
        return Ok(wrong(&programs));
    }
    let default = Path::new(DEFAULT_PATH);
    let path = named.unwrap_or(default);
    if path.exists() {
        print(&format!("{}: ok\n", path.display()))?;
    } else {
        print(&format!("{}: not there, and not needed: ok\n", path.display()))?;
    }
    for need in needs(&config).into_iter().chain(log(&config)) {
        print(&format!("{}\n", escaped(&need)))?;
    }
    Ok(exit::DONE)
}
