//! What a person is told to type or to write, without a daemon's words.

use super::{Behaviour, dialect};

/// One piece of advice: a command or a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice<'a> {
    /// A new pair for one that stands. By its connection's name, or by a state's number.
    Rekey(&'a str),
    /// A pair where there is none.
    Initiate(&'a str),
}

/// Advice in a daemon's own words.
pub trait Advises {
    /// To be pasted into a shell, or written into its configuration. `version` is the daemon's.
    fn advice(&self, advice: Advice<'_>, version: Option<&str>) -> String;
}

impl Behaviour {
    /// In the words of this daemon.
    pub fn advice(&self, advice: Advice<'_>) -> String {
        dialect(self.kind).advice(advice, self.version.as_deref())
    }
}
