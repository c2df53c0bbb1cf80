//! swanwatch.yaml: what an operator may choose. No file at all is a working configuration.

mod act;
mod alerts;
mod choices;
mod connections;
mod daemon;
mod document;
mod error;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
pub mod last_good;
mod metrics;
mod node;
mod node_at;
mod paths;
mod syntax;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

pub use self::choices::{Config, DaemonChoice, DaemonPlace, HistoryChoice, LogChoice};
pub use self::error::ConfigError;
use crate::model::EngineSettings;

/// Where the file is looked for when no other is named.
pub const DEFAULT_PATH: &str = "/etc/swanwatch/swanwatch.yaml";

/// A configuration larger than this is a mistake.
const MOST_BYTES: u64 = 1 << 20;

impl Config {
    /// Reads the named file, or the default one, which may be absent.
    ///
    /// # Errors
    /// The file cannot be read, or says what is not known; with file, line and column.
    pub fn load(named: Option<&Path>) -> Result<Self, ConfigError> {
        Self::load_text(named).map(|(config, _)| config)
    }

    /// As `load`, with the file's text; a file that is absent and may be has none.
    ///
    /// # Errors
    /// As `load`.
    pub fn load_text(named: Option<&Path>) -> Result<(Self, Vec<u8>), ConfigError> {
        let path = named.unwrap_or(Path::new(DEFAULT_PATH));
        match (named, read(path)) {
            (None, Err(ConfigError::Read { source, .. })) if is_absent(path, &source) => {
                Ok((Self::default(), Vec::new()))
            }
            (_, text) => text.and_then(|text| Ok((Self::parse(path, &text)?, text))),
        }
    }

    /// What is in force while the file is wrong: the daemon is watched as without a file and no remedy acts; who is told, and where, is as
    /// the last file that was right had it.
    pub fn while_wrong(last: Option<Self>) -> Self {
        let Self { metrics, alerts, history, .. } = last.unwrap_or_default();
        let engine = EngineSettings { act: BTreeSet::new(), ..EngineSettings::default() };
        Self { engine, metrics, alerts, history, ..Self::default() }
    }

    /// Understands the bytes of a file; `path` is for messages.
    ///
    /// # Errors
    /// It says what is not known; with file, line and column.
    pub fn parse(path: &Path, text: &[u8]) -> Result<Self, ConfigError> {
        let node = node::read(text).map_err(|error| ConfigError::syntax(path, text, &error))?;
        document::document(&node).map_err(|mistakes| ConfigError::wrong(path, text, mistakes))
    }
}

/// A link that leads nowhere is there, and wrong.
fn is_absent(path: &Path, error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::NotFound && path.symlink_metadata().is_err()
}

fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    let failed = |source| ConfigError::Read { path: path.to_owned(), source };
    // A FIFO would be waited for without end.
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.file_type().is_fifo() {
        return Err(failed(std::io::Error::other("it is a pipe, and no file")));
    }
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(file, MOST_BYTES + 1), &mut text).map_err(failed)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(ConfigError::TooLarge { path: path.to_owned(), most: MOST_BYTES });
    }
    Ok(text)
}
