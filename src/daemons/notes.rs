//! What a daemon's settings will lead to, though nothing is wrong yet.

use std::net::IpAddr;

use super::settings::Difference;
use crate::model::{AtStart, ConfiguredConnection, Daemon, LoadedConnection, Note};

/// What is known of a daemon and its connections.
#[derive(Debug)]
pub struct Loaded<'a> {
    /// The process, while it lives.
    pub daemon: Option<&'a Daemon>,
    /// It encrypts in its own process.
    pub encrypts_itself: bool,
    pub version: Option<&'a str>,
    /// Its connections, by name.
    pub connections: Vec<(&'a str, &'a LoadedConnection)>,
    /// Its configuration, where that was read.
    pub file: &'a str,
    /// What it has of connections.
    pub written: &'a [ConfiguredConnection],
    /// What is loaded otherwise than it is written there, by name.
    pub unlike: Vec<Unlikeness<'a>>,
    /// What cannot come up here, by name.
    pub homeless: Vec<Homeless<'a>>,
}

/// A connection that is loaded otherwise than it is written.
#[derive(Clone, Copy, Debug)]
pub struct Unlikeness<'a> {
    pub connection: &'a str,
    pub start: AtStart,
    pub how: &'a Unlike,
}

/// How.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unlike {
    /// It is not loaded at all; a section that it takes settings from is not there.
    NotLoaded { lacks: Option<String> },
    /// It is loaded, and could not be loaded again: this section is not there.
    Lacks(String),
    /// It is loaded with other settings.
    Otherwise(Vec<Difference>),
}

/// A connection that is loaded and cannot come up: this host is neither of its ends.
#[derive(Clone, Debug)]
pub struct Homeless<'a> {
    pub connection: &'a str,
    pub start: AtStart,
    /// Of its ends, as far as one of them may be this host.
    pub addresses: Vec<IpAddr>,
    /// The address is there, and the daemon has not looked since.
    pub is_here: bool,
}

/// Advice that needs no fault.
pub trait Notes {
    /// Everything to be noted.
    fn notes(&self, loaded: &Loaded<'_>) -> Vec<Note>;
}

impl Loaded<'_> {
    /// Names of the connections of which this is so.
    pub fn connections_with(&self, wanted: impl Fn(&LoadedConnection) -> bool) -> Vec<&str> {
        self.connections.iter().filter(|(_, loaded)| wanted(loaded)).map(|(name, _)| *name).collect()
    }
}
