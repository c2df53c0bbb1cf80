//! What is wrong with a configuration, in the form that editors jump to: `FILE:LINE:COLUMN: …`.

use std::path::{Path, PathBuf};

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no configuration.
    #[error("{}: more than {most} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How many it may have.
        most: u64,
    },
    /// It says what is not known.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// Where in the structure, what was found and what was expected.
        message: String,
    },
}

// === impl ConfigError ===

impl ConfigError {
    pub(super) fn wrong(path: &Path, error: &serde_yaml::Error) -> Self {
        let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        let text = error.to_string();
        // The place stands in front already.
        let message = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text);
        Self::Wrong { path: path.to_owned(), line, column, message: crate::escape::escaped(message).into_owned() }
    }
}
