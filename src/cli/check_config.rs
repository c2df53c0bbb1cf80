//! `swanwatch check-config`

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::output::print;
use crate::config::{Config, DEFAULT_PATH};
use crate::exit;
use crate::sinks::alerts::{Receiver, check};

/// Read a configuration and say what is wrong with it
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The file; without it the one that the service reads
    file: Option<PathBuf>,
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
    Ok(exit::DONE)
}
