//! What was found in a log, in words: a log of which nothing is the daemon's is no daemon's log.

use super::line::WrittenBy;
use crate::plural::counted;
use crate::text::presentable;

/// Names of other programs that are kept; the rest is counted.
const NAMES: usize = 3;

/// Characters of a line that is quoted.
const QUOTED: usize = 60;

/// What the lines of a log were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Lines of the daemon.
    daemons: u64,
    /// Lines of other programs, and the names of some.
    others: u64,
    names: Vec<String>,
    /// Lines that are neither, and the first of them.
    unknown: u64,
    first_unknown: String,
    /// syslog wrote some of it.
    is_syslogs: bool,
}

impl Contents {
    pub(super) const fn daemon(&mut self, by: WrittenBy) {
        self.daemons += 1;
        self.is_syslogs |= matches!(by, WrittenBy::Syslog);
    }

    pub(super) fn other(&mut self, program: &str, by: WrittenBy) {
        self.others += 1;
        self.is_syslogs |= by == WrittenBy::Syslog;
        if self.names.len() <= NAMES {
            let name = presentable(program);
            if !self.names.contains(&name) {
                self.names.push(name);
            }
        }
    }

    /// syslog writes it, by what was seen elsewhere.
    pub const fn are_syslogs(&mut self) {
        self.is_syslogs = true;
    }

    /// A line without anything around it; `known` where the grammar knows it.
    pub(super) fn bare(&mut self, text: &[u8], known: bool) {
        if known {
            self.daemons += 1;
        } else if !text.is_empty() {
            if self.unknown == 0 {
                let text: String = String::from_utf8_lossy(text).chars().take(QUOTED).collect();
                self.first_unknown = presentable(&text);
            }
            self.unknown += 1;
        }
    }

    /// Something in it is the daemon's.
    pub const fn has_daemon(&self) -> bool {
        self.daemons > 0
    }

    /// syslog writes it: every program of the host may.
    pub const fn is_syslogs(&self) -> bool {
        self.is_syslogs
    }

    /// What there is in it besides the daemon's lines.
    pub fn says(&self) -> String {
        let mut said = Vec::new();
        if self.others > 0 {
            let more = if self.names.len() > NAMES { ", …" } else { "" };
            let names: Vec<&str> = self.names.iter().take(NAMES).map(String::as_str).collect();
            said.push(format!("{} of other programs ({}{more})", counted(self.others, "line"), names.join(", ")));
        }
        if self.unknown > 0 {
            said.push(format!(
                "{} of a kind that is not known, as '{}'",
                counted(self.unknown, "line"),
                self.first_unknown
            ));
        }
        if said.is_empty() { "no line so far".to_owned() } else { said.join(" and ") }
    }
}
