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

    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Read { path, .. } | Self::TooLarge { path, .. } | Self::Wrong { path, .. } => path,
        }
    }

    /// In words that may be shown to everybody: what stands in the file may be a secret, as the path of a webhook is. The place is told.
    pub fn shown(&self) -> String {
        match self {
            Self::Wrong { path, line, column, message } => {
                let secret = message.starts_with("alerts");
                format!("{}:{line}:{column}: {}", path.display(), without_values(message, secret))
            }
            other => other.to_string(),
        }
    }
}

/// Longer is no word that somebody mistyped.
const LONGEST_WORD: usize = 24;

/// What is quoted is left out: all of it, or what is more than a word.
fn without_values(message: &str, all: bool) -> String {
    let mut shown = String::new();
    let mut rest = message;
    while let Some(start) = rest.find(QUOTES) {
        let (before, quoted) = rest.split_at(start);
        shown.push_str(before);
        let mut letters = quoted.chars();
        let open = letters.next().unwrap_or('"');
        let close = if open == '«' { '»' } else { open };
        // A quote that does not end hides everything behind it.
        let inside = letters.as_str().split(close).next().unwrap_or_default();
        let word = |c: char| c.is_ascii_alphabetic() || "-_".contains(c);
        let plain = !all && inside.len() <= LONGEST_WORD && inside.chars().all(word);
        shown.push(open);
        shown.push_str(if plain { inside } else { "…" });
        shown.push(close);
        rest = letters.as_str().get(inside.len() + close.len_utf8()..).unwrap_or_default();
    }
    shown + rest
}

/// How messages quote: ours, and serde's.
const QUOTES: [char; 3] = ['«', '"', '`'];

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        crate::config::Config::parse(Path::new("/f"), text.as_bytes()).unwrap_err().shown()
    }

    #[test]
    fn what_everybody_may_read_has_the_place_and_no_secret() {
        assert_eq!(
            shown("offload: yes\n"),
            "/f:1:10: offload: «yes» is not known; expected auto, required, preferred or off"
        );
        for text in [
            "alerts: [{webhook: \"htps://pager.example/s3cret\"}]\n",
            "alerts: [{webhook: s3cret}]\n",
            "alerts: s3cret\n",
            "alerts: [s3cret]\n",
            "alerts: [{s3cret: 1}]\n",
            "alerts: [{webhook: \"https://p/s3cret\", exec: /x}]\n",
            "history: \"https://pager.example/s3cret\"\n",
            "daemon: https://pager.example/s3cret\n",
            "offload: [https://pager.example/s3cret]\n",
            "https://pager.example/s3cret: 1\n",
            "act: [s3cret»x]\n",
        ] {
            let shown = shown(text);
            assert!(shown.starts_with("/f:1:") && !shown.contains("s3cret"), "{text}: {shown}");
        }
    }
}
