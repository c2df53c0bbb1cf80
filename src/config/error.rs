//! What is wrong with a configuration, in the form that editors jump to: `FILE:LINE:COLUMN: …`.

use std::fmt;
use std::path::{Path, PathBuf};

use super::node::locate;
use super::node_at::Mistakes;
use super::syntax;
use crate::text::escaped;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    /// The file is no configuration.
    #[error("{}: more than {most} bytes", path.display())]
    TooLarge {
        path: PathBuf,
        /// How many it may have.
        most: u64,
    },
    /// It says what is not known.
    #[error("{0}")]
    Wrong(Wrong),
}

/// Everything that is wrong in a file; shown as the first of it, and how much more there is.
#[derive(Debug)]
pub struct Wrong {
    path: PathBuf,
    first: ConfigFault,
    others: Vec<ConfigFault>,
    /// Those that are not kept.
    more: usize,
}

/// One thing that is wrong.
#[derive(Debug)]
struct ConfigFault {
    /// Line and column, from 1.
    at: (usize, usize),
    said: String,
    /// In words that everybody may read.
    shown: String,
}

impl ConfigError {
    /// What the parser says: behind it nothing is read.
    pub(super) fn syntax(path: &Path, text: &[u8], error: &serde_yaml::Error) -> Self {
        let at = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        let said = escaped(&syntax::words(&error.to_string(), text, at)).into_owned();
        let first = ConfigFault { at, shown: said.clone(), said };
        Self::Wrong(Wrong { path: path.to_owned(), first, others: Vec::new(), more: 0 })
    }

    /// What is understood and wrong, in the order of the file.
    pub(super) fn wrong(path: &Path, text: &[u8], mistakes: Mistakes) -> Self {
        let Mistakes { noted, more } = mistakes;
        let fault = |mistake: super::node_at::Mistake| ConfigFault {
            at: locate(text, &mistake.steps),
            said: escaped(&mistake.said).into_owned(),
            shown: escaped(&mistake.shown).into_owned(),
        };
        let mut faults: Vec<ConfigFault> = noted.into_iter().map(fault).collect();
        faults.sort_by_key(|fault| fault.at);
        let mut faults = faults.into_iter();
        let nothing = || ConfigFault { at: (1, 1), said: String::new(), shown: String::new() };
        let first = faults.next().unwrap_or_else(nothing);
        Self::Wrong(Wrong { path: path.to_owned(), first, others: faults.collect(), more })
    }

    pub fn path(&self) -> &Path {
        match self {
            Self::Read { path, .. } | Self::TooLarge { path, .. } | Self::Wrong(Wrong { path, .. }) => path,
        }
    }

    /// Each thing that is wrong, a sentence each.
    pub fn all(&self) -> Vec<String> {
        let Self::Wrong(wrong) = self else { return vec![self.to_string()] };
        let mut all: Vec<String> = wrong.faults().map(|fault| wrong.place(fault.at, &fault.said)).collect();
        if wrong.more > 0 {
            all.push(format!("{}: and {} more", wrong.path.display(), wrong.more));
        }
        all
    }

    /// In words that may be shown to everybody: what stands in the file may be a secret, as the path of a webhook is. The place is told.
    pub fn shown(&self) -> String {
        match self {
            Self::Wrong(wrong) => wrong.place(wrong.first.at, &wrong.first.shown) + &wrong.and_more(),
            other => other.to_string(),
        }
    }
}

impl Wrong {
    fn faults(&self) -> impl Iterator<Item = &ConfigFault> {
        std::iter::once(&self.first).chain(&self.others)
    }

    fn place(&self, (line, column): (usize, usize), said: &str) -> String {
        format!("{}:{line}:{column}: {said}", self.path.display())
    }

    fn and_more(&self) -> String {
        match self.others.len() + self.more {
            0 => String::new(),
            more => format!(" (and {more} more: 'swanwatch check-config' lists all)"),
        }
    }

    /// The lines at which something is wrong.
    #[cfg(any(fuzzing, test))]
    pub(super) fn lines(&self) -> impl Iterator<Item = usize> {
        self.faults().map(|fault| fault.at.0)
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place(self.first.at, &self.first.said))?;
        f.write_str(&self.and_more())
    }
}

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
            "/f:1:10: offload: 'yes' is not known; expected auto, required, preferred or off"
        );
        for text in [
            "alerts: [{webhook: \"htps://pager.example/s3cret\"}]\n",
            "alerts: [{webhook: s3cret}]\n",
            "alerts: s3cret\n",
            "alerts: [s3cret]\n",
            "alerts: [{s3cret: 1}]\n",
            "alerts: [{webhook: 3141592}]\n",
            "alerts: [{webhook: \"https://p/s3cret\", exec: /x}]\n",
            "alerts: [{webhook: \"https://s3cret/\"}, {webhook: \"https://s3cret/\"}]\n",
            "history: \"https://pager.example/s3cret\"\n",
            "daemon: https://pager.example/s3cret\n",
            "offload: [https://pager.example/s3cret]\n",
            "https://pager.example/s3cret: 1\n",
            "act: [s3cret\u{bb}x]\n",
            "act: [\"s3cret'\"]\n",
            "s3cret: '\n",
            "{{s3cret}}\n",
        ] {
            let shown = shown(text);
            assert!(shown.starts_with("/f:1:") || shown.starts_with("/f:2:"), "{text}: {shown}");
            assert!(!shown.contains("s3cret") && !shown.contains("3141592"), "{text}: {shown}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_in_the_order_of_the_file() {
        let text = "ofload: auto\nact: [rekey, reboot, 3]\nmetrics: ~\noffload: on\nhistory: here\n\
            connections:\n  a: {mode: both, offlod: on}\n  b: {}\ndaemon: {socket: x, log: 7}\n";
        let error = crate::config::Config::parse(Path::new("f"), text.as_bytes()).unwrap_err();
        let all = error.all();
        let places: Vec<&str> = all.iter().filter_map(|line| line.split(": ").next()).collect();
        let expected = [
            "f:1:1", "f:2:14", "f:2:22", "f:3:10", "f:4:10", "f:5:10", "f:7:13", "f:7:19", "f:8:6", "f:9:9", "f:9:18",
            "f:9:26",
        ];
        assert_eq!(places, expected, "{all:#?}");
        let more = "f:1:1: the key 'ofload' is not known; expected daemon, offload, connections, act, metrics, alerts or history (and 11 \
            more: 'swanwatch check-config' lists all)";
        assert_eq!(error.to_string(), more);
        let many: String = (0..150).map(|number| format!("k{number}: 1\n")).collect();
        let all = crate::config::Config::parse(Path::new("f"), many.as_bytes()).unwrap_err().all();
        assert_eq!((all.len(), all.last().map(String::as_str)), (101, Some("f: and 50 more")));
    }
}
