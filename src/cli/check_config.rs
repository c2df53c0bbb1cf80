//! `swanwatch check-config`

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::output::print;
use crate::config::{Config, DEFAULT_PATH, HistoryChoice};
use crate::exit;
use crate::sinks::alerts::{Receiver, check};

/// Read a configuration and say what is wrong with it, and what its unit needs beyond what it may
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The file; without it the one that the service reads
    file: Option<PathBuf>,
}

/// What a configuration asks for that the unit does not allow, with the drop-in that does.
fn needs(config: &Config) -> Vec<String> {
    let mut needs = Vec::new();
    if let Some(address) = config.metrics.filter(|address| !address.ip().is_loopback()) {
        needs.push(format!("metrics.listen: {address} is reached from elsewhere: needs the drop-in remote.conf"));
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

pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let named = arguments.file.as_deref();
    let config = Config::load(named).map_err(|error| Failure::with(exit::WRONG, error.to_string()))?;
    for receiver in &config.alerts {
        if let Receiver::Exec(program) = receiver {
            check(program).map_err(|error| Failure::with(exit::WRONG, format!("alerts: exec: {error}")))?;
        }
    }
    let default = std::path::Path::new(DEFAULT_PATH);
    let path = named.unwrap_or(default);
    if path.exists() {
        print(&format!("{}: ok\n", path.display()))?;
    } else {
        print(&format!("{}: not there, and not needed: ok\n", path.display()))?;
    }
    for need in needs(&config) {
        print(&format!("{need}\n"))?;
    }
    Ok(exit::DONE)
}
